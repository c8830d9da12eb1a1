/* cards.h: the network cards of a board that a driver knows, in the order of their PCI addresses. */
#ifndef EXAMPLES_CARDS_H
#define EXAMPLES_CARDS_H

#include <stdint.h>

#include "v6nf/nic.h"

/* Initializes the first `count` of them. Returns what is wrong with the first that fails, or V6NF_NIC_OTHER_DEVICE if there are
 * fewer. */
enum v6nf_nic_status cards_init(struct v6nf_nic *cards, uint32_t count, const struct v6nf_nic_config *config);

/* Makes a port of the first, which stays as long as the program. Sets *port, to NULL unless it returns V6NF_NIC_READY. */
enum v6nf_nic_status cards_open_port(struct v6nf_port **port, const struct v6nf_nic_config *config);

#endif

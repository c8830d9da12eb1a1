/* card.h: the network cards that an example can run on. */
#ifndef EXAMPLES_CARD_H
#define EXAMPLES_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/nic.h"

/* Has the driver that knows the card set it up. */
enum v6nf_nic_status card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

/* Steps to the next PCI function that is there, from *next on, which is 0 at first. Returns false if there is no more. */
bool card_next_function(uint32_t *next, struct v6nf_env_pci_address *address);

/* Sets up the first `count` cards that a driver knows, in the order of their PCI addresses. Returns what is wrong with the first
 * that fails, or V6NF_NIC_OTHER_DEVICE if there are fewer. */
enum v6nf_nic_status card_init_first(struct v6nf_nic *cards, uint32_t count, const struct v6nf_nic_config *config);

#endif

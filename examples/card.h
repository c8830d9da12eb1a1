/* card.h: the network cards that an example can run on. */
#ifndef EXAMPLES_CARD_H
#define EXAMPLES_CARD_H

#include "v6nf/nic.h"

/* Has the driver that knows the card set it up. */
enum v6nf_nic_status card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

#endif

/* card.h: the network cards that an example can run on. */
#ifndef EXAMPLES_CARD_H
#define EXAMPLES_CARD_H

#include "v6nf/nic.h"
#include "v6nf/virtio.h"

/* One that is a port: the first of the two, or the other. */
struct card {
    struct v6nf_port *port;
    struct v6nf_nic nic;
    struct v6nf_virtio virtio;
};

/* Has the driver that knows the card set it up. */
enum v6nf_nic_status card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

/* Has the driver that knows it make a port of the card, which is card->port on V6NF_NIC_READY. */
enum v6nf_nic_status card_open(struct card *card, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

#endif

/* card.h: the network cards that an example can run on. */
#ifndef EXAMPLES_CARD_H
#define EXAMPLES_CARD_H

#include <stdint.h>

#include "v6nf/driver/nic.h"
#include "v6nf/driver/virtio.h"

/* A card as a port: one of the two is behind it. */
struct card {
    struct v6nf_port *port;
    struct v6nf_nic nic;
    struct v6nf_virtio virtio;
};

/* A driver's call that sets up a card, such as v6nf_igb_init(). */
typedef enum v6nf_nic_status card_driver(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                         const struct v6nf_nic_config *config);

/* Has the driver that knows the card set it up. */
enum v6nf_nic_status card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

/* Sets up the first `count` cards that the driver knows, which may be card_init, in the order of their PCI addresses. Returns what
 * is wrong with the first that fails, or V6NF_NIC_OTHER_DEVICE if there are fewer. */
enum v6nf_nic_status card_init_first(struct v6nf_nic *cards, uint32_t count, card_driver *driver,
                                     const struct v6nf_nic_config *config);

/* Has the driver that knows it make a port of the card, which is card->port on V6NF_NIC_READY. */
enum v6nf_nic_status card_open(struct card *card, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config);

/* The same for the first card that a driver knows. */
enum v6nf_nic_status card_open_first(struct card *card, const struct v6nf_nic_config *config);

#endif

/* card.h: any PCI network card that a driver of the library knows: find it, set it up, make a port of it. A program
 * that calls v6nf_card_init(), v6nf_card_open() or v6nf_card_open_first() links the drivers of all families.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_CARD_H
#define V6NF_DRIVER_CARD_H

#include <stdint.h>

#include "../env.h"
#include "../port.h"
#include "nic.h"
#include "virtio.h"
#include "vmxnet3.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A card of any family as a port. The program allocates it and keeps it as long as the port. */
struct v6nf_card {
    struct v6nf_port *port;      /* of one of those below; valid after V6NF_NIC_READY */
    struct v6nf_nic nic;         /* the card, if it is neither virtio-net nor vmxnet3 */
    struct v6nf_virtio virtio;   /* the card, if it is virtio-net */
    struct v6nf_vmxnet3 vmxnet3; /* the card, if it is vmxnet3 */
};

/* Set up a card: v6nf_igb_init(), for example, or v6nf_card_init() for every family with rings.
 * nic: overwritten.
 * address: of the PCI function.
 * config: read during the call only.
 * Return V6NF_NIC_READY, or the error. */
typedef enum v6nf_nic_status v6nf_card_driver(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                              const struct v6nf_nic_config *config);

/* Reset and set up an Intel card, with the driver that knows it: ixgbe, igb, igc or e1000e.
 * address: of the PCI function.
 * config: read during the call only.
 * Return V6NF_NIC_READY: rings can be opened over nic->device (ring.h).
 * Errors: V6NF_NIC_OTHER_DEVICE if no driver knows the device; those of the driver's own call.
 * Overwrites *nic. After an error the card does nothing. A virtio or vmxnet3 device has no rings of this kind:
 * V6NF_NIC_OTHER_DEVICE. */
enum v6nf_nic_status v6nf_card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config);

/* Set up the first cards that a driver knows, in the order of their PCI addresses.
 * cards: `count` elements, overwritten.
 * driver: v6nf_card_init(), or one driver's call; a program links no other driver then.
 * config: of each of them; read during the call only.
 * Return V6NF_NIC_READY if all are set up.
 * Errors: V6NF_NIC_OTHER_DEVICE if there are fewer cards; otherwise the driver's status for the first card that fails.
 * After an error, the cards before it are still set up. Stop all `count` of them with v6nf_nic_stop(). */
enum v6nf_nic_status v6nf_card_init_first(struct v6nf_nic *cards, uint32_t count, v6nf_card_driver *driver,
                                          const struct v6nf_nic_config *config);

/* Make a port of a card, with the driver that knows it: virtio-net, vmxnet3, or those of v6nf_card_init().
 * address: of the PCI function.
 * config: read during the call only. `inputs`: 0 or 1 (v6nf_nic_open_port()).
 * Return V6NF_NIC_READY: card->port can be polled.
 * Errors: V6NF_NIC_OTHER_DEVICE if no driver knows the device; otherwise those of the driver.
 * Overwrites *card. The port's stop() ends it (port.h). */
enum v6nf_nic_status v6nf_card_open(struct v6nf_card *card, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config);

/* Make ports of the first cards that a driver knows, in the order of their PCI addresses.
 * cards: `count` elements, overwritten.
 * config: of each of them; read during the call only.
 * Return V6NF_NIC_READY: the port of each can be polled.
 * Errors: V6NF_NIC_OTHER_DEVICE if there are fewer cards; otherwise the status of the first card that fails. After an
 * error, no port is open: those that were are stopped. */
enum v6nf_nic_status v6nf_card_open_first(struct v6nf_card *cards, uint32_t count,
                                          const struct v6nf_nic_config *config);

#ifdef __cplusplus
}
#endif

#endif

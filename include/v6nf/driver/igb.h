/* igb.h: Intel gigabit cards with several queues: 82576, I350, I210, I211, and virtual functions of the first two.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_IGB_H
#define V6NF_DRIVER_IGB_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reset and initialize the card at `address` (82576 data sheet, 4.5). It neither receives nor sends before a ring is
 * opened on it.
 * nic: overwritten; the caller's, until v6nf_nic_stop(). config: copied.
 * Return V6NF_NIC_READY. On any other status the card is idle, and reaches no memory.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _OTHER_DEVICE, _NO_REGISTERS, _NO_RESET, _NO_EEPROM, _NO_START.
 * Waits for the card, a few seconds at most. */
enum v6nf_nic_status v6nf_igb_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                   const struct v6nf_nic_config *config);

/* Accept frames to this Ethernet address, of a station or a group, in addition to the card's own.
 * mac: 6 bytes, copied. The card has 16 exact filters. If all are used, groups are matched by a hash, which lets other
 * groups pass, too. For a station, the card then accepts the frames of all stations.
 * Has no effect on a card that does not run. */
void v6nf_igb_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Return the speed of the link in bits per second, 0 while it is down. */
uint64_t v6nf_igb_link_speed(const struct v6nf_nic *nic);

/* -- Virtual functions of an 82576: a card for each virtual machine, or each core ---------------------------------- */

/* Make `count` virtual functions, 1 to 7. They share the card's wire. The card keeps fewer queues of its own.
 * nic: initialized with one input, and without rings.
 * space: physical address of V6NF_NIC_VIRTUAL_SPACE free bytes for the functions' registers, used if the firmware has
 * not placed these; 0 for none.
 * Return V6NF_NIC_READY. Then call v6nf_igb_serve_virtual() every few milliseconds.
 * Errors: V6NF_NIC_NOT_OPEN, _NO_VIRTUAL, _COUNT_BAD, _IN_USE, _NO_REGISTERS (no address for them), _NO_START.
 * Takes 0.1 s, or 1.1 s if there were virtual functions before. */
enum v6nf_nic_status v6nf_igb_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space);

/* Forward packets inside the card, from a virtual function or the card to another function. Without this, they are
 * received only if the switch at the other end of the wire sends them back.
 * DOUBT: a function must not receive its own multicast packets, or forwarding includes the sender. On the card that
 * QEMU 10 emulates it does receive them: a node then never completes Duplicate Address Detection. */
void v6nf_igb_connect_virtual(struct v6nf_nic *nic);

/* Answer requests of the virtual functions, with a few register reads. A function can have an Ethernet address that no
 * other function has, nor the card; frames up to 9728 bytes; and any groups. Everything else is refused.
 * Call it every few milliseconds, from the thread of the physical function. */
void v6nf_igb_serve_virtual(struct v6nf_nic *nic);

/* Reset and initialize the virtual function at `address`, of an 82576 or I350, as v6nf_igb_init() does a card. Its
 * physical function controls the link. It has one input, and cannot be promiscuous. That of an 82576 has two outputs.
 * That of an I350 has one, too few for a port.
 * nic: overwritten; the caller's, until v6nf_nic_stop(). config: copied.
 * physical: the physical function, if it belongs to this thread. It is served during waits, here and in
 * v6nf_igb_virtual_add_group(), and must outlive *nic. NULL if another thread, or another system, serves it.
 * Return V6NF_NIC_READY. On any other status the function is idle, and reaches no memory.
 * Errors: those of v6nf_igb_init(), V6NF_NIC_PROMISCUOUS_BAD, and V6NF_NIC_REFUSED if an answer is negative, or does
 * not arrive within a second. */
enum v6nf_nic_status v6nf_igb_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                           const struct v6nf_nic_config *config, struct v6nf_nic *physical);

/* Accept frames to this group, too: for a function with config.few_groups.
 * mac: 6 bytes, copied.
 * Return false if the group is refused, or is one more than V6NF_NIC_GROUPS. */
bool v6nf_igb_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif

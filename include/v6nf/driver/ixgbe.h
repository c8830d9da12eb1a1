/* ixgbe.h: Intel 10-gigabit cards: 82599 (X520), X540, X550, and their virtual functions.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_IXGBE_H
#define V6NF_DRIVER_IXGBE_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reset and initialize the card at `address` (82599 data sheet, 4.6.3). It neither receives nor sends before a ring is
 * opened on it.
 * nic: overwritten; the caller's, until v6nf_nic_stop(). config: copied.
 * Return V6NF_NIC_READY. On any other status the card is idle, and reaches no memory.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _OTHER_DEVICE, _NO_REGISTERS, _NO_RESET, _NO_EEPROM, _NO_START.
 * Waits for the card, a few seconds at most. */
enum v6nf_nic_status v6nf_ixgbe_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config);

/* Accept frames to this Ethernet address, of a station or a group, in addition to the card's own.
 * mac: 6 bytes, copied. The card has 128 exact filters. If all are used, groups are matched by a hash, which lets other
 * groups pass, too. For a station, the card then accepts the frames of all stations.
 * Has no effect on a card that does not run.
 * Reception stops for a moment. */
void v6nf_ixgbe_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Return the speed of the link in bits per second, 0 while it is down. */
uint64_t v6nf_ixgbe_link_speed(const struct v6nf_nic *nic);

/* -- Virtual functions: a card for each virtual machine, or each core. More about them is in igb.h ----------------- */

/* Make `count` virtual functions, 1 to 63. The card then has no queues of its own: opening a ring on it gives
 * V6NF_RING_NO_QUEUE.
 * Return V6NF_NIC_READY, or an error.
 * Parameters, and errors: those of v6nf_igb_enable_virtual(). */
enum v6nf_nic_status v6nf_ixgbe_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space);

/* Forward packets from one virtual function to another inside the card. Without this they only go to the wire. */
void v6nf_ixgbe_connect_virtual(struct v6nf_nic *nic);

/* Answer requests of the virtual functions, with a few register reads. A function can have an Ethernet address that no
 * other function has, nor the card; frames up to the length of the card's MTU; and any groups. Everything else is
 * refused.
 * Call it every few milliseconds, from the thread of the physical function. */
void v6nf_ixgbe_serve_virtual(struct v6nf_nic *nic);

/* Reset and initialize the virtual function at `address`. It has one input and two outputs, and cannot be promiscuous.
 * Without config.few_groups it asks for all groups. Linux, as the physical function, grants these only to functions
 * that its administrator trusts: the status is V6NF_NIC_REFUSED otherwise.
 * Return V6NF_NIC_READY, or an error.
 * Parameters and errors: those of v6nf_igb_virtual_init(). */
enum v6nf_nic_status v6nf_ixgbe_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                             const struct v6nf_nic_config *config, struct v6nf_nic *physical);

/* Accept frames to this group, too: for a function with config.few_groups.
 * mac: 6 bytes, copied.
 * Return false if the group is refused, or is one more than V6NF_NIC_GROUPS. */
bool v6nf_ixgbe_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif

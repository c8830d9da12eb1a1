/* ixgbe.h: Intel 10-gigabit cards: 82599 (X520), X540, X550; and virtual functions of them. */
#ifndef V6NF_DRIVER_IXGBE_H
#define V6NF_DRIVER_IXGBE_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Resets and sets up the card at `address`, as the 82599 data sheet says in 4.6.3; nothing is received or sent before a ring
 * is opened on it. *nic is overwritten. On anything but V6NF_NIC_READY the card does nothing. */
enum v6nf_nic_status v6nf_ixgbe_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config);

/* Has the card take frames to this Ethernet address, of a station or a group, too: by an exact filter while there is one, of
 * which it has 128; then groups by a hash that lets others through as well, and stations by taking in those for all stations.
 * Reception stops for a moment. */
void v6nf_ixgbe_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Bits per second that the link carries, 0 while it is down. */
uint64_t v6nf_ixgbe_link_speed(const struct v6nf_nic *nic);

/* -- Virtual functions: a card for each virtual machine, or each core. As in igb.h, where more is said ------------- */

/* Has the card, which was initialized with one input and has no rings, show `count` virtual functions, 1 to 63. It then
 * has no queues for itself: rings of its own are V6NF_RING_NO_QUEUE. V6NF_NIC_COUNT_BAD, V6NF_NIC_NO_VIRTUAL,
 * V6NF_NIC_IN_USE or V6NF_NIC_NOT_OPEN if the card cannot have them. */
enum v6nf_nic_status v6nf_ixgbe_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space);

/* Has the card pass on what one of them sends to another, which otherwise goes by the wire alone. */
void v6nf_ixgbe_connect_virtual(struct v6nf_nic *nic);

/* Answers what virtual functions have asked for since: a function can have an Ethernet address that nobody else on the
 * card has, frames as long as the card's MTU allows, and any groups; nothing else. To be called every few milliseconds;
 * a few register reads. */
void v6nf_ixgbe_serve_virtual(struct v6nf_nic *nic);

/* Resets and sets up the virtual function at `address`. It has one input and two outputs, and cannot be promiscuous.
 * Unless `few_groups` is set it asks for all groups, which Linux as the physical function grants only to those that its
 * administrator trusts: V6NF_NIC_REFUSED otherwise. */
enum v6nf_nic_status v6nf_ixgbe_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                             const struct v6nf_nic_config *config, struct v6nf_nic *physical);

/* Has it take frames to this group, too, if it was set up for few of them; V6NF_NIC_GROUPS at most. False if that is
 * refused. */
bool v6nf_ixgbe_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif

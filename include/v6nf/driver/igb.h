/* igb.h: Intel gigabit cards with a queue for each core: 82576, I350, I210, I211; virtual functions of the first two. */
#ifndef V6NF_DRIVER_IGB_H
#define V6NF_DRIVER_IGB_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Resets and sets up the card at `address`, as the 82576 data sheet says in 4.5; nothing is received or sent before a ring is
 * opened on it. *nic is overwritten. On anything but V6NF_NIC_READY the card does nothing. */
enum v6nf_nic_status v6nf_igb_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config);

/* Has the card take frames to this Ethernet address, of a station or a group, too: by an exact filter while there is one, of
 * which it has 16; then groups by a hash that lets others through as well, and for one station more, all of them. */
void v6nf_igb_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Bits per second that the link carries, 0 while it is down. */
uint64_t v6nf_igb_link_speed(const struct v6nf_nic *nic);

/* -- Virtual functions of an 82576: a card for each virtual machine, or each core ---------------------------------- */

/* Has the card, which was initialized with one input and has no rings, show `count` virtual functions, 1 to 7. They
 * share its wire, and its own queues, fewer now, stay its own. `space` is where V6NF_NIC_VIRTUAL_SPACE bytes of
 * physical addresses are free for their registers, if the firmware did not give them any; 0 for nowhere. Takes 0.1 s,
 * or 1.1 s if there were some before. From here on v6nf_igb_serve_virtual() is to be called. V6NF_NIC_COUNT_BAD,
 * V6NF_NIC_NO_VIRTUAL, V6NF_NIC_IN_USE or V6NF_NIC_NOT_OPEN if the card cannot have them. */
enum v6nf_nic_status v6nf_igb_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space);

/* Has the card pass on what one of them, or the card, sends to another of them, which otherwise they hear only if the
 * switch at the other end of the wire sends it back. Doubt: a function is not to hear what it sent to a group itself,
 * but on the card that QEMU 10 emulates it does, and a node then never finishes Duplicate Address Detection. */
void v6nf_igb_connect_virtual(struct v6nf_nic *nic);

/* Answers what virtual functions have asked for since: a function can have an Ethernet address that nobody else on the
 * card has, frames up to 9728 bytes, and any groups; nothing else. To be called every few milliseconds; a few register
 * reads. */
void v6nf_igb_serve_virtual(struct v6nf_nic *nic);

/* Resets and sets up the virtual function at `address`, of an 82576 or I350, as v6nf_igb_init() does for a card; its
 * link, and what else concerns the wire, is its physical function's affair. `physical` is that, if it belongs to the
 * same thread, which then serves it while it waits for answers, here and in the next call; NULL if others serve it. It
 * has one input, and cannot be promiscuous; an 82576's has two outputs, an I350's one, which is too few for a port.
 * V6NF_NIC_REFUSED if no answer comes within a second, or if it is no. */
enum v6nf_nic_status v6nf_igb_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                           const struct v6nf_nic_config *config, struct v6nf_nic *physical);

/* Has it take frames to this group, too, if it was set up for few of them; V6NF_NIC_GROUPS at most. False if that is
 * refused. */
bool v6nf_igb_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif

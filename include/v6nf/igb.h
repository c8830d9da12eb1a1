/* igb.h: Intel gigabit cards with a queue for each core: 82576, I350, I210, I211. */
#ifndef V6NF_IGB_H
#define V6NF_IGB_H

#include "nic.h"

/* Resets and sets up the card at `address`, as the 82576 data sheet says in 4.5; nothing is received or sent before a ring is
 * opened on it. *nic is overwritten. On anything but V6NF_NIC_READY the card does nothing. */
enum v6nf_nic_status v6nf_igb_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config);

/* Has the card take frames to this Ethernet address, of a station or a group, too: by an exact filter while there is one, of
 * which it has 16; then groups by a hash that lets others through as well, and for one station more, all of them. */
void v6nf_igb_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Bits per second that the link carries, 0 while it is down. */
uint64_t v6nf_igb_link_speed(const struct v6nf_nic *nic);

#endif

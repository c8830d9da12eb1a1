/* e1000e.h: Intel 82574. */
#ifndef V6NF_DRIVER_E1000E_H
#define V6NF_DRIVER_E1000E_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Resets and sets up the card at `address`, as the 82574 data sheet says in 4.6; nothing is received or sent before a ring is
 * opened on it. *nic is overwritten. On anything but V6NF_NIC_READY the card does nothing. */
enum v6nf_nic_status v6nf_e1000e_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                       const struct v6nf_nic_config *config);

/* Has the card take frames to this Ethernet address, of a station or a group, too: by an exact filter while there is one, of
 * which it has 16; then groups by a hash that lets others through as well, and for one station more, all of them. */
void v6nf_e1000e_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Bits per second that the link carries, 0 while it is down. */
uint64_t v6nf_e1000e_link_speed(const struct v6nf_nic *nic);

#ifdef __cplusplus
}
#endif

#endif

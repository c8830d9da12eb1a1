/* igc.h: Intel cards for 2.5 Gb/s with four queues: I225, I226, I220 and I221.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_IGC_H
#define V6NF_DRIVER_IGC_H

#include "nic.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reset and initialize the card at `address` (I210 data sheet, 4.5). It neither receives nor sends before a ring is
 * opened on it. It negotiates its link again, which takes a few seconds.
 * nic: overwritten; the caller's, until v6nf_nic_stop(). config: copied.
 * Return V6NF_NIC_READY. On any other status the card is idle, and reaches no memory.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _OTHER_DEVICE, _NO_REGISTERS, _NO_RESET, _NO_EEPROM, _NO_START.
 * Waits for the card, a few seconds at most. */
enum v6nf_nic_status v6nf_igc_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                   const struct v6nf_nic_config *config);

/* Accept frames to this Ethernet address, of a station or a group, in addition to the card's own.
 * mac: 6 bytes, copied. The card has 16 exact filters. If all are used, groups are matched by a hash, which lets other
 * groups pass, too. For a station, the card then accepts the frames of all stations.
 * Has no effect on a card that does not run. */
void v6nf_igc_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* Return the speed of the link in bits per second, 0 while it is down. */
uint64_t v6nf_igc_link_speed(const struct v6nf_nic *nic);

#ifdef __cplusplus
}
#endif

#endif

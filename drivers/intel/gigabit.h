/* gigabit.h: what Intel's gigabit cards have in common: registers of the 82574 (data sheet, 10.2) and the 82576 (8.2),
 * and what their drivers do alike. Sections are those of the 82576. */
#ifndef DRIVERS_INTEL_GIGABIT_H
#define DRIVERS_INTEL_GIGABIT_H

#include "intel.h"

/* 8.2: general. */
#define CTRL_FULL_DUPLEX 1u
#define CTRL_SLU (1u << 6) /* set link up */
#define CTRL_SPEED_1000 (2u << 8)
#define CTRL_FORCE_SPEED (1u << 11)
#define CTRL_FORCE_DUPLEX (1u << 12)
#define CTRL_RX_FLOW (1u << 27)
#define CTRL_TX_FLOW (1u << 28)
#define CTRL_VME (1u << 30) /* remove VLAN tags; insert them where VLE asks for it (I210, 7.4.3; 82574, 7.5.2) */
#define VET 0x00038u        /* EtherType of these tags, in bits 0 to 15 */
#define VET_TYPE 0xFFFFu
#define VET_802_1Q 0x8100u
#define RESET_TIME 10000u /* microseconds (4.3.1) */
#define STATUS_LINK_UP (1u << 1)
#define STATUS_PORT_SHIFT 2u /* number of the port on the chip, 2 bits */
#define STATUS_SPEED_SHIFT 6u
#define EECD 0x00010u
#define EECD_AUTO_READ_DONE (1u << 9)

/* 8.2.4, 8.25: the PHY, and its control register. */
#define MDIC 0x00020u
#define MDIC_PHY (1u << 21)
#define MDIC_WRITE (1u << 26)
#define MDIC_READY (1u << 28)
#define PHY_CONTROL (0u << 16)
#define PHY_NEGOTIATE ((1u << 12) + (1u << 9)) /* enable and restart auto-negotiation (IEEE 802.3, 22.2.4.1) */

/* Flow control (I210 data sheet, 8.5). */
#define FCAL 0x00028u
#define FCAH 0x0002Cu
#define FCT 0x00030u
#define FCTTV 0x00170u
#define FCRTL 0x02160u
#define FCRTH 0x02168u

/* 8.10: receive. */
#define RCTL 0x00100u
#define RCTL_EN (1u << 1)
#define RCTL_UPE (1u << 3)  /* all stations */
#define RCTL_MPE (1u << 4)  /* all groups */
#define RCTL_LPE (1u << 5)  /* frames longer than 1522 bytes */
#define RCTL_BAM (1u << 15) /* broadcast */
#define RCTL_STRIP_CRC (1u << 26)
#define RAL(n) (0x05400u + FILTER_SIZE * (n))
#define RAH(n) (0x05404u + FILTER_SIZE * (n))
#define RAH_POOL(n) (1u << (18u + (n))) /* 82576, with virtual functions: whose filter it is */
#define RECEIVE_ADDRESSES 16u
#define MRQC 0x05818u
#define RXCSUM 0x05000u
#define RXCSUM_TUOFL (1u << 9) /* verify checksums of TCP and UDP */

/* 8.12: transmit. */
#define TCTL 0x00400u
#define TCTL_EN (1u << 1)
#define TCTL_PAD (1u << 3)
#define TCTL_COLLISIONS ((15u << 4) + (64u << 12)) /* CT and COLD, for half duplex */

/* 8.19: statistics. Reading clears them. */
#define CRCERRS 0x04000u
#define MPC 0x04010u
#define ECOL 0x04018u   /* frames that are dropped after 16 collisions */
#define HTDPMC 0x0403Cu /* 82576: frames that the MAC drops, those of ECOL included */
#define GPRC 0x04074u
#define GPTC 0x04080u
#define GORCL 0x04088u
#define GOTCL 0x04090u
#define RNBC 0x040A0u
#define RUC 0x040A4u
#define RFC 0x040A8u
#define ROC 0x040ACu

/* Reset the card, and wait until it has read its EEPROM (4.3.1, 4.5.4).
 * mask_clear: byte offset of the register that disables interrupts.
 * Return V6NF_NIC_READY, or V6NF_NIC_NO_RESET. */
enum v6nf_nic_status v6nf_gigabit_reset(struct v6nf_nic *nic, uint32_t mask_clear);

/* Set up address filters, flow control and link (4.5.7, 4.5.9), after the reset. RCTL is complete but for RCTL_EN.
 * Return V6NF_NIC_READY, or V6NF_NIC_NO_EEPROM if the card has no address. */
enum v6nf_nic_status v6nf_gigabit_set_up(struct v6nf_nic *nic);

/* The parts of v6nf_gigabit_set_up() that a card with another PHY calls itself. */
void v6nf_gigabit_set_flow_control(const struct v6nf_nic *nic);
enum v6nf_nic_status v6nf_gigabit_set_filters(struct v6nf_nic *nic);

/* Take the PHY, which firmware and drivers of other ports share, and give it back. An owner that keeps it for a second
 * is dead, and loses it. */
void v6nf_gigabit_lock_phy(const struct v6nf_nic *nic);
void v6nf_gigabit_unlock_phy(const struct v6nf_nic *nic);

/* Accept frames to this Ethernet address, too. */
void v6nf_gigabit_add_address(struct v6nf_nic *nic, const uint8_t *mac);

/* v6nf_intel_place_queue(), with head and tail at 0. */
void v6nf_gigabit_place_queue(const struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count);

/* v6nf_intel_keep() before a reset, and the restoring after v6nf_gigabit_set_up(). key: RSSRK, 0 for none. */
void v6nf_gigabit_keep(struct v6nf_nic *nic, uint32_t key);
void v6nf_gigabit_restore(struct v6nf_nic *nic, uint32_t key);

/* Operations of ring.h and port.h. */
bool v6nf_gigabit_start(struct v6nf_ring_device *device);
bool v6nf_gigabit_stop(struct v6nf_ring_device *device);
bool v6nf_gigabit_link_up(struct v6nf_port *port);

/* Add what the card counted, and write the sums to *counters.
 * dropped: frames that queues have dropped since the last call, read before this. */
void v6nf_gigabit_count(struct v6nf_nic *nic, uint32_t dropped, struct v6nf_port_counters *counters);

/* Return the speed of the link in bits per second, 0 while it is down. */
uint64_t v6nf_gigabit_link_speed(const struct v6nf_nic *nic);

#endif

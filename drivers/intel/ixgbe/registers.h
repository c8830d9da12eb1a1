/* registers.h: registers of the 82599 and their fields, in addition to ../intel.h: byte offsets, with the sections of
 * its data sheet. */
#ifndef DRIVERS_INTEL_IXGBE_REGISTERS_H
#define DRIVERS_INTEL_IXGBE_REGISTERS_H

#include "../intel.h"

/* 8.2.3.1: general.
 * DOUBT: which of its sections have CTRL_EXT and ESDP was not looked up. What SDP3 does is in Linux,
 * ixgbe_disable_tx_laser_multispeed_fiber(). */
#define RESET_TIME 11000u /* microseconds: 1 ms until a register may be accessed (8.2.3.1.1), and 10 ms (4.6.3.2) */
#define CTRL_EXT_NO_SNOOP_OFF (1u << 16)
#define ESDP 0x00020u
#define ESDP_LASER_OFF (1u << 3) /* SDP3 */

/* 8.2.3.2: EEPROM. */
#define EEC 0x10010u
#define EEC_PRESENT (1u << 8)
#define EEC_AUTO_READ_DONE (1u << 9)

/* 8.2.3.3: flow control. */
#define FCTTV(n) (0x03200u + 4u * (n))
#define FCTTV_LONGEST 0xFFFFFFFFu /* two timers of 16 bits, in units of 512 bit times */
#define FCRTL(n) (0x03220u + 4u * (n))
#define FCRTL_XON (1u << 31)
#define FCRTH(n) (0x03260u + 4u * (n))
#define FCRTH_ENABLE (1u << 31)
#define FLOW_REST 0x6000u /* bytes of the packet buffer above FCRTH */
#define FCRTV 0x032A0u
#define FCCFG 0x03D00u
#define FCCFG_TFCE (3u << 3)
#define FCCFG_TFCE_LINK (1u << 3)

/* 8.2.3.4: PCIe. */
#define GCR_EXT 0x11050u
#define GCR_EXT_BUFFERS_CLEAR (1u << 30)
#define GCR_EXT_BUFFERS_CLEAR_TIME 20u /* microseconds (5.2.5.3.2) */
#define FWSM 0x10148u
#define FWSM_ERROR (0x3Fu << 19)

/* 8.2.3.5: interrupts. */
#define EIMC 0x00888u
#define EIMC_ALL 0x7FFFFFFFu
#define EIMC_EXTENDED 0x00AB0u /* two registers */

/* 8.2.3.7: receive filters. */
#define FCTRL 0x05080u
#define FCTRL_MPE (1u << 8)  /* all groups */
#define FCTRL_UPE (1u << 9)  /* all stations */
#define FCTRL_BAM (1u << 10) /* broadcast */
#define MCSTCTRL 0x05090u
#define MCSTCTRL_MFE (1u << 2)
#define HASH_REGISTERS MTA_COUNT /* also of PFUTA and VFTA */
#define RAL(n) (0x0A200u + FILTER_SIZE * (n))
#define RAH(n) (0x0A204u + FILTER_SIZE * (n))
#define MPSAR(n) (0x0A600u + 4u * (n))
#define VFTA 0x0A000u
#define MRQC 0x0EC80u
#define MRQC_RSS 1u
#define MRQC_IPV6 (1u << 20)
#define MRQC_TCP_IPV6 (1u << 21)
#define MRQC_UDP_IPV6 (1u << 23)
#define RETA 0x0EB00u
#define RSSRK 0x0EB80u
#define FTQF(n) (0x0E600u + 4u * (n))
#define FTQF_COUNT 128u
#define FTQF_ENABLE (1u << 31)

/* 8.2.3.8: receive DMA. */
#define RECEIVE_QUEUE(n) (0x01000u + 0x40u * (n))
#define RXDCTL_DISABLE_TIME 100u /* microseconds (4.6.7.1.2) */
#define SRRCTL 0x14u             /* in the registers of a queue */
#define SRRCTL_ADVANCED (1u << 25)
#define SRRCTL_DROP (1u << 28)
#define RXDCTL_VME (1u << 30) /* in QUEUE_CONTROL of a receive queue: remove VLAN tags */
#define RDRXCTL 0x02F00u
#define RDRXCTL_CRC_STRIP (1u << 1)
#define RDRXCTL_DMA_DONE (1u << 3)
#define RDRXCTL_RSC_FIRST_SIZE (0x1Fu << 17)
#define RDRXCTL_RSC_ACK (1u << 25)
#define RDRXCTL_FCOE_FIX (1u << 26)
#define RXPBSIZE(n) (0x03C00u + 4u * (n))
#define RXPBSIZE_SHIFT 10u
#define RXCTRL 0x03000u
#define RXCTRL_RXEN 1u

/* 8.2.3.9 and 8.2.3.10: transmit DMA. */
#define DMATXCTL 0x04A80u
#define DMATXCTL_TE 1u
#define DTXMXSZRQ 0x08100u
#define DTXMXSZRQ_MAX 0xFFFu
#define TRANSMIT_QUEUE(n) (0x06000u + 0x40u * (n))
#define TXPBSIZE(n) (0x0CC00u + 4u * (n))
#define TXPBSIZE_SHIFT 10u
#define TXPBTHRESH(n) (0x04950u + 4u * (n))
#define MTQC 0x08120u
#define RTTDCS 0x04900u
#define RTTDCS_ARBITER_OFF (1u << 6)
#define RTTDQSEL 0x04904u
#define RTTDT1C 0x04908u

/* 8.2.3.11: DCA, in the registers of a queue. */
#define DCA_CONTROL 0x0Cu
#define DCA_RXCTRL_RESERVED (1u << 12) /* 1 after a reset, and "must be set to 0" */
#define DCA_TXCTRL_WRITE_BACK_RELAXED (1u << 11)

/* 8.2.3.12: security. */
#define SECRXCTRL 0x08D00u
#define SECRXCTRL_RX_DIS (1u << 1)
#define SECRXSTAT 0x08D04u
#define SECRXSTAT_READY 1u

/* 8.2.3.22: MAC. */
#define HLREG0 0x04240u
#define HLREG0_TX_CRC (1u << 0)
#define HLREG0_RX_CRC_STRIP (1u << 1)
#define HLREG0_JUMBO (1u << 2)
#define HLREG0_TX_PAD (1u << 10)
#define HLREG0_LPBK (1u << 15)
#define MAXFRS 0x04268u
#define MAXFRS_SHIFT 16u
#define MAXFRS_OVERHEAD 18u /* in addition to the MTU: the header and the FCS, but no VLAN tag (8.2.3.22.13) */
#define MFLCN 0x04294u
#define MFLCN_RFCE (1u << 3)
#define AUTOC 0x042A0u
#define AUTOC_FORCE_LINK_UP 1u
#define AUTOC_RESTART (1u << 12)
#define LINKS 0x042A4u
#define LINKS_UP (1u << 30)
#define LINKS_BETWEEN (1u << 27) /* of an X550: neither 1 nor 10 Gb/s */
#define LINKS_SPEED_SHIFT 28u

/* 8.2.3.23: statistics. */
#define CRCERRS 0x04000u
#define ILLERRC 0x04004u
#define ERRBC 0x04008u
#define RLEC 0x04040u
#define RXMPC 0x03FA0u
#define GPTC 0x04080u
#define GOTCL 0x04090u
#define RUC 0x040A4u
#define RFC 0x040A8u
#define ROC 0x040ACu
#define RQSMR 0x02300u
#define RQSMR_COUNT 32u
#define QPRC 0x01030u /* of all queues that RQSMR maps here, as QBRC and QPRDC */
#define QBRCL 0x01034u
#define QPRDC 0x01430u
#define BYTES_HIGH_MASK 0xFu /* counters of bytes have 36 bits in two registers, low first */

/* 8.2.3.27: virtualization. */
#define PFUTA 0x0F400u
#define PFVLVF 0x0F100u
#define PFVLVFB 0x0F200u

/* Open the receive path (4.6.7, last steps). Return false if the card does not answer: the path stays closed. */
bool v6nf_ixgbe_open_receive_path(volatile uint32_t *registers);

/* Open the receive queue whose registers begin at the byte offset `queue`: see add_input in ring.h. */
bool v6nf_ixgbe_open_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                           volatile uint32_t **tail);

#endif

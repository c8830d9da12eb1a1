/* sriov.h: registers with which the physical function of an 82576 governs virtual ones (data sheet, 8.14).
 * Queues and filters belong to pools: pool n is virtual function n, those behind the last are the physical
 * function's. */
#ifndef DRIVERS_INTEL_IGB_SRIOV_H
#define DRIVERS_INTEL_IGB_SRIOV_H

#define CTRL_EXT 0x00018u
#define CTRL_EXT_RESET_DONE (1u << 14) /* PFRSTD: virtual functions may ask for something */
#define MESSAGES(n) (0x00800u + 0x40u * (n)) /* VMBMEM, 16 words */
#define P2VMAILBOX(n) (0x00C00u + 4u * (n))
#define MBVFICR 0x00C80u
#define MBVFICR_REQUEST(n) (1u << (n))
#define MBVFICR_ACK(n) (1u << (16u + (n)))
#define VFLRE 0x00C88u /* which were reset */
#define VFRE 0x00C8Cu  /* which receive */
#define VFTE 0x00C90u  /* which send */
#define QDE 0x02408u   /* queues that drop what they have no descriptor for */
#define QDE_ALL 0xFFFFu
#define DTXSWC 0x03500u
#define DTXSWC_LOOPBACK (1u << 31) /* what one pool sends to another does not go by the wire */
#define VIRTUAL_RAL(n) (0x054E0u + 8u * (n)) /* filters 16 to 23; 0 to 15 are the physical function's */
#define MRQC_POOLS 3u
#define VT_CTL 0x0581Cu
#define VT_CTL_DEFAULT_SHIFT 7u
#define VT_CTL_NO_DEFAULT (1u << 29)
#define VT_CTL_REPLICATION (1u << 30)
#define VMOLR(n) (0x05AD0u + 4u * (n))
#define VMOLR_LONG (1u << 16)         /* frames up to the length in bits 0 to 13 */
#define VMOLR_UNTAGGED (1u << 24)     /* AUPE */
#define VMOLR_HASHED_GROUPS (1u << 25) /* ROMPE */
#define VMOLR_BROADCAST (1u << 27)
#define VMOLR_STRIP_CRC (1u << 31)
#define RPLOLR 0x05AF0u
#define RPLOLR_STRIP_CRC (1u << 31)
#define SHORTEST 64u  /* bytes of a frame (IEEE 802.3, 4.4.2), */
#define LONGEST 9728u /* as the card counts them (8.10.3) */

#endif

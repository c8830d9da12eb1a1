/* sriov.h: registers with which the physical function of an 82576 controls virtual ones (data sheet, 8.14). Queues and
 * filters belong to pools. Pool n is virtual function n; pools after the last function are the physical function's. */
#ifndef DRIVERS_INTEL_IGB_SRIOV_H
#define DRIVERS_INTEL_IGB_SRIOV_H

#define VMBMEM 0x00800u /* 16 words for each function */
#define P2VMAILBOX 0x00C00u
#define MBVFICR 0x00C80u
#define VFLRE 0x00C88u /* functions that were reset */
#define VFRE 0x00C8Cu  /* pools that receive */
#define VFTE 0x00C90u  /* pools that send */
#define QDE 0x02408u   /* queues that drop packets if they have no descriptor */
#define QDE_ALL 0xFFFFu
#define DTXSWC 0x03500u
#define DTXSWC_LOOPBACK (1u << 31)                    /* forward packets from one pool to another inside the card */
#define VIRTUAL_RAL(n) (0x054E0u + FILTER_SIZE * (n)) /* filters 16 to 23; 0 to 15 are the physical function's */
#define MRQC_POOLS 3u
#define VT_CTL 0x0581Cu
#define VT_CTL_DEFAULT_SHIFT 7u
#define VT_CTL_NO_DEFAULT (1u << 29)
#define VT_CTL_REPLICATION (1u << 30)
#define VMOLR 0x05AD0u        /* for each pool */
#define VMOLR_LONG (1u << 16) /* frames up to the length in bits 0 to 13 */
#define VMOLR_STRIP_CRC (1u << 31)
#define RPLOLR 0x05AF0u
#define RPLOLR_STRIP_CRC (1u << 31)
#define LONGEST_FRAME 9728u /* bytes, as the card counts them (8.10.3) */

#endif

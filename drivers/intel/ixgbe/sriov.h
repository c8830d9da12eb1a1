/* sriov.h: registers with which the physical function of an 82599 governs virtual ones (data sheet, 7.10 and
 * 8.2.3.27), where registers.h has no need of them. Of 64 pools, each with two queues each way, pool n is virtual
 * function n, and the one behind the last is the physical function's. */
#ifndef DRIVERS_INTEL_IXGBE_SRIOV_H
#define DRIVERS_INTEL_IXGBE_SRIOV_H

#define POOLS 64u
#define WORD(n) (4u * ((n) / 32u)) /* of 32 pools each */
#define BIT(n) (1u << ((n) % 32u))

#define CTRL_EXT_RESET_DONE (1u << 14) /* PFRSTD: virtual functions may ask for something */
#define GCR_EXT_POOLS_64 3u            /* VT_Mode */
#define GPIE 0x00898u
#define GPIE_POOLS_64 (3u << 14)
#define MRQC_POOLS_64 8u
#define MTQC_POOLS_64 ((1u << 1) + (1u << 2)) /* VT_Ena; NUM_TC_OR_Q */

#define VFLRE(n) ((n) == 0u ? 0x00600u : 0x001C0u) /* which were reset, of 32 each; cleared by */
#define PFVFLREC(n) (0x00700u + 4u * (n))          /* writing here */
#define PFMBICR(n) (0x00710u + 4u * (n))           /* of 16 each: which ask; in the upper half, which have read */
#define PFMBICR_FUNCTIONS 16u
#define PFMAILBOX(n) (0x04B00u + 4u * (n))
#define PFMBMEM(n) (0x13000u + 0x40u * (n))
#define PFVFRE 0x051E0u /* which receive */
#define PFVFTE 0x08110u /* which send */
#define PFQDE 0x02F04u  /* queues that drop what they have no descriptor for */
#define PFQDE_DROP 1u
#define PFQDE_QUEUE_SHIFT 8u
#define PFQDE_WRITE (1u << 16)
#define PFVFSPOOF(n) (0x08200u + 4u * ((n) / 8u)) /* which send from their own address only, in bits 0 to 7 */
#define PFDTXGSWC 0x08220u
#define PFDTXGSWC_LOOPBACK 1u /* what one pool sends to another does not go by the wire */
#define PFVTCTL 0x051B0u
#define PFVTCTL_ENABLE 1u
#define PFVTCTL_DEFAULT_SHIFT 7u
#define PFVTCTL_NO_DEFAULT (1u << 29)
#define PFVTCTL_REPLICATION (1u << 30)
#define PFVML2FLT(n) (0x0F000u + 4u * (n))
#define PFVML2FLT_UNTAGGED (1u << 24)      /* AUPE */
#define PFVML2FLT_HASHED_GROUPS (1u << 25) /* ROMPE */
#define PFVML2FLT_BROADCAST (1u << 27)
#define PFVML2FLT_ALL_GROUPS (1u << 28) /* MPE */

/* Messages that the functions of an 82599 have beside those of ../ring/mailbox.h: which version of them is spoken, of
 * which the first is what those are; and, from another on, what is taken in beside its own address. */
#define MESSAGE_VERSION 8u
#define VERSION_FIRST 0u
#define VERSION_GROUPS 3u /* 1.2 */
#define MESSAGE_SET_GROUPS_MODE 0x0Cu
#define GROUPS_NONE 0u
#define GROUPS_HASHED 1u
#define GROUPS_ALL 2u

#endif

/* sriov.h: registers with which the physical function of an 82599 controls virtual ones (data sheet, 7.10 and
 * 8.2.3.27), as far as only pf.c needs them. There are 64 pools, each with two queues in each direction. Pool n is
 * virtual function n, and the one after the last is the physical function's. */
#ifndef DRIVERS_INTEL_IXGBE_SRIOV_H
#define DRIVERS_INTEL_IXGBE_SRIOV_H

#define POOLS 64u

#define GCR_EXT_POOLS_64 3u /* VT_Mode */
#define GPIE 0x00898u
#define GPIE_POOLS_64 (3u << 14)
#define MRQC_POOLS_64 8u
#define MTQC_POOLS_64 ((1u << 1) + (1u << 2)) /* VT_Ena; NUM_TC_OR_Q */

#define VFLRE_0 0x00600u                  /* functions 0 to 31 that were reset, */
#define VFLRE_1 0x001C0u                  /* and 32 to 63 */
#define PFVFLREC(n) (0x00700u + 4u * (n)) /* clears these bits, for 32 functions each */
#define PFMBICR 0x00710u
#define PFMAILBOX 0x04B00u
#define PFMBMEM 0x13000u
#define PFVFRE 0x051E0u /* pools that receive */
#define PFVFTE 0x08110u /* pools that send */
#define PFQDE 0x02F04u  /* queues that drop packets if they have no descriptor */
#define PFQDE_DROP 1u
#define PFQDE_QUEUE_SHIFT 8u
#define PFQDE_WRITE (1u << 16)
#define PFVFSPOOF 0x08200u /* anti-spoofing of addresses in bits 0 to 7, for 8 pools each */
#define PFDTXGSWC 0x08220u
#define PFDTXGSWC_LOOPBACK 1u /* forward packets from one pool to another inside the card */
#define PFVTCTL 0x051B0u
#define PFVTCTL_ENABLE 1u
#define PFVTCTL_DEFAULT_SHIFT 7u
#define PFVTCTL_NO_DEFAULT (1u << 29)
#define PFVTCTL_REPLICATION (1u << 30)
#define PFVML2FLT 0x0F000u              /* for each pool */
#define PFVML2FLT_ALL_GROUPS (1u << 28) /* MPE */

/* Messages of the functions of an 82599, in addition to those of ../mailbox.h. A function announces the version of the
 * messages. The first version is the messages of ../mailbox.h; a later one can ask for all groups. */
#define MESSAGE_VERSION 8u
#define VERSION_FIRST 0u
#define VERSION_GROUPS 3u /* 1.2 */
#define MESSAGE_SET_GROUPS_MODE 0x0Cu
#define GROUPS_NONE 0u
#define GROUPS_HASHED 1u
#define GROUPS_ALL 2u

#endif

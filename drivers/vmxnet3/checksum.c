/* checksum.c: what a vmxnet3 device states about the checksum of a received frame, and how it is asked to insert one.
 * The sources are those of registers.h, and the drivers of DPDK and NetBSD: they agree on each bit here. */
#include "vmxnet3.h"

/* The first word of a completion: the device has not summed the frame. */
#define NOT_SUMMED (1u << 30)

/* Its fourth word. DOUBT: without IS_RIGHT the sum is wrong (NetBSD, DPDK), or the device does not know (Linux). Such a
 * frame has no flag: the node sums it again in both cases. */
#define IS_RIGHT (1u << 16)
#define HAS_UDP (1u << 17)
#define HAS_TCP (1u << 18)
#define HAS_IPV6 (1u << 20)
#define IS_FRAGMENT (1u << 22) /* QEMU's device never sets it: nodes do not believe flags of fragments */

/* A descriptor to send: in the third word the offset of the checksum, in the fourth that of the datagram, and the mode.
 * QEMU's device finds both offsets itself.
 * DOUBT: a sum of 0 is sent as 0xFFFF, as UDP demands. QEMU's device does so, and Linux relies on it. */
#define INSERT_AT (60u << 18)
#define INSERT_FROM 54u
#define MODE_INSERT (2u << 10)

uint32_t v6nf_vmxnet3_checksum(uint32_t first, uint32_t fourth)
{
    const bool is_summed = (first & NOT_SUMMED) == 0u && (fourth & (HAS_IPV6 + IS_FRAGMENT)) == HAS_IPV6 &&
                           (fourth & (HAS_UDP + HAS_TCP)) != 0u;
    return is_summed && (fourth & IS_RIGHT) != 0u ? V6NF_PORT_CHECKSUM_GOOD : 0u;
}

void v6nf_vmxnet3_insert(struct v6nf_vmxnet3_ring *ring, bool inserts)
{
    const uint32_t at = (ring->next - 1u) & VMXNET3_MASK;
    ring->words[at] += inserts ? INSERT_AT : 0u;
    ring->descriptors[WORDS * (size_t)at + 3u] =
        v6nf_env_le32(TRANSMIT_WORD_3 + (inserts ? MODE_INSERT + INSERT_FROM : 0u));
}

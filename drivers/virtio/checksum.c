/* checksum.c: what a virtio-net device states about the checksum of a received frame. Sections are those of virtio
 * 1.1. */
#include "virtio.h"

/* The header (5.1.6). */
#define HEADER_FLAGS 0u
#define FLAG_NEEDS_CSUM 1u
#define FLAG_DATA_VALID 2u
#define HEADER_CSUM_START 6u
#define HEADER_CSUM_OFFSET 8u

/* The frame that has V6NF_PORT_CHECKSUM_PARTIAL (port.h). */
#define TYPE_AT 12u
#define VERSION_AT 14u
#define NEXT_HEADER_AT 20u
#define NEXT_HEADER_UDP 17u
#define UDP_AT 54u
#define UDP_CHECKSUM_AT (UDP_AT + 6u)

static uint32_t read_le16(const uint8_t *bytes)
{
    return bytes[0] + ((uint32_t)bytes[1] << 8);
}

/* Return true if UDP is the next header of an IPv6 header without a tag. At least 62 bytes. */
static bool is_plain_udp(const uint8_t *frame)
{
    return frame[TYPE_AT] == 0x86u && frame[TYPE_AT + 1u] == 0xDDu && frame[VERSION_AT] >> 4 == 6u &&
           frame[NEXT_HEADER_AT] == NEXT_HEADER_UDP;
}

/* Complete the checksum at `at`, of the bytes from `start` to `length` (RFC 1071). It has the sum of a pseudo-header.
 * A sum of 0 is sent as 0xFFFF: UDP demands that, and it is the same for others. */
static void complete(uint8_t *frame, uint32_t start, uint32_t at, uint32_t length)
{
    uint32_t sum = (length - start) % 2u != 0u ? (uint32_t)frame[length - 1u] << 8 : 0u;
    for (uint32_t i = start; i + 1u < length; i += 2u) {
        sum += ((uint32_t)frame[i] << 8) + frame[i + 1u];
    }
    sum = (sum & 0xFFFFu) + (sum >> 16);
    sum = ~((sum & 0xFFFFu) + (sum >> 16)) & 0xFFFFu;
    sum = sum == 0u ? 0xFFFFu : sum;
    frame[at] = (uint8_t)(sum >> 8);
    frame[at + 1u] = (uint8_t)(sum & 0xFFu);
}

uint32_t v6nf_virtio_checksum(uint8_t *frame, uint32_t length)
{
    const uint8_t *header = frame - HEADER_SIZE;
    const uint32_t flags = header[HEADER_FLAGS];
    const uint32_t start = read_le16(header + HEADER_CSUM_START);
    const uint32_t at = start + read_le16(header + HEADER_CSUM_OFFSET);
    if ((flags & FLAG_NEEDS_CSUM) == 0u) {
        return (flags & FLAG_DATA_VALID) != 0u ? V6NF_PORT_CHECKSUM_GOOD : 0u;
    }
    if (at + 2u > length) {
        return V6NF_VIRTIO_LIE;
    }
    if (start == UDP_AT && at == UDP_CHECKSUM_AT && is_plain_udp(frame)) {
        return V6NF_PORT_CHECKSUM_PARTIAL;
    }
    complete(frame, start, at, length);
    return 0;
}

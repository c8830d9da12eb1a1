/* device.c: a network device that verifies and inserts checksums of UDP (port.h). The node of the second run has it: it
 * must send the same frames as the node of the first run, which sums every byte itself. */
#include "node_checks.h"

#include "v6nf/port.h"

static bool is_in_use(void)
{
    return poison == SECOND_POISON;
}

uint8_t device_checksums(void)
{
    return is_in_use() ? V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS : 0u;
}

/* Return true if the frame has no tag, and UDP behind an IPv6 header without extensions. */
static bool has_udp(const uint8_t *frame, uint32_t length)
{
    return length >= 62u && get16(frame + 12) == 0x86DDu && frame[14] >> 4 == 6u && frame[20] == 17u &&
           get16(frame + 18) >= 8u && 54u + get16(frame + 18) <= length;
}

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* Make the checksum of a datagram partial: the sum of the pseudo-header alone. */
static void take_checksum(uint8_t *frame)
{
    put16(frame + 60, 0);
    put16(frame + 60, sum(frame + 14, frame + 54, 0, 17)); /* of a datagram without bytes */
    const uint32_t size = get16(frame + 58);
    const uint32_t partial = get16(frame + 60) + size;
    put16(frame + 60, partial > 0xFFFFu ? partial - 0xFFFFu : partial);
}

uint32_t device_receive(uint8_t *frame, uint32_t length)
{
    if (!is_in_use() || !has_udp(frame, length)) {
        return 0;
    }
    const uint32_t payload = get16(frame + 18);
    const uint32_t checksum = get16(frame + 60);
    /* Some devices sum the datagram, others the whole packet. */
    const uint32_t summed = get16(frame + 58) >= 8u && get16(frame + 58) < payload ? get16(frame + 58) : payload;
    if (checksum != 0u && sum(frame + 14, frame + 54, summed, 17) != 0xFFFFu) {
        return V6NF_PORT_CHECKSUM_WRONG;
    }
    /* Some senders are on the same host, and leave the checksum to the device. 0xFFFF can mean 0. */
    if (checksum % 2u == 1u && checksum != 0xFFFFu && get16(frame + 58) == payload) {
        take_checksum(frame);
        return V6NF_PORT_CHECKSUM_PARTIAL;
    }
    return V6NF_PORT_CHECKSUM_GOOD;
}

uint32_t device_send(uint8_t *frame, uint32_t length)
{
    if (length < V6NF_PORT_CHECKSUM_PARTIAL) {
        return length;
    }
    length &= V6NF_PORT_LENGTH;
    CHECK(is_in_use() && has_udp(frame, length));
    const uint32_t payload = get16(frame + 18);
    const uint32_t before = get16(frame + 60);
    take_checksum(frame);
    CHECK(get16(frame + 60) == before && get16(frame + 58) == payload && 54u + payload == length);
    put16(frame + 60, 0);
    const uint32_t whole = 0xFFFFu - sum(frame + 14, frame + 54, payload, 17);
    put16(frame + 60, whole == 0u ? 0xFFFFu : whole);
    return length;
}

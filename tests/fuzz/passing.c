/* passing.c: bookkeeping of packets that pass through the node. Each has a number in its source address. The node
 * transmits it as it is to its next hop, once, or returns it as undelivered, once, or loses it (forward.h). */
#include "node_checks.h"

#include "v6nf/forward.h"

/* A packet that passes through. */
enum course { GIVEN, WAITING, SENT, TAKEN, LOST };

struct passing {
    enum course course;
    uint8_t hop[16];
    uint32_t length;
    uint8_t frame[PASSING_MAX];
};

/* Packets by number. There are no later ones. */
#define PASSINGS 64u
static struct passing passings[PASSINGS];
static uint32_t passings_count;

void reset_passing_checks(void)
{
    passings_count = 0;
}

bool is_passing(const uint8_t *frame)
{
    return frame[22] == 0xFDu && frame[23] == 0x77u;
}

static struct passing *find_passing(const uint8_t *frame, uint32_t length)
{
    CHECK(is_zero(frame + 24, 13) && frame[37] < passings_count);
    struct passing *passing = &passings[frame[37]];
    CHECK(length == passing->length && memcmp(frame + 14, passing->frame + 14, length - 14u) == 0);
    return passing;
}

/* Return true if the entry of the next hop is resolved, and has this Ethernet address. */
static bool is_mac_of(const uint8_t *to, const uint8_t *hop)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node.neighbors[i];
        if (is_same(neighbor->address.bytes, hop) && neighbor->state > V6NF_NEIGHBOR_INCOMPLETE) {
            return memcmp(neighbor->mac, to, 6) == 0;
        }
    }
    return false;
}

void check_passing_output(const uint8_t *frame, uint32_t length)
{
    struct passing *passing = find_passing(frame, length);
    CHECK(passing->course == GIVEN || passing->course == WAITING);
    CHECK(is_mac_of(frame, passing->hop));
    passing->course = SENT;
}

/* Build a packet with these bytes in its headers, of `length` bytes from the IPv6 header on. Return it, NULL if there
 * were many. */
static struct passing *build_passing(const uint8_t *hop, const uint8_t *destination, uint8_t byte, uint32_t length)
{
    static const uint8_t ether[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0x77, 0x86, 0xDD};
    if (passings_count == PASSINGS || length > PASSING_MAX - 14u) {
        return NULL;
    }
    struct passing *passing = &passings[passings_count];
    *passing = (struct passing){.course = GIVEN, .length = 14u + length};
    memcpy(passing->hop, hop, 16);
    uint8_t *frame = passing->frame;
    memcpy(frame, ether, 14);
    frame[14] = 0x60u | byte >> 4;
    frame[15] = byte;
    frame[18] = (uint8_t)((length - 40u) >> 8);
    frame[19] = (uint8_t)(length - 40u);
    static const uint8_t next_headers[8] = {17, 58, 44, 6, 0, 43, 59, 50};
    frame[20] = next_headers[byte % 8u];
    frame[21] = byte;
    frame[22] = 0xFD;
    frame[23] = 0x77;
    frame[37] = (uint8_t)passings_count;
    memcpy(frame + 38, destination, 16);
    for (uint32_t i = 54; i < 14u + length; i++) {
        frame[i] = (uint8_t)(i * 5u + byte);
    }
    if (length >= 48u) {
        frame[54] = byte % 8u == 1u ? 136u : 0u; /* it looks like an advertisement of the node, */
        frame[55] = SILENT_PORT;                 /* or like a datagram of the program */
    }
    passings_count++;
    return passing;
}

uint32_t forward_packet(uint8_t *frame, uint32_t capacity, const uint8_t *hop, const uint8_t *destination, uint8_t byte,
                        uint32_t size, uint64_t now)
{
    struct passing *passing = build_passing(hop, destination, byte, size);
    enum v6nf_forward_status status = V6NF_FORWARD_DROPPED;
    if (passing == NULL || passing->length > capacity) {
        return 0;
    }
    memcpy(frame, passing->frame, passing->length);
    uint32_t length = v6nf_node_forward(&node, frame, passing->length, capacity, hop, &status, now);
    CHECK((status == V6NF_FORWARD_SENT) == (length != 0u && is_passing(frame)));
    CHECK(status != V6NF_FORWARD_SENT || (state_of(hop) == V6NF_ADDRESS_NONE && hop[0] != 0xFFu));
    record_output(&status, sizeof status);
    passing->course = status == V6NF_FORWARD_SENT ? GIVEN : status == V6NF_FORWARD_WAITS ? WAITING : LOST;
    return length;
}

void take_undelivered(uint8_t *frame, uint32_t capacity)
{
    uint32_t before = v6nf_node_undelivered(&node);
    uint32_t length = v6nf_node_take_undelivered(&node, frame, capacity);
    CHECK(length <= capacity && (length == 0u || v6nf_node_undelivered(&node) < before));
    CHECK(length != 0u || v6nf_node_undelivered(&node) == 0u);
    if (length == 0u) {
        return;
    }
    struct passing *passing = find_passing(frame, length);
    CHECK(passing->course == WAITING && memcmp(frame, passing->frame, 14) == 0);
    passing->course = TAKEN;
    record_output(frame, length);
}

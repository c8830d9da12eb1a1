/* subject_floor.c: a bare responder, written without the library: about the least that a host can do. It knows one
 * neighbor, and has no other state. */
#include <string.h>

#include "packets.h"
#include "subject.h"
#include "v6nf/wire/checksum.h"

#define IPV6 14u
#define UPPER 54u
#define ICMPV6 58u
#define UDP 17u

static uint8_t frames[SLOTS][FRAME_CAPACITY];
static uint32_t lengths[SLOTS];

/* The one entry of the Neighbor Cache. */
static struct {
    uint8_t address[16];
    uint8_t mac[6];
} neighbor;

static const uint8_t host_group[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, 0x01};

static const uint8_t host_group_mac[6] = {0x33, 0x33, 0xff, 0x00, 0x00, 0x01};

static inline uint16_t word16(const uint8_t *p)
{
    uint16_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint32_t word32(const uint8_t *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint64_t word64(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline void store16(uint8_t *p, uint16_t word)
{
    memcpy(p, &word, sizeof word);
}

/* Return true if the 6 bytes are the same. */
static inline bool same6(const uint8_t *a, const uint8_t *b)
{
    return ((word32(a) ^ word32(b)) | (uint32_t)(word16(a + 4) ^ word16(b + 4))) == 0u;
}

/* Return true if the 16 bytes are the same. */
static inline bool same16(const uint8_t *a, const uint8_t *b)
{
    return ((word64(a) ^ word64(b)) | (word64(a + 8) ^ word64(b + 8))) == 0u;
}

/* 16-bit words, into accumulators of 32 bits. */
static uint64_t sum_words(const uint8_t *bytes, uint32_t length)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < length / 2u; i++) {
        sum += word16(bytes + 2u * (size_t)i);
    }
    return sum;
}

/* 32-bit halves, into accumulators of 64 bits. */
static uint64_t sum_halves(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < length / 4u; i++) {
        sum += word32(bytes + 4u * (size_t)i);
    }
    return length % 4u != 0u ? sum + word16(bytes + length - 2u) : sum;
}

/* Return the sum of words whose sum without carries is `whole`, and that of their upper halves `upper`. */
static inline uint64_t join(uint64_t whole, uint64_t upper)
{
    uint64_t lower = whole - (upper << 32); /* the sum of the lower halves: no carry is lost */
    return (lower & 0xFFFFFFFFu) + (lower >> 32) + (upper & 0xFFFFFFFFu) + (upper >> 32);
}

/* Add the last 0 to 62 bytes, and the sums of `at` bytes before. */
static inline uint64_t join_rest(const uint8_t *bytes, uint32_t at, uint32_t length, uint64_t whole, uint64_t upper)
{
    uint64_t rest = 0;
    for (; at + 8u <= length; at += 8u) {
        uint64_t word = word64(bytes + at);
        whole += word;
        upper += word >> 32;
    }
    for (; at < length; at += 2u) {
        rest += word16(bytes + at);
    }
    return join(whole, upper) + rest;
}

/* Sums of 64-bit words without their carries, and of their upper halves once more. The carries follow from the two. */
struct sums {
    uint64_t whole;
    uint64_t upper;
};

/* Half the instructions of the loops above, because nothing is unpacked. */
static inline uint64_t add_uppers(const uint8_t *bytes, uint32_t length, struct sums before)
{
    uint64_t whole = 0;
    uint64_t upper = 0;
    for (uint32_t i = 0; i < length / 16u * 2u; i++) {
        uint64_t word = word64(bytes + 8u * (size_t)i);
        whole += word;
        upper += word >> 32;
    }
    return join_rest(bytes, length / 16u * 16u, length, whole + before.whole, upper + before.upper);
}

static uint64_t sum_uppers(const uint8_t *bytes, uint32_t length)
{
    return add_uppers(bytes, length, (struct sums){0, 0});
}

/* The same for the four quarters of the data at one time: what gcc vectorizes is then unrolled, too. */
static uint64_t sum_quarters(const uint8_t *bytes, uint32_t length)
{
    uint64_t whole[4] = {0, 0, 0, 0};
    uint64_t upper[4] = {0, 0, 0, 0};
    const uint32_t quarter = length / 64u * 16u;
    for (uint32_t at = 0; at < quarter; at += 8u) {
        for (uint32_t i = 0; i < 4u; i++) {
            uint64_t word = word64(bytes + at + (size_t)i * quarter);
            whole[i] += word;
            upper[i] += word >> 32;
        }
    }
    return join_rest(bytes, 4u * quarter, length, whole[0] + whole[1] + whole[2] + whole[3],
                     upper[0] + upper[1] + upper[2] + upper[3]);
}

static uint64_t sum_library(const uint8_t *bytes, uint32_t length)
{
    return v6nf_checksum_add(bytes, length, 0);
}

const struct floor_sum floor_sums[FLOOR_SUMS] = {
    {"words", sum_words},       {"halves", sum_halves},   {"uppers", sum_uppers},
    {"quarters", sum_quarters}, {"library", sum_library},
};

/* Return the sum as 16 bits. */
static inline uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xFFFFFFFFu) + (sum >> 32);
    sum = (sum & 0xFFFFu) + (sum >> 16 & 0xFFFFu) + (sum >> 32);
    sum = (sum & 0xFFFFu) + (sum >> 16);
    return (uint16_t)((sum & 0xFFFFu) + (sum >> 16));
}

/* Return the sum of pseudo-header and upper layer. */
static inline uint16_t sum_packet(const uint8_t *frame, uint32_t upper)
{
    /* Payload length and next header, in the byte order of the machine: of a little-endian one. */
    struct sums sums = {(uint64_t)word16(frame + IPV6 + 4u) + ((uint64_t)frame[IPV6 + 6u] << 8), 0};
    for (uint32_t i = 0; i < 4u; i++) {
        uint64_t word = word64(frame + IPV6 + 8u + 8u * (size_t)i);
        sums.whole += word;
        sums.upper += word >> 32;
    }
    return fold(add_uppers(frame + UPPER, upper, sums));
}

/* Exchange the addresses, of the neighbor alone, and send. */
static inline uint32_t send_back(uint8_t *frame, uint32_t length)
{
    if (!same16(frame + IPV6 + 8u, neighbor.address)) {
        return 0;
    }
    memcpy(frame + 6, host_mac, 6u);
    memcpy(frame, neighbor.mac, 6u);
    memcpy(frame + IPV6 + 8u, host_address, 16u);
    memcpy(frame + IPV6 + 24u, neighbor.address, 16u);
    frame[IPV6 + 7u] = 255u;
    return length;
}

static uint32_t answer_echo(uint8_t *frame, uint32_t length)
{
    frame[UPPER] = 129u;
    /* The type was 128 (RFC 1624, 3). */
    store16(frame + UPPER + 2u, (uint16_t)~fold((uint64_t)(uint16_t)~word16(frame + UPPER + 2u) + 1u));
    return send_back(frame, length);
}

static uint32_t answer_solicitation(uint8_t *frame, uint32_t length)
{
    uint8_t *message = frame + UPPER;
    if (length != UPPER + 32u || frame[IPV6 + 7u] != 255u || !same16(message + 8, host_address) ||
        word16(message + 24) != 0x0101u) {
        return 0;
    }
    message[0] = 136u;
    message[4] = 0x60u;
    message[24] = 2u;
    memcpy(message + 26, host_mac, 6u);
    memcpy(frame + IPV6 + 24u, host_address, 16u); /* in place of the group, for the sum */
    store16(message + 2, 0u);
    store16(message + 2, (uint16_t)~sum_packet(frame, 32u));
    return send_back(frame, length);
}

static uint32_t answer_datagram(uint8_t *frame, uint32_t length, uint32_t upper)
{
    uint8_t *datagram = frame + UPPER;
    uint16_t source = word16(datagram);
    uint16_t port = word16(datagram + 2);
    if (word16(datagram + 4) != word16(frame + IPV6 + 4u) || word16(datagram + 6) == 0u) {
        return 0;
    }
    bool recompute = datagram[2] == PORT_ECHO_RECOMPUTED / 256u && datagram[3] == PORT_ECHO_RECOMPUTED % 256u;
    if (!recompute && (datagram[2] != 0u || datagram[3] != PORT_ECHO)) {
        return 0;
    }
    store16(datagram, port);
    store16(datagram + 2, source);
    if (recompute) {
        store16(datagram + 6, 0u);
        store16(datagram + 6, (uint16_t)~sum_packet(frame, upper));
    }
    return send_back(frame, length);
}

/* Return true if the solicited-node group of the host is the destination. */
static inline bool is_to_group(const uint8_t *frame)
{
    return same6(frame, host_group_mac) && same16(frame + IPV6 + 24u, host_group);
}

/* callgrind counts this function by its name, so it must stay one of its own. */
uint32_t bench_floor_respond(uint8_t *frame, uint32_t length);
__attribute__((noinline)) uint32_t bench_floor_respond(uint8_t *frame, uint32_t length)
{
    if (length < UPPER + 8u || frame[12] != 0x86u || frame[13] != 0xDDu || frame[IPV6] >> 4 != 6u) {
        return 0;
    }
    uint32_t upper = (uint32_t)frame[IPV6 + 4u] * 256u + (uint32_t)frame[IPV6 + 5u];
    bool to_host = same6(frame, host_mac) && same16(frame + IPV6 + 24u, host_address);
    if (upper < 8u || upper % 2u != 0u || UPPER + upper > length || sum_packet(frame, upper) != 0xFFFFu) {
        return 0;
    }
    if (frame[IPV6 + 6u] == ICMPV6) {
        if (frame[UPPER + 1u] != 0u) {
            return 0;
        }
        if (frame[UPPER] == 128u && to_host) {
            return answer_echo(frame, UPPER + upper);
        }
        if (frame[UPPER] == 135u && (to_host || is_to_group(frame))) {
            return answer_solicitation(frame, UPPER + upper);
        }
    }
    return frame[IPV6 + 6u] == UDP && to_host ? answer_datagram(frame, UPPER + upper, upper) : 0u;
}

static void open_floor(void)
{
    memcpy(neighbor.address, peer_address, 16u);
    memcpy(neighbor.mac, peer_mac, 6u);
}

static void load(uint32_t slot, const uint8_t *frame, uint32_t length)
{
    memcpy(frames[slot], frame, length);
    lengths[slot] = length;
}

static uint32_t handle(uint32_t slot)
{
    return bench_floor_respond(frames[slot], lengths[slot]);
}

static const uint8_t *reply(uint32_t slot)
{
    return frames[slot];
}

static bool resolved(void)
{
    return true;
}

static void set_router(const uint8_t *address)
{
    (void)address;
}

static uint32_t tick(uint64_t microseconds)
{
    (void)microseconds;
    return 0;
}

const struct subject subject_floor = {"floor", open_floor, load, handle, reply, resolved, set_router, tick};

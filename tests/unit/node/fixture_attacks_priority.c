/* fixture_attacks_priority.c: attacks by which an unknown host gets slots that the program or a known neighbor has. Who tries
 * again is served in the end, so that these look at what is lost. Each returns that, or NULL. */
#include "fixture_attacks.h"

#include <string.h>

#define OFF_LINK "2001:db8:bad::"
#define HEADERS 54u

static struct test_frame in;

/* Echo Requests to the harness's node from addresses that end in 1 to `count`, all from one Ethernet address. */
static void ping_from(struct harness *h, const char *prefix, unsigned count, const char *mac)
{
    for (unsigned i = 1; i <= count; i++) {
        frame_echo(&in, HARNESS_MAC, mac, attack_numbered(prefix, i), HARNESS_GLOBAL, 128, 6, 6, 0);
        harness_input(h, &in);
    }
}

/* A Neighbor Solicitation from the address, and an unsolicited answer, if wanted. */
static void make_known(struct harness *h, const char *address, bool with_answer)
{
    const char *group = test_solicited_node(HARNESS_GLOBAL);
    frame_ns(&in, test_group_mac(group), ATTACK_MAC, address, group, HARNESS_GLOBAL, ATTACK_MAC);
    harness_input(h, &in);
    frame_na(&in, HARNESS_MAC, ATTACK_MAC, address, HARNESS_GLOBAL, address, NA_S | NA_O, ATTACK_MAC);
    if (with_answer) {
        harness_input(h, &in);
    }
}

/* The neighbor answers. Return how many datagrams leave for `destination`. */
static unsigned answer_of(struct harness *h, const struct test_station *neighbor, const char *destination)
{
    uint8_t address[16];
    unsigned datagrams = 0;
    test_address(address, destination);
    harness_mark(h);
    frame_answer(&in, neighbor, HARNESS_GLOBAL);
    harness_input(h, &in);
    datagrams += h->out.length != 0u && h->out.bytes[20] == 17 && memcmp(h->out.bytes + 38, address, 16) == 0;
    harness_run_until(h, h->now + MILLISECOND);
    for (uint32_t i = 0; i < h->sent_count; i++) {
        const uint8_t *b = h->sent[i].frame.bytes;
        datagrams += b[20] == 17 && memcmp(b + 38, address, 16) == 0;
    }
    return datagrams;
}

/* An unknown host makes the node ask for a neighbor that the program then writes to: the entry is not taken for the
 * program's, and yields to invented neighbors. */
const char *attack_asked_first(struct harness *h)
{
    static const struct test_station neighbor = {.mac = "02:00:00:00:00:03", .address = "2001:db8::1:1"};
    harness_start(h);
    ping_from(h, "2001:db8::1:", 1, ATTACK_MAC);
    harness_udp_send(h, 1000, neighbor.address, 2000, 10);
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        make_known(h, attack_numbered("2001:db8::6:", i), false);
    }
    return answer_of(h, &neighbor, neighbor.address) == 1u ? NULL : "the program's datagram that waited is lost";
}

/* Answers to unknown off-link hosts wait for the same router as the program's datagrams. */
const char *attack_waiting_displaced(struct harness *h)
{
    harness_start(h);
    for (unsigned i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        harness_udp_send(h, 1000, HARNESS_OFF_LINK, 2000, 10);
    }
    ping_from(h, OFF_LINK, V6NF_WAITING_PER_NEIGHBOR, HARNESS_GATEWAY_MAC);
    return answer_of(h, &h->gateway, HARNESS_OFF_LINK) == V6NF_WAITING_PER_NEIGHBOR
               ? NULL
               : "the program's datagrams that waited are lost";
}

/* Three quarters of the entries are of neighbors that are known to be reachable. */
const char *attack_reachable_evicted(struct harness *h)
{
    const unsigned known = V6NF_NEIGHBORS - V6NF_NEIGHBORS / 4u;
    unsigned left = 0;
    harness_start(h);
    for (unsigned i = 1; i <= known; i++) {
        struct test_station station = {.mac = "02:00:00:00:00:03", .address = attack_numbered("2001:db8::1:", i)};
        harness_make_reachable(h, &station);
        h->now += MILLISECOND;
    }
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        make_known(h, attack_numbered("2001:db8::6:", i), true);
    }
    for (unsigned i = 1; i <= known; i++) {
        left += harness_neighbor(h, attack_numbered("2001:db8::1:", i)) != NULL;
    }
    return left >= known - V6NF_NEIGHBORS / 4u ? NULL : "more than a quarter of the entries went to invented neighbors";
}

/* One peer more than there are entries, in turn: the entry that is needed next has just been evicted. */
const char *attack_peers_in_turn(struct harness *h)
{
    uint64_t before = 0;
    harness_start(h);
    for (unsigned i = 0; i < 3u * (V6NF_NEIGHBORS + 1u); i++) {
        const char *address = attack_numbered("2001:db8::1:", i % (V6NF_NEIGHBORS + 1u));
        struct test_station station = {.mac = "02:00:00:00:00:03", .address = address};
        frame_echo_request(&in, &station, HARNESS_GLOBAL, 6, 6, 0);
        harness_input(h, &in);
        if (h->out.length > HEADERS && h->out.bytes[HEADERS] == 135) {
            frame_answer(&in, &station, HARNESS_GLOBAL);
            harness_input(h, &in);
        }
        h->now += MILLISECOND;
        before = i == V6NF_NEIGHBORS ? h->node.counters[V6NF_SOLICITATIONS] : before;
    }
    uint64_t more = h->node.counters[V6NF_SOLICITATIONS] - before;
    return more <= V6NF_NEIGHBORS ? NULL : "most answers cost a solicitation";
}

#if V6NF_TEMPORARY
/* Addresses that the program adds, when there is a temporary one that is deprecated. */
const char *attack_deprecated_addresses(struct harness *h)
{
    harness_start_configured(
        h, (struct v6nf_node_config){.mtu = 1500, .autoconfigure = true, .temporary_addresses = true});
    harness_run_until(h, h->now + 3u * SECOND);
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, "2001:db8::", 64, PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    harness_take(h, &in);
    harness_run_until(h, h->now + DAY);
    for (unsigned i = 0; i < V6NF_ADDRESSES; i++) {
        struct v6nf_address address = test_address_of(attack_numbered("2001:db8::1:", i));
        if (v6nf_node_add_address(&h->node, &address, 64, h->now) == V6NF_FULL) {
            break;
        }
    }
    for (uint32_t i = 0; i < h->node.addresses_used; i++) {
        if (h->node.addresses[i].state == V6NF_ADDRESS_DEPRECATED) {
            return "the program cannot add an address, and a deprecated temporary one stays";
        }
    }
    return NULL;
}
#endif

/* fixture_attacks_priority.c: attacks by which an unknown host gets slots that the program or a known neighbor has.
 * Hosts that retry are served in the end, so that these look at what is lost. Each returns that, or NULL. */
#include "fixture_attacks.h"

#include <string.h>

#define FAR_PREFIX "2001:db8:bad::"
#define HEADERS 54u

static struct test_frame in;

/* Send the node Echo Requests from addresses that end in 1 to `count`, all from one Ethernet address. */
static void ping_from(struct fixture *f, const char *prefix, unsigned count, const char *mac)
{
    for (unsigned i = 1; i <= count; i++) {
        frame_echo(&in, NODE_MAC, mac, attack_numbered(prefix, i), NODE_GLOBAL, 128, 6, 6, 0);
        fixture_input(f, &in);
    }
}

/* Send a Neighbor Solicitation from the address and, if wanted, an unsolicited answer. */
static void make_known(struct fixture *f, const char *address, bool with_answer)
{
    const char *group = test_solicited_node(NODE_GLOBAL);
    frame_ns(&in, test_group_mac(group), ATTACK_MAC, address, group, NODE_GLOBAL, ATTACK_MAC);
    fixture_input(f, &in);
    frame_na(&in, NODE_MAC, ATTACK_MAC, address, NODE_GLOBAL, address, NA_S | NA_O, ATTACK_MAC);
    if (with_answer) {
        fixture_input(f, &in);
    }
}

/* Let the neighbor answer. Return how many datagrams to `destination` are sent. */
static unsigned answer_of(struct fixture *f, const struct test_station *neighbor, const char *destination)
{
    uint8_t address[16];
    unsigned datagrams = 0;
    test_address(address, destination);
    fixture_mark(f);
    frame_answer(&in, neighbor, NODE_GLOBAL);
    fixture_input(f, &in);
    datagrams += f->out.length != 0u && f->out.bytes[20] == 17 && memcmp(f->out.bytes + 38, address, 16) == 0;
    fixture_run_until(f, f->now + MILLISECOND);
    for (uint32_t i = 0; i < f->sent_count; i++) {
        const uint8_t *b = f->sent[i].frame.bytes;
        datagrams += b[20] == 17 && memcmp(b + 38, address, 16) == 0;
    }
    return datagrams;
}

/* An unknown host makes the node resolve a neighbor that the program then sends to. The entry does not count as the
 * program's, and is evicted for invented neighbors. */
const char *attack_asked_first(struct fixture *f)
{
    static const struct test_station neighbor = {.mac = "02:00:00:00:00:03", .address = "2001:db8::1:1"};
    fixture_start(f);
    ping_from(f, "2001:db8::1:", 1, ATTACK_MAC);
    fixture_udp_send(f, 1000, neighbor.address, 2000, 10);
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        make_known(f, attack_numbered("2001:db8::6:", i), false);
    }
    return answer_of(f, &neighbor, neighbor.address) == 1u ? NULL : "the program's datagram that waited is lost";
}

/* Replies to unknown off-link hosts wait for the same router as the program's datagrams. */
const char *attack_waiting_evicted(struct fixture *f)
{
    fixture_start(f);
    for (unsigned i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        fixture_udp_send(f, 1000, OFF_LINK, 2000, 10);
    }
    ping_from(f, FAR_PREFIX, V6NF_WAITING_PER_NEIGHBOR, GATEWAY_MAC);
    return answer_of(f, &f->gateway, OFF_LINK) == V6NF_WAITING_PER_NEIGHBOR
               ? NULL
               : "the program's datagrams that waited are lost";
}

/* Three quarters of the entries are known to be REACHABLE. */
const char *attack_reachable_evicted(struct fixture *f)
{
    const unsigned known = V6NF_NEIGHBORS - V6NF_NEIGHBORS / 4u;
    unsigned left = 0;
    fixture_start(f);
    for (unsigned i = 1; i <= known; i++) {
        struct test_station station = {.mac = "02:00:00:00:00:03", .address = attack_numbered("2001:db8::1:", i)};
        fixture_make_reachable(f, &station);
        f->now += MILLISECOND;
    }
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        make_known(f, attack_numbered("2001:db8::6:", i), true);
    }
    for (unsigned i = 1; i <= known; i++) {
        left += fixture_neighbor(f, attack_numbered("2001:db8::1:", i)) != NULL;
    }
    return left >= known - V6NF_NEIGHBORS / 4u ? NULL : "more than a quarter of the entries went to invented neighbors";
}

/* There is one peer more than there are entries, in rotation: the entry needed next has just been evicted. */
const char *attack_peers_in_turn(struct fixture *f)
{
    uint64_t before = 0;
    fixture_start(f);
    for (unsigned i = 0; i < 3u * (V6NF_NEIGHBORS + 1u); i++) {
        const char *address = attack_numbered("2001:db8::1:", i % (V6NF_NEIGHBORS + 1u));
        struct test_station station = {.mac = "02:00:00:00:00:03", .address = address};
        frame_echo_request(&in, &station, NODE_GLOBAL, 6, 6, 0);
        fixture_input(f, &in);
        if (f->out.length > HEADERS && f->out.bytes[HEADERS] == 135) {
            frame_answer(&in, &station, NODE_GLOBAL);
            fixture_input(f, &in);
        }
        f->now += MILLISECOND;
        before = i == V6NF_NEIGHBORS ? f->node.counters[V6NF_SOLICITATIONS] : before;
    }
    uint64_t more = f->node.counters[V6NF_SOLICITATIONS] - before;
    return more <= V6NF_NEIGHBORS ? NULL : "most replies cost a solicitation";
}

#if V6NF_TEMPORARY
/* The program adds addresses while there is a deprecated temporary one. */
const char *attack_deprecated_addresses(struct fixture *f)
{
    fixture_start_configured(
        f, (struct v6nf_node_config){.mtu = 1500, .autoconfigure = true, .temporary_addresses = true});
    fixture_run_until(f, f->now + 3u * SECOND);
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, "2001:db8::", 64, PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    fixture_input_silent(f, &in);
    fixture_run_until(f, f->now + DAY);
    for (unsigned i = 0; i < V6NF_ADDRESSES; i++) {
        struct v6nf_address address = test_address_of(attack_numbered("2001:db8::1:", i));
        if (v6nf_node_add_address(&f->node, &address, 64, f->now) == V6NF_FULL) {
            break;
        }
    }
    for (uint32_t i = 0; i < f->node.addresses_used; i++) {
        if (f->node.addresses[i].state == V6NF_ADDRESS_DEPRECATED) {
            return "the program cannot add an address, and a deprecated temporary one stays";
        }
    }
    return NULL;
}
#endif

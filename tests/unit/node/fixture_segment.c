/* fixture_segment.c: see fixture_segment.h. */
#include "fixture_bytes.h"
#include "fixture_segment_hosts.h"

#include <stdio.h>
#include <string.h>

#define HEADERS 54u /* Ethernet and IPv6 */
#define CAPACITY 4096u
#define FRAMES_A_DAY 20000u /* far fewer than one per second */
#define ATTEMPTS 15u /* one per second: Neighbor Unreachability Detection detects a wrong Ethernet address in 8 s */

static const struct test_station *const peers[] = {&near_peer, &far_peer};

/* -- The DHCPv6 client --------------------------------------------------------------------------------------------- */

#if V6NF_DHCPV6
static void tick_client(struct segment *s)
{
    struct test_frame frame;
    for (unsigned i = 0; i < 20u && v6nf_dhcpv6_next_due(&s->client) <= s->f.now; i++) {
        frame.length = v6nf_dhcpv6_tick(&s->client, frame.bytes, FRAME_MAX, s->f.now);
        if (frame.length != 0u) {
            hosts_carry(s, &frame);
        }
    }
}

static uint64_t client_due(const struct segment *s)
{
    return v6nf_dhcpv6_next_due(&s->client);
}

static void start_client(struct segment *s)
{
    struct v6nf_dhcpv6_config config = {.mode = V6NF_DHCPV6_AUTO, .iaid = 1};
    assert_int_equal(v6nf_dhcpv6_start(&s->client, &s->f.node, &config, s->f.now), V6NF_OK);
}
#else
static void tick_client(struct segment *s)
{
    (void)s;
}

static uint64_t client_due(const struct segment *s)
{
    (void)s;
    return V6NF_NEVER;
}

static void start_client(struct segment *s)
{
    (void)s;
}
#endif

/* Deliver the frame of the last call to all hosts. */
static void carry_out(struct segment *s)
{
    struct test_frame out;
    out.length = s->f.out.length;
    memcpy(out.bytes, s->f.out.bytes, out.length);
    s->f.out.length = 0;
    if (out.length != 0u) {
        hosts_carry(s, &out);
    }
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

void segment_strike(struct segment *s, const struct test_frame *frame)
{
    fixture_input(&s->f, frame);
    carry_out(s);
}

/* Process all that is due now. */
static void settle(struct segment *s)
{
    while (s->queue_count != 0u && s->queue[s->queue_first].time <= s->f.now) {
        const struct test_frame *frame = &s->queue[s->queue_first].frame;
        s->queue_first = (s->queue_first + 1u) % SEGMENT_QUEUE;
        s->queue_count--;
        segment_strike(s, frame);
    }
    if (s->advertise_at <= s->f.now) {
        hosts_advertise(s);
    }
    fixture_tick(&s->f);
    tick_client(s);
    for (uint32_t i = 0; i < s->f.sent_count; i++) {
        hosts_carry(s, &s->f.sent[i].frame);
    }
    if (s->f.sent_lost != 0u) {
        fail_case("the node sent more than a burst at one time");
    }
    s->f.sent_count = 0;
}

static uint64_t earlier_of(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void segment_run_until(struct segment *s, uint64_t time)
{
    settle(s);
    while (s->f.now < time) {
        uint64_t next = earlier_of(v6nf_node_next_due(&s->f.node), client_due(s));
        next = earlier_of(next, s->advertise_at);
        next = s->queue_count != 0u ? earlier_of(next, s->queue[s->queue_first].time) : next;
        /* settle() may have made something due at once. */
        next = next > s->f.now ? next : s->f.now + 1u;
        s->f.now = earlier_of(next, time);
        settle(s);
    }
}

static uint32_t take_datagram(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    (void)datagram;
    return 0;
}

static void take_error(void *context, const struct v6nf_udp_error *error)
{
    struct segment *s = context;
    for (unsigned i = 0; i < 2u; i++) {
        if (error->type == 1u && error->code == 4u && is_address(error->source, peers[i]->address)) {
            hosts_hear(s, ERROR_CALLBACK, peers[i], 0);
        }
    }
}

void segment_start(struct segment *s, bool with_router, bool is_optimistic)
{
    memset(s, 0, sizeof *s);
    fixture_start_configured(&s->f, (struct v6nf_node_config){.mtu = 1500,
                                                              .dad_transmits = 1,
                                                              .seed = 1,
                                                              .autoconfigure = true,
                                                              .temporary_addresses = V6NF_TEMPORARY,
                                                              .optimistic = V6NF_OPTIMISTIC && is_optimistic});
    s->f.capacity = CAPACITY;
    s->f.keep_mld = true;
    s->advertise_at = V6NF_NEVER;
    assert_int_equal(v6nf_udp_bind(&s->f.node, SEGMENT_ECHO_PORT, test_udp_echo, s), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&s->f.node, SEGMENT_PORT, take_datagram, s), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&s->f.node, SEGMENT_PORT, take_error), V6NF_OK);
    start_client(s);
    if (with_router) {
        segment_start_router(s);
    }
    segment_run_until(s, s->f.now + 20u * SECOND);
}

void segment_start_router(struct segment *s)
{
    s->advertise_at = s->f.now;
}

/* -- Exchanges of the honest hosts, each attempt once -------------------------------------------------------------- */

static void ask_echo(struct segment *s, const struct test_station *peer, uint32_t length)
{
    struct test_frame frame;
    frame_echo_request(&frame, peer, SEGMENT_NODE, 7, s->ticket, length);
    segment_post(s, &frame);
}

/* Send a datagram to a port of the node, in fragments that fit the far peer's path. */
static void send_datagram(struct segment *s, const struct test_station *peer, uint16_t port, uint32_t length)
{
    struct test_frame whole;
    struct test_frame frame;
    frame_udp(&whole, NODE_MAC, peer->mac, peer->address, SEGMENT_NODE, 64, PEER_PORT, port, length);
    uint32_t total = whole.length - HEADERS;
    if (total <= FAR_MTU - 40u) {
        segment_post(s, &whole);
        return;
    }
    for (uint32_t at = 0; at < total; at += 1232u) {
        uint8_t bytes[8u + 1232u] = {17, 0, 0, 0, 0, 0};
        uint32_t size = total - at < 1232u ? total - at : 1232u;
        put16(bytes + 2, at + (at + size < total ? 1u : 0u));
        put16(bytes + 6, s->ticket);
        memcpy(bytes + 8, whole.bytes + HEADERS + at, size);
        frame_ipv6(&frame, NODE_MAC, peer->mac, peer->address, SEGMENT_NODE, 44, 64, bytes, 8u + size);
        segment_post(s, &frame);
    }
}

static void ask_datagram(struct segment *s, const struct test_station *peer, uint32_t length)
{
    send_datagram(s, peer, SEGMENT_ECHO_PORT, length);
}

static void ask_closed_port(struct segment *s, const struct test_station *peer, uint32_t length)
{
    send_datagram(s, peer, CLOSED_PORT, length);
}

static void program_sends(struct segment *s, const char *to, uint16_t port, uint32_t length)
{
    fixture_udp_send(&s->f, SEGMENT_PORT, to, port, length);
    carry_out(s);
}

static void ask_program(struct segment *s, const struct test_station *peer, uint32_t length)
{
    program_sends(s, peer->address, PEER_PORT, length);
}

static void ask_program_closed(struct segment *s, const struct test_station *peer, uint32_t length)
{
    program_sends(s, peer->address, CLOSED_PORT, length);
}

static void ask_ping(struct segment *s, const struct test_station *peer, uint32_t length)
{
    struct v6nf_ping_config config = {.destination = test_address_of(peer->address),
                                      .count = 1,
                                      .size = length,
                                      .identifier = s->ticket,
                                      .interval = SECOND,
                                      .timeout = SECOND};
    v6nf_ping_stop(&s->ping, &s->f.node);
    assert_int_equal(v6nf_ping_start(&s->ping, &s->f.node, &config, s->f.now), V6NF_OK);
}

static void ask_advertisement(struct segment *s, const struct test_station *peer, uint32_t length)
{
    struct test_frame frame;
    const char *group = test_solicited_node(SEGMENT_NODE);
    (void)length;
    frame_ns(&frame, test_group_mac(group), peer->mac, peer->address, group, SEGMENT_NODE, peer->mac);
    segment_post(s, &frame);
}

struct service {
    const char *text;
    void (*ask)(struct segment *s, const struct test_station *peer, uint32_t length);
    enum awaited awaited;
    uint32_t length;         /* of the payload that is sent */
    uint32_t awaited_length; /* of the expected payload */
    bool near_only;
};

static const struct service services[] = {
    {"an Echo Request is not answered", ask_echo, ECHO_REPLY, 56, 56, false},
    {"a datagram is not answered", ask_datagram, DATAGRAM, 100, 100, false},
    {"a long datagram is not answered", ask_datagram, DATAGRAM, SEGMENT_LONG, SEGMENT_LONG, false},
    {"a datagram to a closed port causes no error", ask_closed_port, PORT_UNREACHABLE, 100, 0, false},
    {"the program's datagram does not arrive", ask_program, DATAGRAM, 100, 100, false},
    {"the program's long datagram does not arrive", ask_program, DATAGRAM, SEGMENT_LONG, SEGMENT_LONG, false},
    {"an error is not reported to the program", ask_program_closed, ERROR_CALLBACK, 100, 0, false},
    {"the program's Echo Request is not answered", ask_ping, PING_RESULT, 56, 56, false},
    {"a Neighbor Solicitation is not answered", ask_advertisement, ADVERTISEMENT, 0, 0, true},
};

static void look_at_ping(struct segment *s, const struct test_station *peer)
{
    struct v6nf_ping_result result;
    while (v6nf_ping_result(&s->ping, &result)) {
        if (result.event == V6NF_PING_REPLY) {
            hosts_hear(s, PING_RESULT, peer, result.size - 8u);
        }
    }
}

/* Make one attempt a second, as an application does that waits for an answer. */
static bool serve(struct segment *s, const struct service *service, const struct test_station *peer)
{
    s->served = false;
    for (unsigned i = 0; i < ATTEMPTS && !s->served; i++) {
        s->awaited = service->awaited;
        s->awaited_by = peer;
        s->awaited_length = service->awaited_length;
        s->ticket++;
        if (s->harass != NULL) {
            s->harass(s);
        }
        service->ask(s, peer, service->length);
        segment_run_until(s, s->f.now + 100u * MILLISECOND);
        look_at_ping(s, peer);
        if (!s->served) {
            segment_run_until(s, s->f.now + 900u * MILLISECOND);
            look_at_ping(s, peer);
        }
    }
    s->awaited = NOTHING;
    v6nf_ping_stop(&s->ping, &s->f.node);
    return s->served;
}

/* -- The node's state ---------------------------------------------------------------------------------------------- */

static bool is_preferred(const struct segment *s, const char *address)
{
    for (uint32_t i = 0; i < s->f.node.addresses_used; i++) {
        const struct v6nf_interface_address *own = &s->f.node.addresses[i];
        if (is_address(own->address.bytes, address)) {
            return own->state == V6NF_ADDRESS_PREFERRED && own->preferred_until > s->f.now;
        }
    }
    return false;
}

static bool knows_dns(const struct segment *s)
{
#if V6NF_DNS
    bool knows_server = false;
    bool knows_domain = false;
    struct v6nf_address server;
    for (uint32_t i = 0; v6nf_node_dns_server(&s->f.node, i, &server, s->f.now); i++) {
        knows_server |= is_address(server.bytes, DNS_SERVER);
    }
    for (uint32_t i = 0; v6nf_node_dns_domain(&s->f.node, i, s->f.now) != NULL; i++) {
        knows_domain |= strcmp(v6nf_node_dns_domain(&s->f.node, i, s->f.now), DNS_DOMAIN) == 0;
    }
    return knows_server && knows_domain;
#else
    (void)s;
    return true;
#endif
}

static bool program_can_add(struct segment *s)
{
    struct v6nf_address address = test_address_of("2001:db8::add");
    return v6nf_node_add_address(&s->f.node, &address, 64, s->f.now) == V6NF_OK &&
           v6nf_node_remove_address(&s->f.node, &address) == V6NF_OK;
}

static const char *complaint_of_state(struct segment *s)
{
    const struct v6nf_node *node = &s->f.node;
    settle(s);
    if (!is_preferred(s, NODE_LINK_LOCAL) || !is_preferred(s, SEGMENT_NODE)) {
        return "an address is not preferred";
    }
    if (V6NF_DHCPV6 && !is_preferred(s, SEGMENT_LEASE)) {
        return "the leased address is not preferred";
    }
    if (s->frames > FRAMES_A_DAY * (1u + s->f.now / DAY)) {
        return "the node sends without end";
    }
    if (!knows_dns(s)) {
        return "the router's DNS server and domain are not known";
    }
    if (V6NF_MLD && s->f.now - s->reported_at > (ADVERTISEMENT_INTERVAL + 2u) * SECOND) {
        return "a Query for multicast groups was not answered";
    }
    if (v6nf_node_next_due(node) > s->f.now + 2u * HOUR) {
        return "nothing is due, although the router's lifetime is finite";
    }
    return program_can_add(s) ? NULL : "the program cannot add an address";
}

const char *segment_complaint(struct segment *s)
{
    for (unsigned p = 0; p < 2u; p++) {
        for (unsigned i = 0; i < sizeof services / sizeof services[0]; i++) {
            if (services[i].near_only && peers[p] == &far_peer) {
                continue;
            }
            if (!serve(s, &services[i], peers[p])) {
                snprintf(s->complaint, sizeof s->complaint, "%s peer: %s", p == 0u ? "on-link" : "off-link",
                         services[i].text);
                return s->complaint;
            }
        }
    }
    const char *complaint = complaint_of_state(s);
    for (unsigned i = 0; i < ATTEMPTS && complaint != NULL; i++) {
        segment_run_until(s, s->f.now + SECOND);
        complaint = complaint_of_state(s);
    }
    return complaint;
}

/* link_virtual.c: a node of this library at the other end of a cable, on virtual time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "suite.h"
#include "v6nf/driver/cable.h"
#include "v6nf/run.h"

#define MTU 1500u
#define SEED 1u

static struct v6nf_cable cable; /* end a: the testing nodes; end b: the node */
static struct v6nf_node node;
static struct v6nf_ping ping;

static uint64_t now(void)
{
    return cable.now;
}

static void require(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "conformance: %s\n", what);
        exit(2);
    }
}

static unsigned features; /* of enum feature */

#if V6NF_DHCPV6
static struct v6nf_dhcpv6 client;

static bool start_client(void)
{
    const struct v6nf_dhcpv6_config config = {
        .mode = V6NF_DHCPV6_AUTO, .iaid = 1, .wants_prefix = (features & DELEGATION) != 0u, .prefix_length = 56};
    return v6nf_dhcpv6_start(&client, &node, &config, cable.now) == V6NF_OK;
}

static uint32_t run_client(void)
{
    return v6nf_run_dhcpv6(&client, &cable.b.port, cable.now);
}

static uint64_t client_due(void)
{
    return v6nf_dhcpv6_next_due(&client);
}
#else
static bool start_client(void)
{
    return true;
}

static uint32_t run_client(void)
{
    return 0;
}

static uint64_t client_due(void)
{
    return V6NF_NEVER;
}
#endif

static void run_node(void)
{
    while (v6nf_run(&node, &cable.b.port, cable.now) + run_client() > 0u) {
    }
}

static void send_frame(const struct test_frame *frame)
{
    require(v6nf_cable_send(&cable.a, frame->bytes, frame->length), "a frame does not fit the cable");
    run_node();
}

/* Return the next moment after now at which something may happen, `until` at the latest. */
static uint64_t next_moment(uint64_t until)
{
    uint64_t due = v6nf_node_next_due(&node) < client_due() ? v6nf_node_next_due(&node) : client_due();
    due = due > cable.now ? due : cable.now + MILLISECOND; /* due, but without a frame to send */
    return due < until ? due : until;
}

static bool receive(struct test_frame *frame, uint64_t until)
{
    for (;;) {
        run_node();
        frame->length = v6nf_cable_receive(&cable.a, frame->bytes, sizeof frame->bytes);
        if (frame->length > 0u || cable.now >= until) {
            return frame->length > 0u;
        }
        v6nf_cable_advance(&cable, next_moment(until));
    }
}

static bool enable(unsigned wanted)
{
    unsigned can = (V6NF_POLICY_TABLE ? LABELS : 0u) | (V6NF_TEMPORARY ? TEMPORARY : 0u) |
                   (V6NF_OPTIMISTIC ? OPTIMISTIC : 0u) | (V6NF_ENHANCED_DETECTION ? ENHANCED_DETECTION : 0u) |
                   (V6NF_ANNOUNCE ? ANNOUNCEMENTS : 0u) | (V6NF_ANYCAST ? ANYCAST : 0u) |
                   (V6NF_DHCPV6 ? DELEGATION : 0u);
    features = wanted;
    return (wanted & ~can) == 0u;
}

#if V6NF_ANYCAST
static bool add_anycast(void)
{
    struct v6nf_address address = test_address_of(ANYCAST_ADDRESS);
    return v6nf_node_add_anycast(&node, &address, cable.now) == V6NF_OK;
}
#else
static bool add_anycast(void)
{
    return false;
}
#endif

static bool restart(void)
{
    static const uint8_t secret[16] = "conformance";
    uint8_t mac[6];
    struct v6nf_node_config config = {.mac = mac,
                                      .mtu = MTU,
                                      .dad_transmits = 1,
                                      .seed = SEED,
                                      .autoconfigure = true,
                                      .secret = secret,
                                      .temporary_addresses = (features & TEMPORARY) != 0u,
                                      .optimistic = (features & OPTIMISTIC) != 0u,
                                      .announce = (features & ANNOUNCEMENTS) != 0u};
    uint64_t start = cable.now + 1000u * SECOND;
    test_mac(mac, NODE_MAC);
    require(v6nf_cable_init(&cable, MTU, MTU + 14u, SEED), "the cable cannot be made");
    v6nf_cable_advance(&cable, start);
    require(v6nf_node_init(&node, &config, cable.now) == V6NF_OK, "the node cannot be made");
    require((features & ANYCAST) == 0u || add_anycast(), "the anycast address cannot be added");
    require(start_client(), "the DHCPv6 client cannot be started");
    return true;
}

static bool link_up(void)
{
    v6nf_node_link_up(&node, cable.now);
    return true;
}

static void configure(bool router)
{
    (void)router;
}

#if V6NF_DNS
static enum knowledge dns_server(const char *address)
{
    struct v6nf_address wanted = test_address_of(address);
    struct v6nf_address server;
    for (uint32_t i = 0; v6nf_node_dns_server(&node, i, &server, cable.now); i++) {
        if (memcmp(&server, &wanted, sizeof server) == 0) {
            return KNOWN;
        }
    }
#if V6NF_DHCPV6
    for (uint32_t i = 0; v6nf_dhcpv6_dns_server(&client, i, &server); i++) {
        if (memcmp(&server, &wanted, sizeof server) == 0) {
            return KNOWN;
        }
    }
#endif
    return UNKNOWN;
}

static enum knowledge dns_domain(const char *name)
{
    const char *domain = v6nf_node_dns_domain(&node, 0, cable.now);
    for (uint32_t i = 1; domain != NULL; i++) {
        if (strcmp(domain, name) == 0) {
            return KNOWN;
        }
        domain = v6nf_node_dns_domain(&node, i, cable.now);
    }
    return UNKNOWN;
}
#else
static enum knowledge dns_server(const char *address)
{
    (void)address;
    return CANNOT_TELL;
}

static enum knowledge dns_domain(const char *name)
{
    (void)name;
    return CANNOT_TELL;
}
#endif

static bool send_ping(const char *destination, uint32_t size)
{
    struct v6nf_ping_config config = {
        .destination = test_address_of(destination),
        .count = 1,
        .size = size,
        .identifier = 0x4E55,
        .interval = SECOND,
        .timeout = SECOND,
    };
    v6nf_ping_stop(&ping, &node);
    return v6nf_ping_start(&ping, &node, &config, cable.now) == V6NF_OK;
}

const struct link virtual_link = {
    .mac = NODE_MAC,
    .now = now,
    .send = send_frame,
    .receive = receive,
    .restart = restart,
    .enable = enable,
    .reconnect = link_up,
    .configure = configure,
    .ping = send_ping,
    .uses_routes = V6NF_ROUTES > 0u,
    .has_dhcpv6 = V6NF_DHCPV6 != 0,
    .dns_server = dns_server,
    .dns_domain = dns_domain,
};

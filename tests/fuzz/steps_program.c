/* steps_program.c: the steps of steps_program.h. */
#include "steps_program.h"

static void record_status(const char *call, enum v6nf_status status, const struct v6nf_address *address, uint64_t now)
{
    trace(call, address->bytes, 16, now);
    record_output(&status, sizeof status);
    poison_tables();
    check_tables();
    check_waiting_datagrams();
}

/* Choose how a datagram is sent. The checks of datagrams.c are for those that have a number. */
static void choose_options(struct v6nf_udp_message *message, uint32_t length)
{
    static const uint16_t ports[8] = {ECHO_PORT, ECHO_PORT, ECHO_PORT, LENGTH_PORT, SILENT_PORT, 5000, 546, 0};
    uint8_t what = any8();
    message->remote_port = ports[any8() % 8u];
    message->dont_fragment = (what & 1u) != 0u;
    if ((what & 0x30u) == 0x30u) { /* loopback, perhaps between two ports that reply */
        any_own(message->remote.bytes);
        message->local_port = one_in(4) ? ECHO_PORT : message->local_port;
    }
    if (message->local_port == SILENT_PORT && length >= NUMBERED_LENGTH) {
        message->hop_limit = (what & 2u) != 0u ? any8() : 0u;
        message->traffic_class = (what & 4u) != 0u ? any8() : 0u;
        message->without_checksum = (what & 8u) != 0u;
    }
    if ((what & 0xC0u) == 0xC0u) {
        any_own(message->local.bytes); /* in any state */
    } else if ((what & 0xC0u) == 0x80u && one_in(4)) {
        any_remote(message->local.bytes);
    }
    message->local_port = one_in(32) ? 0u : message->local_port;
}

/* Let a packet pass through a router to any next hop, or take one that was not delivered. */
static void pass_something(uint64_t now)
{
    uint8_t hop[16];
    uint8_t destination[16];
    uint32_t length = any_length();
    any_remote(hop);
    if (one_in(4)) {
        take_passing(one_in(4) ? 86u + length % 1500u : FRAME_MAX, now);
        return;
    }
    any_remote(destination);
    length = 40u + length % (PASSING_MAX - 54u - 40u);
    send_passing(hop, one_in(4) ? hop : destination, any8(), length, one_in(4) ? 86u + length : FRAME_MAX, now);
}

void send_something(uint64_t now)
{
    if (node.router && one_in(2)) {
        pass_something(now);
        return;
    }
    struct v6nf_udp_message message = {0};
    uint32_t length = any_length();
    any_remote(message.remote.bytes);
    uint32_t capacity = one_in(8) ? 62u + length : FRAME_MAX;
    capacity = capacity < 86u ? 86u : capacity;
    message.local_port = one_in(4) ? 5000 : SILENT_PORT;
    choose_options(&message, length);
    send_datagram(&message, length, capacity, now);
}

void change_addresses(uint64_t now)
{
    struct v6nf_address address;
    if (one_in(4)) {
        any_own(address.bytes);
    } else {
        any_candidate(address.bytes);
    }
    switch (below(8)) {
    case 0:
    case 1:
        record_status("add", v6nf_node_add_address(&node, &address, one_in(8) ? below(130) : 64u, now), &address, now);
        break;
    case 2:
    case 3: {
        uint32_t valid = any_time();
        record_status("lease", v6nf_node_lease_address(&node, &address, one_in(2) ? valid : any_time(), valid, now),
                      &address, now);
        break;
    }
    case 4:
    case 5:
        record_status("remove", v6nf_node_remove_address(&node, &address), &address, now);
        break;
    case 6:
#if V6NF_ANYCAST
        record_status("anycast", v6nf_node_add_anycast(&node, &address, now), &address, now);
#endif
        break;
    default:
        any_router(address.bytes);
        record_status("gateway", v6nf_node_set_gateway(&node, &address), &address, now);
        break;
    }
}

void change_groups(uint64_t now)
{
#if V6NF_GROUPS > 0u
    struct v6nf_address group;
    struct v6nf_address source;
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    const struct v6nf_filter one = {
        .mode = one_in(2) ? V6NF_FILTER_INCLUDE : V6NF_FILTER_EXCLUDE, .sources_count = 1, .sources = &source};
    any_group(group.bytes);
    any_neighbor(source.bytes);
    switch (below(4)) {
    case 0:
        record_status("join", v6nf_multicast_join(&node, &group, now), &group, now);
        break;
    case 1:
        record_status("leave", v6nf_multicast_leave(&node, &group, now), &group, now);
        break;
    case 2:
        record_status("filter", v6nf_multicast_filter(&node, &group, &nothing, &one, now), &group, now);
        break;
    default:
        record_status("filter no more", v6nf_multicast_filter(&node, &group, &one, &nothing, now), &group, now);
        break;
    }
#else
    (void)now;
#endif
}

/* -- Applications -------------------------------------------------------------------------------------------------- */

static void change_ping(uint64_t now)
{
    static const uint64_t intervals[4] = {1000, 100000, V6NF_SECOND, 60u * V6NF_SECOND};
    struct v6nf_ping_result result;
    while (v6nf_ping_result(&ping, &result)) {
        record_output(&result.event, sizeof result.event);
    }
    if (node.ping != NULL) {
        v6nf_ping_stop(&ping, &node);
        return;
    }
    struct v6nf_ping_config config = {.count = below(4),
                                      .size = any_length(),
                                      .identifier = 1,
                                      .interval = intervals[below(4)],
                                      .timeout = 3u * V6NF_SECOND};
    any_remote(config.destination.bytes);
    if (one_in(4)) {
        any_own(config.destination.bytes);
    }
    record_status("ping", v6nf_ping_start(&ping, &node, &config, now), &config.destination, now);
}

static void change_client(uint64_t now)
{
    switch (has_client ? below(4) : 4u) {
    case 0:
        v6nf_dhcpv6_stop(&client, now);
        has_client = client.state != V6NF_DHCPV6_STOPPED;
        break;
    case 1:
        v6nf_dhcpv6_link_up(&client, now);
        break;
    default: {
        struct v6nf_dhcpv6_config config = {.mode = (enum v6nf_dhcpv6_mode)below(3),
                                            .iaid = 1,
                                            .rapid_commit = one_in(2),
                                            .wants_prefix = one_in(2),
                                            .prefix_length = below(129)};
        enum v6nf_status status = v6nf_dhcpv6_start(&client, &node, &config, now);
        record_status("client", status, &node.addresses[0].address, now);
        has_client = has_client || status == V6NF_OK;
        break;
    }
    }
}

/* Close the port whose datagrams are reported, and bind it again: perhaps without reports, or with the right to send
 * without checksums. */
static void bind_silent_port(uint64_t now)
{
    enum v6nf_status status = v6nf_udp_bind(&node, SILENT_PORT, NULL, NULL);
    CHECK(status == V6NF_OK);
    forget_reports();
    record_status("close", status, &node.addresses[0].address, now);
    (void)v6nf_udp_bind(&node, SILENT_PORT, silent_handler, NULL);
    (void)v6nf_udp_on_error(&node, SILENT_PORT, one_in(4) ? NULL : error_handler);
    (void)v6nf_udp_allow_no_checksum(&node, SILENT_PORT, below(4));
}

static void change_port(uint64_t now)
{
    if (one_in(2)) {
        bind_silent_port(now);
        return;
    }
    uint16_t port = one_in(2) ? ECHO_PORT : LENGTH_PORT;
    v6nf_udp_handler *handler = port == ECHO_PORT ? echo_handler : length_handler;
    record_status("port", v6nf_udp_bind(&node, port, one_in(2) ? handler : NULL, NULL), &node.addresses[0].address,
                  now);
}

void change_applications(uint64_t now)
{
    switch (below(4)) {
    case 0:
    case 1:
        change_ping(now);
        break;
    case 2:
        change_client(now);
        break;
    default:
        change_port(now);
        break;
    }
}

void end_applications(uint64_t now)
{
    if (has_client) {
        v6nf_dhcpv6_stop(&client, now);
        for (uint32_t i = 0; i < 100u && client.state != V6NF_DHCPV6_STOPPED; i++) {
            now += V6NF_SECOND;
            tick_all(now, FRAME_MAX);
        }
        CHECK(client.state == V6NF_DHCPV6_STOPPED);
    }
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

void change_link(uint64_t now)
{
    frames_since_link = 0;
    if (one_in(2)) {
        trace("link up", NULL, 0, now);
        note_link_up();
        forget_path_mtus();
        uint32_t changes = v6nf_node_changes(&node, V6NF_CHANGE_LINK);
        v6nf_node_link_up(&node, now);
        CHECK(v6nf_node_changes(&node, V6NF_CHANGE_LINK) == changes + 1u);
        check_waiting_datagrams();
        if (has_client) {
            v6nf_dhcpv6_link_up(&client, now);
        }
        poison_tables();
        return;
    }
#if V6NF_ANNOUNCE
    uint8_t other[6] = {0x02, 0, 0, 0, 0, 0};
    other[5] = (uint8_t)(1u + below(3));
    enum v6nf_status status = v6nf_node_set_mac(&node, other, now);
    record_status("Ethernet address", status, &node.addresses[0].address, now);
    if (status == V6NF_OK) {
        memcpy(mac, other, 6);
    }
#endif
}

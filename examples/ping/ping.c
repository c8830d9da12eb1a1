/* ping.c: ping an address, as ping(8) does. */
#include "../program.h"
#include "results.h"
#include "v6nf/wire/icmpv6.h"

const struct program_about program_about = {
    .name = "ping",
    .purpose = "Sends Echo Requests to an address, and prints the replies.",
    .ready = "pinging from",
    .pings = true,
};

/* Time for routers and servers to configure the node: it solicits routers three times in it (RFC 4861, 10). */
#define PATIENCE (12u * V6NF_SECOND)

/* Return true if the node has an address for destinations that are not on the link. */
static bool has_wide_address(const struct v6nf_node *node)
{
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        if (node->addresses[i].state >= V6NF_ADDRESS_DEPRECATED) {
            return true;
        }
    }
    return false;
}

/* Return true if it is time to ask: the node has an address for this destination, or has waited long enough for one. */
static bool can_start(const struct v6nf_node *node, const struct settings *settings, uint64_t waited)
{
    const uint8_t *destination = settings->ping.destination.bytes;
    bool is_configured_by_others = !settings->no_slaac || settings->dhcp;
    return v6nf_address_is_link_local(destination) || v6nf_address_is_multicast(destination) ||
           !is_configured_by_others || has_wide_address(node) || waited >= PATIENCE;
}

/* Start a ping with these settings. */
static bool start(struct v6nf_ping *ping, struct v6nf_node *node, const struct settings *settings, uint64_t now)
{
    struct v6nf_ping_config config = settings->ping;
    uint8_t identifier[2] = {0};
    (void)v6nf_env_entropy(identifier, sizeof identifier); /* not secret: it need not be unpredictable */
    config.identifier = v6nf_load16(identifier);
    if (v6nf_ping_start(ping, node, &config, now) != V6NF_OK) {
        program_error("ping", "cannot be started with these settings");
        return false;
    }
    v6nf_print_text("PING ");
    v6nf_print_address(&config.destination);
    v6nf_print_text(": ");
    v6nf_print_unsigned(config.size);
    v6nf_print_text(" data bytes\n");
    return true;
}

static void print_results(struct v6nf_ping *ping)
{
    struct v6nf_ping_result result;
    while (v6nf_ping_result(ping, &result)) {
        print_result(&result);
    }
}

/* Return the maximum data of a packet, in bytes. It is written into a buffer of the port, and may be sent in
 * fragments. */
static uint32_t max_size(const struct v6nf_port *port)
{
    uint32_t size = port->mtu > V6NF_FRAGMENTATION_SIZE ? port->mtu : V6NF_FRAGMENTATION_SIZE;
    size = size < port->capacity - V6NF_ETHER_HEADER_SIZE ? size : port->capacity - V6NF_ETHER_HEADER_SIZE;
    return size - V6NF_IPV6_HEADER_SIZE - V6NF_ICMPV6_ECHO_SIZE;
}

enum program_status program_run(struct v6nf_port *port, const struct settings *settings)
{
    static struct v6nf_node node;
    static struct v6nf_ping ping;
    static struct program program;
    if (settings->ping.size > max_size(port)) {
        program_error("--size", "too much for one packet: at most what the link and the port's buffers take");
        return PROGRAM_FAILED;
    }
    if (!program_start(&program, &node, port, settings)) {
        return PROGRAM_FAILED;
    }

    bool started = false;
    uint64_t began = v6nf_env_clock();
    uint64_t now = began;
    while (!program_should_stop() && !(started && v6nf_ping_is_done(&ping))) {
        now = v6nf_env_clock();
        if (v6nf_run(&node, port, now) + program_tick(&program, &node, port, now) == 0u) {
            program_wait(&program, &node, port, now);
        }
        if (!program_report(&program, &node, port, settings, now)) {
            return PROGRAM_FAILED;
        }
        if (!started && program.report.ready && can_start(&node, settings, now - began)) {
            /* From here on the node sends the requests and matches the replies by itself. */
            began = now;
            started = true;
            if (!start(&ping, &node, settings, now)) {
                return PROGRAM_FAILED;
            }
        }
        print_results(&ping);
    }
    program_stop(&program, &node, port);
    print_statistics(&ping, &settings->ping.destination, now - began);
    if (program_should_stop() || settings->stats > 0u) {
        program_print_counters(&program, &node, port);
    }
    return ping.received > 0u ? PROGRAM_DONE : PROGRAM_NO_REPLY;
}

/* program.c: what all examples share: set up the node, wait, and report to the user. */
#include "program.h"

#define LINK_SLEEP 10000u  /* microseconds between two checks of a link that is down */
#define LINK_PATIENCE 100u /* checks before it is reported: a link takes a moment to come up */

/* Microseconds between two checks of a link that may go down. An idle program wakes that often. A signal that arrives
 * right before the wait does not end it: the program then ends after this time at most. */
#define LINK_INTERVAL 100000u

static const char *explain_port(enum v6nf_port_status status)
{
    return status == V6NF_PORT_GONE
               ? "its device is gone: it was unplugged, or deleted; the program cannot go on without it"
               : "its device made an error, and the driver stopped it; start the program again";
}

/* Check that the device is there. Report why, and return false, if the program cannot go on. */
static bool check_port(struct v6nf_port *port)
{
    const enum v6nf_port_status status = port->operations->status(port);
    if (status != V6NF_PORT_RUNNING) {
        program_error("the port", explain_port(status));
    }
    return status == V6NF_PORT_RUNNING;
}

/* Return false if the port can no longer be used. */
static bool wait_for_link(struct v6nf_port *port)
{
    for (uint32_t checks = 1; !port->operations->link_up(port) && !program_should_stop(); checks++) {
        v6nf_print_text(checks == LINK_PATIENCE ? "waiting for the link to come up\n" : "");
        v6nf_env_sleep(LINK_SLEEP);
        if (!check_port(port)) {
            return false;
        }
    }
    return true;
}

static bool add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                        uint64_t now)
{
    enum v6nf_status status = v6nf_node_add_address(node, address, prefix_length, now);
    if (status != V6NF_OK) {
        char text[V6NF_ADDRESS_TEXT_SIZE];
        v6nf_address_format(text, address);
        program_error(text, status == V6NF_EXISTS ? "the node has this address already: give it once"
                                                  : "cannot be an address of the node");
    }
    return status == V6NF_OK;
}

/* -- DHCPv6 -------------------------------------------------------------------------------------------------------- */

#if V6NF_DHCPV6

#define IAID 1u                          /* one interface, one association */
#define STOP_PATIENCE (2u * V6NF_SECOND) /* for a server to confirm that it has released addresses */

static bool start_dhcp(struct program *program, struct v6nf_node *node, const struct settings *settings, uint64_t now)
{
    struct v6nf_dhcpv6_config config = {.mode = settings->no_slaac ? V6NF_DHCPV6_STATEFUL : V6NF_DHCPV6_AUTO,
                                        .iaid = IAID,
                                        .wants_prefix = settings->dhcp_prefix,
                                        .prefix_length = settings->dhcp_prefix_length};
    program->dhcp = settings->dhcp;
    return !settings->dhcp || v6nf_dhcpv6_start(&program->client, node, &config, now) == V6NF_OK;
}

static uint32_t run_dhcp(struct program *program, struct v6nf_port *port, uint64_t now)
{
    return program->dhcp ? v6nf_run_dhcpv6(&program->client, port, now) : 0u;
}

static void restart_dhcp(struct program *program, uint64_t now)
{
    if (program->dhcp) {
        v6nf_dhcpv6_link_up(&program->client, now);
    }
}

static uint64_t dhcp_due(const struct program *program)
{
    return program->dhcp ? v6nf_dhcpv6_next_due(&program->client) : V6NF_NEVER;
}

static const struct v6nf_dhcpv6 *client_of(const struct program *program)
{
    return program->dhcp ? &program->client : NULL;
}

void program_stop(struct program *program, struct v6nf_node *node, struct v6nf_port *port)
{
    uint64_t began = v6nf_env_clock();
    uint64_t now = began;
    if (!program->dhcp) {
        return;
    }
    v6nf_dhcpv6_stop(&program->client, now);
    while (program->client.state != V6NF_DHCPV6_STOPPED && now - began < STOP_PATIENCE) {
        now = v6nf_env_clock();
        if (v6nf_run(node, port, now) + run_dhcp(program, port, now) == 0u) {
            const uint64_t due = dhcp_due(program);
            const uint64_t latest = began + STOP_PATIENCE;
            v6nf_run_wait(node, port, now, due < latest ? due : latest);
        }
    }
    if (program->client.state != V6NF_DHCPV6_STOPPED) {
        v6nf_dhcpv6_stop(&program->client, now);
    }
}

#else

/* settings_parse() refuses --dhcp. */
static bool start_dhcp(struct program *program, struct v6nf_node *node, const struct settings *settings, uint64_t now)
{
    (void)node;
    (void)now;
    program->dhcp = false;
    return !settings->dhcp;
}

static uint32_t run_dhcp(struct program *program, struct v6nf_port *port, uint64_t now)
{
    (void)program;
    (void)port;
    (void)now;
    return 0;
}

static void restart_dhcp(struct program *program, uint64_t now)
{
    (void)program;
    (void)now;
}

static uint64_t dhcp_due(const struct program *program)
{
    (void)program;
    return V6NF_NEVER;
}

static const struct v6nf_dhcpv6 *client_of(const struct program *program)
{
    (void)program;
    return NULL;
}

void program_stop(struct program *program, struct v6nf_node *node, struct v6nf_port *port)
{
    (void)program;
    (void)node;
    (void)port;
}

#endif

/* -- The node ------------------------------------------------------------------------------------------------------ */

static bool choose_seed(const struct settings *settings, struct v6nf_node_config *config)
{
    uint8_t bytes[8] = {0};
    bool is_good = v6nf_env_entropy(bytes, sizeof bytes);
    config->seed = v6nf_word64(bytes);
    config->predictable = !is_good;
    if (!is_good) {
        v6nf_print_text("this board has no entropy: delays, nonces and identifications of fragments are predictable\n");
    }
    if (!is_good && settings->temporary) {
        program_error("--temporary", "there is no entropy to make such addresses of");
        return false;
    }
    return true;
}

bool program_start(struct program *program, struct v6nf_node *node, struct v6nf_port *port,
                   const struct settings *settings)
{
    /* Duplicate Address Detection is meaningless while no other node can hear it. */
    if (!wait_for_link(port)) {
        return false;
    }
    uint64_t now = v6nf_env_clock();
    struct v6nf_node_config config = {.mac = settings->has_mac ? settings->mac : port->mac,
                                      .mtu = port->mtu,
                                      .dad_transmits = 1u,
                                      .autoconfigure = !settings->no_slaac,
                                      .secret = settings->has_secret ? settings->secret : NULL,
                                      .temporary_addresses = settings->temporary,
                                      .announce = true};
#if V6NF_CHECKSUM_OFFLOAD
    config.checksums = port->checksums;
#endif
    if (!choose_seed(settings, &config)) {
        return false;
    }
    if (v6nf_node_init(node, &config, now) != V6NF_OK) {
        program_error("the port", "its MAC address or its MTU is not one that a node can have");
        return false;
    }
    for (uint32_t i = 0; i < settings->addresses_count; i++) {
        if (!add_address(node, &settings->addresses[i], settings->prefix_lengths[i], now)) {
            return false;
        }
    }
    if (settings->has_gateway && v6nf_node_set_gateway(node, &settings->gateway) != V6NF_OK) {
        program_error("--gateway",
                      "the gateway must be on the link: give an --address with its prefix, or its link-local address");
        return false;
    }
#if V6NF_GROUPS > 0u
    for (uint32_t i = 0; i < settings->groups_count; i++) {
        if (v6nf_multicast_join(node, &settings->groups[i], now) != V6NF_OK) {
            program_error("--group", "a node cannot join this group: it is in it by itself, or it is of scope 0 or 1");
            return false;
        }
    }
#endif
    if (!start_dhcp(program, node, settings, now)) {
        program_error("--dhcp", "the client cannot be started: no UDP port is left");
        return false;
    }
    return true;
}

/* Check the link. One that was down may be another link when it is up again. One that is down may have lost its
 * device. */
static void check_link(struct program *program, struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    bool is_up = port->operations->link_up(port);
    program->link_checked = now;
    if (is_up && program->link_was_down) {
        v6nf_node_link_up(node, now);
        restart_dhcp(program, now);
    }
    program->link_was_down = !is_up;
    program->port_failed = !is_up && !check_port(port);
}

uint32_t program_tick(struct program *program, struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    if (now - program->link_checked >= LINK_INTERVAL) {
        check_link(program, node, port, now);
    }
    return run_dhcp(program, port, now);
}

void program_wait(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    const uint64_t due = dhcp_due(program);
    const uint64_t check = program->link_checked + LINK_INTERVAL;
    v6nf_run_wait(node, port, now, due < check ? due : check);
}

bool program_report(struct program *program, const struct v6nf_node *node, struct v6nf_port *port,
                    const struct settings *settings, uint64_t now)
{
    if (program->port_failed) {
        return false;
    }
    if (!report_changes(&program->report, node, client_of(program), program_about.ready, now)) {
        program_error("the node", "no address is left that it could use; give it another --mac");
        return false;
    }
    if (settings->stats > 0u && now - program->stats_printed >= settings->stats) {
        if (program->stats_printed > 0u) {
            program_print_counters(program, node, port);
        }
        program->stats_printed = now;
    }
    return true;
}

static void print_counter(uint64_t count, const char *text)
{
    if (count > 0u) {
        v6nf_print_text("  ");
        v6nf_print_unsigned(count);
        v6nf_print_text(" ");
        v6nf_print_text(text);
        v6nf_print_text("\n");
    }
}

static void print_client_counters(const struct program *program)
{
#if V6NF_DHCPV6
    v6nf_print_text(program->dhcp ? "the DHCPv6 client counted:\n" : "");
    for (uint32_t i = 0; program->dhcp && i < V6NF_DHCPV6_COUNTER_COUNT; i++) {
        print_counter(program->client.counters[i], v6nf_dhcpv6_counter_text((enum v6nf_dhcpv6_counter)i));
    }
#else
    (void)program;
#endif
}

void program_print_counters(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port)
{
    struct v6nf_port_counters counters;
    port->operations->read_counters(port, &counters);
    v6nf_print_text("the node counted:\n");
    for (uint32_t i = 0; i < V6NF_COUNTER_COUNT; i++) {
        print_counter(node->counters[i], v6nf_counter_text((enum v6nf_counter)i));
    }
    print_client_counters(program);
    v6nf_print_text("the port counted:\n");
    print_counter(counters.received, "frames received");
    print_counter(counters.received_bytes, "bytes of them");
    print_counter(counters.receive_dropped, "frames that arrived and were lost");
    print_counter(counters.sent, "frames sent");
    print_counter(counters.sent_bytes, "bytes of them");
    print_counter(counters.transmit_dropped, "frames that could not be sent");
}

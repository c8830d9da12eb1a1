/* node_program.c: the program around a node: its handlers, its calls of the library, and the checks of each call. */
#include "node_checks.h"

struct v6nf_node node;
struct v6nf_ping ping;
struct v6nf_dhcpv6 client;
bool has_client;
uint8_t mac[6];
uint32_t link_mtu;

uint8_t cause[FRAME_MAX];
uint32_t cause_length;

/* The buffer that the node is handling, for the checks of the UDP handlers' arguments. */
static const uint8_t *current_frame;
static uint32_t current_capacity;

/* True while v6nf_udp_send() runs. */
static bool is_sending;

/* The addresses and their states, as of the last call, and the counter of their changes. */
static struct v6nf_address addresses_before[V6NF_ADDRESSES];
static enum v6nf_address_state states_before[V6NF_ADDRESSES];
static uint32_t changes_before;

void start_program(void)
{
    static const uint8_t first_mac[6] = {0x02, 0, 0, 0, 0, 1};
    memcpy(mac, first_mac, 6);
    memset(&ping, 0, sizeof ping);
    memset(&client, 0, sizeof client);
    has_client = false;
    cause_length = 0;
    memset(states_before, 0, sizeof states_before);
    changes_before = UINT32_MAX;
    reset_output_checks();
    reset_datagram_checks();
    reset_passing_checks();
}

static uint8_t *new_frame(uint32_t capacity)
{
    uint8_t *frame = malloc(capacity > 0u ? capacity : 1u);
    CHECK(frame != NULL);
    memset(frame, poison, capacity);
    return frame;
}

/* -- Handlers ------------------------------------------------------------------------------------------------------ */

/* Check the arguments of a handler. Without a received frame the datagram was looped: it is in the buffer of a tick. */
static void check_datagram(const struct v6nf_udp_datagram *datagram)
{
    CHECK(!is_sending);
    CHECK(datagram->capacity <= node.longest_packet - 62u);
    CHECK(datagram->length <= datagram->capacity);
    record_output(datagram->payload, datagram->length);
    if (datagram->payload != current_frame + 62) { /* reassembled, in a buffer of the node */
        const uint8_t *start = (const uint8_t *)node.reassemblies;
        CHECK(datagram->payload > start && datagram->payload + datagram->capacity <= start + sizeof node.reassemblies);
        return;
    }
    CHECK(cause_length == 0u || datagram->length <= cause_length - 62u);
    CHECK(cause_length != 0u || state_of(datagram->source) >= V6NF_ADDRESS_OPTIMISTIC);
    CHECK(datagram->capacity <= current_capacity - 62u);
    CHECK(datagram->source == current_frame + 22 && datagram->destination == current_frame + 38);
}

uint32_t echo_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    datagram->unchanged = true;
    return datagram->length;
}

uint32_t silent_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    return 0;
}

/* Remove the address that the datagram was sent to. Share it with other nodes then, or add it again: it is tentative,
 * unless the node detects no addresses. Nothing is sent from it. */
static void replace_destination(const struct v6nf_udp_datagram *datagram, bool is_shared)
{
    struct v6nf_address own;
    memcpy(own.bytes, datagram->destination, 16);
    if (v6nf_node_remove_address(&node, &own) != V6NF_OK) {
        return;
    }
#if V6NF_ANYCAST
    if (is_shared) {
        (void)v6nf_node_add_anycast(&node, &own, datagram->now);
        return;
    }
#else
    (void)is_shared;
#endif
    (void)v6nf_node_add_address(&node, &own, 64, datagram->now);
}

uint32_t length_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    uint32_t length = datagram->length < 2u ? 0u : get16(datagram->payload);
    if (length % 2u == 1u) {
        replace_destination(datagram, length % 4u == 3u);
    }
    if (length <= datagram->capacity) {
        memset(datagram->payload, 0xA7, length);
    }
    return length;
}

/* Read each byte of the quoted payload, and check that it was in the packet. A forged quotation may have any UDP
 * Length. */
void error_handler(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    CHECK(!is_passing(error->local - 22)); /* at most a forged error is about a packet that passes through */
    CHECK(error->local_port == SILENT_PORT && (error->length == 0u) == (error->payload == NULL));
    record_output(&error->type, 1);
    record_output(&error->code, 1);
    record_output(error->source, 16);
    record_output(error->local, 16);
    record_output(error->remote, 16);
    if (error->length != 0u) {
        record_output(error->payload, error->length);
        const uint8_t *ipv6 = error->local - 8;
        CHECK(error->payload + error->length <= ipv6 + 40 + get16(ipv6 + 4));
        CHECK(error->status == V6NF_SEND_SENT || 8u + error->length <= get16(error->payload - 4));
    }
    note_report(error);
}

/* -- Checks of each call --------------------------------------------------------------------------------------- */

static uint32_t count_looped(void)
{
#if V6NF_LOOPBACK > 0u
    return node.looped_count;
#else
    return 0;
#endif
}

/* Check that a change of the addresses is counted (v6nf_node_changes()). */
static void check_changes(void)
{
    bool has_changed = false;
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        bool is_used = i < node.addresses_used;
        enum v6nf_address_state state = is_used ? node.addresses[i].state : V6NF_ADDRESS_NONE;
        has_changed |= state != states_before[i];
        if (is_used) {
            has_changed |= !is_same(&addresses_before[i], &node.addresses[i].address);
            addresses_before[i] = node.addresses[i].address;
        }
        states_before[i] = state;
    }
    CHECK(!has_changed || v6nf_node_changes(&node, V6NF_CHANGE_ADDRESSES) != changes_before);
    changes_before = v6nf_node_changes(&node, V6NF_CHANGE_ADDRESSES);
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

/* Return the number of received frames that were not answered (counters.h), without drops of queued packets. */
static uint64_t count_accounted(void)
{
    uint64_t total = node.counters[V6NF_DELIVERED] + node.counters[V6NF_KEPT];
    for (uint32_t i = V6NF_DROP_ETHER_LENGTH; i < V6NF_DROP_REASSEMBLY_FULL; i++) {
        total += node.counters[i];
    }
    return total;
}

/* Check what must hold after each call. The node sends `length` bytes of `frame`, 0 if none. */
static void after_call(const uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    CHECK(length <= capacity);
    trace(length != 0u ? "sent" : "nothing sent", frame, length, now);
    check_tables();
    check_error_rate(now);
    check_changes();
    if (length != 0u) {
        check_output(frame, length, now);
        record_output(frame, length);
        cause_length = 0;
        note_sent(frame, length, now);
    }
    check_waiting_datagrams();
    cause_length = 0;
    record_output(node.counters, sizeof node.counters);
    poison_tables();
}

/* Keep the received frame without a priority tag, which the node removes (IEEE 802.1Q, 9.6). */
static void keep_cause(const uint8_t *bytes, uint32_t length)
{
    memcpy(cause, bytes, length);
    cause_length = length;
    if (length >= 18u && get16(cause + 12) == 0x8100u && (get16(cause + 14) & 0xFFFu) == 0u &&
        get16(cause + 16) == 0x86DDu) {
        cause_length -= 4u;
        memmove(cause + 12, cause + 16, cause_length - 12u);
    }
}

/* Check the effects of a received frame apart from the answer. */
static void check_effects(const uint64_t *before)
{
#define SINCE(counter) (node.counters[counter] - before[counter])
    /* A fragment that cannot be kept evicts no other source's reassembly. */
    CHECK(SINCE(V6NF_DROP_FRAGMENT_SIZE) == 0u || SINCE(V6NF_DROP_REASSEMBLY_FULL) == 0u);
    /* The answer to a reassembled Echo Request can be sent. */
    CHECK(SINCE(V6NF_ECHO_REPLIES) == 0u || SINCE(V6NF_DROP_MTU) == 0u || cause_length > 14u + V6NF_FRAGMENTATION_SIZE);
#undef SINCE
}

uint32_t receive_frame(const uint8_t *bytes, uint32_t length, uint32_t capacity, uint64_t now)
{
    uint64_t before[V6NF_COUNTER_COUNT];
    uint64_t total = count_accounted();
    uint32_t mtu = node.mtu;
    CHECK(length <= FRAME_MAX && length <= capacity);
    memcpy(before, node.counters, sizeof before);
    uint8_t *frame = new_frame(capacity);
    memcpy(frame, bytes, length);
    keep_cause(bytes, length);
    current_frame = frame;
    current_capacity = capacity;
    trace("received", bytes, length, now);
    poison_tables();
    const uint32_t flags = device_receive(frame, length);
    uint32_t output = device_send(frame, v6nf_node_input(&node, frame, length | flags, capacity, now));
    CHECK(node.counters[V6NF_RECEIVED] == before[V6NF_RECEIVED] + 1u);
    CHECK(count_accounted() - total == (output != 0u ? 0u : 1u));
    CHECK(node.mtu == mtu || node.counters[V6NF_ROUTER_ADVERTISEMENTS] != before[V6NF_ROUTER_ADVERTISEMENTS]);
    check_effects(before);
    CHECK(output != 0u || capacity < 86u || !must_be_answered(now) || node.counters[V6NF_KEPT] != before[V6NF_KEPT]);
    after_call(frame, output, capacity, now);
    free(frame);
    return output;
}

static bool is_solicitation(const uint8_t *frame, uint32_t length)
{
    return length == 86u && frame[20] == 58u && frame[54] == 135u;
}

/* Check what v6nf_udp_send() returned (udp.h). looped: the number of looped packets before. */
static void check_send(const struct v6nf_udp_message *message, enum v6nf_send_status status, const uint8_t *frame,
                       uint32_t length, uint32_t looped)
{
    switch (status) {
    case V6NF_SEND_SENT:
        if (length == 0u) {
            CHECK(state_of(message->remote.bytes) >= V6NF_ADDRESS_OPTIMISTIC && count_looped() == looped + 1u);
            return;
        }
        CHECK(frame[20] == 17u || (frame[20] == 44u && !message->dont_fragment));
        CHECK(is_same(frame + 38, message->remote.bytes));
        CHECK(is_zero(message->local.bytes, 16) || is_same(frame + 22, message->local.bytes));
        return;
    case V6NF_SEND_WAITS:
    case V6NF_SEND_NO_BUFFER:
        CHECK(length == 0u || is_solicitation(frame, length));
        return;
    default:
        CHECK(length == 0u && status < V6NF_SEND_UNREACHABLE);
        return;
    }
}

void send_datagram(const struct v6nf_udp_message *message, uint32_t length, uint32_t capacity, uint64_t now)
{
    uint8_t start[NUMBERED_LENGTH] = {0};
    uint32_t output = 0;
    uint32_t looped = count_looped();
    uint8_t *frame = new_frame(capacity);
    for (uint32_t i = 0; 62u + i < capacity && i < length; i++) {
        frame[62u + i] = (uint8_t)(i * 7u);
    }
    if (length >= NUMBERED_LENGTH && 62u + NUMBERED_LENGTH <= capacity) {
        number_datagram(frame + 62, length, message);
        memcpy(start, frame + 62, NUMBERED_LENGTH);
    }
    trace("datagram to", message->remote.bytes, 16, now);
    poison_tables();
    is_sending = true;
    enum v6nf_send_status status = v6nf_udp_send(&node, frame, length, capacity, message, &output, now);
    output = device_send(frame, output);
    is_sending = false;
    record_output(&status, sizeof status);
    check_send(message, status, frame, output, looped);
    note_send_status(start, NUMBERED_LENGTH, status, output);
    after_call(frame, output, capacity, now);
    free(frame);
}

void send_passing(const uint8_t *hop, const uint8_t *destination, uint8_t byte, uint32_t size, uint32_t capacity,
                  uint64_t now)
{
    uint8_t *frame = new_frame(capacity);
    trace("passes to", hop, 16, now);
    poison_tables();
    after_call(frame, forward_packet(frame, capacity, hop, destination, byte, size, now), capacity, now);
    free(frame);
}

void take_passing(uint32_t capacity, uint64_t now)
{
    uint8_t *frame = new_frame(capacity);
    poison_tables();
    take_undelivered(frame, capacity);
    after_call(frame, 0, capacity, now);
    free(frame);
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

bool tick_once(uint64_t now, uint32_t capacity)
{
    if (v6nf_node_next_due(&node) > now) {
        return false;
    }
    uint64_t originated = node.counters[V6NF_ORIGINATED];
    uint8_t *frame = new_frame(capacity);
    current_frame = frame;
    current_capacity = capacity;
    poison_tables();
    uint32_t length = v6nf_node_tick(&node, frame, capacity, now);
    CHECK(node.counters[V6NF_ORIGINATED] - originated == (length != 0u ? 1u : 0u));
    CHECK(length != 0u || v6nf_node_next_due(&node) > now);
    after_call(frame, length, capacity, now);
    free(frame);
    return length != 0u;
}

static void check_client(void)
{
    /* A leased address has a start, and a Release has an end. The search for another server has a maximum delay. */
    for (uint32_t i = 0; i < client.addresses_count; i++) {
        CHECK(client.leased_since != V6NF_NEVER || client.addresses[i].use != V6NF_DHCPV6_LEASED);
    }
    CHECK(client.state != V6NF_DHCPV6_RELEASING || v6nf_dhcpv6_next_due(&client) <= client.until);
    CHECK(client.restart_timeout <= V6NF_DHCPV6_MAX_RT_MAX * V6NF_SECOND * 11u / 10u);
    CHECK(client.addresses_count <= V6NF_DHCPV6_ADDRESSES && client.server_size <= V6NF_DHCPV6_DUID_MAX);
    CHECK(client.prefixes_count <= V6NF_DHCPV6_PREFIXES && !client.prefixes_are_changed);
    for (uint32_t i = 0; i < client.prefixes_count; i++) {
        CHECK(client.prefixes[i].length - 1u < 128u && client.wants_prefix);
        CHECK(client.leased_since != V6NF_NEVER || client.prefixes[i].use != V6NF_DHCPV6_LEASED);
    }
    CHECK(client.dns_servers_count <= V6NF_DNS_SERVERS && client.dns_domains_count <= V6NF_DNS_DOMAINS);
    for (uint32_t i = 0; i < client.dns_domains_count; i++) {
        CHECK(memchr(client.dns_domains[i], 0, V6NF_DNS_DOMAIN_SIZE) != NULL);
    }
}

static bool tick_client(uint64_t now, uint32_t capacity)
{
    if (!has_client || v6nf_dhcpv6_next_due(&client) > now) {
        return false;
    }
    uint8_t *frame = new_frame(capacity);
    uint32_t length = device_send(frame, v6nf_dhcpv6_tick(&client, frame, capacity, now));
    CHECK(length != 0u || v6nf_dhcpv6_next_due(&client) > now);
    check_client();
    after_call(frame, length, capacity, now);
    free(frame);
    return length != 0u;
}

/* Check that a tick sends nothing while nothing is due: the node must not have missed a due time. */
static void check_nothing_due(uint64_t now, uint32_t capacity)
{
    uint64_t due = node.next_due;
    node.next_due = 0;
    uint8_t *frame = new_frame(capacity);
    uint32_t length = v6nf_node_tick(&node, frame, capacity, now);
    trace("due, but not announced", frame, length, now);
    CHECK(length == 0u && node.next_due >= due);
    node.next_due = due;
    free(frame);
}

void tick_all(uint64_t now, uint32_t capacity)
{
    const uint32_t bound =
        2u * (3u * V6NF_ADDRESSES + V6NF_GROUPS_ALL + V6NF_NEIGHBORS + V6NF_WAITING) + 9u * V6NF_FRAGMENTATIONS + 200u;
    uint32_t count = 0;
    while (tick_once(now, capacity) || tick_client(now, capacity)) {
        count++;
        CHECK(count < bound);
    }
    check_nothing_due(now, capacity);
}

/* ping.c: the Echo client (RFC 4443, 4.1 and 4.2). */
#include "v6nf/ping.h"

#include "internal.h"

static struct v6nf_ping_request *request_place(struct v6nf_ping *ping, uint16_t sequence)
{
    return &ping->requests[sequence % V6NF_PING_OUTSTANDING];
}

/* The request with this number, if it is remembered; NULL if not. */
static struct v6nf_ping_request *find_request(struct v6nf_ping *ping, uint16_t sequence)
{
    struct v6nf_ping_request *request = request_place(ping, sequence);
    bool known = request->sequence == sequence && (request->waiting || request->answered);
    return known ? request : NULL;
}

static void report(struct v6nf_ping *ping, const struct v6nf_ping_result *result)
{
    if (ping->results_count == V6NF_PING_RESULTS) {
        ping->results_lost++;
        return;
    }
    ping->results[(ping->results_first + ping->results_count) % V6NF_PING_RESULTS] = *result;
    ping->results_count++;
}

static void stop_waiting(struct v6nf_ping *ping, struct v6nf_ping_request *request)
{
    if (request->waiting) {
        request->waiting = false;
        ping->outstanding--;
    }
}

static void give_up(struct v6nf_ping *ping, struct v6nf_ping_request *request)
{
    struct v6nf_ping_result result = {
        .event = V6NF_PING_TIMEOUT, .sequence = request->sequence, .source = ping->config.destination};
    stop_waiting(ping, request);
    ping->timeouts++;
    report(ping, &result);
}

static void report_error(struct v6nf_ping *ping, struct v6nf_ping_request *request, const struct v6nf_ping_result *result)
{
    stop_waiting(ping, request);
    ping->errors++;
    report(ping, result);
}

void v6nf_ping_stop(struct v6nf_ping *ping, struct v6nf_node *node)
{
    if (node->ping == ping) {
        node->ping = NULL;
    }
}

static bool all_sent(const struct v6nf_ping *ping)
{
    return ping->config.count != 0u && ping->transmitted >= ping->config.count;
}

bool v6nf_ping_is_done(const struct v6nf_ping *ping)
{
    return all_sent(ping) && ping->outstanding == 0u;
}

bool v6nf_ping_result(struct v6nf_ping *ping, struct v6nf_ping_result *result)
{
    *result = (struct v6nf_ping_result){0};
    if (ping->results_count == 0u) {
        return false;
    }
    *result = ping->results[ping->results_first];
    ping->results_first = (ping->results_first + 1u) % V6NF_PING_RESULTS;
    ping->results_count--;
    return true;
}

/* The whole part of the square root. */
static uint64_t square_root(uint64_t value)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit != 0u; bit >>= 1) {
        uint64_t trial = root + bit;
        if (trial * trial <= value) {
            root = trial;
        }
    }
    return root;
}

uint64_t v6nf_ping_deviation(const struct v6nf_ping *ping)
{
    uint64_t answers = (uint64_t)ping->received + ping->duplicates;
    if (answers == 0u) {
        return 0;
    }
    /* The sum of (time - mean)^2, without the error of a mean that is rounded down before it is squared. */
    uint64_t mean = ping->time_sum / answers;
    uint64_t rest = ping->time_sum % answers;
    uint64_t below = mean * (ping->time_sum + rest);
    return ping->time_squares > below ? square_root((ping->time_squares - below) / answers) : 0u;
}

/* -- What comes in ------------------------------------------------------------------------------------------------------- */

static void record_time(struct v6nf_ping *ping, uint64_t time)
{
    uint64_t square = time <= UINT32_MAX ? time * time : UINT64_MAX;
    ping->time_min = time < ping->time_min ? time : ping->time_min;
    ping->time_max = time > ping->time_max ? time : ping->time_max;
    ping->time_sum += time;
    ping->time_squares = square <= UINT64_MAX - ping->time_squares ? ping->time_squares + square : UINT64_MAX;
}

/* True if the data are what write_request() wrote. */
static bool data_are_right(const struct v6nf_ping *ping, const uint8_t *data, uint32_t size)
{
    if (size != ping->config.size) {
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (data[i] != (uint8_t)(i & 0xFFu)) {
            return false;
        }
    }
    return true;
}

/* Counts the reply, and returns what it is. */
static enum v6nf_ping_event classify_reply(struct v6nf_ping *ping, struct v6nf_ping_request *request, bool right,
                                           uint64_t time)
{
    if (!right) {
        ping->damaged++;
        return V6NF_PING_DAMAGED;
    }
    record_time(ping, time);
    if (request->answered) {
        ping->duplicates++;
        return V6NF_PING_DUPLICATE;
    }
    ping->received++;
    request->answered = true;
    return V6NF_PING_REPLY;
}

static uint32_t ping_reply(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    struct v6nf_ping *ping = node->ping;
    if (v6nf_load16(message + V6NF_ICMPV6_ECHO_IDENTIFIER) != ping->config.identifier) {
        return drop(node, V6NF_DROP_ECHO_REPLY);
    }
    const uint8_t *destination = ping->config.destination.bytes;
    struct v6nf_ping_request *request = find_request(ping, v6nf_load16(message + V6NF_ICMPV6_ECHO_SEQUENCE));
    bool expected = v6nf_address_is_multicast(destination) || v6nf_address_equal(destination, ipv6 + V6NF_IPV6_SOURCE);
    if (request == NULL || !expected) {
        return drop(node, V6NF_DROP_ECHO_REPLY);
    }
    bool right =
        data_are_right(ping, message + V6NF_ICMPV6_ECHO_SIZE, length - V6NF_ICMPV6_ECHO_SIZE);
    struct v6nf_ping_result result = {
        .sequence = request->sequence,
        .hop_limit = ipv6[V6NF_IPV6_HOP_LIMIT],
        .size = length,
        .time = packet->now - request->sent,
    };
    v6nf_address_copy(result.source.bytes, ipv6 + V6NF_IPV6_SOURCE);
    result.event = classify_reply(ping, request, right, result.time);
    if (result.event == V6NF_PING_REPLY) {
        stop_waiting(ping, request);
    }
    report(ping, &result);
    return deliver(node);
}

/* Return true if the packet, of which V6NF_ICMPV6_ECHO_SIZE bytes are quoted, is one of the last Echo Requests: as many are
 * remembered as can be under way. */
static bool is_own_request(const struct v6nf_ping *ping, const struct v6nf_icmpv6_quote *quote)
{
    uint32_t sequence = v6nf_load16(quote->upper + V6NF_ICMPV6_ECHO_SEQUENCE);
    uint32_t later = (ping->next_sequence - 1u - sequence) & 0xFFFFu; /* requests sent after it */
    return quote->upper[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REQUEST &&
           v6nf_load16(quote->upper + V6NF_ICMPV6_ECHO_IDENTIFIER) == ping->config.identifier &&
           v6nf_address_equal(quote->packet + V6NF_IPV6_DESTINATION, ping->config.destination.bytes) &&
           later < V6NF_PING_OUTSTANDING && later < ping->transmitted;
}

static bool ping_error(struct v6nf_node *node, const struct packet_error *error, bool *told)
{
    if (!is_own_request(node->ping, &error->quote)) {
        return false;
    }
    struct v6nf_ping_request *request =
        find_request(node->ping, v6nf_load16(error->quote.upper + V6NF_ICMPV6_ECHO_SEQUENCE));
    if (request == NULL || !request->waiting) {
        return true; /* answered, or given up */
    }
    *told = true;
    struct v6nf_ping_result result = {
        .event = V6NF_PING_ERROR,
        .sequence = request->sequence,
        .type = error->type,
        .code = error->code,
        .hop_limit = error->hop_limit,
        .size = error->size,
    };
    v6nf_address_copy(result.source.bytes, error->source);
    report_error(node->ping, request, &result);
    return true;
}

/* -- What goes out ---------------------------------------------------------------------------------------------------------- */

static void write_request(const struct v6nf_node *node, const struct v6nf_ping *ping, uint8_t *ipv6, uint16_t sequence,
                          uint32_t own)
{
    uint8_t *message = ipv6 + V6NF_IPV6_HEADER_SIZE;
    uint32_t length = V6NF_ICMPV6_ECHO_SIZE + ping->config.size;
    v6nf_ipv6_write(ipv6, length, V6NF_NEXT_HEADER_ICMPV6, node->hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, ping->config.destination.bytes);
    v6nf_icmpv6_write(message, V6NF_ICMPV6_ECHO_REQUEST, 0u, ((uint32_t)ping->config.identifier << 16) + sequence);
    v6nf_flow_label_write(node, ipv6);
    for (uint32_t i = 0; i < ping->config.size; i++) {
        message[V6NF_ICMPV6_ECHO_SIZE + i] = (uint8_t)(i & 0xFFu);
    }
    v6nf_icmpv6_finish(ipv6, message, length);
}

/* Whether a packet of the program's to the destination has somewhere to go. */
static bool has_route(struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    node->originating = true;
    bool has = v6nf_address_is_multicast(destination) || v6nf_destination_find(node, destination, now) != NULL;
    node->originating = false;
    return has;
}

/* Sends the next Echo Request. Returns how many bytes of the frame leave. */
static uint32_t send_request(struct v6nf_node *node, struct v6nf_ping *ping, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    const uint8_t *destination = ping->config.destination.bytes;
    uint16_t sequence = ping->next_sequence;
    struct v6nf_ping_request *request = request_place(ping, sequence);
    if (request->waiting) {
        give_up(ping, request);
    }
    *request = (struct v6nf_ping_request){.sent = now, .sequence = sequence, .waiting = true};
    ping->outstanding++;
    ping->next_sequence++;
    ping->transmitted++;
    uint32_t own = v6nf_interface_select_source(node, destination);
    if (own == NO_ADDRESS || !has_route(node, destination, now)) {
        struct v6nf_ping_result result = {
            .event = V6NF_PING_ERROR,
            .sequence = sequence,
            .type = V6NF_ICMPV6_DESTINATION_UNREACHABLE,
            .code = V6NF_ICMPV6_NO_ROUTE,
        };
        if (own != NO_ADDRESS) {
            result.source = node->addresses[own].address;
        }
        report_error(ping, request, &result);
        return 0;
    }
    write_request(node, ping, frame + PACKET, sequence, own);
    return output_own(node, frame, UPPER + V6NF_ICMPV6_ECHO_SIZE + ping->config.size, capacity, now);
}

static uint32_t ping_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    struct v6nf_ping *ping = node->ping;
    for (uint32_t i = 0; i < V6NF_PING_OUTSTANDING; i++) {
        struct v6nf_ping_request *request = &ping->requests[i];
        if (request->waiting && now - request->sent >= ping->config.timeout) {
            give_up(ping, request);
        }
    }
    if (all_sent(ping) || now < ping->next_send) {
        return 0;
    }
    /* One a turn: a program that comes late does not catch up in a burst. */
    ping->next_send += ping->config.interval;
    if (ping->next_send <= now) {
        ping->next_send = now + ping->config.interval;
    }
    if (UPPER + V6NF_ICMPV6_ECHO_SIZE + ping->config.size > capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    return send_request(node, ping, frame, capacity, now);
}

static uint64_t ping_due(const struct v6nf_node *node)
{
    const struct v6nf_ping *ping = node->ping;
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_PING_OUTSTANDING; i++) {
        const struct v6nf_ping_request *request = &ping->requests[i];
        if (request->waiting && request->sent + ping->config.timeout < due) {
            due = request->sent + ping->config.timeout;
        }
    }
    return !all_sent(ping) && ping->next_send < due ? ping->next_send : due;
}

static const struct v6nf_ping_operations operations = {
    .reply = ping_reply,
    .error = ping_error,
    .tick = ping_tick,
    .due = ping_due,
};

enum v6nf_status v6nf_ping_start(struct v6nf_ping *ping, struct v6nf_node *node, const struct v6nf_ping_config *config,
                                 uint64_t now)
{
    if (config->interval == 0u || config->interval > V6NF_PING_TIME_MAX || config->timeout == 0u ||
        config->timeout > V6NF_PING_TIME_MAX || v6nf_address_is_unspecified(config->destination.bytes) ||
        config->size > node->longest_packet - UPPER - V6NF_ICMPV6_ECHO_SIZE) {
        return V6NF_INVALID;
    }
    if (node->ping != NULL) {
        return V6NF_EXISTS;
    }
    *ping = (struct v6nf_ping){.config = *config, .next_send = now, .next_sequence = 1, .time_min = V6NF_NEVER};
    node->ping = ping;
    node->ping_operations = &operations;
    set_due(node, now);
    return V6NF_OK;
}

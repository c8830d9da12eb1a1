/* ping.c: the Echo client (RFC 4443, 4.1 and 4.2). */
#include "v6nf/ping.h"

#include <string.h>

#include "v6nf/wire/ext.h"

#include "../base/random.h"
#include "../output/output.h"
#include "../output/select.h"
#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/pending.h"
#include "../state/ping_operations.h"

/* Number of requests after which sequence numbers wrap. */
#define SEQUENCES 0x10000u

static struct v6nf_ping_request *request_slot(struct v6nf_ping *ping, uint64_t number)
{
    return &ping->requests[number % V6NF_PING_OUTSTANDING];
}

static uint16_t sequence_of(uint64_t number)
{
    return (uint16_t)(number % SEQUENCES);
}

/* Return the request with this sequence number, NULL if it is not remembered. */
static struct v6nf_ping_request *find_request(struct v6nf_ping *ping, uint16_t sequence)
{
    struct v6nf_ping_request *request = request_slot(ping, sequence);
    bool is_known = sequence_of(request->number) == sequence && (request->waiting || request->answered);
    return is_known ? request : NULL;
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

/* Advance to the oldest request that waits. */
static void skip_ended(struct v6nf_ping *ping)
{
    for (uint32_t i = 0; i < V6NF_PING_OUTSTANDING && ping->oldest != ping->next; i++) {
        if (request_slot(ping, ping->oldest)->waiting) {
            return;
        }
        ping->oldest++;
    }
}

static void stop_waiting(struct v6nf_ping *ping, struct v6nf_ping_request *request)
{
    if (request->waiting) {
        request->waiting = false;
        ping->outstanding--;
        skip_ended(ping);
    }
}

static void time_out(struct v6nf_ping *ping, struct v6nf_ping_request *request)
{
    struct v6nf_ping_result result = {
        .event = V6NF_PING_TIMEOUT, .sequence = sequence_of(request->number), .source = ping->config.destination};
    stop_waiting(ping, request);
    ping->timeouts++;
    report(ping, &result);
}

void v6nf_ping_stop(struct v6nf_ping *ping, struct v6nf_node *node)
{
    if (node->ping == ping) {
        node->ping = NULL;
    }
}

static bool all_sent(const struct v6nf_ping *ping)
{
    return ping->config.count != 0u && ping->transmitted + ping->not_sent >= ping->config.count;
}

/* Return true if there is a slot for one more request that waits. */
static bool has_slot(const struct v6nf_ping *ping)
{
    return ping->next - ping->oldest < V6NF_PING_OUTSTANDING;
}

/* Return when the next request is due: not while all slots wait. */
static uint64_t send_due(const struct v6nf_ping *ping)
{
    return all_sent(ping) || !has_slot(ping) ? V6NF_NEVER : ping->next_send;
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

/* Return the integer part of the square root. */
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
    const struct v6nf_ping_times *times = &ping->times;
    if (times->count == 0u) {
        return 0;
    }
    /* The sum of (time - mean)^2, without the error of a mean that is rounded down before it is squared. */
    uint64_t mean = times->sum / times->count;
    uint64_t rest = times->sum % times->count;
    uint64_t below = mean * (times->sum + rest);
    return times->squares > below ? square_root((times->squares - below) / times->count) : 0u;
}

/* -- Input -------------------------------------------------------------------------------------------------------- */

/* Longer times count as this one in the deviation: 35 minutes, whose square is below 2^62. */
#define DEVIATION_TIME_MAX UINT64_C(0x7FFFFFFF)

/* Halve every sum before the squares can overflow: older times then weigh less. An even number of times has whole
 * halves. Two more squares fit below 2^64. */
static void record_deviation(struct v6nf_ping *ping, uint64_t time)
{
    struct v6nf_ping_times *times = &ping->times;
    time = time < DEVIATION_TIME_MAX ? time : DEVIATION_TIME_MAX;
    if (times->squares >= UINT64_C(1) << 62 && times->count % 2u == 0u) {
        times->count /= 2u;
        times->sum /= 2u;
        times->squares /= 2u;
    }
    times->count++;
    times->sum += time;
    times->squares += time * time;
}

static void record_time(struct v6nf_ping *ping, uint64_t time)
{
    ping->time_min = time < ping->time_min ? time : ping->time_min;
    ping->time_max = time > ping->time_max ? time : ping->time_max;
    ping->time_sum += time;
    record_deviation(ping, time);
}

/* Return the first byte of a request's data, which count up from it. It changes each time that sequence numbers
 * wrap. */
static uint8_t first_data(uint64_t number)
{
    return (uint8_t)(number / SEQUENCES % 0x100u);
}

/* Return true if the data are those of a request that begin with `first`. */
static bool data_are_right(const struct v6nf_ping *ping, const uint8_t *data, uint32_t size, uint8_t first)
{
    if (size != ping->config.size) {
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (data[i] != (uint8_t)((first + i) % 0x100u)) {
            return false;
        }
    }
    return true;
}

/* Return true if the data are those of an earlier request with the sequence number of this one. */
static bool is_stale(const struct v6nf_ping *ping, const struct v6nf_ping_request *request, const uint8_t *data,
                     uint32_t size)
{
    return request->number >= SEQUENCES && size != 0u && data[0] != first_data(request->number) &&
           data_are_right(ping, data, size, data[0]);
}

/* Count the reply. Return its kind. */
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

/* Make the next request due: it may have waited for one that has ended. */
static void hasten_next(struct v6nf_node *node)
{
    set_due(node, send_due(node->ping));
}

/* Return the request that the Echo Reply answers, NULL if it answers none. */
static struct v6nf_ping_request *find_answered(struct v6nf_ping *ping, const uint8_t *ipv6, const uint8_t *message,
                                               uint32_t length)
{
    const uint8_t *destination = ping->config.destination.bytes;
    bool is_expected =
        v6nf_address_is_multicast(destination) || v6nf_address_equal(destination, ipv6 + V6NF_IPV6_SOURCE);
    if (v6nf_load16(message + V6NF_ICMPV6_ECHO_IDENTIFIER) != ping->config.identifier || !is_expected) {
        return NULL;
    }
    struct v6nf_ping_request *request = find_request(ping, v6nf_load16(message + V6NF_ICMPV6_ECHO_SEQUENCE));
    if (request != NULL && is_stale(ping, request, message + V6NF_ICMPV6_ECHO_SIZE, length - V6NF_ICMPV6_ECHO_SIZE)) {
        return NULL;
    }
    return request;
}

static uint32_t ping_reply(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    struct v6nf_ping *ping = node->ping;
    struct v6nf_ping_request *request = find_answered(ping, ipv6, message, length);
    if (request == NULL) {
        return drop(node, V6NF_DROP_ECHO_REPLY);
    }
    bool right = data_are_right(ping, message + V6NF_ICMPV6_ECHO_SIZE, length - V6NF_ICMPV6_ECHO_SIZE,
                                first_data(request->number));
    struct v6nf_ping_result result = {
        .sequence = sequence_of(request->number),
        .hop_limit = ipv6[V6NF_IPV6_HOP_LIMIT],
        .size = length,
        .time = packet->now - request->sent,
    };
    v6nf_address_copy(result.source.bytes, ipv6 + V6NF_IPV6_SOURCE);
    result.event = classify_reply(ping, request, right, result.time);
    if (result.event == V6NF_PING_REPLY) {
        stop_waiting(ping, request);
        hasten_next(node);
    }
    report(ping, &result);
    return deliver(node);
}

/* Return true if the packet, of which V6NF_ICMPV6_ECHO_SIZE bytes are quoted, is one of the last Echo Requests: as many
 * are remembered as can be under way. */
static bool is_own_request(const struct v6nf_ping *ping, const struct v6nf_icmpv6_quote *quote)
{
    uint16_t sequence = v6nf_load16(quote->upper + V6NF_ICMPV6_ECHO_SEQUENCE);
    uint64_t number = ping->requests[sequence % V6NF_PING_OUTSTANDING].number;
    return quote->upper[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REQUEST &&
           v6nf_load16(quote->upper + V6NF_ICMPV6_ECHO_IDENTIFIER) == ping->config.identifier &&
           v6nf_address_equal(quote->packet + V6NF_IPV6_DESTINATION, ping->config.destination.bytes) && number != 0u &&
           sequence_of(number) == sequence;
}

static bool ping_error(struct v6nf_node *node, const struct packet_error *error, bool *reported)
{
    if (!is_own_request(node->ping, &error->quote)) {
        return false;
    }
    struct v6nf_ping_request *request =
        find_request(node->ping, v6nf_load16(error->quote.upper + V6NF_ICMPV6_ECHO_SEQUENCE));
    if (request == NULL || !request->waiting) {
        return true; /* answered or timed out */
    }
    *reported = true;
    struct v6nf_ping_result result = {
        .event = V6NF_PING_ERROR,
        .sequence = sequence_of(request->number),
        .type = error->type,
        .code = error->code,
        .status = error->status,
        .hop_limit = error->hop_limit,
        .size = error->size,
    };
    v6nf_address_copy(result.source.bytes, error->source);
    stop_waiting(node->ping, request);
    node->ping->errors++;
    report(node->ping, &result);
    hasten_next(node);
    return true;
}

/* -- Output ------------------------------------------------------------------------------------------------------- */

static void write_request(const struct v6nf_node *node, const struct v6nf_ping *ping, uint8_t *ipv6, uint64_t number,
                          uint32_t own)
{
    uint8_t *message = ipv6 + V6NF_IPV6_HEADER_SIZE;
    uint32_t length = V6NF_ICMPV6_ECHO_SIZE + ping->config.size;
    v6nf_ipv6_write(ipv6, length, V6NF_NEXT_HEADER_ICMPV6, node->hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, ping->config.destination.bytes);
    v6nf_icmpv6_write(message, V6NF_ICMPV6_ECHO_REQUEST, 0u,
                      ((uint32_t)ping->config.identifier << 16) + sequence_of(number));
    v6nf_flow_label_write(node, ipv6);
    for (uint32_t i = 0; i < ping->config.size; i++) {
        message[V6NF_ICMPV6_ECHO_SIZE + i] = (uint8_t)((first_data(number) + i) % 0x100u);
    }
    v6nf_icmpv6_finish(ipv6, message, length);
}

/* Report that the request cannot be sent. status: why; the node has counted it. */
static uint32_t report_not_sent(struct v6nf_ping *ping, struct v6nf_ping_request *request, enum v6nf_send_status status)
{
    const struct v6nf_ping_result result = {.event = V6NF_PING_NOT_SENT,
                                            .sequence = sequence_of(request->number),
                                            .status = status,
                                            .source = ping->config.destination};
    ping->not_sent++;
    *request = (struct v6nf_ping_request){.number = 0}; /* no error is about it */
    skip_ended(ping);
    report(ping, &result);
    return 0;
}

/* Return true if the frame has an Echo Request, or the first fragment of one: not a Neighbor Solicitation for it. */
static bool has_request(const uint8_t *frame)
{
    return frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT ||
           frame[UPPER + V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REQUEST;
}

/* Send the request, written, or have it wait for its neighbor. Return the length of the frame to send. */
static uint32_t send_written(struct v6nf_node *node, struct v6nf_ping *ping, struct v6nf_ping_request *request,
                             uint8_t *frame, uint32_t capacity, uint64_t now)
{
    enum v6nf_send_status status = V6NF_SEND_SENT;
    /* It waits from now on: if it evicts an earlier request, the oldest that waits is this one. */
    request->waiting = true;
    ping->outstanding++;
    uint32_t length =
        v6nf_output_own(node, frame, UPPER + V6NF_ICMPV6_ECHO_SIZE + ping->config.size, capacity, &status, now);
    if (!send_status_is_good(status)) {
        ping->outstanding--;
        (void)report_not_sent(ping, request, status);
        return length;
    }
    ping->transmitted++;
    return length;
}

/* Send the next Echo Request. Return the length of the frame to send. */
static uint32_t send_request(struct v6nf_node *node, struct v6nf_ping *ping, uint8_t *frame, uint32_t capacity,
                             uint64_t now)
{
    struct v6nf_ping_request *request = request_slot(ping, ping->next);
    *request = (struct v6nf_ping_request){.sent = now, .number = ping->next};
    ping->next++;
    if (UPPER + V6NF_ICMPV6_ECHO_SIZE + ping->config.size > capacity) {
        count(node, V6NF_DROP_CAPACITY);
        return report_not_sent(ping, request, V6NF_SEND_TOO_LONG);
    }
    uint32_t own = v6nf_select_source(node, ping->config.destination.bytes);
    if (own == NO_ADDRESS) {
        count(node, V6NF_DROP_NO_SOURCE);
        return report_not_sent(ping, request, V6NF_SEND_NO_SOURCE);
    }
    write_request(node, ping, frame + PACKET, request->number, own);
    return send_written(node, ping, request, frame, capacity, now);
}

/* Return true if the frame, of a packet that waits, has a request of the ping. An answer to the destination is none: a
 * host that makes the node answer must not delay the ping. */
static bool is_own(const struct v6nf_ping *ping, const uint8_t *frame)
{
    return has_request(frame) &&
           v6nf_address_equal(frame + PACKET + V6NF_IPV6_DESTINATION, ping->config.destination.bytes);
}

/* Return the neighbor for which a request of the ping waits, V6NF_NEIGHBORS if none does. long_one: among the packets
 * that are too long to wait with the others, and wait among those that are sent in fragments. */
#if V6NF_KEPT_INDEXED
static uint32_t find_waited_for(const struct v6nf_node *node, const struct v6nf_ping *ping, bool long_one)
{
    const uint8_t *destination = ping->config.destination.bytes;
    const uint32_t neighbor =
        v6nf_address_is_multicast(destination) ? V6NF_NEIGHBORS : v6nf_destination_find(node, destination);
    uint32_t at = neighbor < V6NF_NEIGHBORS ? node->neighbors[neighbor].waiting : V6NF_LINK_NONE;
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < KEPT_SLOTS; i++) {
        const uint8_t *frame =
            at < V6NF_WAITING ? node->waiting[at].frame : node->fragmentations[at - V6NF_WAITING].frame;
        if (long_one == (at >= V6NF_WAITING) && is_own(ping, frame)) {
            return neighbor;
        }
        at = node->kept.links[at].next;
    }
    return V6NF_NEIGHBORS;
}
#else
static uint32_t find_waited_for(const struct v6nf_node *node, const struct v6nf_ping *ping, bool long_one)
{
    for (uint32_t i = 0; i < V6NF_WAITING && !long_one; i++) {
        const struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor != V6NF_NEIGHBORS && is_own(ping, waiting->frame)) {
            return waiting->neighbor;
        }
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && long_one; i++) {
        const struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (packet->used && packet->neighbor != V6NF_NEIGHBORS && is_own(ping, packet->frame)) {
            return packet->neighbor;
        }
    }
    return V6NF_NEIGHBORS;
}
#endif

/* Return true if one more request would evict a packet of the program that waits for address resolution, perhaps one
 * of the ping: that one would get a wrong result. */
static bool would_evict(struct v6nf_node *node, const struct v6nf_ping *ping)
{
    uint32_t neighbor = find_waited_for(node, ping, false);
    if (neighbor != V6NF_NEIGHBORS && v6nf_pending_would_evict(node, neighbor)) {
        return true;
    }
#if V6NF_LONG_PACKETS_WAIT
    neighbor = find_waited_for(node, ping, true);
    return neighbor != V6NF_NEIGHBORS && v6nf_fragment_would_evict(node, neighbor);
#else
    return false;
#endif
}

/* End the requests whose time is over. */
static void expire_requests(struct v6nf_ping *ping, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_PING_OUTSTANDING && ping->oldest != ping->next; i++) {
        struct v6nf_ping_request *request = request_slot(ping, ping->oldest);
        if (now - request->sent < ping->config.timeout) {
            return;
        }
        time_out(ping, request);
    }
}

static uint32_t ping_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    struct v6nf_ping *ping = node->ping;
    expire_requests(ping, now);
    if (now < send_due(ping)) {
        return 0;
    }
    /* Send one request in each turn: a program that is late does not catch up in a burst. */
    ping->next_send += ping->config.interval;
    if (ping->next_send <= now) {
        ping->next_send = now + ping->config.interval;
    }
    return would_evict(node, ping) ? 0u : send_request(node, ping, frame, capacity, now);
}

static uint64_t ping_due(const struct v6nf_node *node)
{
    const struct v6nf_ping *ping = node->ping;
    uint64_t due = send_due(ping);
    if (ping->oldest != ping->next) {
        due = earlier(due, ping->requests[ping->oldest % V6NF_PING_OUTSTANDING].sent + ping->config.timeout);
    }
    return due;
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
    const struct v6nf_ping_config copy = *config; /* which may be that of *ping */
    *ping = (struct v6nf_ping){.config = copy, .next_send = now, .next = 1, .oldest = 1, .time_min = V6NF_NEVER};
    node->ping = ping;
    node->ping_operations = &operations;
    set_due(node, now);
    return V6NF_OK;
}

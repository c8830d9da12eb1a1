/* cable.c: see cable.h. Slots hold the frames. The next frame to arrive is found by a scan of all slots, which a test
 * bench can afford. */
#include "v6nf/driver/cable.h"

#include <stddef.h>
#include <string.h>

/* Byte that fills a buffer behind its frame, so that code that reads too far does not find the previous frame. */
#define STALE 0xEEu

#define MTU_MIN 1280u /* RFC 8200, 5 */
#define ETHER_HEADER 14u
#define HOLDBACK 1000u

/* -- Chance -------------------------------------------------------------------------------------------------------- */

/* Return 0 to 65535: the high bits of a linear congruential generator (Knuth's MMIX constants). */
static uint32_t draw(struct v6nf_cable_end *end)
{
    end->random = end->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(end->random >> 48);
}

/* Return 0 to count - 1. `count` is at most 65536. */
static uint32_t draw_below(struct v6nf_cable_end *end, uint32_t count)
{
    return (uint32_t)(((uint64_t)draw(end) * count) >> 16);
}

/* Return true if the next frame suffers, by plan or by chance. Draw in any case: a plan, or another rate for one fault,
 * then does not change what chance does to later frames. */
static bool suffers(struct v6nf_cable_end *end, enum v6nf_cable_fault fault)
{
    bool chance = draw(end) < end->knobs.rate[fault];
    struct v6nf_cable_plan *plan = &end->knobs.plan[fault];
    bool planned = plan->after == 0u && plan->count > 0u;
    if (planned) {
        plan->count--;
    } else if (plan->after > 0u) {
        plan->after--;
    }
    return chance || planned;
}

/* -- Slots --------------------------------------------------------------------------------------------------------- */

/* Return a free slot for a frame to `end`, or NULL if `limit` slots or more are in use. */
static struct v6nf_cable_frame *free_slot(struct v6nf_cable_end *end, uint32_t limit)
{
    struct v6nf_cable_frame *slot = NULL;
    uint32_t taken = 0;
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE; i++) {
        if (end->arriving[i].length == 0u) {
            slot = &end->arriving[i];
        } else {
            taken++;
        }
    }
    return taken < limit ? slot : NULL;
}

/* Return the frame that arrives, or has arrived, at `end` first; NULL if none is under way. */
static struct v6nf_cable_frame *first_frame(struct v6nf_cable_end *end)
{
    struct v6nf_cable_frame *first = NULL;
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE; i++) {
        struct v6nf_cable_frame *frame = &end->arriving[i];
        if (frame->length > 0u && (first == NULL || frame->arrival < first->arrival ||
                                   (frame->arrival == first->arrival && frame->number < first->number))) {
            first = frame;
        }
    }
    return first;
}

/* Count the next frame that has arrived at `end` as received, and return it; NULL if there is none. */
static struct v6nf_cable_frame *take_frame(struct v6nf_cable_end *end)
{
    struct v6nf_cable_frame *frame = first_frame(end);
    if (frame == NULL || frame->arrival > end->cable->now) {
        return NULL;
    }
    end->counters.received++;
    end->counters.received_bytes += frame->length;
    return frame;
}

/* Return the time of the first arrival at `end` that is not before `time`, UINT64_MAX if there is none. */
static uint64_t arrival_after(const struct v6nf_cable_end *end, uint64_t time)
{
    uint64_t next = UINT64_MAX;
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE; i++) {
        const struct v6nf_cable_frame *frame = &end->arriving[i];
        next = frame->length > 0u && frame->arrival >= time && frame->arrival < next ? frame->arrival : next;
    }
    return next;
}

static void put(struct v6nf_cable_end *to, struct v6nf_cable_frame *slot, uint32_t length, uint64_t arrival)
{
    slot->length = length;
    slot->arrival = arrival;
    slot->number = to->sent++;
    memset(slot->bytes + length, (int)STALE, V6NF_CABLE_CAPACITY_MAX - length);
}

/* -- The wire ------------------------------------------------------------------------------------------------------ */

/* Call the interceptor of the direction. Return the length that it sends of the `length` bytes at `bytes`. */
static uint32_t intercept(struct v6nf_cable_end *end, uint8_t *bytes, uint32_t length)
{
    if (end->knobs.intercept == NULL) {
        return length;
    }
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    end->knobs.intercept(end->knobs.intercept_context, bytes, length, end->port.capacity, lengths);
    return lengths[0] <= end->port.capacity ? lengths[0] : 0u;
}

/* Decide what happens to the next frame. Bit i of the result is set if it suffers fault i. */
static uint32_t choose_faults(struct v6nf_cable_end *end)
{
    uint32_t faults = 0;
    for (uint32_t i = 0; i < V6NF_CABLE_FAULTS; i++) {
        faults |= suffers(end, (enum v6nf_cable_fault)i) ? 1u << i : 0u;
    }
    return faults;
}

/* Return true, and count it, if `faults` contains `fault`. */
static bool has(struct v6nf_cable_end *end, uint32_t faults, enum v6nf_cable_fault fault)
{
    bool hit = (faults & 1u << fault) != 0u;
    end->suffered[fault] += hit ? 1u : 0u;
    return hit;
}

/* Damage the frame of `length` bytes at `bytes` by `faults`. Return its new length. */
static uint32_t damage(struct v6nf_cable_end *end, uint32_t faults, uint8_t *bytes, uint32_t length)
{
    uint32_t cut = draw_below(end, length - 1u);
    uint32_t bit = draw_below(end, 8u);
    uint32_t position = draw(end);
    uint32_t left = length > 1u && has(end, faults, V6NF_CABLE_TRUNCATION) ? 1u + cut : length;
    if (has(end, faults, V6NF_CABLE_CORRUPTION)) {
        uint32_t at = (uint32_t)(((uint64_t)position * left) >> 16);
        bytes[at] = (uint8_t)(bytes[at] ^ (1u << bit));
    }
    return left;
}

/* Carry the `length` bytes in `slot` from `end` to its peer, with the faults of that direction. */
static void carry(struct v6nf_cable_end *end, struct v6nf_cable_frame *slot, uint32_t length)
{
    struct v6nf_cable_end *to = end->peer;
    uint32_t faults = choose_faults(end);
    bool lost = has(end, faults, V6NF_CABLE_LOSS);
    uint32_t left = damage(end, lost ? 0u : faults, slot->bytes, length);
    if (lost || to->stopped) {
        return;
    }
    uint64_t arrival = end->cable->now + end->knobs.latency;
    bool late = has(end, faults, V6NF_CABLE_REORDERING);
    put(to, slot, left, late ? arrival + end->knobs.holdback : arrival);
    struct v6nf_cable_frame *second = free_slot(to, end->knobs.queue);
    if (second != NULL && has(end, faults, V6NF_CABLE_DUPLICATION)) {
        memcpy(second->bytes, slot->bytes, left);
        put(to, second, left, arrival);
    }
}

bool v6nf_cable_send(struct v6nf_cable_end *end, const uint8_t *bytes, uint32_t length)
{
    bool sane = length > 0u && length <= end->port.capacity && end->cable->up;
    struct v6nf_cable_frame *slot = sane ? free_slot(end->peer, end->knobs.queue) : NULL;
    if (slot == NULL) {
        end->counters.transmit_dropped++;
        return false;
    }
    end->counters.sent++;
    end->counters.sent_bytes += length;
    memcpy(slot->bytes, bytes, length);
    uint32_t left = intercept(end, slot->bytes, length);
    if (left > 0u) {
        carry(end, slot, left);
    }
    return true;
}

uint32_t v6nf_cable_receive(struct v6nf_cable_end *end, uint8_t *buffer, uint32_t capacity)
{
    struct v6nf_cable_frame *frame = take_frame(end);
    if (frame == NULL) {
        return 0;
    }
    uint32_t length = frame->length;
    uint32_t copied = length < capacity ? length : capacity;
    if (copied > 0u) { /* a caller that discards the frame may pass NULL, which memcpy() does not accept */
        memcpy(buffer, frame->bytes, copied);
    }
    frame->length = 0;
    return length;
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static struct v6nf_cable_end *end_of_port(struct v6nf_port *port)
{
    return (struct v6nf_cable_end *)(void *)port; /* its first member */
}

/* Send a frame of the program. A test station may send a shorter one (v6nf_cable_send()). */
static bool send_of_port(struct v6nf_cable_end *end, const uint8_t *bytes, uint32_t length)
{
    if (!V6NF_PORT_IS_FRAME(length, end->port.capacity)) {
        end->counters.transmit_dropped++;
        return false;
    }
    return v6nf_cable_send(end, bytes, length);
}

static uint32_t cable_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_cable_end *end = end_of_port(port);
    uint32_t shown = 0;
    struct v6nf_cable_frame *frame = end->stopped ? NULL : take_frame(end);
    while (frame != NULL) {
        uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
        handler(context, frame->bytes, frame->length, port->capacity, lengths);
        if (lengths[0] > 0u) {
            (void)send_of_port(end, frame->bytes, lengths[0]); /* counted if it cannot be sent */
        }
        frame->length = 0;
        shown++;
        frame = shown < V6NF_CABLE_BURST ? take_frame(end) : NULL;
    }
    return shown;
}

/* Advance the clock to the next arrival at this end, or the next one after now at the other, or to `until`. A frame
 * that the other end has not polled yet holds nothing up. */
static void cable_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_cable_end *end = end_of_port(port);
    struct v6nf_cable *cable = end->cable;
    const struct v6nf_cable_frame *first = first_frame(end); /* none at an end that is stopped */
    const uint64_t here = first != NULL ? first->arrival : UINT64_MAX;
    const uint64_t there = arrival_after(end->peer, cable->now + 1u);
    uint64_t end_of_wait = until < here ? until : here;
    end_of_wait = there < end_of_wait ? there : end_of_wait;
    v6nf_cable_advance(cable, end_of_wait < UINT64_MAX ? end_of_wait : cable->now);
}

static uint8_t *cable_reserve(struct v6nf_port *port)
{
    struct v6nf_cable_end *end = end_of_port(port);
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE && end->reserved == V6NF_CABLE_ORIGINATE; i++) {
        if (!end->stopped && end->free_at[i] <= end->cable->now) {
            end->reserved = i;
        }
    }
    return end->reserved < V6NF_CABLE_ORIGINATE ? end->originate[end->reserved] : NULL;
}

/* Without a reserved buffer there is nothing to send. */
static void cable_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_cable_end *end = end_of_port(port);
    if (end->reserved == V6NF_CABLE_ORIGINATE) {
        return;
    }
    uint32_t buffer = end->reserved;
    end->reserved = V6NF_CABLE_ORIGINATE;
    if (send_of_port(end, end->originate[buffer], length)) {
        end->free_at[buffer] = end->cable->now + end->knobs.busy;
    }
}

static bool cable_link_up(struct v6nf_port *port)
{
    return end_of_port(port)->cable->up && !end_of_port(port)->stopped;
}

static void cable_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = end_of_port(port)->counters;
}

static enum v6nf_port_status cable_status(struct v6nf_port *port)
{
    return end_of_port(port)->stopped ? V6NF_PORT_STOPPED : V6NF_PORT_RUNNING;
}

/* Discard the frames under way to this end. */
static bool cable_stop(struct v6nf_port *port)
{
    struct v6nf_cable_end *end = end_of_port(port);
    end->stopped = true;
    end->reserved = V6NF_CABLE_ORIGINATE;
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE; i++) {
        end->arriving[i].length = 0;
    }
    return true;
}

/* -- The cable ----------------------------------------------------------------------------------------------------- */

static const struct v6nf_port_operations operations = {
    .poll = cable_poll,
    .wait = cable_wait,
    .reserve = cable_reserve,
    .commit = cable_commit,
    .link_up = cable_link_up,
    .read_counters = cable_read_counters,
    .status = cable_status,
    .stop = cable_stop,
};

static void init_end(struct v6nf_cable_end *end, struct v6nf_cable *cable, struct v6nf_cable_end *peer, uint8_t last)
{
    const uint8_t mac[6] = {2, 0, 0, 0, 0, last}; /* locally administered (IEEE 802, 8.4) */
    end->port.operations = &operations;
    memcpy(end->port.mac, mac, sizeof mac);
    end->port.outputs = 1;
    end->knobs.holdback = HOLDBACK;
    end->knobs.queue = V6NF_CABLE_QUEUE;
    end->cable = cable;
    end->peer = peer;
    end->reserved = V6NF_CABLE_ORIGINATE;
}

bool v6nf_cable_init(struct v6nf_cable *cable, uint32_t mtu, uint32_t capacity, uint64_t seed)
{
    if (mtu < MTU_MIN || capacity > V6NF_CABLE_CAPACITY_MAX || mtu > capacity || mtu + ETHER_HEADER > capacity) {
        return false;
    }
    memset(cable, 0, sizeof *cable);
    init_end(&cable->a, cable, &cable->b, 0x0A);
    init_end(&cable->b, cable, &cable->a, 0x0B);
    cable->a.port.mtu = mtu;
    cable->b.port.mtu = mtu;
    cable->a.port.capacity = capacity;
    cable->b.port.capacity = capacity;
    cable->a.random = seed;
    cable->b.random = ~seed; /* each direction has its own chance, independent of the other's frames */
    cable->up = true;
    return true;
}

void v6nf_cable_advance(struct v6nf_cable *cable, uint64_t now)
{
    cable->now = now > cable->now ? now : cable->now;
}

uint64_t v6nf_cable_next_arrival(const struct v6nf_cable *cable)
{
    const uint64_t at_a = arrival_after(&cable->a, 0);
    const uint64_t at_b = arrival_after(&cable->b, 0);
    return at_a < at_b ? at_a : at_b;
}

void v6nf_cable_set_link(struct v6nf_cable *cable, bool up)
{
    cable->up = up;
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE && !up; i++) {
        cable->a.arriving[i].length = 0;
        cable->b.arriving[i].length = 0;
    }
}

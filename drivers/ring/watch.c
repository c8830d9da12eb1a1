/* watch.c: outputs that stop are parked, and come back: see v6nf_ring_watch() in ring.h.
 *
 *     OPENED -- no progress --> ENDING -- the queue is off, or its card was reset --> PARKED -- link --> OPENED
 *
 * While an output is parked, the loop goes on writing its descriptors, as the first output shares them with the input.
 * Only its tail and head are others. Its frames are counted in these descriptors, before they are used again.
 *
 * A queue that was off begins at descriptor 0 (I210 data sheet, 8.12.13: the head is read-only). Therefore an output
 * comes back when `next` is 0. On a busy ring this is soon. Otherwise the ring is rewound, as after a reset of the
 * input's card: the input is turned off, everything received is handled, all outputs get null descriptors up to the end
 * of the ring, and the input begins at 0, too. */
#include "watch.h"

#define LENGTH UINT64_C(0xFFFF) /* of a transmit descriptor, in both formats */
#define QUEUES_MAX 1024u        /* more than any device has */
#define TIME_SHARE 10u          /* resets, and queues that do not start, take at most this part of the time */

/* -- Parked outputs ------------------------------------------------------------------------------------------------ */

/* Return the number of outputs: V6NF_PORT_OUTPUTS_MAX at most. */
static uint32_t count_outputs(const struct v6nf_ring *ring)
{
    return ring->outputs_count < V6NF_PORT_OUTPUTS_MAX ? ring->outputs_count : V6NF_PORT_OUTPUTS_MAX;
}

/* Count the frames of a parked output that were handled since the last time. */
static void count_frames(struct v6nf_ring *ring, uint32_t i)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    for (uint32_t n = 0; n < V6NF_RING_SIZE && queue->counted != ring->next; n++) {
        const uint64_t word = v6nf_env_le64(ring->outputs[i].descriptors[2u * queue->counted + 1u]);
        queue->dropped += (word & LENGTH) != 0u ? 1u : 0u;
        queue->counted = (queue->counted + 1u) % V6NF_RING_SIZE;
    }
}

/* Report all marks in place of the device, which does not. */
static void report_marks(struct v6nf_ring *ring, uint32_t i)
{
    for (uint32_t n = 0; n < ring->marks_count && n < V6NF_RING_MARKS; n++) {
        const uint32_t mark = ring->marks[(ring->marks_first + n) % V6NF_RING_MARKS];
        volatile uint64_t *word = ring->outputs[i].descriptors + 2u * mark + 1u;
        *word = v6nf_env_le64(v6nf_env_le64(*word) | V6NF_RING_SENT);
    }
}

void v6nf_ring_skip_parked(struct v6nf_ring *ring)
{
    ring->all_sent = v6nf_env_le32(ring->next);
    for (uint32_t i = 0; i < count_outputs(ring); i++) {
        if (ring->queues[i].state == V6NF_RING_PARKED) {
            count_frames(ring, i);
            if (ring->queues[i].head == NULL) {
                report_marks(ring, i);
            }
        }
    }
}

/* Return the number of handled descriptors that the output has not reported. */
static uint32_t count_behind(const struct v6nf_ring *ring, uint32_t i)
{
    const struct v6nf_ring_output *output = &ring->outputs[i];
    if (output->head != NULL) {
        const uint32_t under_way = ring_distance(ring->receive_end + 1u, ring->next);
        const uint32_t head = v6nf_env_le32(*output->head);
        const uint32_t behind = head < V6NF_RING_SIZE ? ring_distance(head, ring->next) : under_way;
        return behind < under_way ? behind : under_way;
    }
    uint32_t first = ring->sent;
    for (uint32_t n = 0; n < ring->marks_count && n < V6NF_RING_MARKS; n++) {
        const uint32_t mark = ring->marks[(ring->marks_first + n) % V6NF_RING_MARKS];
        if (!ring_mark_is_sent(output, mark)) {
            break;
        }
        first = (mark + 1u) % V6NF_RING_SIZE;
    }
    return ring_distance(first, ring->next);
}

/* Go on without an output, whose queue is off. `head`: the first descriptor that it has not sent, or any other value if
 * the device does not know. */
static void park_output(struct v6nf_ring *ring, uint32_t i, uint32_t head, uint64_t now)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    const uint32_t behind = count_behind(ring, i);
    const bool is_head = head < V6NF_RING_SIZE && ring_distance(head, ring->next) <= behind;
    queue->counted = (is_head ? head : ring->next - behind) % V6NF_RING_SIZE;
    queue->state = V6NF_RING_PARKED;
    queue->since = now;
    queue->is_late = false;
    ring->outputs[i].tail = &ring->nowhere;
    ring->outputs[i].head = queue->head != NULL ? &ring->all_sent : NULL;
    ring->parked++;
    ring->unusual++;
    v6nf_ring_skip_parked(ring);
}

static void park_originate(struct v6nf_originate *originate, uint32_t head, uint64_t now)
{
    const uint32_t behind = (originate->next - originate->oldest) % V6NF_ORIGINATE_SIZE;
    const uint32_t left = (originate->next - head) % V6NF_ORIGINATE_SIZE;
    originate->queue.dropped += head < V6NF_ORIGINATE_SIZE && left < behind ? left : behind;
    originate->queue.state = V6NF_RING_PARKED;
    originate->queue.since = now;
    originate->queue.is_late = false;
}

static void park_queue(struct v6nf_ring_queue *queue, uint32_t head, uint64_t now)
{
    if (queue->ring != NULL) {
        park_output(queue->ring, queue->index, head, now);
    } else {
        park_originate(queue->originate, head, now);
    }
}

/* -- Resets -------------------------------------------------------------------------------------------------------- */

/* The input is off: it must be opened again at descriptor 0. */
static void close_input(struct v6nf_ring *ring, uint64_t now)
{
    ring->input = V6NF_RING_PARKED;
    ring->input_since = ring->input_since > now ? ring->input_since : now;
    ring->receive_tail = &ring->nowhere;
}

/* Turn all transmit queues of the device off. Keep in `progress` the first descriptor that each has not sent. */
static void end_outputs(struct v6nf_ring_device *device)
{
    struct v6nf_ring_queue *queue = device->outputs;
    for (uint32_t n = 0; n < QUEUES_MAX && queue != NULL; n++) {
        if (queue->state != V6NF_RING_PARKED) {
            queue->progress = UINT32_MAX;
            (void)device->operations->end_output(device, queue->tail, &queue->progress);
        }
        queue = queue->next;
    }
}

/* All queues of the device are off. */
static void park_all(struct v6nf_ring_device *device, uint64_t now)
{
    struct v6nf_ring_queue *queue = device->outputs;
    struct v6nf_ring *ring = device->inputs;
    for (uint32_t n = 0; n < QUEUES_MAX && queue != NULL; n++) {
        if (queue->state != V6NF_RING_PARKED) {
            park_queue(queue, queue->progress, now);
        }
        queue = queue->next;
    }
    for (uint32_t n = 0; n < QUEUES_MAX && ring != NULL; n++) {
        close_input(ring, now);
        ring = ring->next_input;
    }
}

/* Leave the device alone for some time: the loop has stood still for it since `begin`. */
static void pause_device(struct v6nf_ring_device *device, uint64_t begin, uint64_t now)
{
    const uint64_t from = device->reset_after > now ? device->reset_after : now;
    device->reset_after = from + TIME_SHARE * (v6nf_env_clock() - begin);
}

bool v6nf_ring_reset(struct v6nf_ring_device *device, uint64_t now)
{
    if (device->operations->reset == NULL) {
        return false;
    }
    const uint64_t begin = v6nf_env_clock();
    end_outputs(device);
    const bool is_reset = device->operations->reset(device);
    pause_device(device, begin, now);
    park_all(device, now);
    return is_reset;
}

/* Reset the device, unless this is up to the program, or the last reset was too recent. */
static void try_reset(struct v6nf_ring_device *device, uint64_t now)
{
    if (!device->is_shared && now >= device->reset_after) {
        (void)v6nf_ring_reset(device, now);
    }
}

static bool has_lost_queues(struct v6nf_ring_device *device)
{
    return device->operations->is_lost != NULL && device->operations->is_lost(device);
}

/* Return true while a device has lost its queues. Reset it if possible. */
static bool stays_lost(struct v6nf_ring_device *device, uint64_t now)
{
    if (!has_lost_queues(device)) {
        return false;
    }
    try_reset(device, now);
    return has_lost_queues(device);
}

/* -- Coming back --------------------------------------------------------------------------------------------------- */

/* Turn a transmit queue on again. Return false, until a later try, if it does not start. */
static bool reopen_queue(struct v6nf_ring_queue *queue, uint32_t count, uint64_t now)
{
    struct v6nf_ring_device *device = queue->device;
    const uint64_t begin = v6nf_env_clock();
    if (queue->head != NULL) {
        *queue->head = 0;
    }
    queue->since = now;
    if (has_lost_queues(device) || /* since the last watch */
        !device->operations->reopen_output(device, queue->tail, queue->device_descriptors, count, queue->device_head)) {
        pause_device(device, begin, now);
        return false;
    }
    queue->state = V6NF_RING_OPENED;
    return true;
}

/* Open the queue of a parked output again. `next` is 0, where the queue begins. */
static void open_again(struct v6nf_ring *ring, uint32_t i, uint64_t now)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    v6nf_ring_skip_parked(ring);
    if (reopen_queue(queue, V6NF_RING_SIZE, now)) {
        ring->parked--;
        ring->unusual--;
        ring_forget_context(ring, i);
        ring->outputs[i].tail = queue->tail;
        ring->outputs[i].head = queue->head;
    }
}

/* Open the queues again that wait for the end of the ring, if it is there. */
static void open_waiting(struct v6nf_ring *ring, uint64_t now)
{
    for (uint32_t i = 0; ring->next == 0u && i < count_outputs(ring); i++) {
        if ((ring->waiting & (1u << i)) != 0u) {
            open_again(ring, i, now);
        }
    }
    ring->waiting = ring->next == 0u ? 0u : ring->waiting;
}

void v6nf_ring_await_end(struct v6nf_ring *ring)
{
    const uint32_t left = V6NF_RING_SIZE - ring->next;
    open_waiting(ring, ring->watched);
    if (ring->waiting != 0u && left < V6NF_RING_RECYCLE) {
        /* A burst ends at the end of the ring: a mark follows exactly there. */
        ring->unmarked = V6NF_RING_RECYCLE - left;
        ring->marked -= ring->unmarked;
    }
}

/* -- Rewinding ----------------------------------------------------------------------------------------------------- */

static bool is_received(const struct v6nf_ring *ring)
{
    const uint64_t word = v6nf_env_le64(ring->outputs[0].descriptors[2u * ring->next + 1u]);
    return (word & (ring->device->format == V6NF_RING_ADVANCED ? V6NF_RING_ADVANCED_DONE : V6NF_RING_LEGACY_DONE)) !=
           0u;
}

/* Write null descriptors from `begin` on, before `end`. */
static void write_nulls(const struct v6nf_ring *ring, uint32_t i, uint32_t begin, uint32_t end)
{
    const uint64_t null = v6nf_env_le64(v6nf_ring_command(ring->device->format, 0u));
    for (uint32_t n = begin; n < end && n < V6NF_RING_SIZE; n++) {
        ring->outputs[i].descriptors[2u * n + 1u] = null;
    }
}

/* Handle null descriptors up to the end of the ring, as far as there are any that no output still has. */
static void skip_to_end(struct v6nf_ring *ring)
{
    const uint32_t left = V6NF_RING_SIZE - ring->next;
    const uint32_t free = ring_distance(ring->next, ring->receive_end);
    const uint32_t count = left < free ? left : free;
    if (count == 0u) {
        (void)v6nf_ring_recycle(ring);
        return;
    }
    for (uint32_t i = 0; i < count_outputs(ring); i++) {
        write_nulls(ring, i, ring->next, ring->next + count);
    }
    ring->next = (ring->next + count) % V6NF_RING_SIZE;
    ring->unmarked += count;
    (void)v6nf_ring_mark(ring, count);
}

/* Open the input again, at descriptor 0. A device that stopped in the middle may have damaged its descriptors. */
static void open_input_again(struct v6nf_ring *ring, uint64_t now)
{
    struct v6nf_ring_device *device = ring->device;
    volatile uint64_t *descriptors = ring->outputs[0].descriptors;
    for (uint32_t n = 0; n <= ring->receive_end && n < V6NF_RING_SIZE; n++) {
        descriptors[2u * n] = v6nf_env_le64(ring->device_buffers + (uint64_t)n * ring->buffer_size);
        descriptors[2u * n + 1u] = 0;
    }
    const uint64_t begin = v6nf_env_clock();
    if (device->operations->reopen_input(device, ring->input_tail, ring->queues[0].device_descriptors,
                                         ring->buffer_size)) {
        v6nf_env_dma_write_barrier();
        v6nf_env_write_register(ring->input_tail, ring->receive_end);
        ring->input = device->operations->start(device) ? V6NF_RING_OPENED : V6NF_RING_ENDING;
    }
    if (ring->input == V6NF_RING_OPENED) {
        ring->receive_tail = ring->input_tail;
    } else {
        ring->input_since = now + V6NF_RING_HOLD + TIME_SHARE * (v6nf_env_clock() - begin); /* of the next try */
    }
}

/* Go on until the input is open again. */
static void watch_input(struct v6nf_ring *ring, uint64_t now)
{
    struct v6nf_ring_device *device = ring->device;
    if (ring->input == V6NF_RING_ENDING) {
        if (device->operations->end_input(device, ring->input_tail)) {
            close_input(ring, now);
        } else if (now >= ring->input_since + V6NF_RING_END) {
            try_reset(device, now);
        }
    }
    if (ring->input != V6NF_RING_PARKED || is_received(ring)) {
        return; /* the loop handles what was received */
    }
    if (ring->next != 0u) {
        skip_to_end(ring);
    }
    if (ring->next != 0u) {
        return; /* an output is slow */
    }
    open_waiting(ring, now);
    if (now >= ring->input_since && !stays_lost(device, now)) {
        open_input_again(ring, now);
    }
}

/* -- The watch ----------------------------------------------------------------------------------------------------- */

/* Return true if the queue must be turned off: it has not sent what it should have sent at the last look.
 * is_late: it has not sent everything. progress: packets that it has sent. */
static bool must_end(struct v6nf_ring_queue *queue, bool is_late, uint32_t progress, uint64_t patience, uint64_t now)
{
    struct v6nf_ring_device *device = queue->device;
    if (!is_late || !queue->is_late || progress != queue->progress) {
        queue->is_late = is_late;
        queue->progress = progress;
        queue->since = now;
        return false;
    }
    return device->operations->has_link != NULL &&
           ((patience > 0u && now - queue->since >= patience) || !device->operations->has_link(device));
}

/* Turn the queue off, and park it then. */
static void end_queue(struct v6nf_ring_queue *queue, uint64_t now)
{
    struct v6nf_ring_device *device = queue->device;
    uint32_t head = UINT32_MAX;
    if (device->operations->end_output(device, queue->tail, &head)) {
        park_queue(queue, head, now);
    } else if (now - queue->since >= V6NF_RING_END) {
        try_reset(device, now);
    }
}

/* Return true if a parked queue has had its link for long enough. */
static bool may_come_back(struct v6nf_ring_queue *queue, uint64_t now)
{
    struct v6nf_ring_device *device = queue->device;
    if (stays_lost(device, now) || !device->operations->has_link(device)) {
        queue->since = now;
    }
    return now - queue->since >= V6NF_RING_HOLD && now >= device->reset_after;
}

/* Let a parked output come back at the end of the ring. Rewind the ring if that is too far. */
static void watch_parked(struct v6nf_ring *ring, uint32_t i, uint64_t now)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    if (!may_come_back(queue, now)) {
        ring->waiting &= ~(1u << i);
        return;
    }
    ring->waiting |= 1u << i;
    open_waiting(ring, now);
    if (ring->waiting != 0u && ring->input == V6NF_RING_OPENED &&
        now - queue->since >= V6NF_RING_HOLD + V6NF_RING_REWIND) {
        ring->input = V6NF_RING_ENDING;
        ring->input_since = now;
        ring->receive_tail = &ring->nowhere;
    }
}

static void watch_output(struct v6nf_ring *ring, uint32_t i, uint64_t patience, uint64_t now)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    const uint32_t behind = count_behind(ring, i);
    const uint32_t progress = ring->marked + ring->unmarked - behind;
    if (queue->state == V6NF_RING_PARKED) {
        watch_parked(ring, i, now);
        return;
    }
    if (queue->state == V6NF_RING_OPENED && must_end(queue, behind > ring->unmarked, progress, patience, now)) {
        queue->state = V6NF_RING_ENDING;
        queue->since = now;
        ring->outputs[i].tail = &ring->nowhere; /* it gets nothing more */
    }
    if (queue->state == V6NF_RING_ENDING) {
        end_queue(queue, now);
    }
}

uint32_t v6nf_ring_watch(struct v6nf_ring *ring, uint64_t patience, uint64_t now)
{
    uint32_t set = 0;
    if (now - ring->watched >= V6NF_RING_LOOK) {
        ring->watched = now;
        (void)stays_lost(ring->device, now);
        for (uint32_t i = 0; i < count_outputs(ring); i++) {
            watch_output(ring, i, patience, now);
        }
        if (ring->input != V6NF_RING_OPENED) {
            watch_input(ring, now);
        }
        if (ring->parked > 0u) {
            v6nf_ring_skip_parked(ring);
        }
    }
    for (uint32_t i = 0; i < count_outputs(ring); i++) {
        set |= ring->queues[i].state != V6NF_RING_OPENED ? 1u << i : 0u;
    }
    return set;
}

/* Return true if the device must be reset. is_ending: one of its queues is being turned off, since `since`. */
static bool must_reset(struct v6nf_ring_device *device, bool is_ending, uint64_t since, uint64_t now)
{
    const bool is_late = is_ending && now >= since + V6NF_RING_END; /* `since` can be later: a pause */
    return (is_late || has_lost_queues(device)) && device->operations->reset != NULL && now >= device->reset_after;
}

struct v6nf_ring_device *v6nf_ring_stuck_device(const struct v6nf_ring *ring, uint64_t now)
{
    if (must_reset(ring->device, ring->input == V6NF_RING_ENDING, ring->input_since, now)) {
        return ring->device;
    }
    for (uint32_t i = 0; i < count_outputs(ring); i++) {
        const struct v6nf_ring_queue *queue = &ring->queues[i];
        if (must_reset(queue->device, queue->state == V6NF_RING_ENDING, queue->since, now)) {
            return queue->device;
        }
    }
    return NULL;
}

uint64_t v6nf_ring_dropped(const struct v6nf_ring *ring, uint32_t output)
{
    return output < count_outputs(ring) ? ring->queues[output].dropped : 0u;
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

/* Open a parked queue again. It has no frames. */
static void open_originate_again(struct v6nf_originate *originate, uint64_t now)
{
    originate->is_reserved = false;                      /* it was another buffer */
    for (uint32_t i = 0; i < V6NF_ORIGINATE_SIZE; i++) { /* it may have sent more than was reported */
        ring_restore_address(&originate->output, i, originate->device_buffers, originate->buffer_size);
    }
    if (reopen_queue(&originate->queue, V6NF_ORIGINATE_SIZE, now)) {
        v6nf_originate_begin(originate);
    }
}

bool v6nf_originate_watch(struct v6nf_originate *originate, uint64_t patience, uint64_t now)
{
    struct v6nf_ring_queue *queue = &originate->queue;
    if (now - originate->watched < V6NF_RING_LOOK) {
        return queue->state != V6NF_RING_OPENED;
    }
    originate->watched = now;
    if (queue->state == V6NF_RING_PARKED) {
        if (may_come_back(queue, now)) {
            open_originate_again(originate, now);
        }
        return queue->state != V6NF_RING_OPENED;
    }
    v6nf_originate_recycle(originate);
    if (queue->state == V6NF_RING_OPENED &&
        must_end(queue, originate->oldest != originate->next, originate->sent, patience, now)) {
        queue->state = V6NF_RING_ENDING;
        queue->since = now;
    }
    if (queue->state == V6NF_RING_ENDING) {
        end_queue(queue, now);
    }
    return queue->state != V6NF_RING_OPENED;
}

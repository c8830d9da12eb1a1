/* ring.c: proof of the descriptor ring of the PCI cards, in any state that its invariant allows. The card writes any
 * values to descriptors and heads. RING_OUTPUTS is the number of outputs. */
#include "drivers/ring/ring.c"
#include "drivers/ring/watch.c"

#include "any_driver.h"

#define BUFFER_SIZE 2048u

static volatile uint64_t descriptors[RING_OUTPUTS][2u * V6NF_RING_SIZE];
static volatile uint32_t heads[RING_OUTPUTS];
static volatile uint32_t tails[RING_OUTPUTS + 1u];
static uint8_t buffers[V6NF_RING_SIZE * BUFFER_SIZE];

static volatile uint64_t originate_descriptors[2u * V6NF_ORIGINATE_SIZE];
static volatile uint32_t originate_head;
static volatile uint32_t originate_tail;
static uint8_t originate_buffers[V6NF_ORIGINATE_SIZE * BUFFER_SIZE];

/* A device whose operations have any result. */
static bool any_answer(struct v6nf_ring_device *device)
{
    (void)device;
    return any_bool();
}

static bool any_end_input(struct v6nf_ring_device *device, volatile uint32_t *tail)
{
    (void)device;
    return *tail == 0u || any_bool();
}

static bool any_end_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head)
{
    *head = any32;
    return any_end_input(device, tail);
}

static bool any_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t at, uint32_t size)
{
    (void)at;
    (void)size;
    return any_end_input(device, tail);
}

static bool any_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t at, uint32_t count,
                              uint64_t head)
{
    (void)at;
    (void)count;
    (void)head;
    return any_end_input(device, tail);
}

static const struct v6nf_ring_device_operations any_operations = {
    .start = any_answer,
    .has_link = any_answer,
    .is_lost = any_answer,
    .end_input = any_end_input,
    .end_output = any_end_output,
    .reopen_input = any_reopen_input,
    .reopen_output = any_reopen_output,
    .reset = any_answer,
};

/* A device that cannot be reset. */
static const struct v6nf_ring_device_operations few_operations = {
    .start = any_answer,
    .has_link = any_answer,
    .end_input = any_end_input,
    .end_output = any_end_output,
    .reopen_input = any_reopen_input,
    .reopen_output = any_reopen_output,
};

static struct v6nf_ring_device any_device = {.operations = &any_operations};

uint64_t v6nf_env_clock(void)
{
    return any64;
}

static enum v6nf_ring_queue_state any_state(void)
{
    const uint32_t chance = any_below(3u);
    return chance == 0u ? V6NF_RING_OPENED : chance == 1u ? V6NF_RING_ENDING : V6NF_RING_PARKED;
}

/* Let output `i` be in any state. */
static void any_queue(struct v6nf_ring *ring, uint32_t i, bool writes_heads)
{
    struct v6nf_ring_queue *queue = &ring->queues[i];
    *queue = (struct v6nf_ring_queue){
        .state = any_state(),
        .device = &any_device,
        .ring = ring,
        .index = i,
        .next = i + 1u < RING_OUTPUTS ? &ring->queues[i + 1u] : NULL,
        .tail = &tails[i],
        .head = writes_heads ? &heads[i] : NULL,
        .since = any64,
        .progress = any32,
        .is_late = any_bool(),
        .counted = any_below(V6NF_RING_SIZE),
        .dropped = any64,
    };
    if (queue->state != V6NF_RING_OPENED) {
        ring->outputs[i].tail = &ring->nowhere;
    }
    if (queue->state == V6NF_RING_PARKED) {
        ring->outputs[i].head = writes_heads ? &ring->all_sent : NULL;
        ring->parked++;
    }
}

static void any_ring(struct v6nf_ring *ring, bool writes_heads)
{
    any_device.writes_heads = writes_heads;
    any_device.operations = any_bool() ? &any_operations : &few_operations;
    *ring = (struct v6nf_ring){
        .unmarked = any32,
        .capacity = BUFFER_SIZE,
        .buffer_size = BUFFER_SIZE,
        .buffers = buffers,
        .device_buffers = any64,
        .receive_tail = &tails[RING_OUTPUTS],
        .receive_end = any_below(V6NF_RING_SIZE),
        .outputs_count = RING_OUTPUTS,
        .clears = any_bool(),
        .sent = any_below(V6NF_RING_SIZE),
        .marks_first = any_below(V6NF_RING_MARKS),
        .marks_count = any_below(V6NF_RING_MARKS + 1u),
    };
    for (uint32_t i = 0; i < V6NF_RING_MARKS; i++) {
        ring->marks[i] = any_below(V6NF_RING_SIZE);
    }
    for (uint32_t i = 0; i < RING_OUTPUTS; i++) {
        ring->outputs[i] = (struct v6nf_ring_output){descriptors[i], &tails[i], writes_heads ? &heads[i] : NULL};
    }
    ring->device = &any_device;
    ring->input_tail = ring->receive_tail;
    ring->input = any_state();
    ring->input_since = any64;
    ring->marked = any32;
    ring->waiting = any32;
    ring->watched = any64;
    ring->all_sent = any32;
    for (uint32_t i = 0; i < RING_OUTPUTS; i++) {
        any_queue(ring, i, writes_heads);
        ring->inserts[i] = (struct v6nf_ring_insert){any_bool(), any_bool(), any_below(V6NF_RING_SIZE), any32, any32};
    }
    ring->unusual = any32;
    any_device.insert = any64;
    any_device.inserts_tags = any_bool();
    any_device.context[0] = any64;
    any_device.context[1] = any64;
    any_device.inputs = ring;
    any_device.outputs = &ring->queues[0];
    any_device.reset_after = any64;
    any_device.is_shared = any_bool();
}

/* Check the invariant that any_ring() establishes. */
static void check_ring(const struct v6nf_ring *ring)
{
    must(ring->next < V6NF_RING_SIZE);
    must(ring->receive_end < V6NF_RING_SIZE);
    must(ring->sent < V6NF_RING_SIZE);
    must(ring->marks_first < V6NF_RING_MARKS);
    must(ring->marks_count <= V6NF_RING_MARKS);
    for (uint32_t i = 0; i < V6NF_RING_MARKS; i++) {
        must(ring->marks[i] < V6NF_RING_SIZE);
    }
    for (uint32_t i = 0; i < RING_OUTPUTS; i++) {
        must(ring->inserts[i].at < V6NF_RING_SIZE);
        must(ring->queues[i].state != V6NF_RING_PARKED || ring->queues[i].counted < V6NF_RING_SIZE);
    }
}

/* Access the buffer, and return any lengths. `length` has flags, which Eva does not separate from its bytes. */
static void any_flagged_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)length;
    any_handler(context, frame, 0u, capacity, lengths);
}

static void prove_ring(enum v6nf_ring_format format, bool writes_heads)
{
    static const uint32_t outputs = RING_OUTPUTS;
    static struct v6nf_ring ring;
    for (uint32_t next = 0; next < V6NF_RING_SIZE; next++) {
        any_ring(&ring, writes_heads);
        any_device.format = v6nf_ring_is_advanced(format) ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY;
        ring.next = next;
        (void)v6nf_ring_poll(&ring, format, RING_OUTPUTS,
                             v6nf_ring_has_flags(format) ? any_flagged_handler : any_handler, (void *)&outputs);
        check_ring(&ring);
    }
}

/* The watch, in any state and at any time. */
static void prove_watch(enum v6nf_ring_format format, bool writes_heads)
{
    static struct v6nf_ring ring;
    for (uint32_t next = 0; next < V6NF_RING_SIZE; next++) {
        any_ring(&ring, writes_heads);
        any_device.format = format;
        ring.next = next;
        (void)v6nf_ring_watch(&ring, any64, any64);
        check_ring(&ring);
    }
}

/* Check that, for any heads, only handled buffers are recycled, and none twice. */
static void prove_heads(void)
{
    static struct v6nf_ring ring;
    for (uint32_t next = 0; next < V6NF_RING_SIZE; next++) {
        for (uint32_t end = 0; end < V6NF_RING_SIZE; end++) {
            any_ring(&ring, true);
            ring.next = next;
            ring.receive_end = end;
            (void)v6nf_ring_recycle(&ring);
            must(ring_distance(end, ring.receive_end) <= ring_distance(end + 1u, next));
        }
    }
}

static void prove_originate(enum v6nf_ring_format format, bool writes_heads)
{
    struct v6nf_originate originate = {
        .output = {originate_descriptors, &originate_tail, writes_heads ? &originate_head : NULL},
        .buffers = originate_buffers,
        .buffer_size = BUFFER_SIZE,
        .capacity = BUFFER_SIZE,
        .next = any_below(V6NF_ORIGINATE_SIZE),
        .oldest = any_below(V6NF_ORIGINATE_SIZE),
        .has_context = any_bool(),
        .tag = any32,
    };
    any_device.format = format;
    originate.queue = (struct v6nf_ring_queue){
        .state = any_state(),
        .device = &any_device,
        .originate = &originate,
        .tail = &originate_tail,
        .head = writes_heads ? &originate_head : NULL,
        .since = any64,
        .progress = any32,
        .is_late = any_bool(),
    };
    originate.watched = any64;
    any_device.inputs = NULL;
    any_device.outputs = &originate.queue;
    (void)v6nf_originate_watch(&originate, any64, any64);
    uint8_t *frame = v6nf_originate_reserve(&originate);
    if (frame != NULL) {
        frame[0] = any8;
        frame[BUFFER_SIZE - 1u] = any8;
    }
    v6nf_originate_commit(&originate, any32);
    must(originate.next < V6NF_ORIGINATE_SIZE);
    must(originate.oldest < V6NF_ORIGINATE_SIZE);
}

int main(void)
{
    prove_ring(V6NF_RING_LEGACY, true);
    prove_ring(V6NF_RING_LEGACY, false);
    prove_ring(V6NF_RING_ADVANCED, true);
    prove_ring(V6NF_RING_ADVANCED, false);
    prove_ring(V6NF_RING_LEGACY_CHECKSUMS, false);
    prove_ring(V6NF_RING_ADVANCED_CHECKSUMS, true);
    prove_watch(V6NF_RING_LEGACY, true);
    prove_watch(V6NF_RING_LEGACY, false);
    prove_watch(V6NF_RING_ADVANCED, true);
    prove_watch(V6NF_RING_ADVANCED, false);
    prove_heads();
    prove_originate(V6NF_RING_LEGACY, true);
    prove_originate(V6NF_RING_LEGACY, false);
    prove_originate(V6NF_RING_ADVANCED, true);
    prove_originate(V6NF_RING_ADVANCED, false);
    return 0;
}

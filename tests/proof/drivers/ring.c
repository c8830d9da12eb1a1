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

static void any_ring(struct v6nf_ring *ring, bool writes_heads)
{
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
}

static void prove_ring(enum v6nf_ring_format format, bool writes_heads)
{
    static const uint32_t outputs = RING_OUTPUTS;
    static struct v6nf_ring ring;
    for (uint32_t next = 0; next < V6NF_RING_SIZE; next++) {
        any_ring(&ring, writes_heads);
        ring.next = next;
        (void)v6nf_ring_poll(&ring, format, RING_OUTPUTS, any_handler, (void *)&outputs);
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
            v6nf_ring_recycle(&ring);
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
        .format = format,
    };
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
    prove_heads();
    prove_originate(V6NF_RING_LEGACY, true);
    prove_originate(V6NF_RING_LEGACY, false);
    prove_originate(V6NF_RING_ADVANCED, true);
    prove_originate(V6NF_RING_ADVANCED, false);
    return 0;
}

/* ring.c: how a ring is opened, and how its buffers are recycled. The data path is v6nf_ring_poll() in ring.h. */
#include <string.h>

#include "watch.h"

#define RING_ALIGNMENT 128u /* 82599 data sheet, 8.2.3.8.1; 82576, 8.10.6 */
#define HEAD_SIZE 64u       /* a cache line for each head that a device writes */

#define DESCRIPTOR_SIZE 16u
/* A buffer of 2048 bytes is in one page. Behind an IOMMU, some devices lose frames that are in two. */
#define BUFFER_ALIGNMENT V6NF_ENV_ALIGNMENT_MAX

/* -- Recycling ----------------------------------------------------------------------------------------------------- */

/* Return the transmit head that is farthest behind. A head at `next` has sent everything. Heads only move forward: a
 * head that is not between the last recycled descriptor and `next` counts as farthest behind. */
static uint32_t earliest_head(const struct v6nf_ring *ring)
{
    const uint32_t under_way = ring_distance(ring->receive_end + 1u, ring->next);
    uint32_t behind = 0;
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        const uint32_t head = v6nf_env_le32(*ring->outputs[i].head);
        const uint32_t its = head < V6NF_RING_SIZE ? ring_distance(head, ring->next) : under_way;
        behind = its > behind ? its : behind;
    }
    return (ring->next - (behind < under_way ? behind : under_way)) % V6NF_RING_SIZE;
}

static bool is_reported(const struct v6nf_ring *ring, uint32_t mark)
{
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        if (!ring_mark_is_sent(&ring->outputs[i], mark)) {
            return false;
        }
    }
    return true;
}

/* Do the same without heads: all descriptors before a reported mark have been sent. Marks may be reported in any order:
 * the oldest is checked first. */
static uint32_t earliest_mark(struct v6nf_ring *ring)
{
    for (uint32_t i = 0; i < V6NF_RING_MARKS && ring->marks_count > 0u; i++) {
        uint32_t mark = ring->marks[ring->marks_first];
        if (!is_reported(ring, mark)) {
            break;
        }
        for (uint32_t j = 0; j < ring->outputs_count && j < V6NF_PORT_OUTPUTS_MAX; j++) {
            ring_restore_address(&ring->outputs[j], mark, ring->device_buffers, ring->buffer_size);
        }
        ring->sent = (mark + 1u) % V6NF_RING_SIZE;
        ring->marks_first = (ring->marks_first + 1u) % V6NF_RING_MARKS;
        ring->marks_count--;
    }
    return ring->sent;
}

/* Return the new receive tail. One equal to the head would mean that the device has no descriptors: it stays one
 * behind. */
static inline uint32_t find_end(struct v6nf_ring *ring)
{
    uint32_t earliest = ring->outputs[0].head != NULL ? earliest_head(ring) : earliest_mark(ring);
    return (earliest - 1u) % V6NF_RING_SIZE;
}

static inline void recycle_up_to(struct v6nf_ring *ring, uint32_t end)
{
    if (end == ring->receive_end) {
        return;
    }
    /* Clear the one at the tail, too: the device does not have it, but a poll that has caught up reads it. */
    uint32_t count = ring->clears ? ring_distance(ring->receive_end, end) : 0u;
    for (uint32_t i = 1; i <= count && i < V6NF_RING_SIZE; i++) {
        ring->outputs[0].descriptors[2u * ((ring->receive_end + i) % V6NF_RING_SIZE) + 1u] = 0;
    }
    ring->receive_end = end;
    /* A release barrier: the device may overwrite frames after this, so that a handler's loads must be complete,
     * too. */
    v6nf_env_dma_release_barrier();
    v6nf_env_write_register(ring->receive_tail, end);
}

/* Write the addresses again that contexts have replaced, in descriptors that are about to be recycled. Return true if
 * the last handled descriptor is a context. */
static bool restore_contexts(struct v6nf_ring *ring, uint32_t end)
{
    const uint32_t count = ring_distance(ring->receive_end, end);
    bool is_last = false;
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        const struct v6nf_ring_insert *insert = &ring->inserts[i];
        if (insert->is_pending && ring_distance(ring->receive_end, insert->at) <= count) {
            ring_restore_context(ring, i);
        }
        is_last = is_last || (insert->is_pending && (insert->at + 1u) % V6NF_RING_SIZE == ring->next);
    }
    return is_last;
}

/* A function of its own, so that the other case need not save registers. */
static __attribute__((noinline)) bool recycle_unusual(struct v6nf_ring *ring)
{
    v6nf_ring_skip_parked(ring);
    const uint32_t end = find_end(ring);
    const bool is_last = restore_contexts(ring, end);
    recycle_up_to(ring, end);
    return is_last;
}

/* Recycle. Return true if the last handled descriptor is a context: it cannot have RS. */
static inline bool recycle(struct v6nf_ring *ring)
{
    if (__builtin_expect(ring->unusual > 0u, 0)) {
        return recycle_unusual(ring);
    }
    recycle_up_to(ring, find_end(ring));
    return false;
}

uint32_t v6nf_ring_recycle(struct v6nf_ring *ring)
{
    (void)recycle(ring);
    return 0;
}

/* Set RS on the last handled descriptor. Leave it to the next packet if too many marks are under way. */
static inline void set_mark(struct v6nf_ring *ring)
{
    const uint32_t last = (ring->next - 1u) % V6NF_RING_SIZE;
    if (ring->outputs[0].head == NULL) {
        if (ring->marks_count == V6NF_RING_MARKS) {
            return;
        }
        ring->marks[(ring->marks_first + ring->marks_count) % V6NF_RING_MARKS] = last;
        ring->marks_count++;
    }
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        volatile uint64_t *command = ring->outputs[i].descriptors + 2u * last + 1u;
        *command = v6nf_env_le64(v6nf_env_le64(*command) + V6NF_RING_RS);
    }
    ring->marked += ring->unmarked;
    ring->unmarked = 0;
    if (ring->waiting != 0u) {
        v6nf_ring_await_end(ring);
    }
}

uint32_t v6nf_ring_mark(struct v6nf_ring *ring, uint32_t count)
{
    if (!recycle(ring)) {
        set_mark(ring);
    }
    v6nf_env_dma_write_barrier();
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        v6nf_env_write_register(ring->outputs[i].tail, ring->next);
    }
    return count;
}

/* -- The end of the ring ------------------------------------------------------------------------------------------- */

uint32_t v6nf_ring_poll_last(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                             v6nf_handler *handler, void *context)
{
    const uint32_t left = V6NF_RING_SIZE - ring->next;
    switch (format) { /* constants: what a format does not need is in no loop */
    case V6NF_RING_LEGACY:
        return v6nf_ring_poll_up_to(ring, V6NF_RING_LEGACY, outputs, left, handler, context);
    case V6NF_RING_ADVANCED:
        return v6nf_ring_poll_up_to(ring, V6NF_RING_ADVANCED, outputs, left, handler, context);
    case V6NF_RING_LEGACY_CHECKSUMS:
        return v6nf_ring_poll_up_to(ring, V6NF_RING_LEGACY_CHECKSUMS, outputs, left, handler, context);
    default:
        return v6nf_ring_poll_up_to(ring, V6NF_RING_ADVANCED_CHECKSUMS, outputs, left, handler, context);
    }
}

/* -- Checksums and VLAN tags by the device ------------------------------------------------------------------------- */

#define TAG_AT 12u            /* offset of a tag: behind the addresses */
#define TAG_TYPE 0x8100u      /* IEEE 802.1Q */
#define CONTEXT_TAG_SHIFT 16u /* VLAN in the first word of an advanced context (82576, 7.2.2.2; 82599, 7.2.3.2.3) */
#define UDP_AT 54u            /* V6NF_PORT_CHECKSUM_PARTIAL (port.h) */
#define UDP_CHECKSUM_AT 60u

/* Complete the checksum of a datagram (RFC 1071). The field has the sum of the pseudo-header. A sum of 0 is sent as
 * 0xFFFF (RFC 8200, 8.1). */
static void complete_checksum(uint8_t *frame, uint32_t length)
{
    uint32_t sum = (length - UDP_AT) % 2u != 0u ? (uint32_t)frame[length - 1u] << 8 : 0u;
    for (uint32_t i = UDP_AT; i + 1u < length; i += 2u) {
        sum += ((uint32_t)frame[i] << 8) + frame[i + 1u];
    }
    sum = (sum & 0xFFFFu) + (sum >> 16);
    sum = 0xFFFFu - ((sum & 0xFFFFu) + (sum >> 16));
    sum = sum == 0u ? 0xFFFFu : sum;
    frame[UDP_CHECKSUM_AT] = (uint8_t)(sum >> 8);
    frame[UDP_CHECKSUM_AT + 1u] = (uint8_t)(sum & 0xFFu);
}

/* Insert a tag, as V6NF_PORT_VLAN. */
static void insert_tag(uint8_t *frame, uint32_t length, uint32_t tag)
{
    const uint32_t id = tag >> V6NF_PORT_VLAN_SHIFT;
    memmove(frame + TAG_AT + V6NF_PORT_TAG_SIZE, frame + TAG_AT, length - TAG_AT);
    frame[TAG_AT] = (uint8_t)(TAG_TYPE >> 8);
    frame[TAG_AT + 1u] = (uint8_t)(TAG_TYPE & 0xFFu);
    frame[TAG_AT + 2u] = (uint8_t)(id >> 8);
    frame[TAG_AT + 3u] = (uint8_t)(id & 0xFFu);
}

/* Return true if the context of the device must have the tag that it inserts. */
static bool has_tag_context(const struct v6nf_ring_device *device)
{
    return device->inserts_tags && device->format == V6NF_RING_ADVANCED;
}

/* What a length to send asks for. */
struct wish {
    uint32_t bytes;   /* of the frame; 0 if the length is none, or asks for what the device does not insert */
    uint32_t tag;     /* as V6NF_PORT_VLAN; 0: none */
    uint32_t partial; /* V6NF_PORT_CHECKSUM_PARTIAL, or 0 */
};

static struct wish read_wish(const struct v6nf_ring_device *device, uint32_t length, uint32_t capacity)
{
    const uint32_t tag = length & V6NF_PORT_VLAN;
    const uint32_t partial = length & V6NF_PORT_CHECKSUM_PARTIAL;
    const uint32_t bytes = length - tag - partial;
    const uint32_t longest = tag != 0u ? capacity - V6NF_PORT_TAG_SIZE : capacity;
    const bool can_insert = (tag == 0u || device->inserts_tags) && (partial == 0u || device->insert != 0u);
    const bool is_frame = V6NF_PORT_IS_FRAME(bytes, longest) && (partial == 0u || bytes >= V6NF_PORT_PARTIAL_MIN);
    return (struct wish){.bytes = can_insert && is_frame ? bytes : 0u, .tag = tag, .partial = partial};
}

/* Return the second word of a descriptor whose context, if it needs one, has this tag. */
static uint64_t command_of_device(const struct v6nf_ring_device *device, const struct wish *wish)
{
    const uint64_t id = has_tag_context(device) ? 0u : wish->tag >> V6NF_PORT_VLAN_SHIFT;
    return v6nf_ring_command(device->format, wish->bytes) + (wish->partial != 0u ? device->insert : 0u) +
           (wish->tag != 0u ? V6NF_RING_VLE : 0u) + (id << V6NF_RING_TAG_SHIFT);
}

/* Do the device's work, because its context has another tag. Return the second word of the descriptor; 0 if the frame
 * has no space for the tag. */
static uint64_t insert_instead(const struct v6nf_ring_device *device, uint8_t *frame, uint32_t capacity,
                               const struct wish *wish)
{
    const uint32_t bytes = wish->bytes;
    if (bytes > capacity - V6NF_PORT_TAG_SIZE) {
        return 0;
    }
    if (wish->partial != 0u) {
        complete_checksum(frame, bytes);
    }
    insert_tag(frame, bytes, wish->tag);
    v6nf_env_cache_clean(frame, bytes + V6NF_PORT_TAG_SIZE);
    return v6nf_ring_command(device->format, bytes + V6NF_PORT_TAG_SIZE);
}

/* Return the first word of the context of `device`, with a tag. */
static uint64_t context_with(const struct v6nf_ring_device *device, uint32_t tag)
{
    return device->context[0] + ((uint64_t)(tag >> V6NF_PORT_VLAN_SHIFT) << CONTEXT_TAG_SHIFT);
}

/* Return true if this descriptor must be a context: the first one of the queue, or one with a tag. A context reports
 * nothing. The last descriptor of the ring is none: its mark must not wait (v6nf_ring_await_end()). The last one that
 * the input had is none: the ring would wait for it forever, if no other one reports. */
static bool needs_context(const struct v6nf_ring *ring, uint32_t output, uint32_t at)
{
    const struct v6nf_ring_device *device = ring->queues[output].device;
    const struct v6nf_ring_insert *insert = &ring->inserts[output];
    const bool lacks_tag = insert->wanted != 0u && insert->tag == 0u && !insert->is_pending;
    return at != V6NF_RING_SIZE - 1u && at + 1u != ring->receive_end &&
           ((device->insert != 0u && !insert->is_loaded) || lacks_tag);
}

/* Return the second word of the descriptor of a frame for which something must be inserted; 0 if it cannot be sent.
 * With several outputs the frame is not changed. */
static uint64_t command_of_insertion(struct v6nf_ring *ring, uint32_t output, uint32_t at, uint32_t length)
{
    const struct v6nf_ring_device *device = ring->queues[output].device;
    struct v6nf_ring_insert *insert = &ring->inserts[output];
    const struct wish wish = read_wish(device, length, ring->capacity);
    if (!V6NF_PORT_IS_FRAME(wish.bytes, ring->capacity)) {
        return 0;
    }
    if (insert->wanted == 0u && has_tag_context(device)) {
        insert->wanted = wish.tag;
    }
    if (wish.tag == 0u || wish.tag == insert->tag || !has_tag_context(device)) {
        return wish.partial == 0u || insert->is_loaded ? command_of_device(device, &wish) : 0u;
    }
    uint8_t *frame = ring->buffers + (size_t)at * ring->buffer_size;
    return ring->outputs_count == 1u ? insert_instead(device, frame, ring->capacity, &wish) : 0u;
}

uint64_t v6nf_ring_load(struct v6nf_ring *ring, uint32_t output, uint32_t at, uint32_t length)
{
    const struct v6nf_ring_device *device = ring->queues[output].device;
    struct v6nf_ring_insert *insert = &ring->inserts[output];
    const uint64_t command = command_of_insertion(ring, output, at, length);
    if (command != 0u) {
        return command;
    }
    ring->transmit_dropped += length != 0u ? 1u : 0u;
    if (!needs_context(ring, output, at)) {
        return v6nf_ring_command(device->format, 0u);
    }
    *insert = (struct v6nf_ring_insert){
        .is_loaded = true, .is_pending = true, .at = at, .tag = insert->wanted, .wanted = insert->wanted};
    ring->unusual++;
    ring->outputs[output].descriptors[2u * at] = v6nf_env_le64(context_with(device, insert->tag));
    return device->context[1];
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

/* Get the device address of allocated memory. Return false if there is none, or none that a device can reach. */
static bool is_reached(const void *memory, uint64_t *device_address)
{
    *device_address = memory == NULL ? V6NF_ENV_NO_ADDRESS : v6nf_env_device_address(memory);
    return *device_address != V6NF_ENV_NO_ADDRESS;
}

/* Allocate memory that a device can reach, and get its device address. Return false if there is none. */
static bool allocate_shared(size_t size, size_t alignment, void **memory, uint64_t *device_address)
{
    *memory = v6nf_env_memory(size, alignment);
    return is_reached(*memory, device_address);
}

/* Do the same for `count` buffers. No change of them stays in a cache. */
static bool allocate_buffers(uint32_t count, uint32_t buffer_size, uint8_t **buffers, uint64_t *device_address)
{
    const size_t size = (size_t)count * buffer_size;
    *buffers = (uint8_t *)v6nf_env_buffers(size, BUFFER_ALIGNMENT);
    if (!is_reached(*buffers, device_address)) {
        return false;
    }
    v6nf_env_cache_clean(*buffers, size); /* they were zeroed */
    return true;
}

static bool is_buffer_size(uint32_t buffer_size)
{
    return buffer_size >= 2u * V6NF_RING_BUFFER_UNIT && buffer_size <= V6NF_RING_BUFFER_SIZE_MAX &&
           buffer_size % V6NF_RING_BUFFER_UNIT == 0u;
}

/* Return the maximum bytes of a frame in such a buffer. */
static uint32_t capacity_of(uint32_t buffer_size)
{
    return buffer_size < V6NF_RING_FRAME_MAX ? buffer_size : V6NF_RING_FRAME_MAX;
}

/* Open a queue of `device` for `output`. Its `count` descriptors point to the buffers at the device address `buffers`.
 * Describe it in *queue. */
static enum v6nf_ring_status open_output(struct v6nf_ring_output *output, struct v6nf_ring_queue *queue,
                                         struct v6nf_ring_device *device, uint32_t count, uint64_t buffers,
                                         uint32_t buffer_size)
{
    void *memory = NULL;
    void *head = NULL;
    *queue = (struct v6nf_ring_queue){.device = device};
    if (!allocate_shared((size_t)count * DESCRIPTOR_SIZE, RING_ALIGNMENT, &memory, &queue->device_descriptors)) {
        return V6NF_RING_NO_MEMORY;
    }
    output->descriptors = (volatile uint64_t *)memory;
    for (uint32_t i = 0; i < count; i++) {
        output->descriptors[2u * i] = v6nf_env_le64(buffers + (uint64_t)i * buffer_size);
    }
    if (device->writes_heads && !allocate_shared(HEAD_SIZE, HEAD_SIZE, &head, &queue->device_head)) {
        return V6NF_RING_NO_MEMORY;
    }
    output->head = (volatile uint32_t *)head;
    bool added =
        device->operations->add_output(device, queue->device_descriptors, count, queue->device_head, &output->tail);
    queue->tail = output->tail;
    queue->head = output->head;
    return added ? V6NF_RING_OPEN : V6NF_RING_NO_QUEUE;
}

/* Let the devices know their queues, so that a reset finds them. */
static void connect_queues(struct v6nf_ring *ring)
{
    for (uint32_t i = 0; i < ring->outputs_count && i < V6NF_PORT_OUTPUTS_MAX; i++) {
        struct v6nf_ring_queue *queue = &ring->queues[i];
        queue->ring = ring;
        queue->index = i;
        queue->next = queue->device->outputs;
        queue->device->outputs = queue;
    }
    ring->next_input = ring->device->inputs;
    ring->device->inputs = ring;
}

enum v6nf_ring_status v6nf_ring_open(struct v6nf_ring *ring, struct v6nf_ring_device *input, uint32_t outputs_count,
                                     struct v6nf_ring_device *const *outputs, uint32_t buffer_size)
{
    *ring = (struct v6nf_ring){.buffer_size = buffer_size, .outputs_count = outputs_count};
    if (outputs_count < 1u || outputs_count > V6NF_PORT_OUTPUTS_MAX || !is_buffer_size(buffer_size)) {
        return V6NF_RING_INVALID;
    }
    ring->capacity = capacity_of(buffer_size);
    ring->clears = input->format == V6NF_RING_ADVANCED || !input->writes_heads;
    if (!allocate_buffers(V6NF_RING_SIZE, buffer_size, &ring->buffers, &ring->device_buffers)) {
        return V6NF_RING_NO_MEMORY;
    }
    for (uint32_t i = 0; i < outputs_count; i++) {
        if (outputs[i]->format != input->format || outputs[i]->writes_heads != input->writes_heads) {
            return V6NF_RING_MIXED;
        }
        enum v6nf_ring_status status = open_output(&ring->outputs[i], &ring->queues[i], outputs[i], V6NF_RING_SIZE,
                                                   ring->device_buffers, buffer_size);
        if (status != V6NF_RING_OPEN) {
            return status;
        }
    }
    /* The input uses the first output's descriptors as well. */
    if (!input->operations->add_input(input, ring->queues[0].device_descriptors, buffer_size, &ring->receive_tail)) {
        return V6NF_RING_NO_QUEUE;
    }
    ring->device = input;
    ring->input_tail = ring->receive_tail;
    connect_queues(ring);
    ring->receive_end = V6NF_RING_SIZE - 1u;
    v6nf_env_dma_write_barrier();
    v6nf_env_write_register(ring->receive_tail, ring->receive_end);
    return input->operations->start(input) ? V6NF_RING_OPEN : V6NF_RING_NO_QUEUE;
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

enum v6nf_ring_status v6nf_originate_open(struct v6nf_originate *originate, struct v6nf_ring_device *device,
                                          uint32_t buffer_size)
{
    *originate = (struct v6nf_originate){.buffer_size = buffer_size, .capacity = capacity_of(buffer_size)};
    uint64_t device_buffers = 0;
    if (!is_buffer_size(buffer_size)) {
        return V6NF_RING_INVALID;
    }
    if (!allocate_buffers(V6NF_ORIGINATE_SIZE, buffer_size, &originate->buffers, &device_buffers)) {
        return V6NF_RING_NO_MEMORY;
    }
    originate->device_buffers = device_buffers;
    enum v6nf_ring_status status =
        open_output(&originate->output, &originate->queue, device, V6NF_ORIGINATE_SIZE, device_buffers, buffer_size);
    if (status == V6NF_RING_OPEN) {
        v6nf_originate_begin(originate);
        originate->queue.originate = originate;
        originate->queue.next = device->outputs;
        device->outputs = &originate->queue;
    }
    return status;
}

void v6nf_originate_begin(struct v6nf_originate *originate)
{
    const struct v6nf_ring_device *device = originate->queue.device;
    const uint32_t first = device->insert != 0u || has_tag_context(device) ? 1u : 0u;
    originate->next = first;
    originate->oldest = first;
    originate->has_context = first != 0u;
    originate->tag = 0;
    if (originate->queue.head != NULL) {
        *originate->queue.head = v6nf_env_le32(first);
    }
    if (originate->has_context) {
        originate->output.descriptors[0] = v6nf_env_le64(device->context[0]);
        originate->output.descriptors[1] = v6nf_env_le64(device->context[1]);
    }
}

/* Return true if the oldest frame was sent: the head is after it, and not after the newest. */
static bool oldest_is_sent(const struct v6nf_originate *originate)
{
    if (originate->output.head != NULL) {
        const uint32_t head = v6nf_env_le32(*originate->output.head);
        const uint32_t under_way = (originate->next - originate->oldest) % V6NF_ORIGINATE_SIZE;
        return head < V6NF_ORIGINATE_SIZE && (head - originate->oldest - 1u) % V6NF_ORIGINATE_SIZE < under_way;
    }
    uint64_t word = v6nf_env_le64(originate->output.descriptors[2u * originate->oldest + 1u]);
    return (word & V6NF_RING_SENT) != 0u;
}

void v6nf_originate_recycle(struct v6nf_originate *originate)
{
    for (uint32_t i = 0; i < V6NF_ORIGINATE_SIZE && originate->oldest != originate->next; i++) {
        if (!oldest_is_sent(originate)) {
            break;
        }
        if (originate->output.head == NULL) {
            ring_restore_address(&originate->output, originate->oldest, originate->device_buffers,
                                 originate->buffer_size);
        }
        if (originate->has_context) { /* it was before the frame */
            ring_restore_address(&originate->output, 0u, originate->device_buffers, originate->buffer_size);
            originate->has_context = false;
        }
        originate->oldest = (originate->oldest + 1u) % V6NF_ORIGINATE_SIZE;
        originate->sent++;
    }
}

/* Return true if no frame can be added. A tail equal to the head would mean that the device has none. */
static bool originate_is_full(const struct v6nf_originate *originate)
{
    const uint32_t first = originate->has_context ? 0u : originate->oldest;
    return originate->queue.state != V6NF_RING_OPENED || (originate->next + 1u) % V6NF_ORIGINATE_SIZE == first;
}

uint8_t *v6nf_originate_reserve(struct v6nf_originate *originate)
{
    if (originate->queue.state == V6NF_RING_OPENED) {
        v6nf_originate_recycle(originate);
    }
    originate->is_reserved = !originate_is_full(originate);
    if (!originate->is_reserved) {
        return NULL;
    }
    return originate->buffers + (size_t)originate->next * originate->buffer_size;
}

/* Return the second word of the descriptor of a frame for which something must be inserted. As long as nothing was
 * sent, the card has not fetched the context, in the first descriptor: let it have the frame's tag. */
static uint64_t originate_insertion(struct v6nf_originate *originate, uint8_t *frame, const struct wish *wish)
{
    const struct v6nf_ring_device *device = originate->queue.device;
    if (originate->has_context && originate->next == 1u && has_tag_context(device)) {
        originate->tag = wish->tag;
        originate->output.descriptors[0] = v6nf_env_le64(context_with(device, wish->tag));
    }
    if (wish->tag == 0u || wish->tag == originate->tag || !has_tag_context(device)) {
        return command_of_device(device, wish);
    }
    return insert_instead(device, frame, originate->capacity, wish);
}

void v6nf_originate_commit(struct v6nf_originate *originate, uint32_t length)
{
    const uint32_t at = originate->next;
    uint8_t *frame = originate->buffers + (size_t)at * originate->buffer_size;
    const struct wish wish = read_wish(originate->queue.device, length, originate->capacity);
    const bool is_reserved = originate->is_reserved && originate->queue.state == V6NF_RING_OPENED;
    originate->is_reserved = false;
    uint64_t command = 0;
    if (is_reserved && V6NF_PORT_IS_FRAME(wish.bytes, originate->capacity)) {
        v6nf_env_cache_clean(frame, wish.bytes);
        command = originate_insertion(originate, frame, &wish);
    }
    if (command == 0u) {
        originate->transmit_dropped++;
        return;
    }
    originate->output.descriptors[2u * at + 1u] = v6nf_env_le64(command + V6NF_RING_RS);
    originate->next = (at + 1u) % V6NF_ORIGINATE_SIZE;
    v6nf_env_dma_write_barrier();
    v6nf_env_write_register(originate->output.tail, originate->next);
}

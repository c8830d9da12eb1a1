/* fixture_ring_device.c: a network card in memory: see fixture_ring_device.h. */
#include "fixture_ring_device.h"

#include <string.h>

/* Bits of the second word, by the data sheets. */
#define LEGACY_STATUS (UINT64_C(3) << 32) /* DD, EOP */
#define LEGACY_CHECKSUM (UINT64_C(0xABCD) << 16)
#define ADVANCED_STATUS UINT64_C(3)
#define HASH UINT64_C(0xA5A5A5A5A5A5A5A5) /* overwrites the address */
#define EOP_IFCS (UINT64_C(3) << 24)
#define RS (UINT64_C(1) << 27)
#define DEXT_DATA ((UINT64_C(1) << 29) | (UINT64_C(3) << 20))
#define TXSM (UINT64_C(1) << 41)
#define CONTEXT ((UINT64_C(1) << 29) | (UINT64_C(2) << 20))
#define CONTEXT_LENGTHS ((UINT64_C(14) << 9) | 40u)
#define VLE (UINT64_C(1) << 30)

static uint64_t now; /* passes during resets */

/* A test that links fixture_virtio_device.c has its clock. */
__attribute__((weak)) uint64_t v6nf_env_clock(void)
{
    return now;
}

static void report(struct ring_device *device, const char *fault)
{
    device->fault = device->fault == NULL ? fault : device->fault;
}

static uint8_t *memory_at(struct ring_device *device, uint64_t address, uint32_t size)
{
    uint8_t *memory = device_memory_at(address, size);
    if (memory == NULL) {
        report(device, "an address outside of the memory for it");
    }
    return memory;
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static bool open_queue(struct ring_device *device, struct ring_device_queue *queue, uint64_t descriptors,
                       uint32_t count, uint64_t head)
{
    if (descriptors % 128u != 0u || count % 8u != 0u) {
        report(device, "descriptors that are not aligned, or not a multiple of 128 bytes");
    }
    *queue = (struct ring_device_queue){.count = count};
    queue->descriptors = (volatile uint64_t *)(void *)memory_at(device, descriptors, count * 16u);
    if (head % 16u != 0u) {
        report(device, "a head that is not aligned");
    }
    queue->reported = head != 0u ? (volatile uint32_t *)(void *)memory_at(device, head, 4) : NULL;
    return queue->descriptors != NULL;
}

static bool add_input(struct v6nf_ring_device *ring_device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    *tail = NULL;
    if (device->refuses_input || !open_queue(device, &device->input, descriptors, V6NF_RING_SIZE, 0)) {
        return false;
    }
    device->buffer_size = buffer_size;
    *tail = &device->input.tail;
    return true;
}

static bool add_output(struct v6nf_ring_device *ring_device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    *tail = NULL;
    struct ring_device_queue *queue = &device->outputs[device->outputs_count % RING_DEVICE_QUEUES];
    if (device->refuses_output || device->outputs_count == RING_DEVICE_QUEUES ||
        !open_queue(device, queue, descriptors, count, head)) {
        return false;
    }
    if (device->device.writes_heads != (queue->reported != NULL)) {
        report(device, "a head for a card that writes none, or none for one that does");
    }
    device->outputs_count++;
    *tail = &queue->tail;
    return true;
}

static bool stop(struct v6nf_ring_device *ring_device)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    device->started = false;
    return true;
}

static bool start(struct v6nf_ring_device *ring_device)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    device->started = true;
    return !device->refuses_start;
}

/* -- The watch ----------------------------------------------------------------------------------------------------- */

static bool has_link(struct v6nf_ring_device *ring_device)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    return !device->link_down && !device->is_lost;
}

static bool is_lost(struct v6nf_ring_device *ring_device)
{
    return ((struct ring_device *)ring_device)->is_lost;
}

static struct ring_device_queue *queue_of(struct ring_device *device, volatile uint32_t *tail)
{
    for (uint32_t i = 0; i < device->outputs_count; i++) {
        if (tail == &device->outputs[i].tail) {
            return &device->outputs[i];
        }
    }
    if (tail != &device->input.tail) {
        report(device, "a queue that the card does not have");
    }
    return &device->input;
}

static void turn_off(struct ring_device_queue *queue)
{
    queue->is_off = true;
    queue->contexts = 0;
    queue->context_tag = 0;
    queue->tail_seen = v6nf_env_le32(queue->tail);
}

static bool end_input(struct v6nf_ring_device *ring_device, volatile uint32_t *tail)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    device->pauses++;
    if (!device->never_ends) {
        turn_off(queue_of(device, tail));
    }
    return !device->never_ends;
}

static bool end_output(struct v6nf_ring_device *ring_device, volatile uint32_t *tail, uint32_t *head)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    struct ring_device_queue *queue = queue_of(device, tail);
    *head = queue->head;
    if (device->ends_late > 0u) {
        device->ends_late--;
        return false;
    }
    if (!device->never_ends && !queue->is_off) {
        turn_off(queue);
    }
    return queue->is_off;
}

/* A queue that is turned on begins at 0 (I210 data sheet, 8.12.13 and 8.12.15). */
static bool turn_on(struct ring_device *device, struct ring_device_queue *queue, uint64_t descriptors)
{
    if (!queue->is_off) {
        report(device, "a queue is turned on that is on");
    }
    if (queue->descriptors != (volatile uint64_t *)(void *)memory_at(device, descriptors, queue->count * 16u)) {
        report(device, "other descriptors than before");
    }
    if (device->is_lost) {
        report(device, "a queue of a lost card is turned on");
    }
    queue->is_off = false;
    queue->head = queue->tail = queue->tail_seen = 0;
    return true;
}

static bool reopen_input(struct v6nf_ring_device *ring_device, volatile uint32_t *tail, uint64_t descriptors,
                         uint32_t buffer_size)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    if (buffer_size != device->buffer_size) {
        report(device, "another size of buffers than before");
    }
    device->opens++;
    now += device->refuses_input ? device->open_time : 0u;
    return !device->refuses_input && turn_on(device, queue_of(device, tail), descriptors);
}

static bool reopen_output(struct v6nf_ring_device *ring_device, volatile uint32_t *tail, uint64_t descriptors,
                          uint32_t count, uint64_t head)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    struct ring_device_queue *queue = queue_of(device, tail);
    if (count != queue->count || (head != 0u) != (queue->reported != NULL)) {
        report(device, "another size or head than before");
    }
    device->opens++;
    now += device->refuses_output ? device->open_time : 0u;
    return !device->refuses_output && turn_on(device, queue, descriptors);
}

static bool reset(struct v6nf_ring_device *ring_device)
{
    struct ring_device *device = (struct ring_device *)ring_device;
    device->resets++;
    now += device->reset_time;
    ring_device_lose(device);
    device->is_lost = device->refuses_reset;
    return !device->refuses_reset;
}

void ring_device_lose(struct ring_device *device)
{
    turn_off(&device->input);
    for (uint32_t i = 0; i < device->outputs_count; i++) {
        turn_off(&device->outputs[i]);
    }
    device->started = false;
    device->is_lost = true;
}

void ring_device_init(struct ring_device *device, enum v6nf_ring_format format, bool writes_heads)
{
    static const struct v6nf_ring_device_operations operations = {
        .add_input = add_input,
        .add_output = add_output,
        .start = start,
        .stop = stop,
        .has_link = has_link,
        .is_lost = is_lost,
        .end_input = end_input,
        .end_output = end_output,
        .reopen_input = reopen_input,
        .reopen_output = reopen_output,
        .reset = reset,
    };
    *device =
        (struct ring_device){.device = {.operations = &operations, .format = format, .writes_heads = writes_heads}};
}

/* Return true if the device owns a descriptor of the queue. Check that the tail is in the ring, and takes none away. */
static bool owns_next(struct ring_device *device, struct ring_device_queue *queue)
{
    uint32_t tail = v6nf_env_le32(queue->tail);
    if (queue->is_off) {
        if (tail != queue->tail_seen && !device->is_lost) {
            report(device, "the tail of a queue that is off is written");
        }
        return false;
    }
    if (tail >= queue->count) {
        report(device, "a tail outside of the ring");
        return false;
    }
    if ((tail - queue->head) % queue->count < (queue->tail_seen - queue->head) % queue->count) {
        report(device, "a tail that went back");
    }
    queue->tail_seen = tail;
    return queue->head != tail;
}

static volatile uint64_t *take_next(struct ring_device_queue *queue)
{
    volatile uint64_t *descriptor = queue->descriptors + 2u * queue->head;
    queue->head = (queue->head + 1u) % queue->count;
    return descriptor;
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

bool ring_device_receive(struct ring_device *device, const uint8_t *frame, uint32_t length)
{
    if (!device->started || !owns_next(device, &device->input) || device->link_down) {
        return false;
    }
    volatile uint64_t *descriptor = take_next(&device->input);
    uint8_t *buffer = memory_at(device, v6nf_env_le64(descriptor[0]), device->buffer_size);
    if (buffer == NULL) {
        return false;
    }
    memcpy(buffer, frame, length < device->buffer_size ? length : device->buffer_size);
    if (device->device.format == V6NF_RING_ADVANCED) {
        descriptor[0] = HASH;
        descriptor[1] = v6nf_env_le64(ADVANCED_STATUS | (uint64_t)length << 32 | device->verdict);
    } else {
        descriptor[1] = v6nf_env_le64(LEGACY_STATUS | LEGACY_CHECKSUM | length | device->verdict);
    }
    return true;
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

/* Return the second word of a descriptor for `length` bytes, without RS. */
static uint64_t command_for(enum v6nf_ring_format format, uint64_t length)
{
    return format == V6NF_RING_ADVANCED ? length | EOP_IFCS | DEXT_DATA | length << 46 : length | EOP_IFCS;
}

static void take_context(struct ring_device *device, struct ring_device_queue *queue, uint64_t lengths)
{
    const bool can_have_tag = device->device.inserts_tags && device->device.format == V6NF_RING_ADVANCED;
    const uint32_t tag = can_have_tag ? (uint32_t)(lengths >> 16) & 0xFFFFu : 0u;
    queue->contexts++;
    if (lengths != (CONTEXT_LENGTHS | (uint64_t)tag << 16) ||
        (queue->contexts > 1u && (queue->context_tag != 0u || tag == 0u))) {
        report(device, "a context that the card does not need");
    }
    queue->context_tag = tag;
}

/* Note the tag that the second word asks for. Return the bits that do so. */
static uint64_t read_tag(struct ring_device *device, struct ring_device_queue *queue, uint64_t word)
{
    queue->tag = RING_DEVICE_NO_TAG;
    if ((word & VLE) == 0u || !device->device.inserts_tags) {
        return 0;
    }
    const bool is_legacy = device->device.format == V6NF_RING_LEGACY;
    queue->tag = is_legacy ? (uint32_t)(word >> 48) : queue->context_tag;
    if (queue->tag == 0u) {
        report(device, "a tag that is not described");
    }
    return VLE | (is_legacy ? (uint64_t)queue->tag << 48 : 0u);
}

void ring_device_insert(struct ring_device *device)
{
    device->device.insert = TXSM;
    device->device.context[0] = CONTEXT_LENGTHS;
    device->device.context[1] = CONTEXT;
}

void ring_device_insert_tags(struct ring_device *device)
{
    device->device.inserts_tags = true;
    device->device.context[0] = CONTEXT_LENGTHS;
    device->device.context[1] = CONTEXT;
}

uint32_t ring_device_send(struct ring_device *device, uint32_t output, const uint8_t **frame)
{
    struct ring_device_queue *queue = &device->outputs[output];
    *frame = NULL;
    if (!owns_next(device, queue) || device->link_down || device->stalls) {
        return RING_DEVICE_IDLE;
    }
    volatile uint64_t *descriptor = take_next(queue);
    uint64_t word = v6nf_env_le64(descriptor[1]);
    const bool has_contexts =
        device->device.insert != 0u || (device->device.inserts_tags && device->device.format == V6NF_RING_ADVANCED);
    if (word == CONTEXT && has_contexts) { /* no RS: a context is not reported */
        take_context(device, queue, v6nf_env_le64(descriptor[0]));
        return 0;
    }
    uint32_t length = (uint32_t)(word & 0xFFFFu);
    queue->inserted = queue->contexts > 0u && (word & TXSM) != 0u;
    const uint64_t tag = read_tag(device, queue, word);
    if ((word & ~RS) != command_for(device->device.format, length) + (queue->inserted ? TXSM : 0u) + tag) {
        report(device, "a transmit descriptor that is not one");
    }
    *frame = memory_at(device, v6nf_env_le64(descriptor[0]), length);
    if ((word & RS) != 0u && queue->reported != NULL) {
        *queue->reported = v6nf_env_le32(queue->head);
    } else if ((word & RS) != 0u) {
        descriptor[0] = HASH; /* reserved in the write-back format */
        descriptor[1] = v6nf_env_le64(word | (UINT64_C(1) << 32));
    }
    return length;
}

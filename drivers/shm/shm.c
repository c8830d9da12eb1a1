/* shm.c: queues of buffers in shared memory as a port: see shm.h. A queue has a descriptor for each buffer that can be
 * in it, and a buffer has one owner at a time (`owners`). Therefore no queue is ever full, and a producer need not
 * trust the consumer's index. */
#include "v6nf/driver/shm.h"

#include <string.h>

#include "v6nf/env.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */
#define ETHER_HEADER 14u
#define BUFFER_SIZE_MAX UINT16_MAX /* the range of a descriptor's length */

/* Owners of a buffer. */
enum { THIS_SIDE, TO_RECEIVE, TO_SEND };

#define NO_BUFFER V6NF_SHM_BUFFERS

/* -- One end of a queue -------------------------------------------------------------------------------------------- */

static void init_queue_end(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity,
                           v6nf_shm_index next)
{
    *end = (struct v6nf_shm_end){.queue = queue,
                                 .capacity = capacity,
                                 .max_waiting = capacity,
                                 .next = next,
                                 .published = next,
                                 .checked = next};
}

void v6nf_shm_producer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity)
{
    init_queue_end(end, queue, capacity, queue->tail);
}

void v6nf_shm_consumer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity)
{
    init_queue_end(end, queue, capacity, queue->head);
    v6nf_shm_cancel(end);
}

void v6nf_shm_put(struct v6nf_shm_end *producer, uint64_t offset, uint32_t length)
{
    volatile struct v6nf_shm_descriptor *descriptor =
        &producer->queue->descriptors[producer->next & (producer->capacity - 1u)];
    descriptor->offset = offset;
    descriptor->length = (uint16_t)length;
    producer->next++;
}

void v6nf_shm_publish(struct v6nf_shm_end *producer)
{
    /* A full barrier: the consumer may write to the buffer as soon as it sees the index, so that reads must be
     * complete. */
    v6nf_env_dma_barrier();
    producer->queue->tail = producer->next;
    producer->published = producer->next;
}

bool v6nf_shm_must_notify(struct v6nf_shm_end *producer)
{
    if (producer->checked == producer->published) {
        return false;
    }
    producer->checked = producer->published;
    v6nf_env_dma_barrier(); /* the index is visible before the flag is read */
    if (producer->queue->consumer_signalled != 0u) {
        return false;
    }
    producer->queue->consumer_signalled = 1;
    v6nf_env_dma_barrier(); /* before the consumer wakes up, or this would cancel its next request */
    return true;
}

uint32_t v6nf_shm_waiting(struct v6nf_shm_end *consumer)
{
    v6nf_shm_index waiting = (v6nf_shm_index)(consumer->queue->tail - consumer->next);
    if (waiting > consumer->max_waiting) {
        consumer->jumps++;
        return 0;
    }
    v6nf_env_dma_read_barrier(); /* descriptors and frames are read after the index */
    return waiting;
}

struct v6nf_shm_descriptor v6nf_shm_take(struct v6nf_shm_end *consumer)
{
    const volatile struct v6nf_shm_descriptor *descriptor =
        &consumer->queue->descriptors[consumer->next & (consumer->capacity - 1u)];
    struct v6nf_shm_descriptor taken = {.offset = descriptor->offset, .length = descriptor->length};
    consumer->next++;
    return taken;
}

void v6nf_shm_release(struct v6nf_shm_end *consumer)
{
    v6nf_env_dma_barrier(); /* descriptors are read before they can be written again */
    consumer->queue->head = consumer->next;
    consumer->published = consumer->next;
}

void v6nf_shm_request(struct v6nf_shm_end *consumer)
{
    consumer->queue->consumer_signalled = 0;
}

void v6nf_shm_cancel(struct v6nf_shm_end *consumer)
{
    consumer->queue->consumer_signalled = 1;
}

/* -- All ends of the port ------------------------------------------------------------------------------------------ */

/* Let the other side see what was put and taken, with one barrier for all queues. */
static void publish_all(struct v6nf_shm *shm)
{
    struct v6nf_shm_end *const ends[4] = {&shm->receive_free, &shm->transmit_active, /* producers, */
                                          &shm->receive_active, &shm->transmit_free};
    bool changed = false;
    for (uint32_t i = 0; i < 4u; i++) {
        changed = changed || ends[i]->published != ends[i]->next;
    }
    if (!changed) {
        return;
    }
    v6nf_env_dma_barrier();
    for (uint32_t i = 0; i < 4u; i++) {
        if (ends[i]->published != ends[i]->next) {
            *(i < 2u ? &ends[i]->queue->tail : &ends[i]->queue->head) = ends[i]->next;
            ends[i]->published = ends[i]->next;
        }
    }
}

/* Notify the consumers that have asked for it of what was published. */
static void notify_consumers(struct v6nf_shm *shm)
{
    bool receive = v6nf_shm_must_notify(&shm->receive_free);
    bool transmit = v6nf_shm_must_notify(&shm->transmit_active);
    if (receive) {
        shm->notify(shm->receive_channel);
        shm->shm_counters.notifications++;
    }
    if (transmit && !(receive && shm->transmit_channel == shm->receive_channel)) {
        shm->notify(shm->transmit_channel);
        shm->shm_counters.notifications++;
    }
}

static void cancel_requests(struct v6nf_shm *shm)
{
    if (shm->requested) {
        v6nf_shm_cancel(&shm->receive_active);
        v6nf_shm_cancel(&shm->transmit_free);
        shm->requested = false;
    }
}

/* -- Buffers ------------------------------------------------------------------------------------------------------- */

static struct v6nf_shm *shm_of(struct v6nf_port *port)
{
    return (struct v6nf_shm *)(void *)port; /* its first member */
}

static uint8_t *buffer_at(const struct v6nf_shm *shm, uint32_t buffer)
{
    return shm->data + (size_t)buffer * shm->port.capacity;
}

/* Do for the device of the other side what it needs (env.h, "Caches"). */
static void clean_for_device(const struct v6nf_shm *shm, const uint8_t *memory, size_t size)
{
    if (shm->has_device) {
        v6nf_env_cache_clean(memory, size);
    }
}

static void invalidate_for_device(const struct v6nf_shm *shm, uint8_t *memory, size_t size)
{
    if (shm->has_device) {
        v6nf_env_cache_invalidate(memory, size);
    }
}

/* Take the buffer at `offset` back from `owner`. Return its number. If `owner` has no such buffer, count that, and
 * return NO_BUFFER. */
static uint32_t take_back(struct v6nf_shm *shm, uint64_t offset, uint8_t owner)
{
    uint64_t end = (uint64_t)shm->buffers_count * shm->port.capacity;
    uint32_t within = offset < end ? (uint32_t)offset : 0u;
    uint32_t buffer = within / shm->port.capacity;
    if (offset >= end || within % shm->port.capacity != 0u || shm->owners[buffer] != owner) {
        shm->shm_counters.unexpected++;
        return NO_BUFFER;
    }
    shm->owners[buffer] = THIS_SIDE;
    return buffer;
}

static void hand_over(struct v6nf_shm *shm, uint32_t buffer, uint8_t owner, uint32_t length)
{
    struct v6nf_shm_end *producer = owner == TO_SEND ? &shm->transmit_active : &shm->receive_free;
    shm->owners[buffer] = owner;
    v6nf_shm_put(producer, (uint64_t)buffer * shm->port.capacity, length);
}

/* Take sent buffers back. */
static void recycle_sent(struct v6nf_shm *shm)
{
    uint32_t waiting = v6nf_shm_waiting(&shm->transmit_free);
    for (uint32_t i = 0; i < waiting; i++) {
        uint32_t buffer = take_back(shm, v6nf_shm_take(&shm->transmit_free).offset, TO_SEND);
        if (buffer < shm->receive_buffers) {
            shm->lent--;
            hand_over(shm, buffer, TO_RECEIVE, 0);
        } else if (buffer != NO_BUFFER) {
            shm->originate.buffers[shm->originate.count++] = (uint16_t)buffer;
        }
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

/* Send the frame in the buffer, or count a drop. Return true if it is sent. */
static bool send_buffer(struct v6nf_shm *shm, uint32_t buffer, uint32_t length)
{
    if (!V6NF_PORT_IS_FRAME(length, shm->port.capacity)) {
        shm->counters.transmit_dropped++;
        return false;
    }
    shm->counters.sent++;
    shm->counters.sent_bytes += length;
    hand_over(shm, buffer, TO_SEND, length);
    return true;
}

/* Show the frame in the buffer to the handler. Return the length that it sets. */
static uint32_t show(struct v6nf_shm *shm, uint32_t buffer, uint32_t length, v6nf_handler *handler, void *context)
{
    uint8_t *shared = buffer_at(shm, buffer);
    uint8_t *frame = shm->private_frames != NULL ? shm->private_frames : shared;
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    invalidate_for_device(shm, shared, length);
    if (frame != shared) {
        memcpy(frame, shared, length);
    }
    shm->counters.received++;
    shm->counters.received_bytes += length;
    handler(context, frame, length, shm->port.capacity, lengths);
    if (frame != shared && lengths[0] <= shm->port.capacity) {
        memcpy(shared, frame, lengths[0]);
    }
    clean_for_device(shm, shared, shm->port.capacity); /* also if the device writes to it next */
    return lengths[0];
}

/* Handle a descriptor of receive active. Return true if a frame was shown. */
static bool handle_descriptor(struct v6nf_shm *shm, struct v6nf_shm_descriptor descriptor, v6nf_handler *handler,
                              void *context)
{
    uint32_t buffer = take_back(shm, descriptor.offset, TO_RECEIVE);
    bool is_frame = descriptor.length > 0u && descriptor.length <= shm->port.capacity;
    if (buffer == NO_BUFFER || !is_frame) {
        shm->counters.receive_dropped++;
    }
    if (buffer == NO_BUFFER) {
        return false;
    }
    shm->shm_counters.bad_lengths += is_frame ? 0u : 1u;
    uint32_t length = is_frame ? show(shm, buffer, descriptor.length, handler, context) : 0u;
    if (length > 0u && send_buffer(shm, buffer, length)) {
        shm->lent++;
    } else {
        hand_over(shm, buffer, TO_RECEIVE, 0);
    }
    return is_frame;
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static uint32_t shm_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_shm *shm = shm_of(port);
    if (!shm->running) {
        return 0;
    }
    cancel_requests(shm);
    recycle_sent(shm);
    uint32_t waiting = v6nf_shm_waiting(&shm->receive_active);
    uint32_t count = waiting < V6NF_SHM_BURST ? waiting : V6NF_SHM_BURST;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < count; i++) {
        shown += handle_descriptor(shm, v6nf_shm_take(&shm->receive_active), handler, context) ? 1u : 0u;
    }
    publish_all(shm);
    notify_consumers(shm);
    return shown;
}

/* Return a free originate buffer; NO_BUFFER if all are being sent. */
static uint32_t pop_free_buffer(struct v6nf_shm *shm)
{
    if (shm->originate.count == 0u) {
        recycle_sent(shm);
        publish_all(shm);
    }
    if (shm->originate.count == 0u) {
        return NO_BUFFER;
    }
    shm->originate.count--;
    return shm->originate.buffers[shm->originate.count];
}

static uint8_t *shm_reserve(struct v6nf_port *port)
{
    struct v6nf_shm *shm = shm_of(port);
    if (!shm->running) {
        return NULL;
    }
    shm->reserved = shm->reserved != NO_BUFFER ? shm->reserved : pop_free_buffer(shm);
    shm->wanted = shm->reserved == NO_BUFFER;
    if (shm->wanted) {
        return NULL;
    }
    return shm->private_frames != NULL ? shm->private_frames + port->capacity : buffer_at(shm, shm->reserved);
}

/* Send nothing without a reserved buffer. */
static void shm_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_shm *shm = shm_of(port);
    uint32_t buffer = shm->reserved;
    if (buffer == NO_BUFFER) {
        return;
    }
    if (shm->private_frames != NULL && length <= port->capacity) {
        memcpy(buffer_at(shm, buffer), shm->private_frames + port->capacity, length);
    }
    clean_for_device(shm, buffer_at(shm, buffer), port->capacity);
    if (send_buffer(shm, buffer, length)) {
        shm->reserved = NO_BUFFER;
        v6nf_shm_publish(&shm->transmit_active);
    }
}

/* Queues do not show the state of a link behind them. */
static bool shm_link_up(struct v6nf_port *port)
{
    return shm_of(port)->running;
}

static void shm_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = shm_of(port)->counters;
}

static enum v6nf_port_status shm_status(struct v6nf_port *port)
{
    return shm_of(port)->running ? V6NF_PORT_RUNNING : V6NF_PORT_STOPPED;
}

/* Return false if the port was open: the other side keeps its buffers, and may still write to them. */
static bool shm_stop(struct v6nf_port *port)
{
    struct v6nf_shm *shm = shm_of(port);
    if (shm->running) {
        cancel_requests(shm);
    }
    shm->running = false;
    shm->reserved = NO_BUFFER;
    return shm->data == NULL;
}

/* Return true if this side must be notified of sent buffers. While the other side has half of the receive buffers to
 * receive into, the next frame is soon enough. Without any, it could receive nothing, and this side would sleep
 * forever. */
static bool needs_recycling(const struct v6nf_shm *shm)
{
    return shm->wanted || shm->lent > shm->receive_buffers / 2u;
}

bool v6nf_shm_may_sleep(struct v6nf_shm *shm)
{
    if (!shm->running) {
        return true;
    }
    bool recycles = needs_recycling(shm);
    notify_consumers(shm);
    v6nf_shm_request(&shm->receive_active);
    if (recycles) {
        v6nf_shm_request(&shm->transmit_free);
    }
    shm->requested = true;
    v6nf_env_dma_barrier(); /* the request is visible before the last check */
    bool idle = v6nf_shm_waiting(&shm->receive_active) == 0u;
    if (idle && (!recycles || v6nf_shm_waiting(&shm->transmit_free) == 0u)) {
        return true;
    }
    cancel_requests(shm);
    return false;
}

/* Without a call that sleeps it does nothing: the program sleeps by itself. */
static void shm_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_shm *shm = shm_of(port);
    if (shm->running && shm->sleep != NULL && v6nf_shm_may_sleep(shm)) {
        shm->sleep(until);
    }
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static const struct v6nf_port_operations port_operations = {
    .poll = shm_poll,
    .wait = shm_wait,
    .reserve = shm_reserve,
    .commit = shm_commit,
    .link_up = shm_link_up,
    .read_counters = shm_read_counters,
    .status = shm_status,
    .stop = shm_stop,
};

/* Allow half of the range of an index: one that is behind then differs from one that is far ahead. */
static bool is_capacity(uint32_t capacity, uint32_t buffers)
{
    return capacity >= buffers && (capacity & (capacity - 1u)) == 0u && capacity <= 1u << (V6NF_SHM_INDEX_BITS - 1);
}

/* Return true if no port has written to the queues. A port that hands its buffers over writes to receive free first.
 * Another leaves the queues unchanged until it handles or sends a frame. */
static bool is_unused(const struct v6nf_shm_config *config)
{
    return config->receive_active->head == 0u && config->transmit_free->head == 0u &&
           config->transmit_active->tail == 0u && (config->receive_filled || config->receive_free->tail == 0u);
}

/* Return true if no two buffers share a cache line, where that matters. */
static bool has_whole_lines(const struct v6nf_shm_config *config)
{
    const bool is_whole =
        config->buffer_size % V6NF_ENV_CACHE_LINE == 0u && (uintptr_t)config->data % V6NF_ENV_CACHE_LINE == 0u;
    return is_whole || !config->has_device || V6NF_ENV_DMA_COHERENT;
}

static enum v6nf_shm_status check_shm_config(const struct v6nf_shm_config *config)
{
    const uint32_t receive = config->receive_buffers;
    const uint32_t originate = config->originate_buffers;
    if (receive < 1u || receive >= V6NF_SHM_BUFFERS || originate < 1u || originate > V6NF_SHM_BUFFERS - receive ||
        config->buffer_size > BUFFER_SIZE_MAX) {
        return V6NF_SHM_BUFFERS_BAD;
    }
    if (!is_capacity(config->receive_capacity, receive) ||
        !is_capacity(config->transmit_capacity, receive + originate)) {
        return V6NF_SHM_CAPACITY_BAD;
    }
    if (!has_whole_lines(config)) {
        return V6NF_SHM_BUFFERS_BAD;
    }
    bool fits = config->buffer_size >= ETHER_HEADER && config->mtu <= config->buffer_size - ETHER_HEADER;
    if (config->mtu < MTU_MIN || !fits) {
        return V6NF_SHM_MTU_BAD;
    }
    return is_unused(config) ? V6NF_SHM_OPEN : V6NF_SHM_QUEUES_USED;
}

static void distribute_buffers(struct v6nf_shm *shm, bool filled)
{
    if (filled) {
        init_queue_end(&shm->receive_free, shm->receive_free.queue, shm->receive_free.capacity,
                       (v6nf_shm_index)shm->receive_buffers);
    }
    for (uint32_t i = 0; i < shm->receive_buffers; i++) {
        if (filled) {
            shm->owners[i] = TO_RECEIVE;
        } else {
            hand_over(shm, i, TO_RECEIVE, 0);
        }
    }
    for (uint32_t i = shm->buffers_count; i > shm->receive_buffers; i--) {
        shm->originate.buffers[shm->originate.count++] = (uint16_t)(i - 1u);
    }
    publish_all(shm);
}

enum v6nf_shm_status v6nf_shm_init(struct v6nf_shm *shm, const struct v6nf_shm_config *config)
{
    uint8_t mac[sizeof shm->port.mac]; /* config->mac may be part of *shm */
    enum v6nf_shm_status status = check_shm_config(config);
    shm->port.operations = &port_operations;
    if (status != V6NF_SHM_OPEN) {
        return status;
    }
    memcpy(mac, config->mac, sizeof mac);
    memset(shm, 0, sizeof *shm);
    shm->port.operations = &port_operations;
    memcpy(shm->port.mac, mac, sizeof mac);
    shm->port.mtu = config->mtu;
    shm->port.capacity = config->buffer_size;
    shm->port.outputs = 1;
    shm->data = config->data;
    shm->private_frames = config->private_frames;
    shm->buffers_count = config->receive_buffers + config->originate_buffers;
    shm->receive_buffers = config->receive_buffers;
    shm->reserved = NO_BUFFER;
    shm->notify = config->notify;
    shm->sleep = config->sleep;
    shm->receive_channel = config->receive_channel;
    shm->transmit_channel = config->transmit_channel;
    v6nf_shm_consumer_init(&shm->receive_active, config->receive_active, config->receive_capacity);
    v6nf_shm_producer_init(&shm->receive_free, config->receive_free, config->receive_capacity);
    v6nf_shm_producer_init(&shm->transmit_active, config->transmit_active, config->transmit_capacity);
    v6nf_shm_consumer_init(&shm->transmit_free, config->transmit_free, config->transmit_capacity);
    shm->receive_active.max_waiting = shm->receive_buffers;
    shm->transmit_free.max_waiting = shm->buffers_count;
    shm->has_device = config->has_device;
    clean_for_device(shm, shm->data, (size_t)shm->buffers_count * config->buffer_size);
    shm->running = true;
    distribute_buffers(shm, config->receive_filled);
    return status;
}

/* virtqueue.c: a split virtqueue in memory: see virtqueue.h. */
#include "virtqueue.h"

#define AVAILABLE_NO_INTERRUPT 1u

/* Offsets of the parts of a queue of maximum size. Each begins at a cache line of its own (2.6 demands less). */
#define CACHE_LINE V6NF_ENV_CACHE_LINE
#define LINES(size) (((size) + CACHE_LINE - 1u) / CACHE_LINE * CACHE_LINE)
#define AVAILABLE_OFFSET (16u * V6NF_VIRTIO_SIZE)
#define USED_OFFSET                                                                                                    \
    (AVAILABLE_OFFSET + LINES(6u + 2u * V6NF_VIRTIO_SIZE) + 4u) /* an entry is then one word of 64 bits */
#define USED_RING 4u
#define QUEUE_MEMORY LINES(USED_OFFSET + USED_RING + 8u * V6NF_VIRTIO_SIZE + 8u)

bool v6nf_virtqueue_allocate(struct v6nf_virtqueue *queue)
{
    void *memory = v6nf_env_memory(QUEUE_MEMORY, CACHE_LINE);
    if (memory == NULL || v6nf_env_device_address(memory) == V6NF_ENV_NO_ADDRESS) {
        return false;
    }
    queue->descriptors = (volatile uint64_t *)memory;
    queue->available = (volatile uint16_t *)(void *)((uint8_t *)memory + AVAILABLE_OFFSET);
    queue->used = (volatile uint32_t *)(void *)((uint8_t *)memory + USED_OFFSET);
    queue->used_ring = (volatile uint64_t *)(void *)((uint8_t *)memory + USED_OFFSET + USED_RING);
    return true;
}

uint32_t v6nf_virtqueue_choose_size(uint32_t max_size)
{
    uint32_t size = V6NF_VIRTIO_SIZE;
    while (size > max_size && size >= V6NF_VIRTIO_SIZE_MIN) {
        size /= 2u;
    }
    return size >= V6NF_VIRTIO_SIZE_MIN ? size : 0u;
}

/* Ask for no interrupts (2.6.7). With EVENT_IDX the bit must be 0, and one buffer in 65536 causes an interrupt. */
void v6nf_virtqueue_clear(struct v6nf_virtqueue *queue, uint32_t size, bool has_events, uint64_t buffers, uint32_t step,
                          uint32_t length)
{
    *queue = (struct v6nf_virtqueue){.descriptors = queue->descriptors,
                                     .available = queue->available,
                                     .used = queue->used,
                                     .used_ring = queue->used_ring,
                                     .mask = size - 1u};
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        queue->descriptors[2u * i] = v6nf_env_le64(buffers + (uint64_t)i * step);
        queue->descriptors[2u * i + 1u] = v6nf_env_le64(length + DESCRIPTOR_WRITE);
        queue->available[AVAILABLE_RING + i] = v6nf_env_le16((uint16_t)i);
    }
    queue->available[0] = has_events ? 0 : v6nf_env_le16(AVAILABLE_NO_INTERRUPT);
    queue->available[AVAILABLE_INDEX] = 0;
    queue->available[AVAILABLE_RING + size] = v6nf_env_le16(UINT16_MAX); /* used_event */
    queue->used[0] = 0;
    queue->used_ring[size] = 0; /* avail_event */
}

void v6nf_virtqueue_addresses(const struct v6nf_virtqueue *queue, uint64_t *addresses)
{
    addresses[0] = v6nf_env_device_address(queue->descriptors);
    addresses[1] = addresses[0] + AVAILABLE_OFFSET;
    addresses[2] = addresses[0] + USED_OFFSET;
}

bool v6nf_virtqueue_split(struct v6nf_virtqueue *queue, uint32_t count, uint32_t at, uint32_t id, uint32_t full,
                          uint32_t *length)
{
    if (queue->batch == 0u) {
        queue->batch = ((id - at) & queue->mask) + 1u;
        queue->batch_length = *length;
        if (id > queue->mask || queue->batch > count) {
            return false;
        }
    }
    queue->batch--;
    *length = queue->batch == 0u ? queue->batch_length : full;
    return true;
}

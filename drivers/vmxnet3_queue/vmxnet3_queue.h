/* vmxnet3_queue.h: the rings of a vmxnet3 device in memory: descriptors that the driver gives, and completions. It
 * knows neither registers nor frames. A buffer has the number of a slot. */
#ifndef DRIVERS_VMXNET3_QUEUE_VMXNET3_QUEUE_H
#define DRIVERS_VMXNET3_QUEUE_VMXNET3_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "v6nf/driver/vmxnet3_queue.h"
#include "v6nf/env.h"

#define VMXNET3_MASK (V6NF_VMXNET3_SIZE - 1u)

/* Descriptors and completions have four words. The generation bit of the device's first lap is 1. */
#define WORDS 4u
#define DESCRIPTOR_SIZE 16u

/* The third word of a descriptor: the length, and the generation. The fourth of one to send changes only if the device
 * inserts checksums. */
#define RECEIVE_GENERATION (1u << 31)
#define TRANSMIT_GENERATION (1u << 14)
#define TRANSMIT_WORD_3 ((1u << 12) + (1u << 13)) /* end of the packet; report its completion */

/* Completions: the first, third and last word. */
#define COMPLETION_INDEX 0xFFFu
#define COMPLETION_END (1u << 14)
#define COMPLETION_START (1u << 15)
#define COMPLETION_RING 0x3FF0000u /* 0: the first ring of queue 0 */
#define COMPLETION_LENGTH 0x3FFFu
#define COMPLETION_ERROR (1u << 14)
#define COMPLETION_GENERATION (1u << 31)

/* Write the words with the generation, which gives the descriptors to the device. */
void v6nf_vmxnet3_publish_ring(struct v6nf_vmxnet3_ring *ring);

/* Return the number of completions that were not handled yet, `limit` at most. `size`: of their ring. */
uint32_t v6nf_vmxnet3_count(const struct v6nf_vmxnet3_ring *ring, uint32_t size, uint32_t limit);

/* Return how many descriptors a completion is about: from the oldest that the device has to the one that it names.
 * word: its first one, which has that index.
 * Return 0 if the device does not have that descriptor: it lies. */
uint32_t v6nf_vmxnet3_completed(const struct v6nf_vmxnet3_ring *ring, uint32_t word);

/* Add the slot's buffer to the ring, which the caller never fills. `address`: of the buffer, for the device. */
static inline void vmxnet3_add(struct v6nf_vmxnet3_ring *ring, uint32_t slot, uint64_t address, uint32_t length)
{
    const uint32_t at = ring->next & VMXNET3_MASK;
    ring->descriptors[WORDS * (size_t)at] = v6nf_env_le32((uint32_t)(address & UINT32_MAX));
    ring->descriptors[WORDS * (size_t)at + 1u] = v6nf_env_le32((uint32_t)(address >> 32));
    ring->slots[at] = (uint16_t)slot;
    ring->words[at] = length;
    ring->next++;
}

/* Take the buffer of the oldest descriptor back. Return its slot. */
static inline uint32_t vmxnet3_take_oldest(struct v6nf_vmxnet3_ring *ring)
{
    const uint32_t slot = ring->slots[ring->done & VMXNET3_MASK];
    ring->done++;
    return slot;
}

#endif

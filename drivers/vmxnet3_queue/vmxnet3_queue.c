/* vmxnet3_queue.c: the rings of a vmxnet3 device in memory: see vmxnet3_queue.h. */
#include "vmxnet3_queue.h"

void v6nf_vmxnet3_publish_ring(struct v6nf_vmxnet3_ring *ring)
{
    for (uint32_t i = ring->next - ring->published; i > 0u; i--) {
        const uint32_t at = ring->published & VMXNET3_MASK;
        const bool is_first = (ring->published & V6NF_VMXNET3_SIZE) == 0u; /* lap, or third, fifth, ... */
        ring->descriptors[WORDS * (size_t)at + 2u] =
            v6nf_env_le32(ring->words[at] + (is_first ? ring->generation : 0u));
        ring->published++;
    }
}

uint32_t v6nf_vmxnet3_count(const struct v6nf_vmxnet3_ring *ring, uint32_t size, uint32_t limit)
{
    uint32_t count = 0;
    bool is_new = true;
    while (count < limit && is_new) {
        const uint32_t seen = ring->seen + count;
        const uint32_t word = v6nf_env_le32(ring->completions[WORDS * (size_t)(seen & (size - 1u)) + 3u]);
        is_new = ((word & COMPLETION_GENERATION) != 0u) == ((seen & size) == 0u);
        count += is_new ? 1u : 0u;
    }
    v6nf_env_dma_read_barrier();
    return count;
}

uint32_t v6nf_vmxnet3_completed(const struct v6nf_vmxnet3_ring *ring, uint32_t word)
{
    const uint32_t index = word & COMPLETION_INDEX;
    const uint32_t count = ((index - ring->done) & VMXNET3_MASK) + 1u;
    if (index > VMXNET3_MASK || (word & COMPLETION_RING) != 0u || count > ring->published - ring->done) {
        return 0;
    }
    return count;
}

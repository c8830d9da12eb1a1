/* memory.c: memory, allocated from its first byte to its last. On a board whose DMA is not coherent, frames have memory
 * of their own, which is cached. */
#include "parts.h"

struct pool {
    struct v6nf_board_range (*find)(void);
    uint64_t alignment; /* of each allocation, at least */
    struct v6nf_board_range all;
    uint64_t next; /* byte to allocate; 0 before the first call */
};

static void *allocate_from(struct pool *pool, size_t size, size_t alignment)
{
    if (pool->next == 0u) {
        pool->all = pool->find();
        pool->all.end = pool->all.end < UINTPTR_MAX ? pool->all.end : UINTPTR_MAX; /* a pointer holds no more */
        pool->next = pool->all.first;
    }
    if (size == 0u || alignment == 0u || alignment > V6NF_ENV_ALIGNMENT_MAX || (alignment & (alignment - 1u)) != 0u) {
        return NULL;
    }
    const uint64_t wide = alignment > pool->alignment ? alignment : pool->alignment;
    const uint64_t start = (pool->next + wide - 1u) & ~(wide - 1u);
    if (start > pool->all.end || size > pool->all.end - start) {
        return NULL;
    }
    pool->next = start + size;
    volatile uint8_t *bytes = (volatile uint8_t *)(uintptr_t)start;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = 0;
    }
    return (void *)(uintptr_t)start;
}

static bool has_allocated(const struct pool *pool, uint64_t address)
{
    return address >= pool->all.first && address < pool->next;
}

#if V6NF_ENV_DMA_COHERENT
static struct pool shared = {.find = v6nf_board_memory, .alignment = 1u};
#else
static struct pool shared = {.find = v6nf_board_uncached_memory, .alignment = 1u};
static struct pool cached = {.find = v6nf_board_memory, .alignment = V6NF_ENV_CACHE_LINE};

void *v6nf_env_buffers(size_t size, size_t alignment)
{
    return allocate_from(&cached, size, alignment);
}
#endif

void *v6nf_env_memory(size_t size, size_t alignment)
{
    return allocate_from(&shared, size, alignment);
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    const uint64_t address = (uint64_t)(uintptr_t)memory;
    bool is_known = has_allocated(&shared, address);
#if !V6NF_ENV_DMA_COHERENT
    is_known = is_known || has_allocated(&cached, address);
#endif
    return is_known ? address : V6NF_ENV_NO_ADDRESS;
}

/* memory.c: memory, allocated from its first byte to its last. */
#include "parts.h"

static struct v6nf_board_range all;
static uint64_t next; /* byte to allocate; 0 before the first call */

void *v6nf_env_memory(size_t size, size_t alignment)
{
    if (next == 0u) {
        all = v6nf_board_memory();
        all.end = all.end < UINTPTR_MAX ? all.end : UINTPTR_MAX; /* a pointer holds no more */
        next = all.first;
    }
    if (size == 0u || alignment == 0u || alignment > V6NF_ENV_ALIGNMENT_MAX || (alignment & (alignment - 1u)) != 0u) {
        return NULL;
    }
    uint64_t start = (next + alignment - 1u) & ~(uint64_t)(alignment - 1u);
    if (start > all.end || size > all.end - start) {
        return NULL;
    }
    next = start + size;
    volatile uint8_t *bytes = (volatile uint8_t *)(uintptr_t)start;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = 0;
    }
    return (void *)(uintptr_t)start;
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    uint64_t address = (uint64_t)(uintptr_t)memory;
    return address >= all.first && address < next ? address : V6NF_ENV_NO_ADDRESS;
}

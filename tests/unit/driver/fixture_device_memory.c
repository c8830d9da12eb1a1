/* fixture_device_memory.c: memory for devices in memory: see fixture_device_memory.h. */
#include "fixture_device_memory.h"

#include <string.h>

#define ARENA_SIZE (32u * 1024u * 1024u)
#define DEVICE_OFFSET UINT64_C(0x5500000000) /* device address of the first byte */

static uint8_t arena[ARENA_SIZE] __attribute__((aligned(V6NF_ENV_ALIGNMENT_MAX)));
static size_t arena_used;
static size_t arena_first; /* memory before this belongs to another program */
static uint32_t allocations_left = UINT32_MAX;
static bool hidden;

void device_memory_free(uint32_t allocations)
{
    memset(arena, 0, arena_used);
    arena_used = arena_first = 0;
    allocations_left = allocations;
    hidden = false;
}

void device_memory_give_up(void)
{
    arena_first = arena_used;
}

void device_memory_hide(void)
{
    hidden = true;
}

uint8_t *device_memory_at(uint64_t address, uint64_t size)
{
    uint64_t offset = address - DEVICE_OFFSET;
    bool is_given_out = offset >= arena_first && offset < arena_used && size <= arena_used - offset;
    return is_given_out ? arena + offset : NULL;
}

void *v6nf_env_memory(size_t size, size_t alignment)
{
    size_t at = (arena_used + alignment - 1u) / alignment * alignment;
    if (allocations_left == 0u || size == 0u || size > ARENA_SIZE || at > ARENA_SIZE - size) {
        return NULL;
    }
    allocations_left--;
    arena_used = at + size;
    return arena + at;
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    uint64_t offset = (uint64_t)((uintptr_t)memory - (uintptr_t)arena);
    return offset < arena_used && !hidden ? DEVICE_OFFSET + offset : V6NF_ENV_NO_ADDRESS;
}

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

/* -- The cache of a CPU: it holds all of v6nf_env_buffers() -------------------------------------------------------- */

#if V6NF_ENV_DMA_COHERENT
static void forget_cache(void)
{
}

static uint8_t *pointer_to(size_t at)
{
    return arena + at;
}

static void access_by_device(size_t at, size_t size)
{
    (void)at;
    (void)size;
}
#else
#include <stdio.h>
#include <stdlib.h>

#define LINE ((size_t)V6NF_ENV_CACHE_LINE)
#define LATE_MAX 8192u

/* What the CPU sees of the arena, and what it saw when the line was equal to memory. A line that differs was
 * changed. */
static uint8_t cache[ARENA_SIZE] __attribute__((aligned(V6NF_ENV_ALIGNMENT_MAX)));
static uint8_t equal[ARENA_SIZE];

/* Changed lines that the device has accessed: they are written back at the next call of the CPU, and overwrite what
 * the device has written. */
static size_t late[LATE_MAX];
static bool is_late[ARENA_SIZE / LINE];
static uint32_t late_count;

static bool is_changed(size_t line)
{
    return memcmp(cache + line, equal + line, LINE) != 0;
}

static void write_back(size_t line)
{
    memcpy(arena + line, cache + line, LINE);
    memcpy(equal + line, cache + line, LINE);
}

static void write_late_lines(void)
{
    for (; late_count > 0u; late_count--) {
        const size_t line = late[late_count - 1u];
        is_late[line / LINE] = false;
        if (is_changed(line)) {
            write_back(line);
        }
    }
}

static void forget_cache(void)
{
    late_count = 0;
    memset(is_late, 0, sizeof is_late);
    memset(cache, 0, arena_used);
    memset(equal, 0, arena_used);
}

/* Zero memory by the CPU: the zeros are in the cache, and memory has the bytes of its last owner. */
static void load_all(size_t at, size_t size)
{
    memset(arena + at, 0xE7, size);
    memset(cache + at, 0, size);
    memset(equal + at, 0xE7, size);
}

static uint8_t *pointer_to(size_t at)
{
    return cache + at;
}

static void access_by_device(size_t at, size_t size)
{
    for (size_t line = at & ~(LINE - 1u); line < at + size; line += LINE) {
        if (is_changed(line) && !is_late[line / LINE] && late_count < LATE_MAX) {
            is_late[line / LINE] = true;
            late[late_count++] = line;
        }
    }
}

static size_t offset_in_cache(const void *memory, size_t size)
{
    const size_t at = (size_t)((const uint8_t *)memory - cache);
    if ((uintptr_t)memory < (uintptr_t)cache || at >= arena_used || size > arena_used - at) {
        (void)fprintf(stderr, "a call about memory that is not from v6nf_env_buffers()\n");
        abort();
    }
    return at;
}

void *v6nf_env_buffers(size_t size, size_t alignment)
{
    const size_t wide = alignment < LINE ? LINE : alignment;
    const uint8_t *memory = (const uint8_t *)v6nf_env_memory((size + LINE - 1u) & ~(LINE - 1u), wide);
    if (memory == NULL) {
        return NULL;
    }
    load_all((size_t)(memory - arena), (size + LINE - 1u) & ~(LINE - 1u));
    return pointer_to((size_t)(memory - arena));
}

void v6nf_env_cache_clean(const void *memory, size_t size)
{
    const size_t at = offset_in_cache(memory, size);
    write_late_lines();
    for (size_t line = at & ~(LINE - 1u); line < at + size; line += LINE) {
        if (is_changed(line)) {
            write_back(line);
        }
    }
}

void v6nf_env_cache_invalidate(void *memory, size_t size)
{
    const size_t at = offset_in_cache(memory, size);
    write_late_lines();
    for (size_t line = at & ~(LINE - 1u); line < at + size; line += LINE) {
        if (is_changed(line)) {
            (void)fprintf(stderr, "a changed line is discarded\n");
            abort();
        }
        memcpy(cache + line, arena + line, LINE);
        memcpy(equal + line, arena + line, LINE);
    }
}
#endif

/* -- Memory -------------------------------------------------------------------------------------------------------- */

void device_memory_free(uint32_t allocations)
{
    memset(arena, 0, arena_used);
    forget_cache();
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
    if (!is_given_out) {
        return NULL;
    }
    access_by_device((size_t)offset, (size_t)size);
    return arena + offset;
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
    const uint64_t in_arena = (uint64_t)((uintptr_t)memory - (uintptr_t)arena);
    const uint64_t in_cache = (uint64_t)((uintptr_t)memory - (uintptr_t)pointer_to(0));
    const uint64_t offset = in_arena < arena_used ? in_arena : in_cache;
    return offset < arena_used && !hidden ? DEVICE_OFFSET + offset : V6NF_ENV_NO_ADDRESS;
}

/* not_coherent.c: what an AArch64 board whose DMA is not coherent adds (env/README.md, "Caches"). A test builds a copy
 * of the board aarch64 with it. In QEMU there is no cache, but the instructions are executed. */
#include "parts.h"

#define UNCACHED_SIZE 0x40000u

/* A real board maps it as not cached. */
static _Alignas(4096) uint8_t uncached[UNCACHED_SIZE];

struct v6nf_board_range v6nf_board_uncached_memory(void)
{
    const uint64_t first = (uint64_t)(uintptr_t)uncached;
    return (struct v6nf_board_range){first, first + UNCACHED_SIZE};
}

static uintptr_t first_line(const void *memory)
{
    return (uintptr_t)memory & ~(uintptr_t)(V6NF_ENV_CACHE_LINE - 1u);
}

void v6nf_env_cache_clean(const void *memory, size_t size)
{
    for (uintptr_t line = first_line(memory); line < (uintptr_t)memory + size; line += V6NF_ENV_CACHE_LINE) {
        __asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
    }
    __asm__ volatile("dsb sy" : : : "memory");
}

void v6nf_env_cache_invalidate(void *memory, size_t size)
{
    __asm__ volatile("dsb sy" : : : "memory");
    for (uintptr_t line = first_line(memory); line < (uintptr_t)memory + size; line += V6NF_ENV_CACHE_LINE) {
        __asm__ volatile("dc ivac, %0" : : "r"(line) : "memory");
    }
    __asm__ volatile("dsb sy" : : : "memory");
}

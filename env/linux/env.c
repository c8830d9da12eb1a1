/* env.c: the environment on Linux, for any user. Calls that a process may not make fail as env.h states.
 *
 * Memory is allocated in blocks of 2 MiB. A block is one huge page if the machine has any (/proc/sys/vm/nr_hugepages):
 * physically contiguous, and never moved by memory compaction. Otherwise it is ordinary pages, locked on allocation:
 * never paged out, but neither contiguous nor safe from compaction. They serve programs, and devices only behind an
 * IOMMU (pci.c), which maps them contiguously. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64 /* needs the line before; without it a 32-bit system counts seconds to 2038 */
#include "v6nf/env.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "iommu.h"
#include "memory.h"

#define MICROSECONDS 1000000u /* in a second */
#define IDLE_MAX (UINT64_C(1000000) * MICROSECONDS) /* with the clock, what the kernel's nanoseconds hold */

/* -- Memory -------------------------------------------------------------------------------------------------------- */

#define BLOCK_SIZE ((size_t)2u * 1024u * 1024u)
#define BLOCKS_MAX 256u

/* Device addresses behind an IOMMU: low, for devices with short addresses, and below the range of interrupts. */
#define SHARED_START UINT64_C(0x10000000)

struct block {
    uint8_t *start; /* NULL: not allocated yet */
    size_t used;
    bool huge;
};

/* Blocks are never freed. The first unallocated block ends the list. */
static struct block blocks[BLOCKS_MAX];
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t shared_address(const struct block *block)
{
    return SHARED_START + (uint64_t)(block - blocks) * BLOCK_SIZE;
}

bool v6nf_linux_share_all(void)
{
    bool shared = true;
    pthread_mutex_lock(&blocks_lock);
    for (uint32_t i = 0; i < BLOCKS_MAX && blocks[i].start != NULL && shared; i++) {
        shared = v6nf_linux_share(blocks[i].start, BLOCK_SIZE, shared_address(&blocks[i]));
    }
    pthread_mutex_unlock(&blocks_lock);
    return shared;
}

/* Map a block. The mapping is shared: a write to a private one after fork() would move it to another page. */
static bool map_block(struct block *block)
{
    const int access = PROT_READ | PROT_WRITE;
    const int flags = MAP_SHARED | MAP_ANONYMOUS;
    const int huge = MAP_HUGETLB | (int)MAP_HUGE_2MB | MAP_POPULATE;
    void *start = mmap(NULL, BLOCK_SIZE, access, flags | huge, -1, 0);
    block->huge = start != MAP_FAILED;
    if (!block->huge) {
        start = mmap(NULL, BLOCK_SIZE, access, flags, -1, 0);
    }
    if (start != MAP_FAILED && v6nf_linux_has_iommu() && !v6nf_linux_share(start, BLOCK_SIZE, shared_address(block))) {
        (void)munmap(start, BLOCK_SIZE);
        start = MAP_FAILED;
    }
    block->used = 0;
    block->start = start == MAP_FAILED ? NULL : start;
    return block->start != NULL;
}

/* Allocate and clear `size` bytes of the block. Return NULL if they are not left or cannot be locked (RLIMIT_MEMLOCK).
 * The kernel has cleared them, too. Without an IOMMU, the running card of a killed program may have written to them. */
static void *allocate(struct block *block, size_t size, size_t alignment)
{
    size_t offset = (block->used + alignment - 1u) & ~(alignment - 1u); /* a block starts on a page */
    if (offset + size > BLOCK_SIZE || (!block->huge && mlock(block->start + offset, size) != 0)) {
        return NULL;
    }
    block->used = offset + size;
    memset(block->start + offset, 0, size);
    return block->start + offset;
}

void *v6nf_env_memory(size_t size, size_t alignment)
{
    if (size == 0u || size > BLOCK_SIZE || alignment == 0u || (alignment & (alignment - 1u)) != 0u ||
        alignment > V6NF_ENV_ALIGNMENT_MAX) {
        return NULL;
    }
    void *memory = NULL;
    bool fresh = false;
    pthread_mutex_lock(&blocks_lock);
    /* First fit: a request for a whole block does not waste the rest of the one before. */
    for (uint32_t i = 0; i < BLOCKS_MAX && memory == NULL && !fresh; i++) {
        fresh = blocks[i].start == NULL; /* blocks after this one have no more space */
        if (!fresh || map_block(&blocks[i])) {
            memory = allocate(&blocks[i], size, alignment);
        }
    }
    pthread_mutex_unlock(&blocks_lock);
    return memory;
}

/* Return the block whose allocated memory contains `at`, NULL if there is none. */
static const struct block *find_block(uintptr_t at)
{
    const struct block *found = NULL;
    pthread_mutex_lock(&blocks_lock);
    for (uint32_t i = 0; i < BLOCKS_MAX && blocks[i].start != NULL && found == NULL; i++) {
        uintptr_t start = (uintptr_t)blocks[i].start;
        found = at >= start && at < start + blocks[i].used ? &blocks[i] : NULL;
    }
    pthread_mutex_unlock(&blocks_lock);
    return found;
}

/* Read /proc/self/pagemap (Linux documentation, admin-guide/mm/pagemap): 64 bits per page. Bits 0 to 54 are the page
 * frame number, which is 0 without CAP_SYS_ADMIN; bit 63 indicates that the page is present. */
uint64_t v6nf_env_device_address(const volatile void *memory)
{
    uintptr_t at = (uintptr_t)memory;
    const struct block *block = find_block(at);
    if (block != NULL && v6nf_linux_has_iommu()) {
        return shared_address(block) + (at - (uintptr_t)block->start);
    }
    if (block == NULL || !block->huge) {
        return V6NF_ENV_NO_ADDRESS;
    }
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uint64_t entry = 0;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) {
        return V6NF_ENV_NO_ADDRESS;
    }
    ssize_t count = pread(pagemap, &entry, sizeof entry, (off_t)(at / page * sizeof entry));
    (void)close(pagemap);
    uint64_t frame = entry & ((UINT64_C(1) << 55) - 1u);
    if (count != (ssize_t)sizeof entry || entry >> 63 == 0u || frame == 0u) {
        return V6NF_ENV_NO_ADDRESS;
    }
    return frame * page + at % page;
}

/* -- Time, entropy, console ---------------------------------------------------------------------------------------- */

uint64_t v6nf_env_clock(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: every Linux has this clock */
    return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000u;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    uint64_t now = v6nf_env_clock();
    /* The kernel counts signed nanoseconds: INT64_MAX is 292 years. */
    uint64_t max_sleep = (uint64_t)INT64_MAX / 1000u - now;
    uint64_t end = now + (microseconds < max_sleep ? microseconds : max_sleep);
    struct timespec until = {(time_t)(end / MICROSECONDS), (long)(end % MICROSECONDS * 1000u)};
    int interrupted = EINTR;
    while (interrupted == EINTR) { /* a signal: wait for the absolute time again */
        interrupted = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}

/* Return early after a signal that has a handler: the program may want to stop. */
void v6nf_env_idle(uint64_t until)
{
    const uint64_t latest = v6nf_env_clock() + IDLE_MAX;
    const uint64_t end = until < latest ? until : latest;
    const struct timespec time = {(time_t)(end / MICROSECONDS), (long)(end % MICROSECONDS * 1000u)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    size_t done = 0;
    ssize_t count = 0;
    while (done < size && (count >= 0 || errno == EINTR)) {
        count = getrandom(bytes + done, size - done, 0);
        done += count > 0 ? (size_t)count : 0u;
    }
    bool is_random = done == size;
    uint64_t mix = v6nf_env_clock() ^ (uint64_t)getpid() << 32; /* only for a kernel without getrandom() */
    for (; done < size; done++) {
        mix = mix * UINT64_C(6364136223846793005) + 1u; /* Knuth's linear congruential generator */
        bytes[done] = (uint8_t)(mix >> 56);
    }
    return is_random;
}

void v6nf_env_console(char character)
{
    (void)putchar(character);
    if (character == '\n') {
        (void)fflush(stdout); /* a crash must not lose output */
    }
}

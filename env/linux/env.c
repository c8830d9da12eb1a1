/* env.c: the Linux board. Works for any user; what a process may not do, it answers as env.h says.
 *
 * Memory comes in blocks of 2 MiB. A block is one huge page where the machine has some to give
 * (/proc/sys/vm/nr_hugepages): physically contiguous, and never moved by memory compaction. Otherwise it is ordinary
 * pages, each locked when it is handed out: never paged out, but neither contiguous nor safe from compaction, so that
 * it serves programs, and devices only behind an IOMMU (pci.c), which makes one piece of it. */
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

/* -- Memory -------------------------------------------------------------------------------------------------------- */

#define BLOCK_SIZE ((size_t)2u * 1024u * 1024u)
#define BLOCKS_MAX 256u

/* What devices behind an IOMMU see: low, for those whose addresses are short, and below where interrupts are sent. */
#define SHARED_START UINT64_C(0x10000000)

struct block {
    uint8_t *start; /* NULL: not there yet */
    size_t used;
    bool huge;
};

/* Memory is never freed, so neither are blocks; the first that is not there ends the list. */
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

/* Fills *block. Shared mappings, because writing to a private one after fork() would move it to another page. */
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

/* Takes `size` bytes out of `block`; NULL if they are not left, or may not be locked (RLIMIT_MEMLOCK). They are cleared
 * here, too: without an IOMMU, a card that a killed program has left running may have written there since the kernel
 * did. */
static void *take(struct block *block, size_t size, size_t alignment)
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
    /* First fit, so that a request for a whole block does not waste what is left of the one before. */
    for (uint32_t i = 0; i < BLOCKS_MAX && memory == NULL && !fresh; i++) {
        fresh = blocks[i].start == NULL; /* more blocks after this one will not help */
        if (!fresh || map_block(&blocks[i])) {
            memory = take(&blocks[i], size, alignment);
        }
    }
    pthread_mutex_unlock(&blocks_lock);
    return memory;
}

/* The block with memory that was handed out at `at`; NULL if there is none. */
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

/* By /proc/self/pagemap (Linux documentation, admin-guide/mm/pagemap): 64 bits per page, of which 0 to 54 are the page
 * frame number, 0 to who lacks CAP_SYS_ADMIN, and 63 says that the page is present. */
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
    /* INT64_MAX: what the kernel counts time in, nanoseconds, ends there; it is 292 years. */
    uint64_t longest = (uint64_t)INT64_MAX / 1000u - now;
    uint64_t end = now + (microseconds < longest ? microseconds : longest);
    struct timespec until = {(time_t)(end / MICROSECONDS), (long)(end % MICROSECONDS * 1000u)};
    int interrupted = EINTR;
    while (interrupted == EINTR) { /* a signal: an absolute time can just be waited for again */
        interrupted = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    size_t done = 0;
    ssize_t count = 0;
    while (done < size && (count >= 0 || errno == EINTR)) {
        count = getrandom(bytes + done, size - done, 0);
        done += count > 0 ? (size_t)count : 0u;
    }
    bool vouched = done == size;
    uint64_t mix = v6nf_env_clock() ^ (uint64_t)getpid() << 32; /* only for a kernel without getrandom() */
    for (; done < size; done++) {
        mix = mix * UINT64_C(6364136223846793005) + 1u; /* Knuth's linear congruential generator */
        bytes[done] = (uint8_t)(mix >> 56);
    }
    return vouched;
}

void v6nf_env_console(char character)
{
    (void)putchar(character);
    if (character == '\n') {
        (void)fflush(stdout); /* a program that dies must have said what it said */
    }
}

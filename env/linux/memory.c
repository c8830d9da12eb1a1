/* memory.c: memory for devices on Linux, for any user. Calls that a process may not make fail as env.h states.
 *
 * Memory is allocated in blocks, whose sizes are multiples of 2 MiB. A block is huge pages if the machine has enough
 * that are physically adjacent (/proc/sys/vm/nr_hugepages): contiguous, and never moved by memory compaction. Otherwise
 * it is ordinary pages, locked on allocation: never paged out, but neither contiguous nor safe from compaction. They
 * serve programs, and devices only behind an IOMMU (pci.c), which maps them contiguously. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "memory.h"

#include <fcntl.h>
#include <linux/mman.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "iommu.h"
#include "v6nf/env.h"

#define HUGE_SIZE ((size_t)2u * 1024u * 1024u) /* of a huge page */
#define HUGE_MAX 256u                          /* in all blocks */
#define ACCESS (PROT_READ | PROT_WRITE)
#define NO_PAGE UINT32_MAX

/* Device addresses behind an IOMMU: low, for devices with short addresses, and below the range of interrupts. */
#define SHARED_START UINT64_C(0x10000000)

struct block {
    uint8_t *start; /* NULL: not allocated yet */
    size_t size;    /* a multiple of HUGE_SIZE */
    size_t used;
    bool huge;       /* physically contiguous, and never moved */
    uint64_t shared; /* its device address behind an IOMMU */
};

/* Blocks are never freed. The first unallocated block ends the list. */
static struct block blocks[HUGE_MAX];
static size_t blocks_size; /* bytes of all blocks */
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

bool v6nf_linux_share_all(void)
{
    bool shared = true;
    pthread_mutex_lock(&blocks_lock);
    for (uint32_t i = 0; i < HUGE_MAX && blocks[i].start != NULL && shared; i++) {
        shared = v6nf_linux_share(blocks[i].start, blocks[i].size, blocks[i].shared);
    }
    pthread_mutex_unlock(&blocks_lock);
    return shared;
}

/* Return the physical address of a byte, V6NF_ENV_NO_ADDRESS if the process may not know it. Read /proc/self/pagemap
 * (Linux documentation, admin-guide/mm/pagemap): 64 bits per page. Bits 0 to 54 are the page frame number, which is 0
 * without CAP_SYS_ADMIN; bit 63 indicates that the page is present. */
static uint64_t physical_address(uintptr_t at)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uint64_t entry = 0;
    const int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (pagemap < 0) {
        return V6NF_ENV_NO_ADDRESS;
    }
    const ssize_t count = pread(pagemap, &entry, sizeof entry, (off_t)(at / page * sizeof entry));
    (void)close(pagemap);
    const uint64_t frame = entry & ((UINT64_C(1) << 55) - 1u);
    if (count != (ssize_t)sizeof entry || entry >> 63 == 0u || frame == 0u) {
        return V6NF_ENV_NO_ADDRESS;
    }
    return frame * page + at % page;
}

/* -- Several huge pages that are physically adjacent --------------------------------------------------------------- */

/* Huge pages that are searched: those of one file. */
struct pages {
    int file;
    uint8_t *start; /* where the whole file is mapped */
    uint32_t count;
    uint64_t addresses[HUGE_MAX];
};

/* Return the number of the page at a physical address, NO_PAGE if there is none. */
static uint32_t find_page(const struct pages *pages, uint64_t address)
{
    for (uint32_t i = 0; i < pages->count; i++) {
        if (pages->addresses[i] == address) {
            return i;
        }
    }
    return NO_PAGE;
}

/* Return the number of the first of `count` adjacent pages, of which the newest page is one. Return NO_PAGE if there
 * are none. */
static uint32_t find_run(const struct pages *pages, uint32_t count)
{
    uint64_t first = pages->addresses[pages->count - 1u];
    uint64_t end = first + HUGE_SIZE;
    for (uint32_t i = 1; i < count && find_page(pages, first - HUGE_SIZE) != NO_PAGE; i++) {
        first -= HUGE_SIZE;
    }
    for (uint32_t i = 1; i < count && find_page(pages, end) != NO_PAGE; i++) {
        end += HUGE_SIZE;
    }
    return (end - first) / HUGE_SIZE >= count ? find_page(pages, first) : NO_PAGE;
}

/* Allocate one huge page after another until `count` are adjacent. Return the number of the first, NO_PAGE if there are
 * no such pages, or if the process may not know physical addresses. Unlike a page that is only mapped, a page of a file
 * is allocated at once, or the call fails. */
static uint32_t search_pages(struct pages *pages, uint32_t count)
{
    uint32_t found = NO_PAGE;
    while (found == NO_PAGE && pages->count < HUGE_MAX) {
        const size_t offset = pages->count * HUGE_SIZE;
        if (fallocate(pages->file, 0, (off_t)offset, (off_t)HUGE_SIZE) != 0) {
            return NO_PAGE;
        }
        *(volatile uint8_t *)(pages->start + offset) = 0; /* it is in the page table now */
        const uint64_t address = physical_address((uintptr_t)(pages->start + offset));
        if (address == V6NF_ENV_NO_ADDRESS) {
            return NO_PAGE;
        }
        pages->addresses[pages->count] = address;
        pages->count++;
        found = find_run(pages, count);
    }
    return found;
}

/* Map `count` adjacent pages in their order. Return MAP_FAILED if that fails. */
static void *map_run(const struct pages *pages, uint32_t first, uint32_t count)
{
    const int flags = MAP_SHARED | MAP_NORESERVE;
    void *start = mmap(NULL, count * HUGE_SIZE, ACCESS, flags, pages->file, 0);
    for (uint32_t i = 0; i < count && start != MAP_FAILED; i++) {
        const uint32_t page = find_page(pages, pages->addresses[first] + i * HUGE_SIZE);
        void *to = (uint8_t *)start + i * HUGE_SIZE;
        if (mmap(to, HUGE_SIZE, ACCESS, flags | MAP_FIXED | MAP_POPULATE, pages->file, (off_t)(page * HUGE_SIZE)) !=
            to) {
            (void)munmap(start, count * HUGE_SIZE);
            start = MAP_FAILED;
        }
    }
    return start;
}

/* Give the pages back that are not part of the run. */
static void free_others(const struct pages *pages, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < pages->count; i++) {
        if (pages->addresses[i] - pages->addresses[first] >= count * HUGE_SIZE) {
            (void)fallocate(pages->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(i * HUGE_SIZE),
                            (off_t)HUGE_SIZE);
        }
    }
}

/* Map `count` huge pages that are physically adjacent. Return MAP_FAILED if there are none. */
static void *map_adjacent(uint32_t count)
{
    static struct pages pages; /* blocks_lock is held */
    const size_t size = HUGE_MAX * HUGE_SIZE;
    void *start = MAP_FAILED;
    pages = (struct pages){.file = memfd_create("v6nf", MFD_CLOEXEC | MFD_HUGETLB | MAP_HUGE_2MB)};
    if (pages.file < 0) {
        return MAP_FAILED;
    }
    void *whole = mmap(NULL, size, ACCESS, MAP_SHARED | MAP_NORESERVE, pages.file, 0);
    if (whole != MAP_FAILED) {
        pages.start = (uint8_t *)whole;
        const uint32_t first = search_pages(&pages, count);
        if (first != NO_PAGE) {
            start = map_run(&pages, first, count);
            free_others(&pages, first, count);
        }
        (void)munmap(whole, size);
    }
    (void)close(pages.file); /* the mapping of the run keeps its pages */
    return start;
}

/* -- Blocks -------------------------------------------------------------------------------------------------------- */

/* Map huge pages. Return MAP_FAILED if there are none. Behind an IOMMU any will do. */
static void *map_huge(size_t size)
{
    const int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB | (int)MAP_HUGE_2MB | MAP_POPULATE;
    if (size > HUGE_SIZE && !v6nf_linux_has_iommu()) {
        return map_adjacent((uint32_t)(size / HUGE_SIZE));
    }
    return mmap(NULL, size, ACCESS, flags, -1, 0);
}

/* Map a block. The mapping is shared: a write to a private one after fork() would move it to another page. */
static bool map_block(struct block *block, size_t size)
{
    if (size > HUGE_MAX * HUGE_SIZE - blocks_size) {
        return false;
    }
    const uint64_t shared = SHARED_START + blocks_size;
    void *start = map_huge(size);
    const bool huge = start != MAP_FAILED;
    if (!huge) {
        start = mmap(NULL, size, ACCESS, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    }
    if (start != MAP_FAILED && v6nf_linux_has_iommu() && !v6nf_linux_share(start, size, shared)) {
        (void)munmap(start, size);
        start = MAP_FAILED;
    }
    if (start == MAP_FAILED) {
        return false;
    }
    *block = (struct block){.start = (uint8_t *)start, .size = size, .huge = huge, .shared = shared};
    blocks_size += size;
    return true;
}

/* Allocate and clear `size` bytes of the block. Return NULL if they are not left or cannot be locked (RLIMIT_MEMLOCK).
 * The kernel has cleared them, too. Without an IOMMU, the running card of a killed program may have written to them. */
static void *allocate(struct block *block, size_t size, size_t alignment)
{
    const size_t offset = (block->used + alignment - 1u) & ~(alignment - 1u); /* a block starts on a page */
    if (offset > block->size || size > block->size - offset ||
        (!block->huge && mlock(block->start + offset, size) != 0)) {
        return NULL;
    }
    block->used = offset + size;
    memset(block->start + offset, 0, size);
    return block->start + offset;
}

void *v6nf_env_memory(size_t size, size_t alignment)
{
    if (size == 0u || size > HUGE_MAX * HUGE_SIZE || alignment == 0u || (alignment & (alignment - 1u)) != 0u ||
        alignment > V6NF_ENV_ALIGNMENT_MAX) {
        return NULL;
    }
    void *memory = NULL;
    bool fresh = false;
    pthread_mutex_lock(&blocks_lock);
    /* First fit: a request for a whole block does not waste the rest of the one before. */
    for (uint32_t i = 0; i < HUGE_MAX && memory == NULL && !fresh; i++) {
        fresh = blocks[i].start == NULL; /* blocks after this one have no more space */
        if (!fresh || map_block(&blocks[i], (size + HUGE_SIZE - 1u) / HUGE_SIZE * HUGE_SIZE)) {
            memory = allocate(&blocks[i], size, alignment);
        }
    }
    pthread_mutex_unlock(&blocks_lock);
    return memory;
}

/* Return the device address of a byte in the allocated memory of a block. */
static uint64_t address_in(const struct block *block, uintptr_t at)
{
    if (v6nf_linux_has_iommu()) {
        return block->shared + (at - (uintptr_t)block->start);
    }
    return block->huge ? physical_address(at) : V6NF_ENV_NO_ADDRESS;
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    const uintptr_t at = (uintptr_t)memory;
    uint64_t address = V6NF_ENV_NO_ADDRESS;
    pthread_mutex_lock(&blocks_lock);
    for (uint32_t i = 0; i < HUGE_MAX && blocks[i].start != NULL; i++) {
        const uintptr_t start = (uintptr_t)blocks[i].start;
        if (at >= start && at < start + blocks[i].used) {
            address = address_in(&blocks[i], at);
        }
    }
    pthread_mutex_unlock(&blocks_lock);
    return address;
}

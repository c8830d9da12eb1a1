/* test_linux_memory.c: memory for devices on a simulated kernel, whose huge pages have the physical addresses that a
 * test gives them. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../env/linux/iommu.h"
#include "../../../env/linux/memory.h"
#include "v6nf/env.h"

/* -- The kernel ---------------------------------------------------------------------------------------------------- */

#define HUGE ((size_t)2u * 1024u * 1024u)
#define POOL_MAX 256u
#define MAPPINGS_MAX 1024u
#define PAGEMAP 0x7FFF0000 /* its file descriptor */

/* A mapping of pages of the file. */
struct mapping {
    uintptr_t start;
    size_t size;
    uint32_t page;
};

static uint64_t
    pool[POOL_MAX]; /* physical addresses of free huge pages, in units of HUGE, in the order of allocation */
static uint32_t pool_count;
static bool allocated[POOL_MAX];
static struct mapping mappings[MAPPINGS_MAX];
static uint32_t mappings_count;
static bool has_iommu;
static bool is_root;
static uint32_t locks;      /* calls that locked ordinary pages */
static bool maps_fail;      /* no page of the file can be mapped at an address */
static uint64_t shared_end; /* behind the memory that the IOMMU knows */

static uint32_t count_allocated(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < POOL_MAX; i++) {
        count += allocated[i] ? 1u : 0u;
    }
    return count;
}

static int kernel_memfd(const char *name, unsigned int flags)
{
    assert_int_equal(flags, MFD_CLOEXEC | MFD_HUGETLB | MAP_HUGE_2MB);
    const int file = memfd_create(name, MFD_CLOEXEC);
    assert_int_equal(ftruncate(file, (off_t)(POOL_MAX * HUGE)), 0);
    memset(allocated, 0, sizeof allocated);
    return file;
}

static int kernel_fallocate(int file, int mode, off_t offset, off_t length)
{
    const uint32_t page = (uint32_t)((size_t)offset / HUGE);
    assert_int_equal((size_t)offset % HUGE, 0);
    assert_int_equal(length, HUGE);
    if (mode == 0 && page >= pool_count) {
        errno = ENOSPC;
        return -1;
    }
    allocated[page] = mode == 0;
    return mode == 0 ? 0 : fallocate(file, mode, offset, length);
}

static void *kernel_mmap(void *address, size_t size, int access, int flags, int file, off_t offset)
{
    if ((flags & MAP_HUGETLB) != 0 && size > pool_count * HUGE) {
        return MAP_FAILED;
    }
    if (file >= 0 && (flags & MAP_FIXED) != 0 && maps_fail) {
        return MAP_FAILED;
    }
    assert_true(file < 0 || (flags & MAP_NORESERVE) != 0); /* the kernel would reserve all pages of the file */
    const int passed = flags & (MAP_SHARED | MAP_FIXED | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0));
    void *start = mmap(address, size, access, passed, file, offset);
    if (file >= 0 && start != MAP_FAILED) {
        assert_true(mappings_count < MAPPINGS_MAX);
        mappings[mappings_count++] = (struct mapping){(uintptr_t)start, size, (uint32_t)((size_t)offset / HUGE)};
    }
    return start;
}

static int kernel_open(const char *path, int flags)
{
    (void)flags;
    assert_string_equal(path, "/proc/self/pagemap");
    return PAGEMAP;
}

static int kernel_close(int file)
{
    return file == PAGEMAP ? 0 : close(file);
}

/* The newest mapping of an address counts. */
static ssize_t kernel_pread(int file, void *bytes, size_t size, off_t offset)
{
    const uintptr_t unit = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t at = (uintptr_t)offset / 8u * unit;
    uint64_t entry = 0;
    assert_int_equal(file, PAGEMAP);
    assert_int_equal(size, sizeof entry);
    for (uint32_t i = mappings_count; i > 0u && entry == 0u; i--) {
        const struct mapping *mapping = &mappings[i - 1u];
        if (at >= mapping->start && at < mapping->start + mapping->size) {
            const size_t within = at - mapping->start;
            assert_true(allocated[mapping->page + within / HUGE]);
            const uint64_t address = pool[mapping->page + within / HUGE] * HUGE + within % HUGE;
            entry = (UINT64_C(1) << 63) + (is_root ? address / unit : 0u);
        }
    }
    memcpy(bytes, &entry, sizeof entry);
    return (ssize_t)sizeof entry;
}

static bool kernel_share(size_t size, uint64_t device_address)
{
    assert_true(has_iommu);
    assert_int_equal(device_address, shared_end); /* no two blocks have one address */
    shared_end += size;
    return true;
}

#define memfd_create(name, flags) kernel_memfd(name, flags)
#define fallocate(file, mode, offset, length) kernel_fallocate(file, mode, offset, length)
#define mmap(address, size, access, flags, file, offset) kernel_mmap(address, size, access, flags, file, offset)
#define mlock(address, size) ((void)(address), (void)(size), locks++, 0)
#define open(path, flags) kernel_open(path, flags)
#define close(file) kernel_close(file)
#define pread(file, bytes, size, at) kernel_pread(file, bytes, size, at)
#define v6nf_linux_has_iommu() has_iommu
#define v6nf_linux_share(memory, size, device_address) ((void)(memory), kernel_share(size, device_address))

#include "../../../env/linux/memory.c"

/* -- Tests --------------------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    memset(blocks, 0, sizeof blocks);
    blocks_size = 0;
    memset(allocated, 0, sizeof allocated);
    pool_count = 0;
    mappings_count = 0;
    has_iommu = false;
    is_root = true;
    locks = 0;
    maps_fail = false;
    shared_end = SHARED_START;
    return 0;
}

static void add_pages(uint32_t count, const uint64_t *addresses)
{
    memcpy(pool, addresses, count * sizeof addresses[0]);
    pool_count = count;
}

/* Assert that a device reaches all of it in one piece, from the huge page `first` on, and that it is zero memory which
 * holds what is written. */
static void check_contiguous(uint8_t *memory, size_t size, uint64_t first)
{
    assert_non_null(memory);
    for (size_t i = 0; i < size; i += 4096u) {
        assert_int_equal(v6nf_env_device_address(memory + i), first * HUGE + i);
        assert_int_equal(memory[i], 0);
        memory[i] = (uint8_t)(i / 4096u % 251u + 1u);
    }
    for (size_t i = 0; i < size; i += 4096u) {
        assert_int_equal(memory[i], i / 4096u % 251u + 1u);
    }
    assert_int_equal(v6nf_env_device_address(memory + size - 1u), first * HUGE + size - 1u);
}

/* The pool gives its pages in any order. */
static void adjacent_pages_are_one_piece(void **state)
{
    static const uint64_t orders[][8] = {
        {10, 11, 12, 13, 14, 15, 16, 17}, /* rising */
        {17, 16, 15, 14, 13, 12, 11, 10}, /* falling */
        {40, 12, 30, 10, 50, 11, 60, 70}, /* the last page of three closes the gap */
        {10, 12, 20, 22, 21, 60, 70, 80}, /* two near ones are not adjacent */
    };
    static const uint64_t firsts[] = {10, 15, 10, 20};
    for (uint32_t i = 0; i < 4u; i++) {
        (void)set_up(state);
        add_pages(8, orders[i]);
        check_contiguous(v6nf_env_memory(2u * HUGE + 4096u, 4096), 2u * HUGE + 4096u, firsts[i]);
        assert_int_equal(count_allocated(), 3); /* all others were given back */
    }
}

/* 256 buffers of 10 KiB: the ring of an MTU of 9706. */
static void buffers_of_jumbo_frames_are_one_piece(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {7, 9, 8};
    add_pages(3, addresses);
    check_contiguous(v6nf_env_memory((size_t)256u * 10240u, 1024), (size_t)256u * 10240u, 7);
    assert_int_equal(count_allocated(), 2);
}

static void rest_of_a_large_block_is_used(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {7, 8, 20};
    add_pages(2, addresses);
    uint8_t *large = v6nf_env_memory(HUGE + 4096u, 4096);
    uint8_t *small = v6nf_env_memory(HUGE - 4096u, 64);
    assert_ptr_equal(small, large + HUGE + 4096u);
    assert_int_equal(v6nf_env_device_address(small), 7u * HUGE + HUGE + 4096u);
}

/* Memory is there for the program, but no device may reach what is not in one piece. */
static void pages_that_are_not_adjacent_have_no_device_address(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {10, 12, 14, 16, 18, 20};
    add_pages(6, addresses);
    uint8_t *memory = v6nf_env_memory(HUGE + 1u, 1);
    assert_non_null(memory);
    assert_true(v6nf_env_device_address(memory) == V6NF_ENV_NO_ADDRESS);
    assert_true(v6nf_env_device_address(memory + HUGE) == V6NF_ENV_NO_ADDRESS);
}

static void user_without_addresses_gets_memory(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {10, 11, 12};
    add_pages(3, addresses);
    is_root = false;
    uint8_t *memory = v6nf_env_memory(HUGE + 1u, 1);
    assert_non_null(memory);
    assert_true(v6nf_env_device_address(memory) == V6NF_ENV_NO_ADDRESS);
}

static void failed_mapping_is_no_memory_for_devices(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {10, 11, 12};
    add_pages(3, addresses);
    maps_fail = true;
    uint8_t *memory = v6nf_env_memory(HUGE + 1u, 1);
    assert_non_null(memory);
    assert_true(v6nf_env_device_address(memory) == V6NF_ENV_NO_ADDRESS);
}

/* Behind an IOMMU any pages are one piece, and no two blocks have one address. */
static void any_pages_are_one_piece_behind_an_iommu(void **state)
{
    (void)state;
    uint8_t *before = v6nf_env_memory(HUGE + 1u, 1);
    uint8_t *second = v6nf_env_memory(HUGE, 1);
    has_iommu = true;
    assert_true(v6nf_linux_share_all());
    assert_int_equal(shared_end, SHARED_START + 3u * HUGE);
    uint8_t *memory = v6nf_env_memory(2u * HUGE + 1u, 1);
    assert_non_null(memory);
    assert_int_equal(v6nf_env_device_address(before + HUGE), SHARED_START + HUGE);
    assert_int_equal(v6nf_env_device_address(second), SHARED_START + 2u * HUGE);
    for (size_t i = 0; i <= 2u * HUGE; i += 4096u) {
        assert_int_equal(v6nf_env_device_address(memory + i), SHARED_START + 3u * HUGE + i);
    }
    assert_int_equal(shared_end, SHARED_START + 6u * HUGE);
}

static void huge_pages_need_not_be_adjacent_behind_an_iommu(void **state)
{
    (void)state;
    static const uint64_t addresses[] = {10, 12, 14};
    add_pages(3, addresses);
    has_iommu = true;
    assert_non_null(v6nf_env_memory(2u * HUGE + 1u, 1));
    assert_int_equal(locks, 0);
    assert_non_null(v6nf_env_memory(3u * HUGE + 1u, 1)); /* more than there are */
    assert_int_equal(locks, 1);
}

static void blocks_have_at_most_512_mib(void **state)
{
    (void)state;
    assert_null(v6nf_env_memory(HUGE_MAX * HUGE + 1u, 1));
    assert_null(v6nf_env_memory(SIZE_MAX, 1));
    has_iommu = true;
    assert_non_null(v6nf_env_memory(1, 1));
    assert_null(v6nf_env_memory(HUGE_MAX * HUGE, 1));
    blocks_size = (HUGE_MAX - 2u) * HUGE; /* as if they were allocated */
    shared_end = SHARED_START + blocks_size;
    assert_null(v6nf_env_memory(2u * HUGE + 1u, 1));
    assert_non_null(v6nf_env_memory(2u * HUGE, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(adjacent_pages_are_one_piece, set_up),
        cmocka_unit_test_setup(buffers_of_jumbo_frames_are_one_piece, set_up),
        cmocka_unit_test_setup(rest_of_a_large_block_is_used, set_up),
        cmocka_unit_test_setup(pages_that_are_not_adjacent_have_no_device_address, set_up),
        cmocka_unit_test_setup(user_without_addresses_gets_memory, set_up),
        cmocka_unit_test_setup(failed_mapping_is_no_memory_for_devices, set_up),
        cmocka_unit_test_setup(any_pages_are_one_piece_behind_an_iommu, set_up),
        cmocka_unit_test_setup(huge_pages_need_not_be_adjacent_behind_an_iommu, set_up),
        cmocka_unit_test_setup(blocks_have_at_most_512_mib, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

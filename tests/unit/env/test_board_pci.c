/* test_board_pci.c: memory-mapped configuration space and memory of boards whose pointers may be shorter than
 * addresses. It is also compiled for a board whose DMA is not coherent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../env/shared/parts.h"

/* Maximum of a pointer of the simulated CPU. */
static uint64_t max_pointer;
#undef UINTPTR_MAX
#define UINTPTR_MAX max_pointer

#include "../../../env/shared/memory.c"
#include "../../../env/shared/pci.c"

/* -- The board ----------------------------------------------------------------------------------------------------- */

#define BUS_SIZE UINT64_C(0x100000)
#define GIB4 (UINT64_C(1) << 32)

static _Alignas(4096) uint8_t space[2u * BUS_SIZE]; /* of two buses */
static struct v6nf_board_pci described;
static struct v6nf_board_range memory_described;
static jmp_buf stopped;
static const char *message;

struct v6nf_board_pci v6nf_board_pci(void)
{
    return described;
}

#if V6NF_ENV_DMA_COHERENT
struct v6nf_board_range v6nf_board_memory(void)
{
    return memory_described;
}
#else
static struct v6nf_board_range cached_described;

struct v6nf_board_range v6nf_board_memory(void)
{
    return cached_described;
}

struct v6nf_board_range v6nf_board_uncached_memory(void)
{
    return memory_described;
}
#endif

/* Keep the last part of the message, which names the problem. */
void v6nf_board_say(const char *text)
{
    message = text;
}

_Noreturn void v6nf_board_stop(int status)
{
    longjmp(stopped, status);
}

static int setup(void **state)
{
    (void)state;
    is_host_known = false;
    shared.next = 0;
#if !V6NF_ENV_DMA_COHERENT
    cached.next = 0;
#endif
    message = "";
    max_pointer = UINT64_MAX;
    described = (struct v6nf_board_pci){.configuration = (uint64_t)(uintptr_t)space, .buses = 2};
    memset(space, 0xFF, sizeof space);
    return 0;
}

/* -- Configuration space ------------------------------------------------------------------------------------------- */

static const struct v6nf_env_pci_address last = {0, 1, 31, 7};

static void registers_are_at_the_address_of_the_board(void **state)
{
    (void)state;
    const uint32_t value = v6nf_env_le32(0x12345678u);
    memcpy(space + sizeof space - 4u, &value, sizeof value);
    assert_int_equal(v6nf_env_pci_read(last, 4092), 0x12345678);
    max_pointer = (uint64_t)(uintptr_t)space + sizeof space - 1u; /* all of it can be addressed, and no byte more */
    is_host_known = false;
    assert_int_equal(v6nf_env_pci_read(last, 4092), 0x12345678);
    assert_string_equal(message, "");
}

/* Check that the first access reports the problem and stops the program. */
static void check_stops(const char *text)
{
    is_host_known = false;
    message = "";
    int status = setjmp(stopped);
    if (status == 0) {
        (void)v6nf_env_pci_read(last, 0);
        fail_msg("returned without the message: %s", text);
    }
    assert_int_equal(status, V6NF_BOARD_EXCEPTION);
    assert_non_null(strstr(message, text));
}

static void space_that_the_cpu_cannot_address_is_reported(void **state)
{
    (void)state;
    const char *text = "configuration space";
    max_pointer = UINT32_MAX;
    described.configuration = UINT64_C(0x4010000000); /* truncated to 32 bits, it would address other devices */
    described.buses = 256;
    check_stops(text);
    described.configuration = GIB4 - BUS_SIZE; /* the first bus below, the second above */
    described.buses = 2;
    check_stops(text);
    described.configuration = GIB4;
    described.buses = 1;
    check_stops(text);
    max_pointer = UINT64_MAX;
    described.configuration = UINT64_MAX - BUS_SIZE; /* wraps */
    described.buses = 2;
    check_stops(text);
}

static void window_above_4_gib_is_reported(void **state)
{
    (void)state;
    described.window = (struct v6nf_board_range){GIB4 - BUS_SIZE, GIB4 + BUS_SIZE};
    check_stops("base addresses");
    described.window = (struct v6nf_board_range){GIB4, GIB4 + BUS_SIZE};
    check_stops("base addresses");
    described.window = (struct v6nf_board_range){GIB4 - BUS_SIZE, GIB4};
    is_host_known = false;
    assert_int_equal(v6nf_env_pci_read(last, 0), V6NF_ENV_PCI_NO_DEVICE);
}

/* Nothing is assigned there. */
static void high_window_that_the_cpu_cannot_address_is_not_used(void **state)
{
    (void)state;
    described.high = (struct v6nf_board_range){4u * GIB4, 8u * GIB4};
    (void)v6nf_env_pci_read(last, 0);
    assert_true(root.high.first == 4u * GIB4 && root.high.end == 8u * GIB4);
    described.high.end = UINT64_MAX;
    max_pointer = (uint64_t)(uintptr_t)space + sizeof space;
    is_host_known = false;
    (void)v6nf_env_pci_read(last, 0);
    assert_true(root.high.first == root.high.end);
    assert_string_equal(message, "");
}

static void board_without_pci_has_no_device(void **state)
{
    (void)state;
    max_pointer = UINT32_MAX;
    described = (struct v6nf_board_pci){.configuration = 0, .buses = 256};
    assert_int_equal(v6nf_env_pci_read(last, 0), V6NF_ENV_PCI_NO_DEVICE);
    assert_false(v6nf_env_pci_write(last, 0, 0));
}

/* -- Memory -------------------------------------------------------------------------------------------------------- */

static void memory_that_the_cpu_cannot_address_is_not_allocated(void **state)
{
    (void)state;
    static _Alignas(64) uint8_t memory[256];
    const uint64_t first = (uint64_t)(uintptr_t)memory;
    memory_described = (struct v6nf_board_range){first, first + GIB4};
    max_pointer = first + 128u;
    assert_ptr_equal(v6nf_env_memory(64, 64), memory);
    assert_null(v6nf_env_memory(128, 64));
    assert_ptr_equal(v6nf_env_memory(64, 64), memory + 64);
    assert_null(v6nf_env_memory(1, 1));
    shared.next = 0;
    max_pointer = first - 1u;
    assert_null(v6nf_env_memory(1, 1));
}

#if !V6NF_ENV_DMA_COHERENT
/* Frames share no cache line, and descriptors are not in the memory of frames. */
static void frames_have_memory_and_cache_lines_of_their_own(void **state)
{
    (void)state;
    static _Alignas(V6NF_ENV_CACHE_LINE) uint8_t frames[4u * V6NF_ENV_CACHE_LINE];
    static _Alignas(64) uint8_t descriptors[64];
    const uint64_t first = (uint64_t)(uintptr_t)frames;
    cached_described = (struct v6nf_board_range){first, first + sizeof frames};
    memory_described.first = (uint64_t)(uintptr_t)descriptors;
    memory_described.end = memory_described.first + sizeof descriptors;
    memset(frames, 0xEE, sizeof frames);
    uint8_t *one = (uint8_t *)v6nf_env_buffers(1, 1);
    uint8_t *two = (uint8_t *)v6nf_env_buffers(V6NF_ENV_CACHE_LINE + 1u, 8);
    assert_ptr_equal(one, frames);
    assert_ptr_equal(two, frames + V6NF_ENV_CACHE_LINE);
    assert_int_equal(two[V6NF_ENV_CACHE_LINE], 0);
    assert_ptr_equal(v6nf_env_memory(16, 16), descriptors);
    assert_int_equal(v6nf_env_device_address(two), first + V6NF_ENV_CACHE_LINE);
    assert_int_equal(v6nf_env_device_address(descriptors), memory_described.first);
    assert_true(v6nf_env_device_address(frames + 3u * V6NF_ENV_CACHE_LINE) == V6NF_ENV_NO_ADDRESS);
    assert_null(v6nf_env_buffers(V6NF_ENV_CACHE_LINE + 1u, 1)); /* one line is left */
    assert_null(v6nf_env_buffers(0, 1));
    assert_null(v6nf_env_buffers(1, 3));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(registers_are_at_the_address_of_the_board, setup),
        cmocka_unit_test_setup(space_that_the_cpu_cannot_address_is_reported, setup),
        cmocka_unit_test_setup(window_above_4_gib_is_reported, setup),
        cmocka_unit_test_setup(high_window_that_the_cpu_cannot_address_is_not_used, setup),
        cmocka_unit_test_setup(board_without_pci_has_no_device, setup),
        cmocka_unit_test_setup(memory_that_the_cpu_cannot_address_is_not_allocated, setup),
#if !V6NF_ENV_DMA_COHERENT
        cmocka_unit_test_setup(frames_have_memory_and_cache_lines_of_their_own, setup),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

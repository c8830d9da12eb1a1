/* test_env.c: the environment on Linux against env.h and env/README.md. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../driver/fixture_kernel.h"
#include "env_selftest.h"
#include "v6nf/board/linux_pci.h"
#include "v6nf/env.h"

#define BLOCK ((size_t)2u * 1024u * 1024u) /* a huge page of Linux */

static void test_selftest_passes(void **state)
{
    (void)state;
    assert_int_equal(env_selftest(), 0);
}

static void test_memory_of_more_than_2_mib(void **state)
{
    (void)state;
    uint8_t *whole = v6nf_env_memory(2u * BLOCK + 1u, 4096);
    assert_non_null(whole);
    whole[0] = 1;
    whole[2u * BLOCK] = 1;
    const uint64_t first = v6nf_env_device_address(whole);
    for (size_t i = 0; i <= 2u * BLOCK; i += 4096u) {
        const uint64_t expected = first == V6NF_ENV_NO_ADDRESS ? first : first + i;
        assert_true(v6nf_env_device_address(whole + i) == expected);
    }
    assert_null(v6nf_env_memory(256u * BLOCK, 1)); /* all that one process can have, and some is gone */
}

/* The running card of a killed program writes to memory until it is opened, perhaps after the first allocation. */
static void test_memory_is_zero_when_it_is_allocated(void **state)
{
    (void)state;
    uint8_t *before = (uint8_t *)v6nf_env_memory(1, 1);
    assert_non_null(before);
    memset(before + 1, 0xA5, 127); /* usually the rest of its block is longer */
    const uint8_t *memory = (const uint8_t *)v6nf_env_memory(64, 64);
    assert_non_null(memory);
    for (uint32_t i = 0; i < 64u; i++) {
        assert_int_equal(memory[i], 0);
    }
}

/* Device addresses exist for huge pages alone, and are linear over 2 MiB. */
static void test_device_addresses(void **state)
{
    (void)state;
    uint8_t *memory = v6nf_env_memory(BLOCK, 64);
    assert_non_null(memory);
    uint64_t first = v6nf_env_device_address(memory);
    if (first == V6NF_ENV_NO_ADDRESS) {
        print_message("no huge pages, or no right to read /proc/self/pagemap: no device addresses to check\n");
    }
    for (size_t i = 0; i < BLOCK; i += 4096u) {
        uint64_t expected = first == V6NF_ENV_NO_ADDRESS ? first : first + i;
        assert_true(v6nf_env_device_address(memory + i) == expected);
    }
    uint8_t local = 0;
    static uint8_t global;
    assert_true(v6nf_env_device_address(NULL) == V6NF_ENV_NO_ADDRESS);
    assert_true(v6nf_env_device_address(&local) == V6NF_ENV_NO_ADDRESS);
    assert_true(v6nf_env_device_address(&global) == V6NF_ENV_NO_ADDRESS);
    assert_true(v6nf_env_device_address(memory + BLOCK) == V6NF_ENV_NO_ADDRESS ||
                v6nf_env_device_address(memory + BLOCK) % BLOCK == 0u); /* the next huge page, if it follows */
}

/* AddressSanitizer disables mlock(): other builds test locking. */
#if defined(__SANITIZE_ADDRESS__)
#define LOCKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOCKS 0
#endif
#endif
#if !defined(LOCKS)
#define LOCKS 1
#endif

#if LOCKS
/* Skip the test if a new block is a huge page, which needs no lock, or without root. */
static void skip_unless_pages_are_locked(void)
{
    uint8_t *memory = v6nf_env_memory(BLOCK, 4096);
    assert_non_null(memory);
    bool huge = v6nf_env_device_address(memory) != V6NF_ENV_NO_ADDRESS;
    if (huge || getuid() != 0) {
        print_message("needs root, and a machine without free huge pages\n");
        skip();
    }
}

/* Ordinary pages that cannot be locked are not allocated: memory is never paged out (env.h). */
static int allocate_without_the_right(void)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
        return 2;
    }
    return v6nf_env_memory(BLOCK, 4096) == NULL && v6nf_env_memory(1, 1) == NULL ? 0 : 1;
}

static int allocate_with_the_right(void)
{
    return v6nf_env_memory(BLOCK, 4096) != NULL && v6nf_env_memory(1, 1) != NULL ? 0 : 1;
}

static void test_unlocked_memory_is_not_allocated(void **state)
{
    (void)state;
    skip_unless_pages_are_locked();
    assert_int_equal(kernel_in_child(allocate_with_the_right), 0);
    assert_int_equal(kernel_in_child(allocate_without_the_right), 0);
}

static long locked_kilobytes(void)
{
    char text[256];
    long locked = 0;
    FILE *status = fopen("/proc/self/status", "r");
    assert_non_null(status);
    while (fgets(text, sizeof text, status) != NULL) {
        (void)sscanf(text, "VmLck: %ld", &locked);
    }
    (void)fclose(status);
    return locked;
}

static void test_memory_is_locked(void **state)
{
    (void)state;
    skip_unless_pages_are_locked();
    long before = locked_kilobytes();
    assert_non_null(v6nf_env_memory(BLOCK, 4096));
    assert_int_equal(locked_kilobytes() - before, BLOCK / 1024u);
}
#endif

static void test_clock_counts_microseconds(void **state)
{
    (void)state;
    struct timespec before;
    struct timespec after;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    uint64_t now = v6nf_env_clock();
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    assert_true(now >= (uint64_t)before.tv_sec * 1000000u + (uint64_t)before.tv_nsec / 1000u);
    assert_true(now <= (uint64_t)after.tv_sec * 1000000u + (uint64_t)after.tv_nsec / 1000u);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int number)
{
    (void)number;
    alarms++;
}

static void test_sleep_survives_signals(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = count_alarm};
    const struct itimerval every_2_ms = {{0, 2000}, {0, 2000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &every_2_ms, NULL), 0);
    uint64_t start = v6nf_env_clock();
    v6nf_env_sleep(50000);
    uint64_t elapsed = v6nf_env_clock() - start;
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(alarms > 0);
    assert_true(elapsed >= 50000u);
}

static int sleep_forever(void)
{
    v6nf_env_sleep(UINT64_MAX);
    return 0;
}

/* The longest sleep does not wrap around to 0. */
static void test_longest_sleep_does_not_return(void **state)
{
    (void)state;
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(sleep_forever());
    }
    v6nf_env_sleep(30000);
    int status = 0;
    assert_int_equal(waitpid(child, &status, WNOHANG), 0); /* still asleep */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
}

/* An idle call ends for a signal that has a handler: the program may want to stop. */
static void test_signal_ends_idle(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = count_alarm};
    const struct itimerval every_2_ms = {{0, 2000}, {0, 2000}}; /* one may arrive before the call */
    const struct itimerval never = {{0, 0}, {0, 0}};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    alarms = 0;
    assert_int_equal(setitimer(ITIMER_REAL, &every_2_ms, NULL), 0);
    v6nf_env_idle(UINT64_MAX);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_true(alarms > 0);
}

static void test_entropy_is_random(void **state)
{
    (void)state;
    static uint8_t bytes[4096]; /* more than one getrandom() returns if a signal interrupts it */
    uint32_t seen[256] = {0};
    assert_true(v6nf_env_entropy(bytes, sizeof bytes));
    uint32_t values = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        values += seen[bytes[i]]++ == 0u ? 1u : 0u;
    }
    assert_true(values > 240u); /* 256 with overwhelming probability */
}

static void test_no_devices_are_mapped(void **state)
{
    (void)state;
    assert_null((const void *)(uintptr_t)v6nf_env_map_device(UINT64_C(0xFEB00000), 4096));
}

/* They must not alias device 0 and function 0, which most machines with PCI have. */
static void test_there_is_no_device_32_and_no_function_8(void **state)
{
    (void)state;
    assert_int_equal(v6nf_linux_pci_open((struct v6nf_env_pci_address){.device = 32}, 0), V6NF_LINUX_PCI_NO_DEVICE);
    assert_int_equal(v6nf_linux_pci_open((struct v6nf_env_pci_address){.function = 8}, 0), V6NF_LINUX_PCI_NO_DEVICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selftest_passes),
        cmocka_unit_test(test_memory_of_more_than_2_mib),
        cmocka_unit_test(test_memory_is_zero_when_it_is_allocated),
        cmocka_unit_test(test_device_addresses),
#if LOCKS
        cmocka_unit_test(test_unlocked_memory_is_not_allocated),
        cmocka_unit_test(test_memory_is_locked),
#endif
        cmocka_unit_test(test_clock_counts_microseconds),
        cmocka_unit_test(test_sleep_survives_signals),
        cmocka_unit_test(test_longest_sleep_does_not_return),
        cmocka_unit_test(test_signal_ends_idle),
        cmocka_unit_test(test_entropy_is_random),
        cmocka_unit_test(test_no_devices_are_mapped),
        cmocka_unit_test(test_there_is_no_device_32_and_no_function_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

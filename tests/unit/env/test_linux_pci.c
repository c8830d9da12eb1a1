/* test_linux_pci.c: PCI devices (linux_pci.h) on a simulated kernel. After a failure the next try starts from the same
 * state. A device without IOMMU is not bus master any more when the process ends. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "v6nf/env.h"

/* -- The kernel ---------------------------------------------------------------------------------------------------- */

#define FILES 4096 /* its file descriptors are greater */

static unsigned long failing; /* the request that fails, 0 if none */
static int group_file;        /* of the only group, 7, which can be open once; 0: it is not */
static int files_open;
static bool has_iommu;
static bool is_locked; /* by another program */
static int lock_file;  /* the only file that no other user can open */

#define BUS_MASTER 0x0004u
#define OTHERS 0x0503u /* other bits of the command register */
#define STATUS 0xF900u /* bits that a written 1 clears */

/* Command and status, shared with children. */
struct configuration {
    uint16_t command;
    uint16_t status;
    bool status_written;
    bool was_master; /* the device was bus master while memory was allocated */
};
static volatile struct configuration *configuration;

static int new_file(void)
{
    files_open++;
    return FILES + files_open;
}

static int kernel_open(const char *path, int flags)
{
    if (strcmp(path, "/dev/vfio/7") == 0) {
        if (group_file != 0) {
            errno = EBUSY;
            return -1;
        }
        group_file = new_file();
        return group_file;
    }
    if (!has_iommu && strcmp(path, "/sys/bus/pci/devices/0000:01:00.0/rescan") == 0) {
        assert_int_equal(flags & O_ACCMODE, O_WRONLY);
        lock_file = new_file();
        return lock_file;
    }
    if (!has_iommu) {
        assert_string_equal(path, "/sys/bus/pci/devices/0000:01:00.0/config");
        return new_file();
    }
    assert_string_equal(path, "/dev/vfio/vfio");
    return new_file();
}

static int kernel_close(int file)
{
    assert_true(file > FILES);
    group_file = file == group_file ? 0 : group_file;
    files_open--;
    return 0;
}

static int kernel_ioctl(int file, unsigned long request, void *argument)
{
    assert_true(file > FILES);
    if (request == failing) {
        errno = EIO;
        return -1;
    }
    if (request == VFIO_GROUP_GET_STATUS) {
        ((struct vfio_group_status *)argument)->flags = VFIO_GROUP_FLAGS_VIABLE;
    }
    return request == VFIO_GROUP_GET_DEVICE_FD ? new_file() : 0;
}

static ssize_t kernel_readlink(const char *path, char *target, size_t size)
{
    const char *text = strstr(path, "iommu_group") != NULL ? "../7" : "../vfio-pci";
    (void)size;
    if (!has_iommu) {
        return -1;
    }
    memcpy(target, text, strlen(text));
    return (ssize_t)strlen(text);
}

static ssize_t kernel_pread(int file, void *bytes, size_t size, off_t at)
{
    const uint16_t words[2] = {configuration->command, configuration->status};
    if (file <= FILES || at < 4 || (size_t)at + size > 8u) {
        return -1;
    }
    memcpy(bytes, (const uint8_t *)words + (at - 4), size);
    return (ssize_t)size;
}

static ssize_t kernel_pwrite(int file, const void *bytes, size_t size, off_t at)
{
    uint16_t word = 0;
    if (file <= FILES || at < 4 || (size_t)at + size > 8u) {
        return -1;
    }
    memcpy(&word, bytes, sizeof word);
    configuration->command = word;
    configuration->status_written = configuration->status_written || size != sizeof word;
    return (ssize_t)size;
}

static int kernel_flock(int file, int operation)
{
    assert_int_equal(file, lock_file); /* any user could lock another file, and so keep the device */
    assert_int_equal(operation, LOCK_EX | LOCK_NB);
    errno = EWOULDBLOCK;
    return is_locked ? -1 : 0;
}

static void *kernel_memory(void)
{
    static uint8_t memory[1];
    configuration->was_master = (configuration->command & BUS_MASTER) != 0u;
    return memory;
}

#define flock(file, operation) kernel_flock(file, operation)
#define pread(file, bytes, size, at) kernel_pread(file, bytes, size, at)
#define pwrite(file, bytes, size, at) kernel_pwrite(file, bytes, size, at)
#define v6nf_env_memory(size, alignment) (has_iommu ? v6nf_env_memory(size, alignment) : kernel_memory())
#define v6nf_env_device_address(memory) (has_iommu ? v6nf_env_device_address(memory) : 0x200000u)
#define open(path, flags) kernel_open(path, flags)
#define close(file) kernel_close(file)
#define ioctl(file, request, argument) kernel_ioctl(file, request, (void *)(uintptr_t)(argument))
#define readlink(path, target, size) kernel_readlink(path, target, size)
#define access(path, mode) (strstr(path, "/sys/bus/pci/devices/0000:01:00.0/") == (path) ? 0 : (int)(mode)-1)

#include "../../../env/linux/iommu.c"
#include "../../../env/linux/pci.c"

/* -- Tests --------------------------------------------------------------------------------------------------------- */

static const struct v6nf_env_pci_address device_address = {.bus = 1};

static int set_up(void **state)
{
    (void)state;
    failing = 0;
    group_file = 0;
    files_open = 0;
    has_iommu = true;
    is_locked = false;
    lock_file = -1;
    *configuration = (struct configuration){.command = OTHERS | BUS_MASTER, .status = STATUS};
    container = -1;
    devices_count = 0;
    groups_count = 0;
    return 0;
}

static void second_open_returns_the_same_device(void **state)
{
    (void)state;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3); /* container, group, device */
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3);
}

static void check_next_try(unsigned long request, enum v6nf_linux_pci_status expected)
{
    failing = request;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), expected);
    int open_after = files_open;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), expected);
    assert_int_equal(files_open, open_after);
    failing = 0;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3);
}

static void next_try_succeeds_after_the_group_failed(void **state)
{
    (void)state;
    check_next_try(VFIO_GROUP_GET_STATUS, V6NF_LINUX_PCI_GROUP);
}

static void next_try_succeeds_after_the_container_failed(void **state)
{
    check_next_try(VFIO_GROUP_SET_CONTAINER, V6NF_LINUX_PCI_FAILED);
    set_up(state);
    check_next_try(VFIO_SET_IOMMU, V6NF_LINUX_PCI_FAILED);
}

static void next_try_succeeds_after_memory_failed(void **state)
{
    (void)state;
    check_next_try(VFIO_IOMMU_MAP_DMA, V6NF_LINUX_PCI_LOCKED_MEMORY);
}

static void next_try_succeeds_after_the_device_failed(void **state)
{
    check_next_try(VFIO_GROUP_GET_DEVICE_FD, V6NF_LINUX_PCI_FAILED);
    set_up(state);
    check_next_try(VFIO_DEVICE_GET_REGION_INFO, V6NF_LINUX_PCI_FAILED);
}

/* Memory has addresses of the IOMMU then, which this device would take for physical ones. */
static void device_without_iommu_is_refused_after_one_behind_it_failed(void **state)
{
    (void)state;
    failing = VFIO_GROUP_GET_DEVICE_FD;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_FAILED);
    has_iommu = false;
    assert_int_equal(v6nf_linux_pci_open(device_address, V6NF_LINUX_PCI_WITHOUT_IOMMU), V6NF_LINUX_PCI_MIXED);
}

static void absent_device_is_reported(void **state)
{
    (void)state;
    const struct v6nf_env_pci_address other = {.bus = 2};
    assert_int_equal(v6nf_linux_pci_open(other, 0), V6NF_LINUX_PCI_NO_DEVICE);
    assert_int_equal(files_open, 0);
}

/* -- Without IOMMU ------------------------------------------------------------------------------------------------- */

static int set_up_without_iommu(void **state)
{
    (void)set_up(state);
    has_iommu = false;
    return 0;
}

static void device_without_iommu_needs_a_flag(void **state)
{
    (void)state;
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_UNPROTECTED);
    assert_int_equal(files_open, 0);
    struct sigaction current;
    assert_int_equal(sigaction(SIGHUP, NULL, &current), 0);
    assert_true(current.sa_handler == SIG_DFL); /* no handler was set */
    assert_non_null(strstr(v6nf_linux_pci_status_text(V6NF_LINUX_PCI_UNPROTECTED), "SIGKILL"));
}

/* Remove the handlers of CMocka and of sanitizers. */
static void restore_default_handlers(void)
{
    const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)signal(numbers[i], SIG_DFL);
    }
}

static void device_of_another_program_is_unchanged(void **state)
{
    (void)state;
    is_locked = true;
    assert_int_equal(v6nf_linux_pci_open(device_address, V6NF_LINUX_PCI_WITHOUT_IOMMU), V6NF_LINUX_PCI_BUSY);
    assert_int_equal(configuration->command, OTHERS | BUS_MASTER);
    assert_int_equal(files_open, 0);
    has_iommu = true;
    group_file = 1; /* open in the other program */
    assert_int_equal(v6nf_linux_pci_open(device_address, 0), V6NF_LINUX_PCI_BUSY);
    assert_int_equal(files_open, 0);
}

/* Open the device and make it bus master in a child; run `body`, or raise the signal `number` if it is NULL. Return the
 * wait status. */
static int in_child_with_card(void (*body)(void), int number)
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit none = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &none);
        restore_default_handlers();
        if (v6nf_linux_pci_open(device_address, V6NF_LINUX_PCI_WITHOUT_IOMMU) != V6NF_LINUX_PCI_OPEN ||
            configuration->command != OTHERS || configuration->was_master) {
            _exit(99);
        }
        configuration->command |= BUS_MASTER;
        if (body != NULL) {
            body();
        } else {
            (void)raise(number);
        }
        _exit(98);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void check_is_not_master(void)
{
    assert_int_equal(configuration->command, OTHERS);
    assert_false(configuration->status_written);
}

static void exit_normally(void)
{
    exit(7);
}

static void exit_quickly(void)
{
    quick_exit(7);
}

static void exit_turns_bus_mastering_off(void **state)
{
    void (*const exits[])(void) = {exit_normally, exit_quickly};
    for (size_t i = 0; i < 2u; i++) {
        (void)set_up_without_iommu(state);
        int status = in_child_with_card(exits[i], 0);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 7);
        check_is_not_master();
    }
}

static void each_fatal_signal_turns_bus_mastering_off(void **state)
{
    const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP,   SIGABRT,  SIGBUS,  SIGFPE,
                           SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,   SIGTERM,  SIGIO,   SIGPWR,
                           SIGXCPU, SIGXFSZ, SIGPROF, SIGSYS,  SIGVTALRM, SIGRTMIN, SIGRTMAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)set_up_without_iommu(state);
        int status = in_child_with_card(NULL, numbers[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]); /* it ends the program as without the library */
        check_is_not_master();
    }
}

static void raise_other_signals(void)
{
    (void)raise(SIGCHLD);
    (void)raise(SIGWINCH);
    (void)raise(SIGURG);
    (void)raise(SIGCONT);
    _exit(configuration->command == (OTHERS | BUS_MASTER) ? 0 : 1);
}

static void other_signals_change_nothing(void **state)
{
    (void)state;
    assert_int_equal(in_child_with_card(raise_other_signals, 0), 0);
}

static volatile sig_atomic_t handled;

static void count_signal(int number)
{
    (void)number;
    handled++;
}

static void use_own_handlers(void)
{
    (void)raise(SIGTERM); /* has a handler from before the device was opened */
    (void)raise(SIGUSR1); /* ignored before the device was opened */
    (void)signal(SIGINT, count_signal);
    (void)raise(SIGINT);
    _exit(handled == 2 && configuration->command == (OTHERS | BUS_MASTER) ? 0 : 1);
}

static void handlers_of_the_program_are_unchanged(void **state)
{
    (void)state;
    void (*term)(int) = signal(SIGTERM, count_signal);
    void (*user)(int) = signal(SIGUSR1, SIG_IGN);
    handled = 0;
    int status = in_child_with_card(use_own_handlers, 0);
    (void)signal(SIGTERM, term);
    (void)signal(SIGUSR1, user);
    assert_int_equal(status, 0);
}

static void restore_the_handler(void)
{
    void (*before)(int) = signal(SIGTERM, SIG_IGN);
    (void)signal(SIGTERM, before); /* without its flags */
    (void)alarm(10);               /* if it never ends */
    (void)raise(SIGTERM);
}

static void restored_handler_ends_the_program(void **state)
{
    (void)state;
    int status = in_child_with_card(restore_the_handler, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    check_is_not_master();
}

/* Use a page of the stack in each call. */
static uint8_t fill_stack(uint32_t pages, volatile const uint8_t *above)
{
    volatile uint8_t page[4096];
    page[0] = (uint8_t)(above[0] + 1u);
    return pages > 0u ? (uint8_t)(fill_stack(pages - 1u, page) + page[0]) : 0u;
}

static void overflow(void)
{
    const struct rlimit small = {1u << 20, 1u << 20};
    const uint8_t first[1] = {0};
    (void)setrlimit(RLIMIT_STACK, &small);
    _exit(fill_stack(10000, first));
}

static void stack_overflow_turns_bus_mastering_off(void **state)
{
    (void)state;
    int status = in_child_with_card(overflow, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
    check_is_not_master();
}

static void end_children(void)
{
    for (uint32_t i = 0; i < 2u; i++) {
        pid_t child = fork();
        if (child == 0 && i == 0u) {
            exit(0);
        }
        if (child == 0) {
            (void)raise(SIGTERM);
        }
        (void)waitpid(child, NULL, 0);
    }
    _exit(configuration->command == (OTHERS | BUS_MASTER) ? 0 : 1);
}

static void end_of_a_child_does_not_affect_the_card(void **state)
{
    (void)state;
    assert_int_equal(in_child_with_card(end_children, 0), 0);
}

/* Open the device again in a child, as a program that continues in the background. */
static void continue_in_a_child(void)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        bool is_open = v6nf_linux_pci_open(device_address, V6NF_LINUX_PCI_WITHOUT_IOMMU) == V6NF_LINUX_PCI_OPEN;
        is_open = is_open && configuration->command == (OTHERS | BUS_MASTER); /* still running */
        if (handled == 0) {
            exit(is_open ? 0 : 1);
        }
        (void)raise(is_open ? SIGTERM : SIGKILL);
    }
    int status = -1;
    bool is_ended = waitpid(child, &status, 0) == child;
    _exit(is_ended && (handled == 0 ? status == 0 : WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ? 0 : 1);
}

static void child_that_opens_the_device_turns_it_off(void **state)
{
    for (handled = 0; handled < 2; handled++) {
        (void)set_up_without_iommu(state);
        assert_int_equal(in_child_with_card(continue_in_a_child, 0), 0);
        check_is_not_master();
    }
}

int main(void)
{
    configuration = mmap(NULL, sizeof *configuration, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (configuration == MAP_FAILED) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(second_open_returns_the_same_device, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_group_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_container_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_memory_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_device_failed, set_up),
        cmocka_unit_test_setup(device_without_iommu_is_refused_after_one_behind_it_failed, set_up),
        cmocka_unit_test_setup(absent_device_is_reported, set_up),
        cmocka_unit_test_setup(device_without_iommu_needs_a_flag, set_up_without_iommu),
        cmocka_unit_test_setup(device_of_another_program_is_unchanged, set_up_without_iommu),
        cmocka_unit_test_setup(exit_turns_bus_mastering_off, set_up_without_iommu),
        cmocka_unit_test_setup(each_fatal_signal_turns_bus_mastering_off, set_up_without_iommu),
        cmocka_unit_test_setup(other_signals_change_nothing, set_up_without_iommu),
        cmocka_unit_test_setup(handlers_of_the_program_are_unchanged, set_up_without_iommu),
        cmocka_unit_test_setup(restored_handler_ends_the_program, set_up_without_iommu),
        cmocka_unit_test_setup(stack_overflow_turns_bus_mastering_off, set_up_without_iommu),
        cmocka_unit_test_setup(end_of_a_child_does_not_affect_the_card, set_up_without_iommu),
        cmocka_unit_test_setup(child_that_opens_the_device_turns_it_off, set_up_without_iommu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_tap.c: the TAP driver against a real kernel, in a network namespace of its own that ends with the program. The
 * other end of each TAP is a packet socket of this program. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture_kernel.h"
#include "v6nf/driver/tap.h"
#include "v6nf/env.h"

#define MTU_MAX (V6NF_TAP_CAPACITY - 14u)

static struct v6nf_tap tap;
static bool usable;

static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 2};

/* -- The kernel's side --------------------------------------------------------------------------------------------- */

static int enter_namespace(void **state)
{
    (void)state;
    usable = kernel_enter() && access("/dev/net/tun", R_OK | W_OK) == 0;
    return 0;
}

static void need_tun(void)
{
    if (!usable) {
        print_message("needs a network namespace of its own, and /dev/net/tun open to this user\n");
        skip();
    }
}

/* Make a persistent TAP, so that it can have properties before the driver opens it. */
static void make_persistent(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    (void)strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int file = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(ioctl(file, TUNSETIFF, &request), 0);
    assert_int_equal(ioctl(file, TUNSETPERSIST, 1), 0);
    (void)close(file);
}

/* -- The port's side ----------------------------------------------------------------------------------------------- */

/* Opens a new TAP, up. Returns the packet socket on its other end. */
static int open_up(void)
{
    assert_int_equal(v6nf_tap_open(&tap, "tap%d", NULL), V6NF_TAP_OPEN);
    kernel_set_up(tap.name, true);
    return kernel_socket(tap.name, EXPERIMENTAL);
}

static void close_both(int file)
{
    (void)close(file);
    v6nf_tap_close(&tap);
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static void test_new_tap(void **state)
{
    (void)state;
    need_tun();
    assert_int_equal(v6nf_tap_open(&tap, "v6nf0", NULL), V6NF_TAP_OPEN);
    assert_string_equal(tap.name, "v6nf0");
    assert_true(if_nametoindex("v6nf0") > 0u);
    assert_int_equal(tap.port.mtu, 1500);
    assert_int_equal(tap.port.capacity, V6NF_TAP_CAPACITY);
    assert_int_equal(tap.port.outputs, 1);
    v6nf_tap_close(&tap);
    assert_int_equal(if_nametoindex("v6nf0"), 0);
    v6nf_tap_close(&tap);
}

static void test_mac_addresses(void **state)
{
    (void)state;
    need_tun();
    const uint8_t mac[6] = {2, 3, 4, 5, 6, 7};
    const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    const uint8_t none[6] = {0};
    uint8_t first[6];
    struct ifreq question = {0};
    make_persistent("v6nfmac");
    assert_int_equal(kernel_control("v6nfmac", SIOCGIFHWADDR, &question), 0);
    const uint8_t *kernels = (const uint8_t *)question.ifr_hwaddr.sa_data;
    assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", kernels), V6NF_TAP_MAC_BAD);
    assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", group), V6NF_TAP_MAC_BAD);
    assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", none), V6NF_TAP_MAC_BAD);
    assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", mac), V6NF_TAP_OPEN); /* a refusal left nothing open */
    assert_memory_equal(tap.port.mac, mac, 6);
    v6nf_tap_close(&tap);
    assert_int_equal(v6nf_tap_open(&tap, tap.name, tap.port.mac), V6NF_TAP_OPEN); /* again, with what it has */
    assert_string_equal(tap.name, "v6nfmac");
    assert_memory_equal(tap.port.mac, mac, 6);
    v6nf_tap_close(&tap);
    assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", NULL), V6NF_TAP_OPEN);
    assert_memory_not_equal(tap.port.mac, kernels, 6);
    memcpy(first, tap.port.mac, 6);
    v6nf_tap_close(&tap);
    for (uint32_t i = 0; i < 20u; i++) {
        assert_int_equal(v6nf_tap_open(&tap, "v6nfmac", NULL), V6NF_TAP_OPEN);
        assert_memory_not_equal(tap.port.mac, first, 6);
        assert_int_equal(tap.port.mac[0] & 3u, 2); /* locally administered, not a group */
        v6nf_tap_close(&tap);
    }
}

static void test_refused_names(void **state)
{
    (void)state;
    need_tun();
    static struct v6nf_tap second;
    assert_int_equal(v6nf_tap_open(&tap, "", NULL), V6NF_TAP_NAME_BAD);
    assert_int_equal(v6nf_tap_open(&tap, "sixteencharacter", NULL), V6NF_TAP_NAME_BAD);
    assert_int_equal(v6nf_tap_open(&tap, "a/b", NULL), V6NF_TAP_NOT_A_TAP);
    assert_int_equal(v6nf_tap_open(&tap, "lo", NULL), V6NF_TAP_NOT_A_TAP);
    assert_int_equal(v6nf_tap_open(&tap, "fifteenletters_", NULL), V6NF_TAP_OPEN);
    assert_string_equal(tap.name, "fifteenletters_");
    assert_int_equal(v6nf_tap_open(&second, "fifteenletters_", NULL), V6NF_TAP_BUSY);
    v6nf_tap_close(&tap);
    v6nf_tap_close(&second);
}

#define CANNOT_TRY 100 /* not one of enum v6nf_tap_status */

static int open_as_nobody(void)
{
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        return CANNOT_TRY;
    }
    return (int)v6nf_tap_open(&tap, "v6nfnobody", NULL);
}

static int open_without_device_file(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", "/dev/net", "tmpfs", 0, NULL) != 0) {
        return CANNOT_TRY;
    }
    return (int)v6nf_tap_open(&tap, "v6nfnofile", NULL);
}

static void check_in_child(int (*body)(void), enum v6nf_tap_status expected)
{
    need_tun();
    int status = kernel_in_child(body);
    if (status == CANNOT_TRY) {
        print_message("needs root\n");
        skip();
    }
    assert_int_equal(status, expected);
}

static void test_no_permission(void **state)
{
    (void)state;
    check_in_child(open_as_nobody, V6NF_TAP_NO_PERMISSION);
}

static void test_no_device_file(void **state)
{
    (void)state;
    check_in_child(open_without_device_file, V6NF_TAP_NO_DEVICE_FILE);
}

static void test_every_status_is_explained(void **state)
{
    (void)state;
    for (int i = V6NF_TAP_OPEN; i <= (int)V6NF_TAP_FAILED; i++) {
        const char *text = v6nf_tap_status_text((enum v6nf_tap_status)i);
        assert_string_not_equal(text, v6nf_tap_status_text((enum v6nf_tap_status)(V6NF_TAP_FAILED + 1)));
        for (int k = V6NF_TAP_OPEN; k < i; k++) {
            assert_string_not_equal(text, v6nf_tap_status_text((enum v6nf_tap_status)k));
        }
    }
}

static void test_mtu_is_the_interfaces(void **state)
{
    (void)state;
    need_tun();
    const struct {
        uint32_t mtu;
        enum v6nf_tap_status status;
    } cases[] = {
        {1279, V6NF_TAP_MTU_BAD}, {1280, V6NF_TAP_OPEN},           {9000, V6NF_TAP_OPEN},
        {MTU_MAX, V6NF_TAP_OPEN}, {MTU_MAX + 1, V6NF_TAP_MTU_BAD},
    };
    make_persistent("v6nfmtu");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(kernel_set_mtu("v6nfmtu", cases[i].mtu), 0);
        assert_int_equal(v6nf_tap_open(&tap, "v6nfmtu", NULL), cases[i].status);
        if (cases[i].status == V6NF_TAP_OPEN) {
            assert_int_equal(tap.port.mtu, cases[i].mtu);
            v6nf_tap_close(&tap);
        }
    }
}

static void set_carrier(int carrier)
{
    assert_int_equal(ioctl(tap.file, TUNSETCARRIER, &carrier), 0);
}

static void test_link_state(void **state)
{
    (void)state;
    need_tun();
    assert_int_equal(v6nf_tap_open(&tap, "v6nflink", NULL), V6NF_TAP_OPEN);
    assert_false(tap.port.operations->link_up(&tap.port));
    kernel_set_up("v6nflink", true);
    assert_true(kernel_link_becomes(&tap.port, true));
    set_carrier(0);
    assert_true(kernel_link_becomes(&tap.port, false));
    set_carrier(1);
    assert_true(kernel_link_becomes(&tap.port, true));
    kernel_set_up("v6nflink", false);
    assert_true(kernel_link_becomes(&tap.port, false));
    struct ifreq question = {0};
    (void)strncpy(question.ifr_newname, "v6nfrenamed", IFNAMSIZ - 1);
    assert_int_equal(kernel_control("v6nflink", SIOCSIFNAME, &question), 0);
    kernel_set_up("v6nfrenamed", true);
    assert_true(kernel_link_becomes(&tap.port, true)); /* by any name of the interface */
    v6nf_tap_close(&tap);
    assert_false(tap.port.operations->link_up(&tap.port));
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void test_frames_both_ways(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    struct seen seen = {.replies = {200}};
    uint8_t last = 0;
    while (kernel_poll(&tap.port, &seen) > 0u) { /* what the kernel says when an interface comes up */
    }
    struct v6nf_port_counters before = kernel_counters(&tap.port);
    kernel_send(kernel, own_mac, 0x42, 100);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.length, 100);
    assert_int_equal(seen.last, 0x42);
    assert_int_equal(seen.capacity, V6NF_TAP_CAPACITY);
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 200);
    assert_int_equal(last, 0x77);
    struct v6nf_port_counters after = kernel_counters(&tap.port);
    assert_true(after.received - before.received >= 1u);
    assert_true(after.received_bytes - before.received_bytes >= 100u);
    assert_int_equal(after.sent - before.sent, 1);
    assert_int_equal(after.sent_bytes - before.sent_bytes, 200);
    assert_int_equal(after.transmit_dropped, 0);
    assert_int_equal(after.receive_dropped, 0);
    seen.replies[0] = 0;
    kernel_send(kernel, own_mac, 0x43, 100);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    assert_int_equal(seen.frames, 2);
    assert_int_equal(kernel_receive(kernel, &last, QUIET), 0); /* dropped, as the handler said */
    close_both(kernel);
}

static void test_originate(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    const struct v6nf_port_operations *operations = tap.port.operations;
    uint8_t last = 0;
    operations->commit(&tap.port, 60); /* nothing reserved: nothing happens */
    uint8_t *buffer = operations->reserve(&tap.port);
    assert_non_null(buffer);
    assert_ptr_equal(operations->reserve(&tap.port), buffer);
    kernel_fill(buffer, own_mac, EXPERIMENTAL, 0x51, 60);
    operations->commit(&tap.port, 60);
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 60);
    assert_int_equal(last, 0x51);
    operations->commit(&tap.port, 60); /* the reservation is used up */
    assert_int_equal(kernel_receive(kernel, &last, QUIET), 0);
    assert_int_equal(kernel_counters(&tap.port).sent, 1);
    assert_int_equal(kernel_counters(&tap.port).transmit_dropped, 0);
    close_both(kernel);
}

static void test_stop(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    const struct v6nf_port_operations *operations = tap.port.operations;
    struct seen seen = {.replies = {0}};
    assert_int_equal(operations->status(&tap.port), V6NF_PORT_RUNNING);
    kernel_fill(operations->reserve(&tap.port), own_mac, EXPERIMENTAL, 0x51, 60);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_true(operations->stop(&tap.port));
        assert_int_equal(operations->status(&tap.port), V6NF_PORT_STOPPED);
        assert_false(operations->link_up(&tap.port));
        operations->commit(&tap.port, 60);
        assert_null(operations->reserve(&tap.port));
        operations->commit(&tap.port, 60);
        assert_int_equal(kernel_poll(&tap.port, &seen), 0);
        assert_int_equal(kernel_counters(&tap.port).sent + kernel_counters(&tap.port).transmit_dropped, 0);
    }
    close_both(kernel);
    close_both(open_up());
}

static void test_what_cannot_leave_is_counted(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    const struct v6nf_port_operations *operations = tap.port.operations;
    const uint32_t impossible[] = {0, 13, V6NF_PORT_FRAME_MIN - 1u, V6NF_TAP_CAPACITY + 1u, UINT32_MAX};
    uint32_t dropped = 0;
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        assert_non_null(operations->reserve(&tap.port));
        operations->commit(&tap.port, impossible[i]);
        assert_int_equal(kernel_counters(&tap.port).transmit_dropped, ++dropped);
    }
    struct seen seen = {.replies = {V6NF_TAP_CAPACITY + 1u}};
    kernel_send(kernel, own_mac, 0x42, 100);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    assert_int_equal(seen.frames, 1);
    assert_int_equal(kernel_counters(&tap.port).transmit_dropped, ++dropped);
    kernel_set_up(tap.name, false);
    kernel_fill(operations->reserve(&tap.port), own_mac, EXPERIMENTAL, 1, 60);
    operations->commit(&tap.port, 60);
    assert_int_equal(kernel_counters(&tap.port).transmit_dropped, ++dropped); /* the kernel takes nothing for it now */
    assert_int_equal(kernel_counters(&tap.port).sent, 0);
    close_both(kernel);
}

static void test_jumbo_and_too_long_frames(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    struct seen seen = {.replies = {V6NF_TAP_CAPACITY}};
    uint8_t last = 0;
    assert_int_equal(kernel_set_mtu(tap.name, MTU_MAX + 100u), 0); /* raised behind the driver's back */
    kernel_send(kernel, own_mac, 0x42, V6NF_TAP_CAPACITY + 1u);
    kernel_send(kernel, own_mac, 0x43, V6NF_TAP_CAPACITY + 100u);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    (void)kernel_poll(&tap.port, &seen); /* frames of the kernel may have arrived in between */
    assert_int_equal(seen.frames, 0);
    assert_int_equal(kernel_counters(&tap.port).receive_dropped, 2);
    kernel_send(kernel, own_mac, 0x44, V6NF_TAP_CAPACITY);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.length, V6NF_TAP_CAPACITY);
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), V6NF_TAP_CAPACITY);
    assert_int_equal(last, 0x44);
    close_both(kernel);
}

static void test_poll_shows_no_more_than_a_burst(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_up();
    struct seen seen = {.replies = {0}};
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    for (uint32_t i = 0; i < V6NF_TAP_BURST + 8u; i++) {
        kernel_send(kernel, own_mac, (uint8_t)i, 60);
    }
    assert_int_equal(kernel_poll(&tap.port, &seen), V6NF_TAP_BURST);
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    assert_int_equal(seen.frames, V6NF_TAP_BURST + 8u);
    assert_int_equal(seen.last, V6NF_TAP_BURST + 7u);
    close_both(kernel);
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

/* What a port is whose device does not answer any more, until it is stopped. */
static void check_is_gone(void)
{
    const struct v6nf_port_operations *operations = tap.port.operations;
    struct seen seen = {.replies = {0}};
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_GONE);
    assert_int_equal(kernel_poll(&tap.port, &seen), 0);
    assert_false(operations->link_up(&tap.port));
    assert_null(operations->reserve(&tap.port));
    struct v6nf_port_counters before = kernel_counters(&tap.port);
    operations->commit(&tap.port, 60);
    struct v6nf_port_counters after = kernel_counters(&tap.port);
    assert_memory_equal(&before, &after, sizeof before);
    make_persistent("v6nfgone"); /* one of that name is there again, and it is another */
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_GONE);
    assert_int_equal(kernel_poll(&tap.port, &seen), 0);
    assert_true(operations->stop(&tap.port));
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_STOPPED);
    assert_int_equal(v6nf_tap_open(&tap, "v6nfgone", NULL), V6NF_TAP_OPEN);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_RUNNING);
    v6nf_tap_close(&tap);
    kernel_delete("v6nfgone");
}

static void open_and_delete(void)
{
    need_tun();
    assert_int_equal(v6nf_tap_open(&tap, "v6nfgone", NULL), V6NF_TAP_OPEN);
    kernel_set_up("v6nfgone", true);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_RUNNING);
    kernel_set_up("v6nfgone", false);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_RUNNING); /* down is not gone */
    kernel_set_up("v6nfgone", true);
    kernel_delete("v6nfgone");
}

static void test_deleted_interface_is_seen_by_a_look(void **state)
{
    (void)state;
    open_and_delete();
    check_is_gone();
}

static void test_deleted_interface_is_seen_by_a_poll(void **state)
{
    (void)state;
    struct seen seen = {.replies = {0}};
    int ends[2];
    open_and_delete();
    assert_int_equal(kernel_poll(&tap.port, &seen), 0);
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0); /* what a poll would read that still asked the kernel */
    assert_int_equal(write(ends[1], "12345678901234567890", 20), 20);
    int kept = dup(tap.file);
    assert_true(kept >= 0 && dup2(ends[0], tap.file) == tap.file);
    assert_int_equal(kernel_poll(&tap.port, &seen), 0);
    assert_int_equal(kernel_counters(&tap.port).received, 0);
    assert_int_equal(dup2(kept, tap.file), tap.file);
    (void)close(kept);
    (void)close(ends[0]);
    (void)close(ends[1]);
    check_is_gone();
}

static void test_deleted_interface_is_seen_by_a_frame_that_leaves(void **state)
{
    (void)state;
    open_and_delete();
    kernel_fill(tap.port.operations->reserve(&tap.port), own_mac, EXPERIMENTAL, 1, 60);
    tap.port.operations->commit(&tap.port, 60);
    assert_int_equal(kernel_counters(&tap.port).transmit_dropped, 1);
    check_is_gone();
}

/* -- Waiting, on the clock of the kernel -------------------------------------------------------------------------- */

/* Open a TAP, and discard what the kernel sends when an interface comes up. */
static int open_quiet(void)
{
    int kernel = open_up();
    struct seen seen = {.replies = {0}};
    while (kernel_poll(&tap.port, &seen) > 0u) {
    }
    return kernel;
}

static void test_wait_returns_at_once_if_a_frame_is_there(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    struct seen seen = {.replies = {0}};
    kernel_send(kernel, own_mac, 1, 60);
    kernel_wait(&tap.port, UINT64_MAX);
    kernel_wait(&tap.port, UINT64_MAX); /* still there */
    assert_int_equal(kernel_poll(&tap.port, &seen), 1);
    close_both(kernel);
}

static void test_wait_ends_at_the_time(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    kernel_check_timed_wait(&tap.port);
    close_both(kernel);
}

static void test_wait_until_a_time_that_has_passed_returns_at_once(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    const uint64_t start = v6nf_env_clock();
    kernel_wait(&tap.port, start);
    kernel_wait(&tap.port, start - 1u);
    kernel_wait(&tap.port, 0);
    assert_in_range(v6nf_env_clock() - start, 0, AT_ONCE);
    close_both(kernel);
}

static void send_from_kernel(int kernel)
{
    kernel_send(kernel, own_mac, 7, 60);
}

static void delete_it(int kernel)
{
    (void)kernel;
    kernel_delete(tap.name);
}

static void test_frame_of_another_process_ends_a_wait_without_time(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    struct seen seen = {.replies = {0}};
    pid_t child = kernel_later(send_from_kernel, kernel);
    while (seen.frames == 0u) {
        kernel_wait(&tap.port, UINT64_MAX);
        (void)kernel_poll(&tap.port, &seen);
    }
    assert_int_equal(seen.last, 7);
    kernel_check_ended(child);
    close_both(kernel);
}

static void test_deleted_interface_ends_a_wait_without_time(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    struct seen seen = {.replies = {0}};
    pid_t child = kernel_later(delete_it, kernel);
    while (tap.port.operations->link_up(&tap.port)) {
        kernel_wait(&tap.port, UINT64_MAX);
        (void)kernel_poll(&tap.port, &seen);
    }
    kernel_check_ended(child);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_GONE);
    assert_int_equal(v6nf_tap_descriptor(&tap), -1);
    kernel_wait(&tap.port, UINT64_MAX); /* a port that is gone is waited for shortly */
    close_both(kernel);
    assert_int_equal(v6nf_tap_descriptor(&tap), -1);
    kernel_wait(&tap.port, UINT64_MAX); /* one that is stopped, too */
}

static void test_descriptor_that_the_program_closes_is_a_port_that_is_gone(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    (void)close(v6nf_tap_descriptor(&tap));
    kernel_wait(&tap.port, UINT64_MAX);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_GONE);
    tap.file = -1;
    close_both(kernel);
}

/* As a program sets it that must open no more files. */
static void test_wait_without_the_right_to_poll_does_not_spin(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const uint64_t start = v6nf_env_clock();
    kernel_wait(&tap.port, UINT64_MAX);
    const uint64_t waited = v6nf_env_clock() - start;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_in_range(waited, V6NF_ENV_POLL_INTERVAL, AT_ONCE);
    assert_int_equal(kernel_status(&tap.port), V6NF_PORT_RUNNING);
    close_both(kernel);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    (void)number;
    signals++;
}

static void test_signal_ends_a_wait_without_time(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};
    struct sigaction before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    const pid_t parent = getpid();
    pid_t child = fork();
    assert_true(child >= 0);
    for (uint32_t i = 0; child == 0 && i < 100u; i++) { /* the first may arrive before the wait */
        (void)poll(NULL, 0, (int)(A_WHILE / 1000u));
        (void)kill(parent, SIGUSR1);
    }
    if (child == 0) {
        _exit(0);
    }
    kernel_wait(&tap.port, UINT64_MAX);
    assert_true(signals > 0);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    (void)sigaction(SIGUSR1, &before, NULL);
    close_both(kernel);
}

static void test_descriptor_is_readable_when_a_frame_is_there(void **state)
{
    (void)state;
    need_tun();
    int kernel = open_quiet();
    struct pollfd file = {.fd = v6nf_tap_descriptor(&tap), .events = POLLIN};
    struct seen seen = {.replies = {0}};
    assert_true(file.fd >= 0);
    assert_int_equal(poll(&file, 1, 0), 0);
    kernel_send(kernel, own_mac, 1, 60);
    assert_int_equal(poll(&file, 1, (int)(AT_ONCE / 1000u)), 1);
    assert_int_equal(file.revents, POLLIN);
    assert_int_equal(kernel_poll(&tap.port, &seen), 1);
    assert_int_equal(poll(&file, 1, 0), 0);
    kernel_delete(tap.name);
    assert_int_equal(poll(&file, 1, 0), 1);
    assert_true((file.revents & POLLERR) != 0);
    close_both(kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_tap),
        cmocka_unit_test(test_mac_addresses),
        cmocka_unit_test(test_refused_names),
        cmocka_unit_test(test_no_permission),
        cmocka_unit_test(test_no_device_file),
        cmocka_unit_test(test_every_status_is_explained),
        cmocka_unit_test(test_mtu_is_the_interfaces),
        cmocka_unit_test(test_link_state),
        cmocka_unit_test(test_frames_both_ways),
        cmocka_unit_test(test_originate),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_what_cannot_leave_is_counted),
        cmocka_unit_test(test_jumbo_and_too_long_frames),
        cmocka_unit_test(test_poll_shows_no_more_than_a_burst),
        cmocka_unit_test(test_deleted_interface_is_seen_by_a_look),
        cmocka_unit_test(test_deleted_interface_is_seen_by_a_poll),
        cmocka_unit_test(test_deleted_interface_is_seen_by_a_frame_that_leaves),
        cmocka_unit_test(test_wait_returns_at_once_if_a_frame_is_there),
        cmocka_unit_test(test_wait_ends_at_the_time),
        cmocka_unit_test(test_wait_until_a_time_that_has_passed_returns_at_once),
        cmocka_unit_test(test_frame_of_another_process_ends_a_wait_without_time),
        cmocka_unit_test(test_deleted_interface_ends_a_wait_without_time),
        cmocka_unit_test(test_descriptor_that_the_program_closes_is_a_port_that_is_gone),
        cmocka_unit_test(test_wait_without_the_right_to_poll_does_not_spin),
        cmocka_unit_test(test_signal_ends_a_wait_without_time),
        cmocka_unit_test(test_descriptor_is_readable_when_a_frame_is_there),
    };
    return cmocka_run_group_tests(tests, enter_namespace, NULL);
}

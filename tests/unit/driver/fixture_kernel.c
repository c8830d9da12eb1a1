/* fixture_kernel.c: see fixture_kernel.h. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture_kernel.h"
#include "v6nf/env.h"

#define FRAME_MAX 10000u

static const uint8_t wire_mac[6] = {2, 0, 0, 0, 0, 1};

bool kernel_enter(void)
{
    const int flags = getuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET;
    if (unshare(flags) != 0) {
        return false;
    }
    int file = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
    ssize_t written = file >= 0 ? write(file, "1", 1) : -1;
    (void)written;
    (void)close(file);
    return true;
}

/* -- Interfaces ---------------------------------------------------------------------------------------------------- */

int kernel_control(const char *name, unsigned long request, struct ifreq *question)
{
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(file >= 0);
    assert_true(strlen(name) < IFNAMSIZ);
    memcpy(question->ifr_name, name, strlen(name) + 1u);
    int result = ioctl(file, request, question);
    (void)close(file);
    return result;
}

void kernel_set_up(const char *name, bool up)
{
    struct ifreq question = {.ifr_flags = (short)(up ? IFF_UP : 0)};
    assert_int_equal(kernel_control(name, SIOCSIFFLAGS, &question), 0);
}

int kernel_set_mtu(const char *name, uint32_t mtu)
{
    struct ifreq question = {.ifr_mtu = (int)mtu};
    return kernel_control(name, SIOCSIFMTU, &question);
}

void kernel_request(struct nlmsghdr *message)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        uint8_t rest[1024];
    } answer;
    int file = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    assert_true(file >= 0);
    message->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
    assert_int_equal(send(file, message, message->nlmsg_len, 0), message->nlmsg_len);
    assert_true(recv(file, &answer, sizeof answer, 0) >= (ssize_t)(sizeof answer.header + sizeof answer.error.error));
    assert_int_equal(answer.error.error, 0);
    (void)close(file);
}

void kernel_delete(const char *name)
{
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } message = {
        .header = {.nlmsg_len = sizeof message, .nlmsg_type = RTM_DELLINK},
        .link = {.ifi_index = (int)if_nametoindex(name)},
    };
    kernel_request(&message.header);
    assert_int_equal(if_nametoindex(name), 0);
}

/* -- The wire ------------------------------------------------------------------------------------------------------ */

int kernel_socket(const char *name, uint16_t type)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(type),
        .sll_ifindex = (int)if_nametoindex(name),
    };
    int file = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(type));
    assert_true(file >= 0);
    assert_int_equal(bind(file, (const struct sockaddr *)&address, sizeof address), 0);
    return file;
}

void kernel_fill(uint8_t *frame, const uint8_t *to, uint16_t type, uint8_t value, uint32_t length)
{
    memset(frame, value, length);
    memcpy(frame, to, 6);
    memcpy(frame + 6, wire_mac, 6);
    frame[12] = (uint8_t)(type >> 8);
    frame[13] = (uint8_t)type;
}

void kernel_send(int file, const uint8_t *to, uint8_t value, uint32_t length)
{
    uint8_t frame[FRAME_MAX];
    kernel_fill(frame, to, EXPERIMENTAL, value, length);
    assert_int_equal(send(file, frame, length, 0), length);
}

uint32_t kernel_receive(int file, uint8_t *value, int patience)
{
    static uint8_t frame[FRAME_MAX];
    struct pollfd wait = {.fd = file, .events = POLLIN};
    *value = 0;
    if (poll(&wait, 1, patience) != 1) {
        return 0;
    }
    ssize_t length = recv(file, frame, sizeof frame, 0);
    assert_true(length > 0);
    *value = frame[length - 1];
    return (uint32_t)length;
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static void look(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct seen *seen = context;
    for (uint32_t i = 0; i < V6NF_PORT_OUTPUTS_MAX; i++) {
        assert_int_equal(lengths[i], 0);
    }
    if (length < 15u || memcmp(frame + 6, wire_mac, sizeof wire_mac) != 0) {
        return;
    }
    seen->frames++;
    seen->length = length;
    seen->capacity = capacity;
    seen->last = frame[length - 1u];
    seen->frame = frame;
    memcpy(lengths, seen->replies, sizeof seen->replies);
    memset(frame + length, 0x77, capacity - length);
}

uint32_t kernel_poll(struct v6nf_port *port, struct seen *seen)
{
    return port->operations->poll(port, look, seen);
}

struct v6nf_port_counters kernel_counters(struct v6nf_port *port)
{
    struct v6nf_port_counters counters;
    memset(&counters, 0xFF, sizeof counters);
    port->operations->read_counters(port, &counters);
    return counters;
}

enum v6nf_port_status kernel_status(struct v6nf_port *port)
{
    return port->operations->status(port);
}

bool kernel_link_becomes(struct v6nf_port *port, bool is_up)
{
    bool seen = false;
    for (uint32_t i = 0; i < 1000u && !seen; i++) {
        seen = port->operations->link_up(port) == is_up;
        (void)poll(NULL, 0, seen ? 0 : 10);
    }
    return seen;
}

void kernel_wait(struct v6nf_port *port, uint64_t until)
{
    (void)alarm(20);
    port->operations->wait(port, until);
    (void)alarm(0);
}

void kernel_check_timed_wait(struct v6nf_port *port)
{
    const uint64_t until = v6nf_env_clock() + A_WHILE;
    uint32_t calls = 0;
    while (v6nf_env_clock() < until) {
        kernel_wait(port, until);
        calls++;
    }
    assert_in_range(v6nf_env_clock() - until, 0, AT_ONCE);
    assert_in_range(calls, 1, 10);
}

/* -- Processes ----------------------------------------------------------------------------------------------------- */

int kernel_in_child(int (*body)(void))
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(body());
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

pid_t kernel_later(void (*body)(int wire), int wire)
{
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)poll(NULL, 0, (int)(A_WHILE / 1000u));
        body(wire);
        _exit(0);
    }
    return child;
}

void kernel_check_ended(pid_t child)
{
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* test_xdp.c: the AF_XDP driver against a real kernel, in a network namespace of its own that ends with the program.
 * Ports are on one end of veth pairs. A packet socket on the other end is the wire. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_xdp.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture_kernel.h"
#include "v6nf/driver/xdp.h"
#include "v6nf/env.h"

#define HEADROOM 256u
#define PORTS 3u

static struct v6nf_xdp_interface interface;
static struct v6nf_xdp xdp;
static struct v6nf_port *port = &xdp.ports[0].port;
static bool usable;

static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 2};
static const uint8_t kernel_mac[6] = {2, 0, 0, 0, 0, 0xA};
static const uint8_t group_mac[6] = {0x33, 0x33, 0, 0, 0, 1};

/* -- Interfaces ---------------------------------------------------------------------------------------------------- */

/* Return true outside of user namespaces: bpf(2) needs rights there (capabilities(7), CAP_BPF). */
static bool is_real_root(void)
{
    char map[64] = "";
    int file = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    const ssize_t length = file >= 0 ? read(file, map, sizeof map - 1u) : -1;
    (void)close(file);
    return getuid() == 0 && length > 0 && strstr(map, "4294967295") != NULL;
}

static int enter_namespace(void **state)
{
    (void)state;
    usable = is_real_root() && kernel_enter();
    int file = usable ? socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0) : -1;
    usable = file >= 0;
    (void)close(file);
    return 0;
}

static void need_xdp(void)
{
    if (!usable) {
        print_message("needs root, a network namespace of its own, and a kernel with AF_XDP\n");
        skip();
    }
}

struct message {
    struct nlmsghdr header;
    struct ifinfomsg link;
    uint8_t attributes[512];
};

/* Append an attribute. Return its offset, for end_attribute(). */
static uint32_t attribute(struct message *message, uint16_t type, const void *value, size_t size)
{
    const uint32_t start = message->header.nlmsg_len;
    const struct rtattr attribute = {.rta_type = type, .rta_len = (uint16_t)(sizeof attribute + size)};
    uint8_t *bytes = (uint8_t *)message;
    memcpy(bytes + start, &attribute, sizeof attribute);
    if (size > 0u) {
        memcpy(bytes + start + sizeof attribute, value, size);
    }
    message->header.nlmsg_len += (uint32_t)RTA_ALIGN(attribute.rta_len);
    assert_true(message->header.nlmsg_len < sizeof *message);
    return start;
}

/* Let the attribute at `start` contain all that was appended since. */
static void end_attribute(struct message *message, uint32_t start)
{
    const uint16_t length = (uint16_t)(message->header.nlmsg_len - start);
    memcpy((uint8_t *)message + start, &length, sizeof length);
}

/* As "ip link add NAME numrxqueues N numtxqueues N address MAC type veth peer name PEER" does. */
static void make_pair_with(uint32_t queues, const char *name, const char *peer, const uint8_t *mac)
{
    struct message message = {.header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                                         .nlmsg_type = RTM_NEWLINK,
                                         .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL}};
    attribute(&message, IFLA_IFNAME, name, strlen(name) + 1u);
    attribute(&message, IFLA_ADDRESS, mac, 6);
    attribute(&message, IFLA_NUM_RX_QUEUES, &queues, sizeof queues);
    attribute(&message, IFLA_NUM_TX_QUEUES, &queues, sizeof queues);
    uint32_t information = attribute(&message, IFLA_LINKINFO, NULL, 0);
    attribute(&message, IFLA_INFO_KIND, "veth", 4);
    uint32_t data = attribute(&message, IFLA_INFO_DATA, NULL, 0);
    const struct ifinfomsg none = {.ifi_family = AF_UNSPEC};
    uint32_t other = attribute(&message, VETH_INFO_PEER, &none, sizeof none);
    attribute(&message, IFLA_IFNAME, peer, strlen(peer) + 1u);
    attribute(&message, IFLA_NUM_RX_QUEUES, &queues, sizeof queues);
    attribute(&message, IFLA_NUM_TX_QUEUES, &queues, sizeof queues);
    end_attribute(&message, other);
    end_attribute(&message, data);
    end_attribute(&message, information);
    kernel_request(&message.header);
    kernel_set_up(name, true);
    kernel_set_up(peer, true);
}

static void make_pair(const char *name, const char *peer, const uint8_t *mac)
{
    make_pair_with(1, name, peer, mac);
}

/* -- The port's side ----------------------------------------------------------------------------------------------- */

/* Poll until `frames` were seen, or for the time in which none is expected. */
static void poll_until(struct v6nf_port *one, struct seen *seen, uint32_t frames)
{
    const uint64_t end = v6nf_env_clock() + (frames > seen->frames ? PATIENCE : QUIET) * UINT64_C(1000);
    while (kernel_poll(one, seen) > 0u || (seen->frames < frames && v6nf_env_clock() < end)) {
    }
    for (uint32_t i = 0; i < 70u; i++) { /* more than the polls between two looks for copies */
        (void)kernel_poll(one, seen);
    }
}

/* Each frame has one owner, and none is lost. */
static void check_owners(const struct v6nf_xdp *group)
{
    for (uint32_t i = 0; i < group->count; i++) {
        const struct v6nf_xdp_port *one = &group->ports[i];
        uint32_t frames = one->free_count + (one->reserved != UINT32_MAX ? 1u : 0u);
        for (uint32_t k = i * V6NF_XDP_FRAMES; k < (i + 1u) * V6NF_XDP_FRAMES; k++) {
            assert_false(group->filled[k] && group->sending[k] != 0u);
            frames += (group->filled[k] ? 1u : 0u) + (group->sending[k] != 0u ? 1u : 0u);
        }
        assert_int_equal(frames, V6NF_XDP_FRAMES);
        assert_int_equal(one->faults.jumps + one->faults.bad_frames + one->faults.bad_completions, 0);
    }
}

static enum v6nf_xdp_status open_config(const struct v6nf_xdp_config *config)
{
    const struct v6nf_xdp_interface *const interfaces[] = {&interface};
    enum v6nf_xdp_status status = v6nf_xdp_attach(&interface, config);
    return status == V6NF_XDP_OPEN ? v6nf_xdp_open(&xdp, interfaces, 1, 0) : status;
}

/* Make a pair, and open a port on one end. Return the packet socket on the other end. */
static int open_up(enum v6nf_xdp_mode mode)
{
    need_xdp();
    make_pair("v6nf0", "wire0", kernel_mac);
    const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac, .mode = mode};
    assert_int_equal(open_config(&config), V6NF_XDP_OPEN);
    return kernel_socket("wire0", EXPERIMENTAL);
}

static void close_all(int file)
{
    (void)close(file);
    v6nf_xdp_close(&xdp);
    v6nf_xdp_detach(&interface);
    if (if_nametoindex("v6nf0") != 0u) {
        kernel_delete("v6nf0");
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void check_frames_both_ways(enum v6nf_xdp_mode mode)
{
    int wire = open_up(mode);
    struct seen seen = {.replies = {200}};
    uint8_t last = 0;
    assert_int_equal(interface.is_native, mode == V6NF_XDP_NATIVE);
    assert_int_equal(port->mtu, 1500);
    assert_int_equal(port->capacity, 2048u - HEADROOM);
    assert_int_equal(port->outputs, 1);
    assert_memory_equal(port->mac, own_mac, 6);
    kernel_send(wire, own_mac, 0x42, 100);
    poll_until(port, &seen, 1);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.length, 100);
    assert_int_equal(seen.last, 0x42);
    assert_int_equal(seen.capacity, port->capacity);
    assert_int_equal((seen.frame - xdp.memory) % 2048, HEADROOM);
    assert_int_equal(kernel_receive(wire, &last, PATIENCE), 200);
    assert_int_equal(last, 0x77);
    struct v6nf_port_counters counters = kernel_counters(port);
    const struct v6nf_port_counters expected = {.received = 1, .received_bytes = 100, .sent = 1, .sent_bytes = 200};
    assert_memory_equal(&counters, &expected, sizeof counters);
    seen.replies[0] = 0;
    kernel_send(wire, own_mac, 0x43, 1514);
    poll_until(port, &seen, 2);
    assert_int_equal(seen.length, 1514);
    assert_int_equal(kernel_receive(wire, &last, QUIET), 0); /* dropped, as the handler said */
    check_owners(&xdp);
    close_all(wire);
}

static void test_frames_both_ways(void **state)
{
    (void)state;
    check_frames_both_ways(V6NF_XDP_GENERIC);
    check_frames_both_ways(V6NF_XDP_NATIVE);
}

/* Many laps of all rings. Frames are sent and dropped, by turns of 5 and 3. */
static void test_laps(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    struct seen seen = {.frames = 0};
    const uint32_t frames = 4u * V6NF_XDP_RECEIVE;
    uint32_t sent = 0;
    uint8_t last = 0;
    for (uint32_t i = 0; i < frames; i++) {
        seen.replies[0] = i % 8u < 5u ? 60u : 0u;
        kernel_send(wire, own_mac, (uint8_t)i, 60);
        while (seen.frames == i) {
            (void)kernel_poll(port, &seen);
        }
        assert_int_equal(seen.frames, i + 1u);
        assert_int_equal(seen.last, (uint8_t)i);
        if (seen.replies[0] > 0u) {
            assert_int_equal(kernel_receive(wire, &last, PATIENCE), 60);
            assert_int_equal(last, (uint8_t)i);
            sent++;
        }
    }
    poll_until(port, &seen, frames);
    assert_int_equal(xdp.ports[0].sending, 0);
    assert_int_equal(kernel_counters(port).sent, sent);
    assert_int_equal(kernel_counters(port).received, frames);
    check_owners(&xdp);
    close_all(wire);
}

static void test_poll_shows_no_more_than_a_burst(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_GENERIC);
    struct seen seen = {.replies = {60}};
    uint8_t last = 0;
    for (uint32_t i = 0; i < V6NF_XDP_BURST + 8u; i++) {
        kernel_send(wire, own_mac, (uint8_t)i, 60);
    }
    assert_int_equal(kernel_poll(port, &seen), V6NF_XDP_BURST);
    for (uint32_t i = 0; i < V6NF_XDP_BURST; i++) { /* all are sent at once */
        assert_int_equal(kernel_receive(wire, &last, QUIET), 60);
        assert_int_equal(last, (uint8_t)i);
    }
    poll_until(port, &seen, V6NF_XDP_BURST + 8u);
    assert_int_equal(seen.frames, V6NF_XDP_BURST + 8u);
    assert_int_equal(seen.last, V6NF_XDP_BURST + 7u);
    close_all(wire);
}

/* Nothing polls while more frames arrive than the rings hold: they are counted, and the port goes on. */
static void test_flood_without_polls(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_GENERIC);
    struct seen seen = {.frames = 0};
    for (uint32_t i = 0; i < V6NF_XDP_RECEIVE + 500u; i++) {
        kernel_send(wire, own_mac, (uint8_t)i, 60);
    }
    poll_until(port, &seen, V6NF_XDP_RECEIVE);
    assert_int_equal(seen.frames, V6NF_XDP_RECEIVE);
    assert_int_equal(kernel_counters(port).receive_dropped, 500);
    kernel_send(wire, own_mac, 0x11, 60);
    poll_until(port, &seen, V6NF_XDP_RECEIVE + 1u);
    assert_int_equal(seen.last, 0x11);
    check_owners(&xdp);
    close_all(wire);
}

static void test_originate(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    const struct v6nf_port_operations *operations = port->operations;
    uint8_t last = 0;
    operations->commit(port, 60); /* nothing reserved: nothing happens */
    for (uint32_t i = 0; i < 4u * V6NF_XDP_ORIGINATE; i++) {
        uint8_t *buffer = operations->reserve(port);
        assert_non_null(buffer);
        assert_ptr_equal(operations->reserve(port), buffer);
        kernel_fill(buffer, group_mac, EXPERIMENTAL, (uint8_t)i, 60);
        operations->commit(port, 60);
        assert_int_equal(kernel_receive(wire, &last, PATIENCE), 60);
        assert_int_equal(last, (uint8_t)i);
    }
    operations->commit(port, 60); /* the reservation is used up */
    assert_int_equal(kernel_receive(wire, &last, QUIET), 0);
    assert_int_equal(kernel_counters(port).sent, 4u * V6NF_XDP_ORIGINATE);
    check_owners(&xdp);
    close_all(wire);
}

static void test_impossible_lengths_are_counted(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    const struct v6nf_port_operations *operations = port->operations;
    const uint32_t impossible[] = {0, 13, V6NF_PORT_FRAME_MIN - 1u, 2048u - HEADROOM + 1u, UINT32_MAX};
    uint32_t dropped = 0;
    uint8_t last = 0;
    for (size_t i = 0; i < sizeof impossible / sizeof impossible[0]; i++) {
        assert_non_null(operations->reserve(port));
        operations->commit(port, impossible[i]);
        assert_int_equal(kernel_counters(port).transmit_dropped, ++dropped);
    }
    struct seen seen = {.replies = {UINT32_MAX}};
    kernel_send(wire, own_mac, 0x42, 100);
    poll_until(port, &seen, 1);
    assert_int_equal(kernel_counters(port).transmit_dropped, ++dropped);
    assert_int_equal(kernel_counters(port).sent, 0);
    assert_int_equal(kernel_receive(wire, &last, QUIET), 0);
    check_owners(&xdp);
    close_all(wire);
}

/* -- Who gets a frame ---------------------------------------------------------------------------------------------- */

static void check_claim(enum v6nf_xdp_mode mode)
{
    int wire = open_up(mode);
    int kernel = kernel_socket("v6nf0", EXPERIMENTAL);
    struct seen seen = {.frames = 0};
    uint8_t last = 0;
    kernel_send(wire, kernel_mac, 0x41, 60);
    kernel_send(wire, (const uint8_t[6]){2, 0, 0, 0, 0, 3}, 0x42, 60);
    kernel_send(wire, (const uint8_t[6]){2, 0, 0, 0, 1, 2}, 0x43, 60);
    kernel_send(wire, (const uint8_t[6]){2, 1, 0, 0, 0, 2}, 0x44, 60);
    kernel_send(wire, own_mac, 0x45, 60);
    poll_until(port, &seen, 1);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.last, 0x45);
    for (uint8_t value = 0x41; value <= 0x44; value++) {
        assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 60);
        assert_int_equal(last, value);
    }
    assert_int_equal(kernel_receive(kernel, &last, QUIET), 0);
    (void)close(kernel);
    close_all(wire);
}

static void test_frames_of_the_kernel_go_on_to_it(void **state)
{
    (void)state;
    check_claim(V6NF_XDP_GENERIC);
    check_claim(V6NF_XDP_NATIVE);
}

static void send_ipv6(int wire, const uint8_t *to, uint8_t value, uint32_t length)
{
    uint8_t frame[2048];
    kernel_fill(frame, to, ETH_P_IPV6, value, length);
    assert_int_equal(send(wire, frame, length, 0), length);
}

static void test_frames_to_groups_reach_both(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    int kernel = kernel_socket("v6nf0", ETH_P_IPV6);
    struct seen seen = {.replies = {70}};
    uint8_t last = 0;
    send_ipv6(wire, group_mac, 0x51, 90);
    send_ipv6(wire, kernel_mac, 0x52, 90);
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 90);
    assert_int_equal(last, 0x51);
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 90);
    poll_until(port, &seen, 1);
    assert_int_equal(seen.frames, 1);
    assert_int_equal(seen.last, 0x51);
    assert_int_equal(seen.length, 90);
    assert_int_equal(kernel_counters(port).sent, 1); /* the handler may answer it, too */
    for (uint32_t i = 0; i < 3u * V6NF_XDP_ORIGINATE; i++) {
        send_ipv6(wire, group_mac, (uint8_t)i, 90);
        poll_until(port, &seen, i + 2u);
        assert_int_equal(seen.frames, i + 2u);
    }
    check_owners(&xdp);
    (void)close(kernel);
    close_all(wire);
}

/* Open a port with this configuration, send frames to it, and return which bits of them it got. */
static uint32_t claimed(const struct v6nf_xdp_config *config, const uint8_t (*frames)[64], uint32_t count)
{
    make_pair("v6nf0", "wire0", kernel_mac);
    assert_int_equal(open_config(config), V6NF_XDP_OPEN);
    int wire = kernel_socket("wire0", EXPERIMENTAL);
    uint32_t bits = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct seen seen = {.frames = 0};
        assert_int_equal(send(wire, frames[i], 64, 0), 64);
        (void)poll(NULL, 0, 20);
        poll_until(port, &seen, 0);
        bits |= seen.frames > 0u ? 1u << i : 0u;
    }
    close_all(wire);
    return bits;
}

static void test_claim_of_a_prefix(void **state)
{
    (void)state;
    need_xdp();
    static uint8_t frames[6][64];
    const uint8_t prefix[16] = {0x20, 1, 0xd, 0xb8, 0, 1, 0x80}; /* 2001:db8:1:8000::/49 */
    const struct {
        const uint8_t *mac;
        uint16_t type;
        uint8_t destination[8];
    } cases[6] = {
        {kernel_mac, ETH_P_IPV6, {0x20, 1, 0xd, 0xb8, 0, 1, 0xFF, 0xFF}},
        {kernel_mac, ETH_P_IPV6, {0x20, 1, 0xd, 0xb8, 0, 1, 0x7F, 0xFF}}, /* outside */
        {kernel_mac, ETH_P_IPV6, {0x20, 1, 0xd, 0xb9, 0, 1, 0xFF, 0xFF}}, /* outside */
        {own_mac, ETH_P_IPV6, {0x20, 1, 0xd, 0xb8, 0, 1, 0xFF, 0xFF}},    /* of another station */
        {kernel_mac, ETH_P_IP, {0x20, 1, 0xd, 0xb8, 0, 1, 0xFF, 0xFF}},
        {kernel_mac, ETH_P_IPV6, {0x20, 1, 0xd, 0xb8, 0, 1, 0x80, 0}},
    };
    for (uint32_t i = 0; i < 6u; i++) {
        kernel_fill(frames[i], cases[i].mac, cases[i].type, 0, 64);
        memcpy(frames[i] + 38, cases[i].destination, 8);
    }
    struct v6nf_xdp_config config = {
        .name = "v6nf0", .claim = V6NF_XDP_CLAIM_PREFIX, .prefix = prefix, .prefix_length = 49};
    assert_int_equal(claimed(&config, (const uint8_t(*)[64])frames, 6), 1u | 1u << 5);
    assert_memory_equal(interface.mac, kernel_mac, 6);
    config.prefix = frames[0] + 38;
    config.prefix_length = 128;
    assert_int_equal(claimed(&config, (const uint8_t(*)[64])frames, 6), 1u);
}

static void test_claim_of_a_vlan(void **state)
{
    (void)state;
    need_xdp();
    static uint8_t frames[6][64];
    const struct {
        uint16_t type;
        uint16_t tag;
    } cases[6] = {{ETH_P_8021Q, 0x7001}, {ETH_P_8021Q, 0x7101}, {ETH_P_8021AD, 0x0001},
                  {ETH_P_IPV6, 0x0001},  {ETH_P_8021Q, 0x0000}, {ETH_P_8021Q, 0x0001}};
    for (uint32_t i = 0; i < 6u; i++) {
        kernel_fill(frames[i], i % 2u == 0u ? group_mac : own_mac, cases[i].type, 0, 64);
        frames[i][14] = (uint8_t)(cases[i].tag >> 8);
        frames[i][15] = (uint8_t)cases[i].tag;
    }
    const struct v6nf_xdp_config config = {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_VLAN, .vlan = 1};
    assert_int_equal(claimed(&config, (const uint8_t(*)[64])frames, 6), 1u | 1u << 2 | 1u << 5);
    const struct v6nf_xdp_config all = {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_ALL};
    assert_int_equal(claimed(&all, (const uint8_t(*)[64])frames, 6), 63);
}

/* A frame to a group is shown if it is in no VLAN: the kernel removes the tag from the copy. */
static void test_groups_of_a_vlan_are_not_shown(void **state)
{
    (void)state;
    need_xdp();
    static uint8_t frames[4][64];
    const uint16_t tags[4][2] = {
        {ETH_P_8021Q, 0x0005}, {ETH_P_8021AD, 0x0005}, {ETH_P_8021Q, 0xE000}, {ETH_P_8021Q, 0x0FFF}};
    for (uint32_t i = 0; i < 4u; i++) {
        kernel_fill(frames[i], group_mac, tags[i][0], 0, 64);
        frames[i][14] = (uint8_t)(tags[i][1] >> 8);
        frames[i][15] = (uint8_t)tags[i][1];
        frames[i][16] = ETH_P_IPV6 >> 8;
        frames[i][17] = ETH_P_IPV6 & 0xFF;
    }
    const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac};
    assert_int_equal(claimed(&config, (const uint8_t(*)[64])frames, 4), 1u << 2); /* a priority is no VLAN */
}

/* A queue without a port leaves its frames to the kernel. Each queue can have a port of another thread. */
static void test_queues(void **state)
{
    (void)state;
    need_xdp();
    static struct v6nf_xdp second;
    make_pair_with(2, "v6nf0", "wire0", kernel_mac);
    const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac};
    assert_int_equal(open_config(&config), V6NF_XDP_OPEN);
    int wire = kernel_socket("wire0", EXPERIMENTAL);
    const struct v6nf_xdp_interface *const interfaces[] = {&interface};
    struct seen seen = {.frames = 0};
    assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, 0), V6NF_XDP_QUEUE_BUSY);
    assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, 2), V6NF_XDP_NO_QUEUE);
    assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, V6NF_XDP_QUEUES), V6NF_XDP_CONFIG_BAD);
    assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, 1), V6NF_XDP_OPEN);
    for (uint32_t i = 0; i < 40u; i++) {
        kernel_send(wire, own_mac, (uint8_t)i, 60);
    }
    (void)poll(NULL, 0, QUIET);
    poll_until(port, &seen, 0);
    poll_until(&second.ports[0].port, &seen, 40);
    assert_int_equal(seen.frames, 40);
    v6nf_xdp_close(&second);
    assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, 1), V6NF_XDP_OPEN);
    v6nf_xdp_close(&second);
    close_all(wire);
}

/* -- Several outputs ----------------------------------------------------------------------------------------------- */

static struct v6nf_xdp_interface several[PORTS];
static int wires[PORTS];

static void open_several(enum v6nf_xdp_mode mode)
{
    static const char *const names[PORTS] = {"v6nf0", "v6nf1", "v6nf2"};
    static const char *const peers[PORTS] = {"wire0", "wire1", "wire2"};
    const struct v6nf_xdp_interface *interfaces[PORTS];
    need_xdp();
    for (uint32_t i = 0; i < PORTS; i++) {
        make_pair(names[i], peers[i], kernel_mac);
        const struct v6nf_xdp_config config = {.name = names[i], .claim = V6NF_XDP_CLAIM_ALL, .mode = mode};
        assert_int_equal(v6nf_xdp_attach(&several[i], &config), V6NF_XDP_OPEN);
        interfaces[i] = &several[i];
        wires[i] = kernel_socket(peers[i], EXPERIMENTAL);
    }
    assert_int_equal(v6nf_xdp_open(&xdp, interfaces, PORTS, 0), V6NF_XDP_OPEN);
}

static void close_several(void)
{
    v6nf_xdp_close(&xdp);
    for (uint32_t i = 0; i < PORTS; i++) {
        char name[V6NF_XDP_NAME_SIZE];
        memcpy(name, several[i].name, sizeof name);
        v6nf_xdp_detach(&several[i]);
        (void)close(wires[i]);
        if (if_nametoindex(name) != 0u) {
            kernel_delete(name);
        }
    }
}

static void check_group(enum v6nf_xdp_mode mode)
{
    open_several(mode);
    uint8_t last = 0;
    uint32_t frames = 0;
    for (uint32_t i = 0; i < 9u * V6NF_XDP_RECEIVE / 8u; i++) { /* each output, none, several, all */
        struct seen seen = {.replies = {i % 2u != 0u ? 60u : 0u, i % 4u > 1u ? 80u : 0u, i % 8u > 3u ? 100u : 0u}};
        kernel_send(wires[0], own_mac, (uint8_t)i, 60);
        poll_until(port, &seen, 1);
        for (uint32_t k = 0; k < PORTS; k++) {
            if (seen.replies[k] > 0u) {
                assert_int_equal(kernel_receive(wires[k], &last, PATIENCE), seen.replies[k]);
                assert_int_equal(last, k == 0u ? (uint8_t)i : 0x77);
                frames++;
            }
        }
    }
    struct seen seen = {.frames = 0};
    poll_until(port, &seen, 0);
    for (uint32_t k = 0; k < PORTS; k++) {
        assert_int_equal(kernel_receive(wires[k], &last, 0), 0);
        assert_int_equal(xdp.ports[k].port.outputs, PORTS);
        assert_int_equal(xdp.ports[k].sending, 0);
        frames -= (uint32_t)kernel_counters(&xdp.ports[k].port).sent;
    }
    assert_int_equal(frames, 0);
    check_owners(&xdp);
    close_several();
}

static void test_frame_is_sent_by_several_ports(void **state)
{
    (void)state;
    check_group(V6NF_XDP_GENERIC);
    check_group(V6NF_XDP_NATIVE);
}

/* An output that is down keeps some frames, and the others go on. */
static void test_dead_output_stops_no_other(void **state)
{
    (void)state;
    open_several(V6NF_XDP_AUTO);
    struct seen seen = {.replies = {0, 60, 60}};
    uint8_t last = 0;
    kernel_set_up("v6nf1", false);
    for (uint32_t i = 0; i < 2u * V6NF_XDP_RECEIVE; i++) {
        kernel_send(wires[0], own_mac, (uint8_t)i, 60);
        while (seen.frames == i) {
            (void)kernel_poll(port, &seen);
        }
        assert_int_equal(kernel_receive(wires[2], &last, PATIENCE), 60);
    }
    assert_int_equal(xdp.ports[1].port.operations->status(&xdp.ports[1].port), V6NF_PORT_RUNNING);
    assert_true(kernel_counters(&xdp.ports[1].port).transmit_dropped > 0u);
    assert_int_equal(xdp.ports[1].sending, xdp.sending_max);
    check_owners(&xdp);
    kernel_delete("v6nf1");
    assert_int_equal(xdp.ports[1].port.operations->status(&xdp.ports[1].port), V6NF_PORT_GONE);
    assert_int_equal(port->operations->status(port), V6NF_PORT_RUNNING);
    for (uint32_t i = 0; i < V6NF_XDP_RECEIVE; i++) {
        kernel_send(wires[0], own_mac, (uint8_t)i, 60);
        while (seen.frames == 2u * V6NF_XDP_RECEIVE + i) {
            (void)kernel_poll(port, &seen);
        }
        assert_int_equal(kernel_receive(wires[2], &last, PATIENCE), 60);
    }
    close_several();
}

/* A port that is stopped gets none of its frames back. The others go on. */
static void test_stopped_port_stops_no_other(void **state)
{
    (void)state;
    open_several(V6NF_XDP_GENERIC);
    struct seen seen = {.replies = {0, 60, 60}};
    uint8_t last = 0;
    for (uint32_t i = 0; i < 10u; i++) {
        kernel_send(wires[0], own_mac, (uint8_t)i, 60);
    }
    while (seen.frames < 10u) {
        (void)kernel_poll(port, &seen);
    }
    assert_true(port->operations->stop(port));
    assert_int_equal(kernel_poll(port, &seen), 0);
    for (uint32_t i = 0; i < V6NF_XDP_RECEIVE; i++) {
        kernel_send(wires[1], own_mac, (uint8_t)i, 60);
        seen.replies[0] = i == 0u ? 60u : 0u; /* to the port that is stopped */
        while (seen.frames == 10u + i) {
            (void)kernel_poll(&xdp.ports[1].port, &seen);
        }
        assert_int_equal(kernel_receive(wires[2], &last, PATIENCE), 60);
    }
    assert_int_equal(kernel_counters(port).transmit_dropped, 1);
    close_several();
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static void test_refused_configurations(void **state)
{
    (void)state;
    need_xdp();
    const uint8_t none[16] = {0};
    const struct v6nf_xdp_config bad[] = {
        {.name = NULL},
        {.name = ""},
        {.name = "sixteencharacter"},
        {.name = "v6nf0", .mac = group_mac},
        {.name = "v6nf0", .mac = none},
        {.name = "v6nf0", .mac = kernel_mac},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_PREFIX, .prefix_length = 64},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_PREFIX, .prefix = none},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_PREFIX, .prefix = none, .prefix_length = 129},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_PREFIX, .prefix = none, .prefix_length = 64, .mac = own_mac},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_VLAN},
        {.name = "v6nf0", .claim = V6NF_XDP_CLAIM_VLAN, .vlan = 4095},
        {.name = "v6nf0", .claim = (enum v6nf_xdp_claim)(V6NF_XDP_CLAIM_ALL + 1)},
        {.name = "v6nf0", .mode = (enum v6nf_xdp_mode)(V6NF_XDP_GENERIC + 1)},
        {.name = "v6nf0", .groups_queue = V6NF_XDP_QUEUES},
        {.name = "v6nf0", .pause = V6NF_XDP_PAUSE_MAX + 1u},
    };
    make_pair("v6nf0", "wire0", kernel_mac);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(open_config(&bad[i]), V6NF_XDP_CONFIG_BAD);
    }
    assert_int_equal(open_config(&(struct v6nf_xdp_config){.name = "v6nf9"}), V6NF_XDP_NO_INTERFACE);
    assert_int_equal(open_config(&(struct v6nf_xdp_config){.name = "lo"}), V6NF_XDP_NOT_ETHERNET);
    v6nf_xdp_detach(&interface);
    kernel_delete("v6nf0");
}

static void test_mtu(void **state)
{
    (void)state;
    need_xdp();
    const struct {
        uint32_t mtu;
        enum v6nf_xdp_status status;
        uint32_t frame_size;
    } cases[] = {
        {1279, V6NF_XDP_MTU_BAD, 0},
        {1280, V6NF_XDP_OPEN, 2048},
        {1774, V6NF_XDP_OPEN, 2048},
        {1775, V6NF_XDP_OPEN, 4096},
        {V6NF_XDP_MTU_MAX, V6NF_XDP_OPEN, 4096},
        {V6NF_XDP_MTU_MAX + 1u, V6NF_XDP_MTU_BAD, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac, .mode = V6NF_XDP_GENERIC};
        const uint32_t length = cases[i].mtu + 14u;
        struct seen seen = {.replies = {length}};
        uint8_t last = 0;
        make_pair("v6nf0", "wire0", kernel_mac);
        int wire = kernel_socket("wire0", EXPERIMENTAL);
        assert_int_equal(kernel_set_mtu("v6nf0", cases[i].mtu), 0);
        assert_int_equal(kernel_set_mtu("wire0", 9000), 0);
        assert_int_equal(open_config(&config), cases[i].status);
        if (cases[i].status == V6NF_XDP_OPEN) {
            assert_int_equal(port->mtu, cases[i].mtu);
            assert_int_equal(xdp.frame_size, cases[i].frame_size);
            kernel_send(wire, own_mac, 0x42, length);
            poll_until(port, &seen, 1);
            assert_int_equal(seen.length, length);
            assert_int_equal(kernel_receive(wire, &last, PATIENCE), length);
            assert_int_equal(kernel_set_mtu("v6nf0", 4000), 0); /* raised behind the driver's back */
            kernel_send(wire, own_mac, 0x43, 4000);
            kernel_send(wire, own_mac, 0x44, 60);
            poll_until(port, &seen, 2);
            assert_int_equal(seen.last, 0x44);
            assert_int_equal(kernel_counters(port).receive_dropped, 1);
        }
        close_all(wire);
    }
}

static void test_interface_that_is_down(void **state)
{
    (void)state;
    need_xdp();
    const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac};
    make_pair("v6nf0", "wire0", kernel_mac);
    kernel_set_up("v6nf0", false);
    assert_int_equal(open_config(&config), V6NF_XDP_OPEN);
    assert_true(kernel_link_becomes(port, false));
    assert_int_equal(kernel_status(port), V6NF_PORT_RUNNING);
    kernel_set_up("v6nf0", true);
    assert_true(kernel_link_becomes(port, true));
    int wire = kernel_socket("wire0", EXPERIMENTAL);
    struct seen seen = {.frames = 0};
    kernel_send(wire, own_mac, 1, 60);
    poll_until(port, &seen, 1);
    assert_int_equal(seen.frames, 1);
    close_all(wire);
}

static void test_interface_that_is_busy(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    static struct v6nf_xdp_interface second;
    const enum v6nf_xdp_mode modes[] = {V6NF_XDP_AUTO, V6NF_XDP_NATIVE, V6NF_XDP_GENERIC};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac, .mode = modes[i]};
        assert_int_equal(v6nf_xdp_attach(&second, &config), V6NF_XDP_INTERFACE_BUSY);
    }
    v6nf_xdp_close(&xdp);
    v6nf_xdp_detach(&interface);
    assert_int_equal(v6nf_xdp_attach(&second, &(struct v6nf_xdp_config){.name = "v6nf0"}), V6NF_XDP_OPEN);
    v6nf_xdp_detach(&second);
    v6nf_xdp_detach(&second);
    close_all(wire);
}

static int open_plain(void)
{
    return (int)open_config(&(struct v6nf_xdp_config){.name = "v6nf0"});
}

static int open_as_nobody(void)
{
    return setgid(65534) != 0 || setuid(65534) != 0 ? -1 : open_plain();
}

static bool drop_capability(uint32_t capability)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) {
        return false;
    }
    data[capability / 32u].effective &= ~(1u << capability % 32u);
    return syscall(SYS_capset, &header, data) == 0;
}

static int open_without_bpf(void)
{
    return drop_capability(CAP_BPF) && drop_capability(CAP_SYS_ADMIN) ? open_plain() : -1;
}

static int open_with_little_memory(void)
{
    const struct rlimit limit = {.rlim_cur = 1u << 20, .rlim_max = 1u << 20};
    return drop_capability(CAP_IPC_LOCK) && setrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? open_plain() : -1;
}

static void test_missing_rights(void **state)
{
    (void)state;
    need_xdp();
    make_pair("v6nf0", "wire0", kernel_mac);
    assert_int_equal(kernel_in_child(open_as_nobody), V6NF_XDP_NO_PERMISSION);
    assert_int_equal(kernel_in_child(open_without_bpf), V6NF_XDP_NO_PERMISSION);
    assert_int_equal(kernel_in_child(open_with_little_memory), V6NF_XDP_MEMORY_LOCKED);
    assert_int_equal(kernel_in_child(open_plain), V6NF_XDP_OPEN);
    kernel_delete("v6nf0");
}

/* The number of open files and of mappings of this process. */
static uint32_t count_files(void)
{
    uint32_t files = 0;
    for (int file = 0; file < 1024; file++) {
        files += fcntl(file, F_GETFD) >= 0 ? 1u : 0u;
    }
    return files;
}

static uint32_t count_mappings(void)
{
    uint32_t lines = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    for (int character = fgetc(maps); character != EOF; character = fgetc(maps)) {
        lines += character == '\n' ? 1u : 0u;
    }
    (void)fclose(maps);
    return lines;
}

static void test_nothing_is_left_by_what_fails_or_ends(void **state)
{
    (void)state;
    need_xdp();
    static struct v6nf_xdp second;
    static struct v6nf_xdp_interface other;
    const struct v6nf_xdp_interface *const interfaces[] = {&interface, &interface};
    make_pair("v6nf0", "wire0", kernel_mac);
    (void)count_mappings(); /* the first one may allocate */
    const uint32_t files = count_files();
    const uint32_t mappings = count_mappings();
    for (uint32_t i = 0; i < 5u; i++) {
        assert_int_equal(open_plain(), V6NF_XDP_OPEN);
        assert_int_equal(v6nf_xdp_attach(&other, &(struct v6nf_xdp_config){.name = "v6nf0"}), V6NF_XDP_INTERFACE_BUSY);
        assert_int_equal(v6nf_xdp_attach(&other, &(struct v6nf_xdp_config){.name = "lo"}), V6NF_XDP_NOT_ETHERNET);
        assert_int_equal(v6nf_xdp_open(&second, interfaces, 1, 9), V6NF_XDP_NO_QUEUE);
        v6nf_xdp_close(&xdp);
        assert_int_equal(v6nf_xdp_open(&second, interfaces, 2, 0), V6NF_XDP_CONFIG_BAD); /* twice the same one */
        v6nf_xdp_detach(&interface);
        assert_int_equal(count_files(), files);
        assert_in_range(count_mappings(), 0, mappings + 1u);
    }
    kernel_delete("v6nf0");
}

static void test_every_status_is_explained(void **state)
{
    (void)state;
    for (int i = V6NF_XDP_OPEN; i <= (int)V6NF_XDP_FAILED; i++) {
        const char *text = v6nf_xdp_status_text((enum v6nf_xdp_status)i);
        assert_string_not_equal(text, v6nf_xdp_status_text((enum v6nf_xdp_status)(V6NF_XDP_FAILED + 1)));
        for (int k = V6NF_XDP_OPEN; k < i; k++) {
            assert_string_not_equal(text, v6nf_xdp_status_text((enum v6nf_xdp_status)k));
        }
    }
}

/* -- A kernel that is wrong ---------------------------------------------------------------------------------------- */

/* Write a descriptor into the receive ring, as the kernel does. */
static void forge_received(uint64_t address, uint32_t length)
{
    struct xdp_desc *descriptors = xdp.ports[0].socket.receive.descriptors;
    uint32_t *producer = xdp.ports[0].socket.receive.producer;
    descriptors[*producer % V6NF_XDP_RECEIVE] = (struct xdp_desc){.addr = address, .len = length};
    (*producer)++;
}

static void test_bad_descriptors_are_dropped_and_counted(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_GENERIC);
    struct seen seen = {.replies = {60}};
    const uint64_t end = (uint64_t)V6NF_XDP_FRAMES * 2048u;
    const struct {
        uint64_t address;
        uint32_t length;
    } bad[] = {
        {end + HEADROOM, 60},                     /* behind the memory */
        {UINT64_MAX, 60},                         /* far behind */
        {(uint64_t)V6NF_XDP_RECEIVE * 2048u, 60}, /* a frame that is never received into */
        {HEADROOM + 1u, 60},                      /* not where the kernel writes */
        {HEADROOM, 2048u - HEADROOM + 1u},        /* beyond the buffer */
        {HEADROOM, UINT32_MAX},
    };
    const uint32_t count = sizeof bad / sizeof bad[0];
    for (uint32_t i = 0; i < count; i++) {
        forge_received(bad[i].address, bad[i].length);
        assert_int_equal(kernel_poll(port, &seen), 0);
        assert_int_equal(xdp.ports[0].faults.bad_frames, i + 1u);
    }
    kernel_fill(xdp.memory + HEADROOM, own_mac, EXPERIMENTAL, 0, 60);
    forge_received(HEADROOM, 60); /* this one may be */
    forge_received(HEADROOM, 60); /* the same again, which is being sent */
    assert_int_equal(kernel_poll(port, &seen), 1);
    assert_int_equal(xdp.ports[0].faults.bad_frames, count + 1u);
    assert_int_equal(kernel_counters(port).receive_dropped, count + 1u);
    close_all(wire);
}

static void test_bad_indexes_are_ignored_and_counted(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_GENERIC);
    struct seen seen = {.frames = 0};
    struct v6nf_xdp_port *one = &xdp.ports[0];
    const uint32_t bad[] = {V6NF_XDP_RECEIVE + 1u, UINT32_MAX, 0x80000000u};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        *one->socket.receive.producer = bad[i];
        *one->socket.completion.producer = bad[i];
        assert_int_equal(kernel_poll(port, &seen), 0);
        assert_int_equal(one->faults.jumps, 2u * (i + 1u));
        *one->socket.receive.producer = 0;
        *one->socket.completion.producer = 0;
    }
    uint64_t *sent = one->socket.completion.descriptors;
    sent[0] = UINT64_MAX;
    sent[1] = (uint64_t)V6NF_XDP_FRAMES * 2048u;
    sent[2] = 0; /* the kernel has it for receiving */
    *one->socket.completion.producer = 3;
    assert_int_equal(kernel_poll(port, &seen), 0);
    assert_int_equal(one->faults.bad_completions, 3);
    assert_int_equal(one->socket.fill.next, V6NF_XDP_RECEIVE); /* nothing was given to it twice */
    *one->socket.transmit.consumer = 12345;
    assert_int_equal(kernel_poll(port, &seen), 0);
    close_all(wire);
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void test_stop(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_GENERIC);
    int kernel = kernel_socket("v6nf0", EXPERIMENTAL);
    const struct v6nf_port_operations *operations = port->operations;
    struct seen seen = {.replies = {60}};
    uint8_t last = 0;
    assert_int_equal(kernel_status(port), V6NF_PORT_RUNNING);
    assert_int_equal(kernel_set_mtu("v6nf0", 4000) + kernel_set_mtu("wire0", 4000), 0);
    kernel_send(wire, own_mac, 0x41, 4000); /* the kernel counts it */
    kernel_send(wire, own_mac, 0x42, 60);
    poll_until(port, &seen, 1);
    struct v6nf_port_counters before = kernel_counters(port);
    assert_int_equal(before.receive_dropped, 1);
    assert_non_null(operations->reserve(port));
    for (uint32_t i = 0; i < 2u; i++) {
        assert_true(operations->stop(port));
        assert_int_equal(kernel_status(port), V6NF_PORT_STOPPED);
        assert_false(operations->link_up(port));
        operations->commit(port, 60);
        assert_null(operations->reserve(port));
        operations->commit(port, 60);
        assert_int_equal(kernel_poll(port, &seen), 0);
        operations->wait(port, UINT64_MAX);
        struct v6nf_port_counters after = kernel_counters(port);
        assert_memory_equal(&before, &after, sizeof before);
    }
    kernel_send(wire, own_mac, 0x43, 60); /* no port claims it now */
    assert_int_equal(kernel_receive(kernel, &last, PATIENCE), 60);
    assert_int_equal(last, 0x43);
    const struct v6nf_xdp_interface *const interfaces[] = {&interface};
    assert_int_equal(v6nf_xdp_open(&xdp, interfaces, 1, 0), V6NF_XDP_OPEN);
    (void)close(kernel);
    close_all(wire);
}

static void check_is_gone(void)
{
    const struct v6nf_port_operations *operations = port->operations;
    struct seen seen = {.frames = 0};
    assert_int_equal(kernel_status(port), V6NF_PORT_GONE);
    assert_int_equal(kernel_poll(port, &seen), 0);
    assert_false(operations->link_up(port));
    assert_null(operations->reserve(port));
    operations->commit(port, 60);
    operations->wait(port, UINT64_MAX);
    make_pair("v6nf0", "wire0", kernel_mac); /* one of that name is there again, and it is another */
    assert_int_equal(kernel_status(port), V6NF_PORT_GONE);
    assert_int_equal(kernel_poll(port, &seen), 0);
    assert_true(operations->stop(port));
    assert_int_equal(kernel_status(port), V6NF_PORT_STOPPED);
    v6nf_xdp_detach(&interface);
    assert_int_equal(open_plain(), V6NF_XDP_OPEN);
    assert_int_equal(kernel_status(port), V6NF_PORT_RUNNING);
}

static void test_interface_that_is_deleted(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    assert_true(kernel_link_becomes(port, true));
    kernel_set_up("v6nf0", false);
    assert_true(kernel_link_becomes(port, false));
    assert_int_equal(kernel_status(port), V6NF_PORT_RUNNING); /* down is not gone */
    kernel_set_up("v6nf0", true);
    struct ifreq question = {.ifr_newname = "v6nf7"};
    kernel_set_up("v6nf0", false);
    assert_int_equal(kernel_control("v6nf0", SIOCSIFNAME, &question), 0);
    kernel_set_up("v6nf7", true);
    assert_true(kernel_link_becomes(port, true)); /* by any name of the interface */
    kernel_delete("v6nf7");
    check_is_gone();
    close_all(wire);
}

static void test_interface_that_is_down_for_a_while(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    struct seen seen = {.replies = {60}};
    uint8_t last = 0;
    for (uint32_t i = 0; i < 5u; i++) {
        kernel_set_up("v6nf0", false);
        for (uint32_t k = 0; k < 100u; k++) { /* more than there are buffers: some are dropped */
            if (port->operations->reserve(port) != NULL) {
                kernel_fill(port->operations->reserve(port), group_mac, EXPERIMENTAL, (uint8_t)k, 60);
                port->operations->commit(port, 60);
            }
            (void)kernel_poll(port, &seen);
        }
        for (uint32_t k = 0; k < 3u; k++) { /* frames are unsent: it ends without a time */
            (void)alarm(20);
            port->operations->wait(port, UINT64_MAX);
            (void)alarm(0);
            (void)kernel_poll(port, &seen);
        }
        kernel_set_up("v6nf0", true);
        poll_until(port, &seen, 0);
        while (kernel_receive(wire, &last, QUIET) > 0u) {
        }
        kernel_send(wire, own_mac, (uint8_t)i, 60);
        poll_until(port, &seen, i + 1u);
        assert_int_equal(seen.frames, i + 1u);
        assert_int_equal(kernel_receive(wire, &last, PATIENCE), 60);
        check_owners(&xdp);
    }
    close_all(wire);
}

/* All frames were originated and cannot leave: the error of the packet socket ends no wait again and again. */
static void test_wait_of_a_full_port_that_is_down(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    struct seen seen = {.frames = 0};
    uint32_t waits = 0;
    kernel_set_up("v6nf0", false);
    for (uint32_t i = 0; i < V6NF_XDP_ORIGINATE; i++) {
        kernel_fill(port->operations->reserve(port), group_mac, EXPERIMENTAL, (uint8_t)i, 60);
        port->operations->commit(port, 60);
    }
    assert_null(port->operations->reserve(port));
    for (uint64_t end = v6nf_env_clock() + 200000u; v6nf_env_clock() < end; waits++) {
        (void)kernel_poll(port, &seen);
        port->operations->wait(port, end);
    }
    assert_in_range(waits, 1, 100); /* it looks each 10 ms whether the kernel takes frames */
    kernel_set_up("v6nf0", true);
    poll_until(port, &seen, 0);
    assert_non_null(port->operations->reserve(port));
    close_all(wire);
}

/* A process that is killed leaves nothing: no program, no promiscuous mode. */
static void test_kill(void **state)
{
    (void)state;
    need_xdp();
    make_pair("v6nf0", "wire0", kernel_mac);
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        byte = (char)open_plain();
        ssize_t written = write(ready[1], &byte, 1);
        (void)written;
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, V6NF_XDP_OPEN);
    assert_int_equal(open_plain(), V6NF_XDP_INTERFACE_BUSY);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    enum v6nf_xdp_status status = V6NF_XDP_INTERFACE_BUSY;
    for (uint32_t i = 0; i < 500u && status != V6NF_XDP_OPEN; i++) { /* the kernel ends it a moment later */
        (void)poll(NULL, 0, 10);
        status = (enum v6nf_xdp_status)open_plain();
    }
    assert_int_equal(status, V6NF_XDP_OPEN);
    (void)close(ready[0]);
    close_all(ready[1]);
}

/* -- Waiting ------------------------------------------------------------------------------------------------------- */

static void test_wait(void **state)
{
    (void)state;
    int wire = open_up(V6NF_XDP_AUTO);
    struct seen seen = {.frames = 0};
    kernel_send(wire, own_mac, 1, 60);
    kernel_wait(port, UINT64_MAX);
    kernel_wait(port, UINT64_MAX); /* still there */
    assert_int_equal(kernel_poll(port, &seen), 1);
    send_ipv6(wire, group_mac, 2, 60);
    kernel_wait(port, UINT64_MAX);
    assert_int_equal(kernel_poll(port, &seen), 1); /* also a copy of a frame to a group, at the next poll */
    (void)kernel_poll(port, &seen);
    kernel_check_timed_wait(port);
    kernel_wait(port, v6nf_env_clock());
    kernel_wait(port, 0);
    xdp.ports[0].free_count = 0; /* a copy that cannot be read does not end each wait */
    send_ipv6(wire, group_mac, 3, 60);
    kernel_check_timed_wait(port);
    assert_int_equal(kernel_poll(port, &seen), 0);
    xdp.ports[0].free_count = V6NF_XDP_ORIGINATE;
    poll_until(port, &seen, 3);
    assert_int_equal(seen.last, 3);
    close_all(wire);
}

/* Send and show `count` frames, then wait until this time. Return true if the wait was a pause. */
static bool pauses_after(int wire, uint32_t count, uint64_t until)
{
    struct seen seen = {.frames = 0};
    for (uint32_t i = 0; i < count; i++) {
        kernel_send(wire, own_mac, 1, 60);
    }
    while (seen.frames < count) {
        (void)kernel_poll(port, &seen);
    }
    kernel_wait(port, until);
    return xdp.pauses;
}

/* Waits are pauses while several frames collect in each, and between trials no others are. */
static void test_pause(void **state)
{
    (void)state;
    need_xdp();
    make_pair("v6nf0", "wire0", kernel_mac);
    assert_int_equal(open_config(&(struct v6nf_xdp_config){.name = "v6nf0", .mac = own_mac, .pause = 1000}),
                     V6NF_XDP_OPEN);
    int wire = kernel_socket("wire0", EXPERIMENTAL);
    uint32_t pauses = 0;
    for (uint32_t i = 0; i < 3u * 256u; i++) {
        pauses += pauses_after(wire, 1, v6nf_env_clock()) ? 1u : 0u;
    }
    assert_in_range(pauses, 2, 3); /* the trials */
    while (!pauses_after(wire, 4, v6nf_env_clock())) {
    }
    const uint64_t start = v6nf_env_clock();
    assert_true(pauses_after(wire, 4, UINT64_MAX)); /* ends without a frame */
    assert_true(pauses_after(wire, 100, UINT64_MAX));
    assert_true(v6nf_env_clock() - start >= 2000u);
    kernel_wait(port, v6nf_env_clock()); /* nothing was shown: the pauses end */
    assert_false(xdp.pauses);
    close_all(wire);
}

static void send_one(int wire)
{
    kernel_send(wire, own_mac, 7, 60);
}

static void delete_it(int wire)
{
    (void)wire;
    kernel_delete("v6nf0");
}

static void test_wait_ends_by_what_others_do(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        need_xdp();
        make_pair("v6nf0", "wire0", kernel_mac);
        const struct v6nf_xdp_config config = {.name = "v6nf0", .mac = own_mac, .without_groups = i > 0u};
        assert_int_equal(open_config(&config), V6NF_XDP_OPEN);
        int wire = kernel_socket("wire0", EXPERIMENTAL);
        struct seen seen = {.frames = 0};
        pid_t child = kernel_later(send_one, wire);
        while (seen.frames == 0u) {
            kernel_wait(port, UINT64_MAX);
            (void)kernel_poll(port, &seen);
        }
        assert_int_equal(seen.last, 7);
        kernel_check_ended(child);
        child = kernel_later(delete_it, wire);
        while (port->operations->link_up(port)) {
            kernel_wait(port, UINT64_MAX);
            (void)kernel_poll(port, &seen);
        }
        kernel_check_ended(child);
        assert_int_equal(kernel_status(port), V6NF_PORT_GONE);
        kernel_wait(port, UINT64_MAX); /* a port that is gone is waited for shortly */
        close_all(wire);
    }
}

/* Leave nothing of a test that failed to the next one. */
static int clean_up(void **state)
{
    (void)state;
    const char *const names[] = {"v6nf0", "v6nf1", "v6nf2", "v6nf7"};
    for (size_t i = 0; usable && i < sizeof names / sizeof names[0]; i++) {
        if (if_nametoindex(names[i]) != 0u) {
            kernel_delete(names[i]);
        }
    }
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_frames_both_ways),
        TEST(test_laps),
        TEST(test_poll_shows_no_more_than_a_burst),
        TEST(test_flood_without_polls),
        TEST(test_originate),
        TEST(test_impossible_lengths_are_counted),
        TEST(test_frames_of_the_kernel_go_on_to_it),
        TEST(test_frames_to_groups_reach_both),
        TEST(test_claim_of_a_prefix),
        TEST(test_claim_of_a_vlan),
        TEST(test_groups_of_a_vlan_are_not_shown),
        TEST(test_queues),
        TEST(test_frame_is_sent_by_several_ports),
        TEST(test_dead_output_stops_no_other),
        TEST(test_stopped_port_stops_no_other),
        TEST(test_refused_configurations),
        TEST(test_mtu),
        TEST(test_interface_that_is_down),
        TEST(test_interface_that_is_busy),
        TEST(test_missing_rights),
        TEST(test_nothing_is_left_by_what_fails_or_ends),
        TEST(test_every_status_is_explained),
        TEST(test_bad_descriptors_are_dropped_and_counted),
        TEST(test_bad_indexes_are_ignored_and_counted),
        TEST(test_stop),
        TEST(test_interface_that_is_deleted),
        TEST(test_interface_that_is_down_for_a_while),
        TEST(test_wait_of_a_full_port_that_is_down),
        TEST(test_kill),
        TEST(test_wait),
        TEST(test_pause),
        TEST(test_wait_ends_by_what_others_do),
    };
    return cmocka_run_group_tests_name("xdp", tests, enter_namespace, NULL);
}

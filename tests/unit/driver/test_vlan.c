/* test_vlan.c: VLAN ports on a trunk, and nodes on them. The station at the other end of the cable sees the tags, which
 * the library or a device removes and inserts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/driver/vlan.h"
#include "v6nf/v6nf.h"
#include "v6nf/wire/ether.h"

#define MTU 1500u
#define CAPACITY (MTU + 18u)
#define LENGTH 100u /* of a frame without tag */
#define PRIORITY 0xE000u

static struct v6nf_cable cable;
static struct v6nf_vlan_trunk trunk;
static struct v6nf_vlan vlans[3]; /* 10, 20, untagged */
static const uint32_t ids[] = {10, 20, V6NF_VLAN_UNTAGGED};
static uint8_t received[CAPACITY];

/* The user of a VLAN port: what it saw, and what it sends. */
struct user {
    uint32_t frames;
    uint32_t length;
    uint32_t capacity;
    uint8_t first[18];
    uint32_t reply;
};

static struct user users[3];

static void use(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct user *user = context;
    user->frames++;
    user->length = length;
    user->capacity = capacity;
    memcpy(user->first, frame, length < sizeof user->first ? length : sizeof user->first);
    lengths[0] = user->reply;
}

/* -- A device that removes and inserts tags: between the trunk and the cable --------------------------------------- */

static struct {
    struct v6nf_port port;
    v6nf_handler *handler;
    void *context;
    uint8_t *reserved;
    uint32_t flags;        /* of the checksum of each frame that it receives */
    uint32_t partial_sent; /* frames whose checksum it was asked for */
} device;

static struct v6nf_port *trunk_port; /* the cable, or the device */

/* Insert the tag of a length to send. Return the length with it. */
static uint32_t insert_wanted(uint8_t *frame, uint32_t length, uint32_t capacity)
{
    const uint32_t tag = length & V6NF_PORT_VLAN;
    const uint32_t partial = length & V6NF_PORT_CHECKSUM_PARTIAL & (device.port.checksums != 0u ? UINT32_MAX : 0u);
    const uint32_t bytes = length - tag - partial;
    device.partial_sent += partial != 0u ? 1u : 0u;
    if (tag == 0u || !V6NF_PORT_IS_FRAME(bytes, capacity - V6NF_PORT_TAG_SIZE)) {
        return tag == 0u ? bytes : UINT32_MAX;
    }
    memmove(frame + 16, frame + 12, bytes - 12u);
    v6nf_store32(frame + 12, (V6NF_ETHER_TYPE_VLAN << 16) + (tag >> V6NF_PORT_VLAN_SHIFT));
    return bytes + V6NF_PORT_TAG_SIZE;
}

static void strip_and_show(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    uint32_t shown = length + device.flags;
    if (length >= 18u && v6nf_load16(frame + 12) == V6NF_ETHER_TYPE_VLAN) {
        shown = shown - 4u + ((v6nf_load16(frame + 14) & 0xFFFu) << V6NF_PORT_VLAN_SHIFT);
        memmove(frame + 12, frame + 16, length - 16u);
    }
    device.handler(device.context, frame, shown, capacity, lengths);
    lengths[0] = lengths[0] != 0u ? insert_wanted(frame, lengths[0], capacity) : 0u;
}

static uint32_t device_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    (void)port;
    device.handler = handler;
    device.context = context;
    return cable.b.port.operations->poll(&cable.b.port, strip_and_show, NULL);
}

static uint8_t *device_reserve(struct v6nf_port *port)
{
    (void)port;
    device.reserved = cable.b.port.operations->reserve(&cable.b.port);
    return device.reserved;
}

static void device_commit(struct v6nf_port *port, uint32_t length)
{
    (void)port;
    cable.b.port.operations->commit(&cable.b.port, insert_wanted(device.reserved, length, cable.b.port.capacity));
}

static bool device_link_up(struct v6nf_port *port)
{
    (void)port;
    return cable.b.port.operations->link_up(&cable.b.port);
}

static enum v6nf_port_status device_status(struct v6nf_port *port)
{
    (void)port;
    return cable.b.port.operations->status(&cable.b.port);
}

static void open_device(void)
{
    static const struct v6nf_port_operations operations = {.poll = device_poll,
                                                           .reserve = device_reserve,
                                                           .commit = device_commit,
                                                           .link_up = device_link_up,
                                                           .status = device_status};
    memset(&device, 0, sizeof device);
    device.port = cable.b.port;
    device.port.operations = &operations;
    device.port.tags = true;
}

/* -- Fixture ------------------------------------------------------------------------------------------------------- */

static int set_up_with(struct v6nf_port *port)
{
    memset(users, 0, sizeof users);
    if (!v6nf_cable_init(&cable, MTU, CAPACITY, 1)) {
        return 1;
    }
    open_device();
    trunk_port = port;
    if (!v6nf_vlan_trunk_init(&trunk, port)) {
        return 1;
    }
    for (uint32_t i = 0; i < 3u; i++) {
        if (!v6nf_vlan_open(&vlans[i], &trunk, ids[i])) {
            return 1;
        }
        v6nf_vlan_attach(&vlans[i], use, &users[i]);
    }
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return set_up_with(&cable.b.port);
}

static int set_up_device(void **state)
{
    (void)state;
    return set_up_with(&device.port);
}

/* Write the addresses 00 01 02 ... of a frame, and what follows: tags, EtherType. Return the length so far. */
static uint32_t write_header(uint8_t *frame, const uint16_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < 12u; i++) {
        frame[i] = (uint8_t)(2u * i);
    }
    for (uint32_t i = 0; i < count; i++) {
        v6nf_store16(frame + 12u + 2u * i, words[i]);
    }
    return 12u + 2u * count;
}

static void send_words(const uint16_t *words, uint32_t count, uint32_t length)
{
    uint8_t frame[CAPACITY];
    memset(frame, 0x5A, sizeof frame);
    (void)write_header(frame, words, count);
    assert_true(v6nf_cable_send(&cable.a, frame, length));
}

/* Send a frame of LENGTH bytes and a tag. */
static void send_tagged(uint16_t control)
{
    const uint16_t words[] = {V6NF_ETHER_TYPE_VLAN, control, V6NF_ETHER_TYPE_IPV6};
    send_words(words, 3, LENGTH + V6NF_ETHER_TAG_SIZE);
}

static void send_untagged(void)
{
    const uint16_t words[] = {V6NF_ETHER_TYPE_IPV6};
    send_words(words, 1, LENGTH);
}

static uint32_t receive(void)
{
    return v6nf_cable_receive(&cable.a, received, sizeof received);
}

/* Check that the user saw one frame, without a tag. */
static void assert_saw_untagged(const struct user *user)
{
    const uint16_t type = V6NF_ETHER_TYPE_IPV6;
    uint8_t header[14];
    (void)write_header(header, &type, 1);
    assert_int_equal(user->frames, 1);
    assert_int_equal(user->length, LENGTH);
    assert_memory_equal(user->first, header, sizeof header);
    assert_int_equal(user->first[14], 0x5A);
}

/* -- Tests --------------------------------------------------------------------------------------------------------- */

static void test_user_sees_the_frames_of_its_vlan_without_tag(void **state)
{
    (void)state;
    send_tagged(20u + PRIORITY);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_saw_untagged(&users[1]);
    assert_int_equal(users[1].capacity, CAPACITY - 4u);
    assert_int_equal(users[0].frames + users[2].frames, 0);
    assert_int_equal(receive(), 0);
}

static void test_reply_has_the_tag(void **state)
{
    (void)state;
    const uint16_t words[] = {V6NF_ETHER_TYPE_VLAN, 10, V6NF_ETHER_TYPE_IPV6};
    uint8_t header[18];
    users[0].reply = 60;
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(receive(), 64);
    assert_memory_equal(received, header, write_header(header, words, 3));
    assert_int_equal(received[18], 0x5A);
}

static void test_untagged_frames_and_priority_tags_have_a_port(void **state)
{
    (void)state;
    users[2].reply = LENGTH;
    send_untagged();
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_saw_untagged(&users[2]);
    assert_int_equal(users[2].capacity, CAPACITY);
    assert_int_equal(receive(), LENGTH);
    assert_int_equal(v6nf_load16(received + 12), V6NF_ETHER_TYPE_IPV6);
    users[2].frames = 0;
    send_tagged(PRIORITY);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_saw_untagged(&users[2]);
    if (trunk_port->tags) {
        assert_int_equal(receive(), LENGTH); /* the device does not state that there was one */
        assert_int_equal(v6nf_load16(received + 12), V6NF_ETHER_TYPE_IPV6);
        return;
    }
    assert_int_equal(receive(), LENGTH + 4u); /* a priority tag answers one */
    assert_int_equal(v6nf_load32(received + 12), 0x81000000u);
}

static void test_frames_of_other_vlans_are_dropped_and_counted(void **state)
{
    (void)state;
    send_tagged(11);
    send_tagged(10 + 256u); /* in the same list */
    send_tagged(4095);
    assert_int_equal(v6nf_vlan_poll(&trunk), 3);
    assert_int_equal(users[0].frames + users[1].frames + users[2].frames, 0);
    assert_int_equal(v6nf_vlan_unknown(&trunk), 3);
    assert_true(vlans[2].port.operations->stop(&vlans[2].port));
    send_untagged();
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[2].frames, 0);
    assert_int_equal(v6nf_vlan_unknown(&trunk), 4);
}

static void test_tag_that_is_cut_off_is_dropped(void **state)
{
    (void)state;
    const uint16_t words[] = {V6NF_ETHER_TYPE_VLAN, 10, V6NF_ETHER_TYPE_IPV6};
    for (uint32_t length = 14; length < 18u; length++) {
        send_words(words, 3, length);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        assert_int_equal(users[0].frames + users[2].frames, 0);
        assert_int_equal(v6nf_vlan_unknown(&trunk), length - 13u);
    }
    send_words(words, 3, 18);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[0].frames, 1);
    assert_int_equal(users[0].length, 14);
}

static void test_second_tag_stays(void **state)
{
    (void)state;
    const uint16_t words[] = {V6NF_ETHER_TYPE_VLAN, 10, V6NF_ETHER_TYPE_VLAN, 20, V6NF_ETHER_TYPE_IPV6};
    send_words(words, 5, LENGTH);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[0].frames, 1);
    assert_int_equal(users[1].frames, 0);
    assert_int_equal(v6nf_load32(users[0].first + 12), 0x81000014u);
}

static void test_originated_frame_has_the_tag(void **state)
{
    (void)state;
    struct v6nf_port *port = &vlans[1].port;
    const uint16_t words[] = {V6NF_ETHER_TYPE_IPV6};
    const uint16_t tagged[] = {V6NF_ETHER_TYPE_VLAN, 20, V6NF_ETHER_TYPE_IPV6};
    uint8_t header[18];
    uint8_t *frame = port->operations->reserve(port);
    assert_non_null(frame);
    memset(frame, 0x33, port->capacity);
    (void)write_header(frame, words, 1);
    port->operations->commit(port, port->capacity);
    assert_int_equal(receive(), CAPACITY);
    assert_memory_equal(received, header, write_header(header, tagged, 3));
    assert_int_equal(received[18], 0x33);
    assert_int_equal(received[CAPACITY - 1u], 0x33);
    port = &vlans[2].port;
    frame = port->operations->reserve(port);
    assert_non_null(frame);
    (void)write_header(frame, words, 1);
    port->operations->commit(port, 60);
    assert_int_equal(receive(), 60);
    assert_int_equal(v6nf_load16(received + 12), V6NF_ETHER_TYPE_IPV6);
}

static uint8_t *reserve_on(uint32_t vlan)
{
    return vlans[vlan].port.operations->reserve(&vlans[vlan].port);
}

static void commit_on(uint32_t vlan, uint32_t length)
{
    vlans[vlan].port.operations->commit(&vlans[vlan].port, length);
}

static uint64_t dropped_on(uint32_t vlan)
{
    struct v6nf_port_counters counters;
    vlans[vlan].port.operations->read_counters(&vlans[vlan].port, &counters);
    return counters.transmit_dropped;
}

static void test_buffer_that_a_vlan_has_reserved_is_its_own(void **state)
{
    (void)state;
    uint8_t *frame = reserve_on(0);
    assert_non_null(frame);
    memset(frame, 0x77, 60);
    for (uint32_t i = 0; i < 65536u; i++) {
        assert_null(reserve_on(1 + i % 2u));
    }
    commit_on(1, 60); /* nothing is reserved */
    assert_int_equal(dropped_on(1), 1);
    assert_int_equal(receive(), 0);
    assert_ptr_equal(reserve_on(0), frame);
    commit_on(0, 60);
    assert_int_equal(receive(), 64);
    assert_int_equal(v6nf_load16(received + 14), 10);
    assert_int_equal(received[18], 0x77);
    assert_non_null(reserve_on(1));
    commit_on(1, 60);
    assert_int_equal(receive(), 64);
    assert_int_equal(v6nf_load16(received + 14), 20);
    commit_on(1, 60); /* it is sent */
    assert_int_equal(receive(), 0);
    assert_int_equal(dropped_on(0), 0);
    assert_int_equal(dropped_on(1), 2);
}

static void test_buffer_that_is_given_back_is_for_others(void **state)
{
    (void)state;
    assert_non_null(reserve_on(0));
    v6nf_port_release(&vlans[1].port); /* not its own */
    assert_null(reserve_on(1));
    v6nf_port_release(&vlans[0].port);
    assert_non_null(reserve_on(1));
    commit_on(0, 60);
    assert_int_equal(dropped_on(0), 1);
    assert_int_equal(receive(), 0);
    commit_on(1, 60);
    assert_int_equal(receive(), 64);
    assert_non_null(reserve_on(0)); /* its VLAN ends */
    assert_true(vlans[0].port.operations->stop(&vlans[0].port));
    assert_non_null(reserve_on(1));
    v6nf_port_release(&vlans[0].port);
    assert_null(reserve_on(2));
}

/* A program that keeps a buffer does not stop other VLANs. It can still send, unless another has taken the buffer. */
static void test_buffer_that_is_kept_can_be_taken_after_a_poll(void **state)
{
    (void)state;
    assert_non_null(reserve_on(0));
    assert_int_equal(v6nf_vlan_poll(&trunk), 0);
    commit_on(0, 60);
    assert_int_equal(receive(), 64);
    assert_non_null(reserve_on(0));
    assert_int_equal(v6nf_vlan_poll(&trunk), 0);
    assert_non_null(reserve_on(1));
    assert_null(reserve_on(0)); /* until the next poll */
    commit_on(0, 60);
    assert_int_equal(receive(), 0);
    assert_int_equal(dropped_on(0), 1);
    commit_on(1, 60);
    assert_int_equal(receive(), 64);
    assert_int_equal(v6nf_load16(received + 14), 20);
}

static void test_length_that_is_no_frame_is_counted(void **state)
{
    (void)state;
    const uint32_t bad[] = {1, V6NF_PORT_FRAME_MIN - 1u, CAPACITY - 3u, UINT32_MAX};
    struct v6nf_port_counters counters;
    struct v6nf_port *port = &vlans[0].port;
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        users[0].reply = bad[i];
        send_tagged(10);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        assert_non_null(port->operations->reserve(port));
        port->operations->commit(port, bad[i]);
        assert_int_equal(receive(), 0);
        port->operations->read_counters(port, &counters);
        assert_int_equal(counters.transmit_dropped, 2u * (i + 1u));
    }
    users[0].reply = CAPACITY - 4u;
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(receive(), CAPACITY);
}

static void test_counters_are_those_of_the_vlan(void **state)
{
    (void)state;
    struct v6nf_port_counters counters;
    users[0].reply = 60;
    send_tagged(10);
    send_tagged(20);
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 3);
    vlans[0].port.operations->read_counters(&vlans[0].port, &counters);
    assert_int_equal(counters.received, 2);
    assert_int_equal(counters.received_bytes, 2u * LENGTH);
    assert_int_equal(counters.sent, 2);
    assert_int_equal(counters.sent_bytes, 120);
    assert_int_equal(counters.receive_dropped + counters.transmit_dropped, 0);
    v6nf_vlan_attach(&vlans[1], NULL, NULL);
    send_tagged(20);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    vlans[1].port.operations->read_counters(&vlans[1].port, &counters);
    assert_int_equal(counters.received, 1);
    assert_int_equal(counters.receive_dropped, 1);
}

static void test_poll_of_a_vlan_port_shows_others_to_their_users(void **state)
{
    (void)state;
    struct user other = {.reply = 0};
    send_tagged(10);
    send_tagged(20);
    assert_int_equal(vlans[0].port.operations->poll(&vlans[0].port, use, &other), 1);
    assert_int_equal(other.frames, 1);
    assert_int_equal(users[0].frames, 0);
    assert_int_equal(users[1].frames, 1);
    send_tagged(10); /* the attached user is back */
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[0].frames, 1);
}

static void test_stopped_port_neither_receives_nor_sends(void **state)
{
    (void)state;
    struct v6nf_port *port = &vlans[0].port;
    assert_non_null(port->operations->reserve(port));
    assert_true(port->operations->stop(port));
    assert_true(port->operations->stop(port));
    port->operations->commit(port, 60);
    assert_null(port->operations->reserve(port));
    assert_false(port->operations->link_up(port));
    assert_int_equal(port->operations->status(port), V6NF_PORT_STOPPED);
    send_tagged(10);
    assert_int_equal(port->operations->poll(port, use, &users[0]), 0);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[0].frames, 0);
    assert_int_equal(receive(), 0);
    send_tagged(20);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(users[1].frames, 1);
    assert_true(v6nf_vlan_open(&vlans[0], &trunk, 10)); /* it can be opened again */
}

static void test_status_is_that_of_the_trunk(void **state)
{
    (void)state;
    struct v6nf_port *port = &vlans[0].port;
    assert_int_equal(port->operations->status(port), V6NF_PORT_RUNNING);
    assert_true(port->operations->link_up(port));
    v6nf_cable_set_link(&cable, false);
    assert_false(port->operations->link_up(port));
    assert_true(cable.b.port.operations->stop(&cable.b.port));
    assert_int_equal(port->operations->status(port), V6NF_PORT_STOPPED);
    assert_null(port->operations->reserve(port));
}

static void test_vlan_is_opened_once(void **state)
{
    (void)state;
    struct v6nf_vlan vlan = {.id = 77};
    assert_false(v6nf_vlan_open(&vlan, &trunk, 10));
    assert_false(v6nf_vlan_open(&vlan, &trunk, V6NF_VLAN_ID_MAX + 1u));
    assert_false(v6nf_vlan_open(&vlan, &trunk, UINT32_MAX));
    assert_int_equal(vlan.id, 77);
}

static void test_all_vlans_have_ports(void **state)
{
    (void)state;
    static struct v6nf_vlan all[V6NF_VLAN_ID_MAX + 1u];
    assert_true(v6nf_vlan_trunk_init(&trunk, trunk_port));
    for (uint32_t id = 0; id <= V6NF_VLAN_ID_MAX; id++) {
        assert_true(v6nf_vlan_open(&all[id], &trunk, id));
        v6nf_vlan_attach(&all[id], use, &users[id % 3u]);
    }
    for (uint32_t id = 1; id <= V6NF_VLAN_ID_MAX; id++) {
        users[id % 3u] = (struct user){.reply = 60};
        send_tagged((uint16_t)id);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        assert_saw_untagged(&users[id % 3u]);
        assert_int_equal(receive(), 64);
        assert_int_equal(v6nf_load16(received + 14), id);
    }
    for (uint32_t id = 0; id <= V6NF_VLAN_ID_MAX; id++) {
        assert_true(all[id].port.operations->stop(&all[id].port));
    }
    assert_int_equal(v6nf_vlan_unknown(&trunk), 0);
    send_tagged(1);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(v6nf_vlan_unknown(&trunk), 1);
}

static void test_mtu_is_smaller_only_where_buffers_end(void **state)
{
    (void)state;
    assert_int_equal(vlans[0].port.mtu, MTU);
    assert_int_equal(vlans[0].port.capacity, MTU + 14u);
    assert_true(v6nf_cable_init(&cable, MTU, MTU + 14u, 1));
    assert_true(v6nf_vlan_trunk_init(&trunk, &cable.b.port));
    assert_true(v6nf_vlan_open(&vlans[0], &trunk, 10));
    assert_true(v6nf_vlan_open(&vlans[2], &trunk, V6NF_VLAN_UNTAGGED));
    assert_int_equal(vlans[0].port.mtu, MTU - 4u);
    assert_int_equal(vlans[2].port.mtu, MTU);
    assert_true(v6nf_cable_init(&cable, 1280, 1297, 1));
    assert_false(v6nf_vlan_trunk_init(&trunk, &cable.b.port));
    cable.b.port.capacity = 1298;
    cable.b.port.outputs = 2;
    assert_false(v6nf_vlan_trunk_init(&trunk, &cable.b.port));
    cable.b.port.outputs = 1;
    cable.b.port.checksums = V6NF_PORT_VERIFIES;
    assert_false(v6nf_vlan_trunk_init(&trunk, &cable.b.port));
}

/* Frames of any length and with any tags: each is counted once, and what leaves has the tag of the VLAN that it came
 * from. */
static void test_hostile_frames_stay_in_their_vlan(void **state)
{
    (void)state;
    static const uint16_t types[] = {V6NF_ETHER_TYPE_VLAN, V6NF_ETHER_TYPE_IPV6, V6NF_ETHER_TYPE_SERVICE_VLAN, 17};
    uint32_t random = 1;
    for (uint32_t i = 0; i < 65536u; i++) {
        struct v6nf_port_counters counters;
        random = random * 1664525u + 1013904223u;
        const uint16_t words[] = {types[random >> 30], (uint16_t)((random >> 8) % 32u + (random & 0xF000u)),
                                  types[random >> 28 & 3u], (uint16_t)(random >> 16 & 31u)};
        const uint32_t length = 1u + (random >> 6) % ((i & 1u) != 0u ? 40u : CAPACITY);
        for (uint32_t j = 0; j < 3u; j++) {
            users[j].reply = random % 5u == 0u ? random >> 20 : length;
        }
        send_words(words, 4, length);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        uint64_t counted = v6nf_vlan_unknown(&trunk);
        for (uint32_t j = 0; j < 3u; j++) {
            vlans[j].port.operations->read_counters(&vlans[j].port, &counters);
            counted += counters.received + counters.receive_dropped;
        }
        assert_int_equal(counted, i + 1u);
        const uint32_t sent = receive();
        const bool is_priority = (words[1] & 0xFFFu) == 0u; /* a device answers without a tag */
        if (sent != 0u && words[0] == V6NF_ETHER_TYPE_VLAN && length >= 18u && !(trunk_port->tags && is_priority)) {
            assert_int_equal(v6nf_load32(received + 12), 0x81000000u + (words[1] & 0xFFFu));
            assert_true((words[1] & 0xFFFu) == 10u || (words[1] & 0xFFFu) == 20u || (words[1] & 0xFFFu) == 0u);
        }
        assert_true(sent <= CAPACITY);
    }
}

/* A frame fills the buffer after the device has removed its tag. No user sees a frame that is longer than its capacity,
 * which it could not send either. */
static void test_frame_without_space_for_its_tag_is_dropped(void **state)
{
    (void)state;
    struct v6nf_port_counters counters;
    const uint16_t words[] = {V6NF_ETHER_TYPE_VLAN, 10, V6NF_ETHER_TYPE_IPV6};
    for (uint32_t i = 0; i <= 4u; i++) {
        device.flags = i; /* bytes more than the cable carries */
        send_words(words, 3, CAPACITY);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        assert_int_equal(users[0].frames, 1);
        assert_int_equal(users[0].length, users[0].capacity);
    }
    vlans[0].port.operations->read_counters(&vlans[0].port, &counters);
    assert_int_equal(counters.received, 1);
    assert_int_equal(counters.receive_dropped, 4);
}

/* A device that verifies and inserts checksums, too: users see its flags, and it sees theirs. */
static void test_flags_pass_a_device_with_tags(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, V6NF_PORT_CHECKSUM_GOOD, V6NF_PORT_CHECKSUM_WRONG};
    struct v6nf_port_counters counters;
    device.port.checksums = V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS;
    assert_true(v6nf_vlan_trunk_init(&trunk, &device.port));
    assert_true(v6nf_vlan_open(&vlans[0], &trunk, 10));
    assert_int_equal(vlans[0].port.checksums, V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS);
    assert_false(vlans[0].port.tags);
    v6nf_vlan_attach(&vlans[0], use, &users[0]);
    for (uint32_t i = 0; i < 3u; i++) {
        device.flags = flags[i];
        users[0].reply = 60u + V6NF_PORT_CHECKSUM_PARTIAL;
        send_tagged(10);
        assert_int_equal(v6nf_vlan_poll(&trunk), 1);
        assert_int_equal(users[0].length, LENGTH + flags[i]);
        assert_int_equal(receive(), 64);
        assert_int_equal(device.partial_sent, 2u * i + 1u);
        assert_non_null(reserve_on(0));
        commit_on(0, 60u + V6NF_PORT_CHECKSUM_PARTIAL);
        assert_int_equal(receive(), 64);
        assert_int_equal(device.partial_sent, 2u * i + 2u);
    }
    users[0].reply = 60u + V6NF_PORT_CHECKSUM_GOOD; /* not a flag to send, nor is a VLAN ID of the user's own */
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    users[0].reply = 60u + (20u << V6NF_PORT_VLAN_SHIFT);
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(receive(), 0);
    vlans[0].port.operations->read_counters(&vlans[0].port, &counters);
    assert_int_equal(counters.received_bytes, 5u * LENGTH);
    assert_int_equal(counters.sent_bytes, 6u * 60u);
    assert_int_equal(counters.transmit_dropped, 2);
}

/* A card can report what it found without being asked. */
static void test_flags_that_no_one_asked_for_are_not_shown(void **state)
{
    (void)state;
    device.flags = V6NF_PORT_CHECKSUM_GOOD;
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_saw_untagged(&users[0]);
    users[0].reply = 60u + V6NF_PORT_CHECKSUM_PARTIAL;
    send_tagged(10);
    assert_int_equal(v6nf_vlan_poll(&trunk), 1);
    assert_int_equal(receive(), 0);
    assert_int_equal(dropped_on(0), 1);
}

/* -- Nodes --------------------------------------------------------------------------------------------------------- */

/* Two nodes with the same addresses, on two VLANs of a cable. Those of the other end ping them. */
static struct v6nf_vlan_trunk far_trunk;
static struct v6nf_vlan far_vlans[2];
static struct v6nf_node nodes[4]; /* the last two are at the other end */
static struct v6nf_run_context contexts[4];
static struct v6nf_ping pings[2];

static void start_node(uint32_t which, struct v6nf_vlan *vlan, uint8_t last)
{
    const struct v6nf_node_config config = {.mac = vlan->port.mac, .mtu = vlan->port.mtu, .seed = which + 1u};
    const struct v6nf_address address = {{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}};
    assert_int_equal(v6nf_node_init(&nodes[which], &config, 0), V6NF_OK);
    assert_int_equal(v6nf_node_add_address(&nodes[which], &address, 64, 0), V6NF_OK);
    contexts[which].node = &nodes[which];
    v6nf_vlan_attach(vlan, v6nf_run_handler, &contexts[which]);
}

/* Let time pass at both ends of the cable, in steps of a millisecond. */
static void run_nodes(uint64_t now, uint64_t until)
{
    static struct v6nf_port *const ports[] = {&vlans[0].port, &vlans[1].port, &far_vlans[0].port, &far_vlans[1].port};
    for (; now < until; now += 1000u) {
        v6nf_cable_advance(&cable, now);
        for (uint32_t i = 0; i < 4u; i++) {
            contexts[i].now = now;
        }
        (void)v6nf_vlan_poll(&trunk);
        (void)v6nf_vlan_poll(&far_trunk);
        for (uint32_t i = 0; i < 4u; i++) {
            (void)v6nf_run_tick(&nodes[i], ports[i], now);
        }
    }
}

/* Start two nodes on the near end with address 1, two on the far end with address 2, and let time pass. */
static void start_nodes(uint64_t until)
{
    assert_true(v6nf_vlan_trunk_init(&far_trunk, &cable.a.port));
    for (uint32_t i = 0; i < 2u; i++) {
        assert_true(v6nf_vlan_open(&far_vlans[i], &far_trunk, ids[i]));
        start_node(i, &vlans[i], 1);
        start_node(2u + i, &far_vlans[i], 2);
    }
    run_nodes(0, until);
}

static void test_nodes_on_two_vlans_of_one_port_do_not_meet(void **state)
{
    (void)state;
    const struct v6nf_ping_config config = {.destination = {{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
                                            .count = 100,
                                            .size = 1400,
                                            .interval = 10000,
                                            .timeout = V6NF_SECOND};
    start_nodes(V6NF_SECOND);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(v6nf_ping_start(&pings[i], &nodes[2u + i], &config, V6NF_SECOND), V6NF_OK);
    }
    run_nodes(V6NF_SECOND, 3u * V6NF_SECOND);
    assert_int_equal(pings[0].received, 100);
    assert_int_equal(pings[1].received, 100);
    /* A host of VLAN 20 alone is unknown on VLAN 10. */
    assert_true(vlans[0].port.operations->stop(&vlans[0].port));
    for (uint32_t i = 0; i < 2u; i++) {
        v6nf_ping_stop(&pings[i], &nodes[2u + i]);
        assert_int_equal(v6nf_ping_start(&pings[i], &nodes[2u + i], &config, 3u * V6NF_SECOND), V6NF_OK);
    }
    run_nodes(3u * V6NF_SECOND, 6u * V6NF_SECOND);
    assert_int_equal(pings[0].received, 0);
    assert_int_equal(pings[1].received, 100);
}

#define RELAY 7000u
#define SIZE 1200u

/* A datagram that is relayed from one VLAN to another, and what both ends see of it. */
static struct {
    uint64_t now;
    uint32_t relayed;
    uint32_t damaged;
    uint32_t received; /* at the far end of VLAN 20 */
    enum v6nf_send_status status;
} relay;

static enum v6nf_send_status send_on(uint32_t node, uint8_t last, uint8_t value)
{
    const struct v6nf_udp_message message = {
        .remote = {{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}}, .remote_port = RELAY, .local_port = RELAY};
    uint8_t data[SIZE];
    memset(data, value, sizeof data);
    return v6nf_run_udp_send(&nodes[node], &vlans[node].port, &message, data, sizeof data, relay.now);
}

static bool has_only(const struct v6nf_udp_datagram *datagram, uint8_t value)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < datagram->length; i++) {
        same += datagram->payload[i] == value ? 1u : 0u;
    }
    return datagram->length == SIZE && same == SIZE;
}

/* Of the node on VLAN 10: send on VLAN 20 before the datagram is read. */
static uint32_t relay_datagram(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    relay.status = send_on(1, 2, 0x22);
    relay.relayed++;
    relay.damaged += has_only(datagram, 0x11) ? 0u : 1u;
    return 0;
}

static uint32_t receive_relayed(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    relay.received++;
    relay.damaged += has_only(datagram, 0x22) ? 0u : 1u;
    return 0;
}

/* Start the nodes, and send on VLAN 20 once, so that the neighbor there is resolved. */
static void start_relay(void)
{
    memset(&relay, 0, sizeof relay);
    start_nodes(3u * V6NF_SECOND);
    assert_int_equal(v6nf_udp_bind(&nodes[0], RELAY, relay_datagram, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&nodes[1], RELAY, receive_relayed, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&nodes[3], RELAY, receive_relayed, NULL), V6NF_OK);
    relay.now = 3u * V6NF_SECOND;
    (void)send_on(1, 2, 0x22);
}

#if V6NF_LOOPBACK > 0u
/* The datagram is the node's own, and is handled in the buffer of the tick. */
static void test_handler_on_one_vlan_does_not_send_from_the_buffer_of_its_datagram(void **state)
{
    (void)state;
    start_relay();
    run_nodes(relay.now, 4u * V6NF_SECOND);
    assert_int_equal(relay.received, 1);
    relay.now = 4u * V6NF_SECOND;
    for (uint32_t i = 1; i <= 1000u; i++) {
        assert_int_equal(send_on(0, 1, 0x11), V6NF_SEND_SENT); /* to itself */
        (void)v6nf_run_tick(&nodes[0], &vlans[0].port, relay.now);
        assert_int_equal(relay.relayed, i);
        assert_int_equal(relay.status, V6NF_SEND_NO_BUFFER);   /* not lost silently */
        assert_int_equal(send_on(1, 2, 0x22), V6NF_SEND_SENT); /* it is sent after that */
        run_nodes(relay.now, relay.now + 2000u);
        relay.now += 2000u;
    }
    run_nodes(relay.now, relay.now + V6NF_SECOND);
    assert_int_equal(relay.received, 1001);
    assert_int_equal(relay.damaged, 0);
}
#endif

/* In a poll, a datagram of the link is in a buffer of its own. */
static void test_handler_on_one_vlan_sends_on_another(void **state)
{
    (void)state;
    start_relay();
    const struct v6nf_udp_message message = {
        .remote = {{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, .remote_port = RELAY, .local_port = RELAY};
    uint8_t data[SIZE];
    memset(data, 0x11, sizeof data);
    for (uint32_t i = 0; i < 100u; i++) {
        (void)v6nf_run_udp_send(&nodes[2], &far_vlans[0].port, &message, data, sizeof data, relay.now);
        run_nodes(relay.now, relay.now + 10000u);
        relay.now += 10000u;
    }
    assert_int_equal(relay.relayed, 100);
    assert_int_equal(relay.status, V6NF_SEND_SENT);
    assert_int_equal(relay.received, 101);
    assert_int_equal(relay.damaged, 0);
}

/* Nothing is sent on VLAN 10 to a host that no route has: the next datagram on VLAN 20 has a buffer. */
static void test_datagram_that_is_refused_gives_its_buffer_back(void **state)
{
    (void)state;
    const struct v6nf_udp_message message = {
        .remote = {{0x20, 1, 0x0d, 0xb8}}, .remote_port = RELAY, .local_port = RELAY};
    memset(&relay, 0, sizeof relay);
    start_nodes(3u * V6NF_SECOND);
    relay.now = 3u * V6NF_SECOND;
    (void)send_on(1, 2, 0x22);
    run_nodes(relay.now, 4u * V6NF_SECOND);
    relay.now = 4u * V6NF_SECOND;
    for (uint32_t i = 0; i < 10u; i++) {
        assert_int_equal(v6nf_run_udp_send(&nodes[0], &vlans[0].port, &message, "", 0, relay.now), V6NF_SEND_NO_ROUTE);
        assert_int_equal(send_on(1, 2, 0x22), V6NF_SEND_SENT);
    }
}

/* A test for tags that the library removes and inserts, and that a device does. */
#define BOTH(test) cmocka_unit_test_setup(test, set_up), cmocka_unit_test_setup(test, set_up_device)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_user_sees_the_frames_of_its_vlan_without_tag),
        BOTH(test_reply_has_the_tag),
        BOTH(test_untagged_frames_and_priority_tags_have_a_port),
        BOTH(test_frames_of_other_vlans_are_dropped_and_counted),
        cmocka_unit_test_setup(test_tag_that_is_cut_off_is_dropped, set_up),
        BOTH(test_second_tag_stays),
        BOTH(test_originated_frame_has_the_tag),
        BOTH(test_buffer_that_a_vlan_has_reserved_is_its_own),
        BOTH(test_buffer_that_is_given_back_is_for_others),
        BOTH(test_buffer_that_is_kept_can_be_taken_after_a_poll),
        BOTH(test_length_that_is_no_frame_is_counted),
        BOTH(test_counters_are_those_of_the_vlan),
        BOTH(test_poll_of_a_vlan_port_shows_others_to_their_users),
        BOTH(test_stopped_port_neither_receives_nor_sends),
        BOTH(test_status_is_that_of_the_trunk),
        BOTH(test_vlan_is_opened_once),
        BOTH(test_all_vlans_have_ports),
        cmocka_unit_test_setup(test_mtu_is_smaller_only_where_buffers_end, set_up),
        BOTH(test_hostile_frames_stay_in_their_vlan),
        BOTH(test_nodes_on_two_vlans_of_one_port_do_not_meet),
#if V6NF_LOOPBACK > 0u
        BOTH(test_handler_on_one_vlan_does_not_send_from_the_buffer_of_its_datagram),
#endif
        BOTH(test_handler_on_one_vlan_sends_on_another),
        BOTH(test_datagram_that_is_refused_gives_its_buffer_back),
        cmocka_unit_test_setup(test_flags_pass_a_device_with_tags, set_up_device),
        cmocka_unit_test_setup(test_frame_without_space_for_its_tag_is_dropped, set_up_device),
        cmocka_unit_test_setup(test_flags_that_no_one_asked_for_are_not_shown, set_up_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

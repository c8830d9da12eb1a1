/* test_functions.c: the network functions of examples/nf, with two outputs each, on rings of cards in memory, with
 * either format of descriptors, on virtio devices, and on ports: cables, and queues in shared
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define NF_OUTPUTS 2u

#include "../../../examples/nf/nf.h"
#include "fixture_ring_device.h"
#include "fixture_shm.h"
#include "fixture_virtio_device.h"
#include "v6nf/driver/cable.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/mld.h"

typedef uint32_t nf_poll_function(void *state, struct nf_path *path, uint32_t input, uint64_t now);
typedef void nf_start_function(void *state, const uint8_t *secret);

/* Each is a whole program; here they are parts of one program. */
nf_start_function noop_start, mac_write_start, mac_lookup_start, policer_start, bridge_start;
nf_poll_function noop_poll, mac_write_poll, mac_lookup_poll, policer_poll, bridge_poll;
#define nf_name noop_name
#define nf_state_size noop_state_size
#define nf_extras noop_extras
#define nf_start noop_start
#define nf_poll noop_poll
#include "../../../examples/nf/noop.c"
#undef nf_name
#undef nf_state_size
#undef nf_extras
#undef nf_start
#undef nf_poll
#define nf_name mac_write_name
#define nf_state_size mac_write_state_size
#define nf_extras mac_write_extras
#define nf_start mac_write_start
#define nf_poll mac_write_poll
#define destination mac_write_destination
#define source mac_write_source
#include "../../../examples/nf/mac_write.c"
#undef destination
#undef source
#undef nf_name
#undef nf_state_size
#undef nf_extras
#undef nf_start
#undef nf_poll
#define nf_name mac_lookup_name
#define nf_state_size mac_lookup_state_size
#define nf_extras mac_lookup_extras
#define nf_start mac_lookup_start
#define nf_poll mac_lookup_poll
#include "../../../examples/nf/mac_lookup.c"
#undef CAPACITY
#undef STATIONS
#undef nf_name
#undef nf_state_size
#undef nf_extras
#undef nf_start
#undef nf_poll
#define nf_name policer_name
#define nf_state_size policer_state_size
#define nf_extras policer_extras
#define nf_start policer_start
#define nf_poll policer_poll
#include "../../../examples/nf/policer.c"
#undef MAX_EXPIRE
#undef nf_name
#undef nf_state_size
#undef nf_extras
#undef nf_start
#undef nf_poll
#define nf_name bridge_name
#define nf_state_size bridge_state_size
#define nf_extras bridge_extras
#define nf_start bridge_start
#define nf_poll bridge_poll
#include "../../../examples/nf/bridge.c"
#undef nf_name
#undef nf_state_size
#undef nf_extras
#undef nf_start
#undef nf_poll

#define BUFFER_SIZE 2048u
#define FRAME_SIZE 1000u

static const uint8_t secret[NF_SECRET_SIZE] = {1, 2, 3};

static struct ring_device inputs[NF_INPUTS];
static struct ring_device outputs[NF_INPUTS][NF_OUTPUTS]; /* of each ring */
static struct v6nf_cable cables[NF_INPUTS];               /* the ports are the ends b */
static struct shm_memory memories[NF_INPUTS];             /* queues of the ports, */
static struct shm_peer peers[NF_INPUTS];                  /* and their other sides */
static struct v6nf_shm shm[NF_INPUTS];
static bool is_shm; /* ports are those of shared memory */
static struct v6nf_virtio virtio[NF_INPUTS];
static struct nf_path paths[NF_INPUTS];

/* The states of two agents of one function. */
static union {
    struct mac_lookup mac_lookup;
    struct policer policer;
    struct bridge bridge;
} agents[2];

static uint32_t output_of(uint32_t input, uint32_t after)
{
    return (input + 1u + after) % NF_INPUTS;
}

static void make_rings(enum v6nf_ring_format format)
{
    device_memory_free(UINT32_MAX);
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_ring_device *devices[NF_OUTPUTS];
        ring_device_init(&inputs[i], format, true);
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            ring_device_init(&outputs[i][j], format, true);
            devices[j] = &outputs[i][j].device;
        }
        paths[i].kind = format == V6NF_RING_LEGACY ? NF_LEGACY : NF_ADVANCED;
        assert_int_equal(v6nf_ring_open(&paths[i].ring, &inputs[i].device, NF_OUTPUTS, devices, BUFFER_SIZE),
                         V6NF_RING_OPEN);
    }
}

static int set_up_legacy(void **state)
{
    (void)state;
    make_rings(V6NF_RING_LEGACY);
    return 0;
}

static int set_up_advanced(void **state)
{
    (void)state;
    make_rings(V6NF_RING_ADVANCED);
    return 0;
}

static void make_virtio_rings(uint64_t features)
{
    static const struct v6nf_nic_config config = {.mtu = 1500};
    virtio_device_power_on(true, UINT32_MAX);
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        virtio_device_add(true, i);
        virtio_device.knobs.offers |= features;
        assert_int_equal(
            v6nf_virtio_init_mmio(&virtio[i], VIRTIO_MMIO_ADDRESS + (uint64_t)i * VIRTIO_MMIO_STEP, &config),
            V6NF_NIC_READY);
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_virtio *its_outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            its_outputs[j] = &virtio[output_of(i, j)];
        }
        paths[i].kind = NF_VIRTIO;
        assert_int_equal(v6nf_virtio_ring_open(&paths[i].virtio, &virtio[i], NF_OUTPUTS, its_outputs), V6NF_RING_OPEN);
    }
}

static int set_up_virtio(void **state)
{
    (void)state;
    make_virtio_rings(0);
    return 0;
}

static int set_up_virtio_in_order(void **state)
{
    (void)state;
    make_virtio_rings(VIRTIO_F_IN_ORDER);
    return 0;
}

static void forward_between(struct v6nf_port *const *ports)
{
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_port *its_outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            its_outputs[j] = ports[output_of(i, j)];
        }
        paths[i].kind = NF_PORTS;
        assert_true(v6nf_forward_init(&paths[i].ports, ports[i], NF_OUTPUTS, its_outputs));
    }
}

static int set_up_cables(void **state)
{
    (void)state;
    struct v6nf_port *ports[NF_INPUTS];
    is_shm = false;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        assert_true(v6nf_cable_init(&cables[i], 1500, 1514, i));
        ports[i] = &cables[i].b.port;
    }
    forward_between(ports);
    return 0;
}

static void notify_peer(unsigned int channel)
{
    assert_in_range(channel, SHM_RECEIVE_CHANNEL, SHM_TRANSMIT_CHANNEL); /* the test looks by itself */
}

static int set_up_shm(void **state)
{
    (void)state;
    struct v6nf_port *ports[NF_INPUTS];
    is_shm = true;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        memset(&memories[i], 0, sizeof memories[i]);
        const struct v6nf_shm_config config = shm_config(&memories[i], notify_peer);
        shm[i] = (struct v6nf_shm){0};
        assert_int_equal(v6nf_shm_init(&shm[i], &config), V6NF_SHM_OPEN);
        shm_peer_init(&peers[i], &memories[i]);
        ports[i] = &shm[i].port;
    }
    forward_between(ports);
    return 0;
}

/* A frame for a station, from a station, from an address in 2001:db8:0:`prefix`::/64. */
static uint8_t frame[FRAME_SIZE];

static void write_frame(uint32_t to, uint32_t from, uint32_t prefix)
{
    memset(frame, 0x5A, sizeof frame);
    v6nf_store16(frame, 0x0200);
    v6nf_store32(frame + 2, to);
    v6nf_store16(frame + 6, 0x0200);
    v6nf_store32(frame + 8, from);
    v6nf_store16(frame + 12, 0x86DD);
    v6nf_store32(frame + 22, 0x20010DB8);
    v6nf_store32(frame + 26, prefix);
}

/* Copy the frame that the other side of a shm port is to get. Return its length, 0 if there is none. */
static uint32_t take_from_shm(uint32_t port, uint8_t *received)
{
    struct v6nf_shm_descriptor taken;
    if (!shm_peer_take(&peers[port], &taken)) {
        return 0;
    }
    assert_true(taken.offset % SHM_BUFFER == 0u && taken.offset < SHM_BUFFERS * SHM_BUFFER);
    assert_in_range(taken.length, 1, FRAME_SIZE);
    memcpy(received, memories[port].data[taken.offset / SHM_BUFFER], taken.length);
    shm_peer_return(&peers[port], taken.offset);
    return taken.length;
}

/* Let output `i` of the input send a frame of `length` bytes to `frame`. Return false if it has none. */
static bool take_sent(uint32_t input, uint32_t i, uint32_t length)
{
    const uint8_t *sent = NULL;
    uint8_t received[FRAME_SIZE];
    uint32_t sent_length = 0;
    if (paths[input].kind == NF_PORTS) {
        sent_length = is_shm ? take_from_shm(output_of(input, i), received)
                             : v6nf_cable_receive(&cables[output_of(input, i)].a, received, sizeof received);
        sent = received;
    } else if (paths[input].kind == NF_VIRTIO) {
        virtio_device_select(output_of(input, i));
        const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
        assert_null(virtio_device.fault);
        if (id != VIRTIO_NONE) {
            sent = virtio_device_frame(id, &sent_length);
            virtio_device_use(VIRTIO_TRANSMIT, id, 0);
        }
    } else {
        sent_length = ring_device_send(&outputs[input][i], 0, &sent);
        assert_null(outputs[input][i].fault);
    }
    if (sent_length == 0u) {
        return false;
    }
    assert_int_equal(sent_length, length);
    memcpy(frame, sent, length);
    return true;
}

/* The other side writes the frame into the next free buffer. */
static bool send_by_shm(uint32_t port, uint32_t length)
{
    if (v6nf_shm_waiting(&peers[port].receive_free) == 0u) {
        return false;
    }
    const uint64_t offset = v6nf_shm_take(&peers[port].receive_free).offset;
    assert_true(offset % SHM_BUFFER == 0u && offset < SHM_RECEIVE * SHM_BUFFER);
    memcpy(memories[port].data[offset / SHM_BUFFER], frame, length);
    v6nf_shm_release(&peers[port].receive_free);
    v6nf_shm_put(&peers[port].receive_active, offset, length);
    v6nf_shm_publish(&peers[port].receive_active);
    return true;
}

static bool receive(uint32_t input, uint32_t length)
{
    if (paths[input].kind == NF_PORTS && is_shm) {
        return send_by_shm(input, length);
    }
    if (paths[input].kind == NF_PORTS) {
        return v6nf_cable_send(&cables[input].a, frame, length);
    }
    if (paths[input].kind == NF_VIRTIO) {
        virtio_device_select(input);
        return virtio_device_receive(frame, length);
    }
    return ring_device_receive(&inputs[input], frame, length);
}

/* Begin with new agents. */
static void begin(nf_start_function *start)
{
    memset(agents, 0, sizeof agents);
    for (uint32_t i = 0; i < 2u; i++) {
        start(&agents[i], secret);
    }
}

/* Let an agent handle the frame, received by the card or port. Return the outputs that sent it, a bit for each. The
 * sent bytes are in `frame`. */
static uint32_t pass_agent(void *agent, nf_poll_function *poll, uint32_t input, uint32_t length, uint64_t now)
{
    uint32_t left = 0;
    assert_true(receive(input, length));
    assert_int_equal(poll(agent, &paths[input], input, now), 1);
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        left |= take_sent(input, i, length) ? 1u << i : 0u;
    }
    poll(agent, &paths[input], input, now);
    for (uint32_t i = 0; paths[input].kind == NF_PORTS && is_shm && i < NF_INPUTS; i++) {
        assert_int_equal(v6nf_shm_waiting(&peers[i].receive_free), SHM_RECEIVE);
        assert_int_equal(shm[i].shm_counters.unexpected + shm[i].shm_counters.bad_lengths, 0);
    }
    return left;
}

static uint32_t pass(nf_poll_function *poll, uint32_t input, uint32_t length, uint64_t now)
{
    return pass_agent(&agents[0], poll, input, length, now);
}

static void noop_changes_nothing(void **state)
{
    (void)state;
    uint8_t before[FRAME_SIZE];
    begin(noop_start);
    write_frame(1, 2, 3);
    memcpy(before, frame, sizeof frame);
    assert_int_equal(pass(noop_poll, 0, FRAME_SIZE, 0), 3);
    assert_memory_equal(frame, before, sizeof frame);
}

static void mac_write_changes_both_addresses(void **state)
{
    (void)state;
    uint8_t before[FRAME_SIZE];
    static const uint8_t addresses[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    begin(mac_write_start);
    write_frame(7, 8, 3);
    memcpy(before, frame, sizeof frame);
    assert_int_equal(pass(mac_write_poll, 0, FRAME_SIZE, 0), 3);
    assert_memory_equal(frame, addresses, 12);
    assert_memory_equal(frame + 12, before + 12, sizeof frame - 12u);
}

static void mac_lookup_lets_listed_stations_through(void **state)
{
    (void)state;
    begin(mac_lookup_start);
    for (uint32_t i = 500; i < 524u; i++) {
        write_frame(i, 1, 1);
        assert_int_equal(pass(mac_lookup_poll, 0, FRAME_SIZE, 0), i < 512u ? 3 : 0);
    }
    assert_int_equal(pass(mac_lookup_poll, 0, 13, 0), 0);
}

/* BURST bytes at once, then RATE a second, for each /64. */
static void policer_holds_each_prefix_to_its_rate(void **state)
{
    (void)state;
    begin(policer_start);
    for (uint32_t prefix = 0; prefix < 3u; prefix++) {
        uint32_t passed = 0;
        for (uint32_t i = 0; i < 200u; i++) {
            write_frame(1, 2, prefix);
            frame[40] = (uint8_t)i; /* of the interface identifier */
            passed += pass(policer_poll, 0, FRAME_SIZE, 1000) != 0u ? 1u : 0u;
        }
        assert_int_equal(passed, 125);
    }
    write_frame(1, 2, 0);
    assert_int_equal(pass(policer_poll, 0, FRAME_SIZE, 1000 + 799), 0);
    assert_int_equal(pass(policer_poll, 0, FRAME_SIZE, 1000 + 800), 3);
    write_frame(1, 2, 0);
    v6nf_store16(frame + 12, 0x0806);
    assert_int_equal(pass(policer_poll, 0, FRAME_SIZE, 1000 + 800), 3);
    write_frame(1, 2, 0);
    assert_int_equal(pass(policer_poll, 0, 53, 1000 + 800), 0); /* not a whole header */
    assert_int_equal(pass(policer_poll, 0, 54, 1000 + 800), 0);
}

/* Put bytes after the Ethernet addresses. */
static void insert(const uint8_t *bytes, uint32_t size)
{
    memmove(frame + 12u + size, frame + 12, FRAME_SIZE - 12u - size);
    memcpy(frame + 12, bytes, size);
}

/* One tag, several tags and SNAP do not hide IPv6. A frame that cannot be parsed to its end is dropped. */
static void policer_sees_ipv6_after_tags(void **state)
{
    static const struct {
        uint8_t size;
        uint8_t bytes[20];
    } cases[] = {
        {4, {0x81, 0x00, 0x00, 0x00}}, /* priority */
        {4, {0x81, 0x00, 0xE0, 0x05}},
        {4, {0x88, 0xA8, 0x00, 0x05}},
        {4, {0x91, 0x00, 0x00, 0x05}},
        {8, {0x88, 0xA8, 0x00, 0x05, 0x81, 0x00, 0x00, 0x06}},
        {16, {0x81, 0x00, 0, 1, 0x81, 0x00, 0, 1, 0x81, 0x00, 0, 1, 0x81, 0x00, 0, 1}},
        {8, {0x05, 0x00, 0xAA, 0xAA, 0x03, 0, 0, 0}},
        {8, {0x05, 0x00, 0xAA, 0xAA, 0x03, 0, 0, 0xF8}},
        {12, {0x81, 0x00, 0, 1, 0x05, 0x00, 0xAA, 0xAA, 0x03, 0, 0, 0}},
    };
    (void)state;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t passed = 0;
        begin(policer_start);
        for (uint32_t j = 0; j < 200u; j++) {
            write_frame(1, 2, 7);
            insert(cases[i].bytes, cases[i].size);
            passed += pass(policer_poll, 0, FRAME_SIZE, 1000) != 0u ? 1u : 0u;
        }
        assert_int_equal(passed, 125);
        write_frame(1, 2, 8);
        insert(cases[i].bytes, cases[i].size);
        assert_int_equal(pass(policer_poll, 0, 53u + cases[i].size, 1000), 0);
        write_frame(1, 2, 8);
        insert(cases[i].bytes, cases[i].size);
        assert_int_equal(pass(policer_poll, 0, 12u + cases[i].size, 1000), 0);
    }
    write_frame(1, 2, 8);
    for (uint32_t i = 0; i < 5u; i++) {
        insert(cases[0].bytes, 4);
    }
    assert_int_equal(pass(policer_poll, 0, FRAME_SIZE, 1000), 0);
    write_frame(1, 2, 8);
    v6nf_store16(frame + 12, 38);
    v6nf_store32(frame + 14, 0x42420300); /* LLC of the Spanning Tree Protocol */
    assert_int_equal(pass(policer_poll, 0, 60, 1000), 3);
}

static void policer_forgets(void **state)
{
    (void)state;
    begin(policer_start);
    for (uint32_t prefix = 0; prefix < PREFIXES + 10u; prefix++) {
        write_frame(1, 2, prefix);
        assert_int_equal(pass(policer_poll, 0, FRAME_SIZE, prefix), 3);
    }
    assert_int_equal(agents[0].policer.prefixes.ages.count, PREFIXES);
    for (uint32_t i = 0; i < PREFIXES / 16u; i++) {
        policer_poll(&agents[0], &paths[0], 0, 1000u * LIFETIME);
    }
    assert_int_equal(agents[0].policer.prefixes.ages.count, 0);
}

/* Of the three cards, 0 sends to 1 and 2, 1 to 2 and 0, 2 to 0 and 1. */
static void bridge_learns(void **state)
{
    (void)state;
    begin(bridge_start);
    write_frame(20, 10, 0);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), 3); /* 20 is unknown */
    write_frame(10, 20, 0);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 1), 2); /* 10 is at 0 */
    write_frame(20, 10, 0);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 2), 1); /* 20 is at 1 */
    write_frame(20, 11, 0);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 3), 0); /* 10 is on that side */
    write_frame(30, 20, 0);
    assert_int_equal(pass(bridge_poll, 2, FRAME_SIZE, 4), 3); /* 20 has moved to 2 */
    write_frame(20, 10, 0);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 5), 2);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 4 + AGEING), 2);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 5 + AGEING), 3); /* 20 is forgotten */
}

static void bridge_floods_groups_and_drops_link_local_frames(void **state)
{
    (void)state;
    begin(bridge_start);
    write_frame(1, 10, 0);
    frame[0] = 0x33;
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), 3);
    memset(frame, 0xFF, 6);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), 3);
    write_frame(1, 10, 0);
    frame[6] = 0x03; /* a group is no source: not learnt */
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), 3);
    assert_int_equal(agents[0].bridge.stations.ages.count, 1);
    for (uint8_t i = 0x0E; i < 0x12u; i++) {
        static const uint8_t reserved[5] = {0x01, 0x80, 0xC2, 0x00, 0x00};
        memcpy(frame, reserved, sizeof reserved);
        frame[5] = i;
        assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), i <= 0x0Fu ? 0 : 3);
    }
    assert_int_equal(pass(bridge_poll, 0, 13, 0), 0);
}

/* Give the frame a VLAN tag in place of its EtherType. */
static void tag_frame(uint32_t type, uint32_t control)
{
    v6nf_store16(frame + 12, (uint16_t)type);
    v6nf_store16(frame + 14, (uint16_t)control);
}

/* A station in one VLAN is not that with the same address in another one. The priority in a tag does not matter. */
static void bridge_keeps_vlans_apart(void **state)
{
    (void)state;
    begin(bridge_start);
    write_frame(20, 10, 0);
    tag_frame(V6NF_ETHER_TYPE_VLAN, 5);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, 0), 3);
    write_frame(10, 20, 0);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 0), 3); /* 10 is not known without VLAN */
    tag_frame(V6NF_ETHER_TYPE_VLAN, 6);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 0), 3);
    tag_frame(V6NF_ETHER_TYPE_VLAN, 0xE005);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 0), 2);
    tag_frame(V6NF_ETHER_TYPE_SERVICE_VLAN, 5);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 0), 2);
    tag_frame(V6NF_ETHER_TYPE_VLAN, 5);
    assert_int_equal(pass(bridge_poll, 1, 17, 0), 0); /* truncated */
    tag_frame(V6NF_ETHER_TYPE_VLAN, 0xFFF);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 0), 0);
}

/* Write a frame to a group, with Hop-by-Hop Options (Router Alert) and a message without a checksum. */
static void write_mld(const uint8_t *group, const uint8_t *message, uint32_t size)
{
    static const uint8_t alert[] = {V6NF_NEXT_HEADER_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
    static const uint8_t source[16] = {0xFE, 0x80, [15] = 1};
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    write_frame(0, 99, 0);
    v6nf_store16(frame, 0x3333);
    memcpy(frame + 2, group + 12, 4);
    v6nf_ipv6_write(packet, size + 8u, 0, 1);
    memcpy(packet + V6NF_IPV6_SOURCE, source, 16);
    memcpy(packet + V6NF_IPV6_DESTINATION, group, 16);
    memcpy(packet + V6NF_IPV6_HEADER_SIZE, alert, sizeof alert);
    memcpy(packet + V6NF_MLD_OFFSET, message, size);
    v6nf_icmpv6_finish(packet, packet + V6NF_MLD_OFFSET, size);
}

static void bridge_sends_groups_to_listeners_and_routers(void **state)
{
    static const uint8_t all_nodes[16] = {0xFF, 2, [15] = 1};
    static const uint8_t group[16] = {0xFF, 0x0E, [15] = 1};
    static const uint8_t query[V6NF_MLD_V1_SIZE] = {V6NF_MLD_QUERY, [4] = 0x27, 0x10};
    static const uint8_t report[V6NF_MLD_V1_SIZE] = {V6NF_MLD_REPORT_V1, [8] = 0xFF, 0x0E, [23] = 1};
    static const uint8_t data[V6NF_MLD_V1_SIZE] = {200};
    const uint64_t start = 5u;
    const uint64_t now = start + V6NF_MLD_SNOOPING_SETTLE;
    (void)state;
    begin(bridge_start);
    write_mld(all_nodes, query, sizeof query);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, start), 3);
    write_mld(group, data, sizeof data);
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, now - 1u), 3);
    write_mld(group, report, sizeof report);
    assert_int_equal(pass(bridge_poll, 2, FRAME_SIZE, now), 1); /* to 0, with the router */
    write_mld(group, data, sizeof data);
    assert_int_equal(pass(bridge_poll, 0, FRAME_SIZE, now), 2); /* to 2, which listens */
    assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, now), 3);
    assert_int_equal(pass(bridge_poll, 2, FRAME_SIZE, now), 1);
    assert_int_equal(pass(bridge_poll, 2, FRAME_SIZE, start + V6NF_MLD_SNOOPING_QUERIER), 3);
}

/* A flood of sources only fills the table: earlier addresses are still found. */
static void bridge_keeps_what_it_knows_in_a_flood(void **state)
{
    (void)state;
    begin(bridge_start);
    write_frame(20, 10, 0);
    pass(bridge_poll, 0, FRAME_SIZE, 0);
    for (uint32_t i = 0; i < 2u * STATIONS; i++) {
        write_frame(10, 1000u + i, 0);
        assert_int_equal(pass(bridge_poll, 1, FRAME_SIZE, 1), 2);
    }
    assert_in_range(agents[0].bridge.stations.ages.count, STATIONS - STATIONS / 100u, STATIONS);
}

/* The test, for each kind of path. */
#define ON_EVERY_KIND(test)                                                                                            \
    {#test " on legacy rings", test, set_up_legacy, NULL, NULL},                                                       \
        {#test " on advanced rings", test, set_up_advanced, NULL, NULL},                                               \
        {#test " on virtio devices", test, set_up_virtio, NULL, NULL},                                                 \
        {#test " on virtio devices in order", test, set_up_virtio_in_order, NULL, NULL},                               \
        {#test " on cables", test, set_up_cables, NULL, NULL},                                                         \
    {                                                                                                                  \
#test " on queues in shared memory", test, set_up_shm, NULL, NULL                                              \
    }

/* Each agent has its own rate, and knows only the stations that it has heard. */
static void agents_share_no_state(void **state)
{
    uint32_t passed[2] = {0, 0};
    (void)state;
    begin(policer_start);
    for (uint32_t i = 0; i < 400u; i++) {
        write_frame(1, 2, 7);
        passed[i % 2u] += pass_agent(&agents[i % 2u], policer_poll, 0, FRAME_SIZE, 1000) != 0u ? 1u : 0u;
    }
    assert_int_equal(passed[0], 125);
    assert_int_equal(passed[1], 125);
    begin(bridge_start);
    write_frame(20, 10, 0);
    assert_int_equal(pass_agent(&agents[0], bridge_poll, 0, FRAME_SIZE, 0), 3);
    write_frame(10, 20, 0);
    assert_int_equal(pass_agent(&agents[1], bridge_poll, 1, FRAME_SIZE, 0), 3); /* this agent has not heard 10 */
    write_frame(10, 20, 0);
    assert_int_equal(pass_agent(&agents[0], bridge_poll, 1, FRAME_SIZE, 0), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_EVERY_KIND(noop_changes_nothing),
        ON_EVERY_KIND(mac_write_changes_both_addresses),
        ON_EVERY_KIND(mac_lookup_lets_listed_stations_through),
        ON_EVERY_KIND(policer_holds_each_prefix_to_its_rate),
        ON_EVERY_KIND(policer_sees_ipv6_after_tags),
        ON_EVERY_KIND(policer_forgets),
        ON_EVERY_KIND(bridge_learns),
        ON_EVERY_KIND(bridge_keeps_vlans_apart),
        ON_EVERY_KIND(bridge_sends_groups_to_listeners_and_routers),
        ON_EVERY_KIND(bridge_floods_groups_and_drops_link_local_frames),
        ON_EVERY_KIND(bridge_keeps_what_it_knows_in_a_flood),
        ON_EVERY_KIND(agents_share_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

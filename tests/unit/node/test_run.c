/* test_run.c: until when a program waits between two rounds, and frames for a device that always inserts checksums
 * (run.h). */
#include "fixture_node.h"

#include <string.h>

#define NOW (5u * SECOND)

static struct v6nf_node node;
static uint64_t waited_until;

static void record_wait(struct v6nf_port *port, uint64_t until)
{
    (void)port;
    waited_until = until;
}

/* Return until when the port waits in a round at NOW. */
static uint64_t end_of_wait(uint64_t node_due, uint64_t until)
{
    static const struct v6nf_port_operations operations = {.wait = record_wait};
    struct v6nf_port port = {.operations = &operations};
    node.next_due = node_due;
    v6nf_run_wait(&node, &port, NOW, until);
    return waited_until;
}

static void wait_lasts_until_the_earlier_time(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(V6NF_NEVER, V6NF_NEVER), V6NF_NEVER);
    assert_int_equal(end_of_wait(NOW + 7u, V6NF_NEVER), NOW + 7u);
    assert_int_equal(end_of_wait(V6NF_NEVER, NOW + 8u), NOW + 8u);
    assert_int_equal(end_of_wait(NOW + 7u, NOW + 8u), NOW + 7u);
    assert_int_equal(end_of_wait(NOW + 8u, NOW + 7u), NOW + 7u);
}

static void what_is_due_and_had_no_buffer_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(NOW, V6NF_NEVER), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(0, V6NF_NEVER), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(V6NF_NEVER, NOW), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(V6NF_NEVER, 0), NOW + V6NF_RUN_RETRY);
}

/* The lack of buffers of the one does not delay the other. */
static void time_before_the_next_try_is_not_missed(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(NOW, NOW + 100u), NOW + 100u);
    assert_int_equal(end_of_wait(NOW + 100u, NOW), NOW + 100u);
    assert_int_equal(end_of_wait(0, NOW + 2u * V6NF_RUN_RETRY), NOW + V6NF_RUN_RETRY);
}

#if V6NF_CHECKSUM_OFFLOAD
/* -- A device that always inserts checksums ------------------------------------------------------------------------ */

static struct fixture f;
static struct test_frame given; /* to the handler */
static struct test_frame taken; /* from the handler or the node */

static uint32_t poll_given(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    uint32_t lengths[1] = {0};
    taken = given;
    handler(context, taken.bytes, given.length, port->capacity, lengths);
    taken.length = lengths[0];
    return 1;
}

static uint8_t *reserve_taken(struct v6nf_port *port)
{
    (void)port;
    return taken.bytes;
}

static void commit_taken(struct v6nf_port *port, uint32_t length)
{
    (void)port;
    taken.length = length;
}

static const struct v6nf_port_operations taking = {
    .poll = poll_given, .reserve = reserve_taken, .commit = commit_taken};

static struct v6nf_port port_with(uint8_t checksums)
{
    return (struct v6nf_port){
        .operations = &taking, .checksums = checksums, .mtu = 1500, .capacity = 1514, .outputs = 1};
}

static uint32_t field_at(uint32_t at)
{
    return ((uint32_t)taken.bytes[at] << 8) + taken.bytes[at + 1u];
}

/* An Echo Reply, and a solicitation that a tick sends; with any other device they are complete. */
static void fields_are_cleared_for_a_device_that_always_inserts(void **state)
{
    (void)state;
    for (uint32_t always = 0; always < 2u; always++) {
        struct v6nf_port port = port_with(always != 0u ? V6NF_PORT_INSERTS_ALWAYS : 0u);
        fixture_start(&f);
        fixture_make_reachable(&f, &f.peer);
        fixture_tick(&f);
        frame_echo_request(&given, &f.peer, NODE_GLOBAL, 1, 1, 56);
        assert_int_equal(v6nf_run(&f.node, &port, f.now), 1);
        assert_int_equal(taken.length, given.length);
        assert_int_equal(field_at(56) == 0u, always);
        struct v6nf_udp_message message = {
            .local_port = 7, .remote_port = 8, .remote = test_address_of(f.peer.address)};
        assert_int_equal(v6nf_run_udp_send(&f.node, &port, &message, "12", 2, f.now), V6NF_SEND_SENT);
        assert_int_equal(taken.length, 64);
        assert_int_equal(field_at(60) == 0u, always);
    }
}

/* Only UDP and ICMPv6 directly behind the IPv6 header, and nothing outside of the frame. */
static void nothing_else_is_cleared(void **state)
{
    (void)state;
    static const uint8_t types[] = {17, 58, 0, 44, 59, 6};
    for (uint32_t type = 0; type < sizeof types; type++) {
        for (uint32_t length = 0; length < 80u; length++) {
            const uint32_t at = types[type] == 17u ? 60u : 56u;
            const bool is_cleared = type < 2u && length >= at + 2u;
            memset(taken.bytes, 0xEE, 100);
            memcpy(taken.bytes + 12, (const uint8_t[]){0x86, 0xDD}, 2);
            taken.bytes[20] = types[type];
            v6nf_run_clear_checksum(taken.bytes, length);
            for (uint32_t i = 21; i < 100u; i++) {
                assert_int_equal(taken.bytes[i], is_cleared && (i == at || i == at + 1u) ? 0u : 0xEEu);
            }
        }
    }
    memset(taken.bytes, 0xEE, 100);
    taken.bytes[20] = 17;
    v6nf_run_clear_checksum(taken.bytes, 100);
    assert_int_equal(field_at(60), 0xEEEE);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_lasts_until_the_earlier_time),
        cmocka_unit_test(what_is_due_and_had_no_buffer_is_tried_again),
        cmocka_unit_test(time_before_the_next_try_is_not_missed),
#if V6NF_CHECKSUM_OFFLOAD
        cmocka_unit_test(fields_are_cleared_for_a_device_that_always_inserts),
        cmocka_unit_test(nothing_else_is_cleared),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

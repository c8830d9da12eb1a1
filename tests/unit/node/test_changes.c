/* test_changes.c: the counters that change when addresses, routes, neighbors or the link do. */
#include "fixture_node.h"
#include "fixture_router.h"

static struct fixture f;
static uint32_t before[V6NF_CHANGE_COUNT];

static void mark(void)
{
    for (uint32_t i = 0; i < V6NF_CHANGE_COUNT; i++) {
        before[i] = v6nf_node_changes(&f.node, (enum v6nf_change)i);
    }
}

/* Check that exactly the changes of the kinds in `kinds`, a bit for each, were counted since mark(). */
static void assert_changed(uint32_t kinds)
{
    for (uint32_t i = 0; i < V6NF_CHANGE_COUNT; i++) {
        bool has_changed = v6nf_node_changes(&f.node, (enum v6nf_change)i) != before[i];
        if (has_changed != ((kinds & 1u << i) != 0u)) {
            fail_msg("changes of kind %u are %scounted", (unsigned)i, has_changed ? "" : "not ");
        }
    }
    mark();
}

#define ADDRESSES (1u << V6NF_CHANGE_ADDRESSES)
#define ROUTES (1u << V6NF_CHANGE_ROUTES)
#define NEIGHBORS (1u << V6NF_CHANGE_NEIGHBORS)
#define LINK (1u << V6NF_CHANGE_LINK)

static void each_state_of_an_address_is_a_change(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    mark();
    struct v6nf_address address = test_address_of(NODE_GLOBAL);
    assert_int_equal(v6nf_node_lease_address(&f.node, &address, 100, 200, f.now), V6NF_OK);
    assert_changed(ADDRESSES); /* tentative */
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_changed(ADDRESSES); /* preferred */
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_changed(ADDRESSES); /* deprecated */
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_changed(ADDRESSES); /* removed */
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_changed(0);
}

static void routers_that_come_and_go_are_changes(void **state)
{
    (void)state;
    struct test_frame in;
    fixture_start_host(&f);
    fixture_run_until(&f, f.now + 10u * SECOND);
    mark();
    frame_ra(&in, &router_1, 100, 0);
    fixture_input_silent(&f, &in);
    assert_changed(ROUTES);
    fixture_input_silent(&f, &in);
    assert_changed(0); /* the same again */
    fixture_run_until(&f, f.now + 101u * SECOND);
    assert_changed(ROUTES);
}

static void neighbors_that_come_and_go_are_changes(void **state)
{
    (void)state;
    fixture_start(&f);
    mark();
    fixture_make_reachable(&f, &f.peer);
    assert_changed(NEIGHBORS);
    fixture_udp_send(&f, 1000, "2001:db8::99", 2000, 0);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_changed(0); /* it never answered */
    fixture_run_until(&f, f.now + 100u * SECOND);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 0);
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_changed(NEIGHBORS); /* it does not answer any more */
}

static void link_that_is_up_again_is_a_change(void **state)
{
    (void)state;
    fixture_start(&f);
    mark();
    v6nf_node_link_up(&f.node, f.now);
    assert_int_not_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_LINK), before[V6NF_CHANGE_LINK]);
}

static void traffic_is_no_change(void **state)
{
    (void)state;
    struct test_frame in;
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    mark();
    for (uint16_t i = 0; i < 100u; i++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 1, i, 56);
        fixture_input(&f, &in);
    }
    assert_changed(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_of_an_address_is_a_change),
        cmocka_unit_test(routers_that_come_and_go_are_changes),
        cmocka_unit_test(neighbors_that_come_and_go_are_changes),
        cmocka_unit_test(link_that_is_up_again_is_a_change),
        cmocka_unit_test(traffic_is_no_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

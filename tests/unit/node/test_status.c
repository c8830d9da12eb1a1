/* test_status.c: texts of statuses, the version, and questions about the state of a node's addresses. */
#include <stdio.h>
#include <string.h>

#include "fixture_node.h"
#include "v6nf/driver/ring.h"
#include "v6nf/driver/shm.h"
#include "v6nf/version.h"

static const char *status_text(uint32_t number)
{
    return v6nf_status_text((enum v6nf_status)number);
}

static const char *ring_text(uint32_t number)
{
    return v6nf_ring_status_text((enum v6nf_ring_status)number);
}

static const char *shm_text(uint32_t number)
{
    return v6nf_shm_status_text((enum v6nf_shm_status)number);
}

static void every_status_has_its_own_text(void **state)
{
    (void)state;
    const struct {
        const char *(*text)(uint32_t number);
        uint32_t last;
    } kinds[] = {{status_text, V6NF_EXISTS}, {ring_text, V6NF_RING_NO_QUEUE}, {shm_text, V6NF_SHM_QUEUES_USED}};
    for (uint32_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (uint32_t i = 0; i <= kinds[kind].last; i++) {
            assert_string_not_equal(kinds[kind].text(i), "unknown status");
            for (uint32_t k = 0; k < i; k++) {
                assert_string_not_equal(kinds[kind].text(i), kinds[kind].text(k));
            }
        }
        assert_string_equal(kinds[kind].text(kinds[kind].last + 1u), "unknown status");
    }
}

static void library_and_headers_have_one_version(void **state)
{
    (void)state;
    char text[16];
    (void)snprintf(text, sizeof text, "%d.%d.%d", V6NF_VERSION / 10000, V6NF_VERSION / 100 % 100, V6NF_VERSION % 100);
    assert_string_equal(v6nf_version(), text);
}

/* A node with only a link-local address has no tentative address any more, but nothing to send from beyond the link. */
static void link_local_address_is_not_global(void **state)
{
    (void)state;
    static struct fixture f;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .seed = 1});
    assert_false(v6nf_node_is_detecting(&f.node));
    assert_false(v6nf_node_has_global_address(&f.node));
#if V6NF_ANYCAST
    struct v6nf_address anycast = test_address_of(OFF_LINK);
    assert_int_equal(v6nf_node_add_anycast(&f.node, &anycast, f.now), V6NF_OK);
    assert_false(v6nf_node_has_global_address(&f.node));
#endif
    fixture_add_address(&f, NODE_GLOBAL, 64);
    assert_true(v6nf_node_has_global_address(&f.node));
}

/* An address counts from the end of its detection on, and not if it is a duplicate. */
static void tentative_address_is_not_yet_global(void **state)
{
    (void)state;
    static struct fixture f;
    struct v6nf_address global = test_address_of(NODE_GLOBAL);
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .dad_transmits = 1, .seed = 1});
    assert_int_equal(v6nf_node_add_address(&f.node, &global, 64, f.now), V6NF_OK);
    assert_true(v6nf_node_is_detecting(&f.node));
    assert_false(v6nf_node_has_global_address(&f.node));
    fixture_run_until(&f, f.now + 10u * V6NF_SECOND);
    assert_false(v6nf_node_is_detecting(&f.node));
    assert_true(v6nf_node_has_global_address(&f.node));
    f.node.addresses[1].state = V6NF_ADDRESS_DUPLICATE;
    assert_false(v6nf_node_is_detecting(&f.node));
    assert_false(v6nf_node_has_global_address(&f.node));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_own_text),
        cmocka_unit_test(library_and_headers_have_one_version),
        cmocka_unit_test(link_local_address_is_not_global),
        cmocka_unit_test(tentative_address_is_not_yet_global),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

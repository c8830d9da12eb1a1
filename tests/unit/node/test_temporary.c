/* test_temporary.c: temporary addresses (RFC 8981). */
#include <string.h>

#include "fixture_exchange.h"
#include "fixture_router.h"

#define DAY (86400u * UINT64_C(1000000))
#define HOUR (3600u * UINT64_C(1000000))
#define PREFIX "2001:db8:1::"

static void start_with(bool temporary, uint64_t seed, uint32_t dad_transmits)
{
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500,
                                                           .dad_transmits = dad_transmits,
                                                           .seed = seed,
                                                           .autoconfigure = true,
                                                           .temporary_addresses = temporary});
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_mark(&f);
}

static void advertise(const char *prefix, uint32_t valid, uint32_t preferred)
{
    fixture_advertise_prefix(&f, prefix, 64, PREFIX_A, valid, preferred);
    fixture_tick(&f);
}

/* Return the number of temporary addresses in this state, and the last of them. */
static uint32_t count_temporary(enum v6nf_address_state state, const struct v6nf_interface_address **last)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < f.node.addresses_used; i++) {
        if (f.node.addresses[i].origin == V6NF_ADDRESS_TEMPORARY && f.node.addresses[i].state == state) {
            found++;
            if (last != NULL) {
                *last = &f.node.addresses[i];
            }
        }
    }
    return found;
}

static void nothing_is_formed_unless_asked_for(void **state)
{
    (void)state;
    start_with(false, 1, 0);
    advertise(PREFIX, 10000, 10000);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
    assert_int_equal(f.node.addresses_used, 2);
}

#if V6NF_TEMPORARY
/* A temporary address is formed next to the stable one, detected in the same way, and preferred (RFC 8981, 3.1; RFC
 * 6724, rule 7). */
static void temporary_address_is_formed_detected_and_preferred(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    (void)state;
    start_with(true, 1, 1);
    advertise(PREFIX, 600000, 600000);
    assert_int_equal(count_temporary(V6NF_ADDRESS_TENTATIVE, &own), 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 1);
    assert_true(own->preferred_until <= own->formed + DAY);
    assert_true(own->preferred_until >= own->formed + DAY - DAY / 10u * 4u); /* DESYNC_FACTOR */
    assert_int_equal(own->valid_until, own->formed + 2u * DAY);
    uint8_t source[16];
    memcpy(source, own->address.bytes, 16);
    fixture_udp_send(&f, 1000, "2001:db8:ffff::5", 2000, 0);
    assert_memory_equal(f.out.bytes + 22, source, 16);
    advertise(PREFIX, 600000, 600000); /* once */
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 1);
}

/* Another is formed each day, before the last is deprecated. That is removed a day later (RFC 8981, 3.5). There are
 * only a few at a time. */
static void another_is_formed_each_day(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    uint8_t before[16] = {0};
    uint64_t shortest = DAY;
    uint64_t longest = 0;
    uint32_t changes = 0;
    (void)state;
    start_with(true, 2, 1);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * SECOND);
    uint64_t begin = f.now;
    for (uint64_t time = 0; time < 10u * DAY; time += HOUR) {
        fixture_run_until(&f, begin + time);
        uint32_t preferred = count_temporary(V6NF_ADDRESS_PREFERRED, &own);
        assert_true(preferred == 1u || preferred == 2u);
        assert_true(f.node.addresses_used <= 2u + 4u);
        if (memcmp(before, own->address.bytes, 16) != 0) {
            uint64_t lasts = own->preferred_until - own->formed;
            shortest = lasts < shortest ? lasts : shortest;
            longest = lasts > longest ? lasts : longest;
            memcpy(before, own->address.bytes, 16);
            changes++;
        }
    }
    assert_true(longest <= DAY && shortest >= DAY - DAY / 10u * 4u && longest - shortest > HOUR); /* DESYNC_FACTOR */
    assert_in_range(changes, 10, 17);
    assert_int_equal(fixture_counted(&f, V6NF_ADDRESSES_FULL), 0);
}

/* The two advertised lifetimes are not exceeded, and later changes are followed (RFC 8981, 3.4). */
static void lifetimes_follow_the_prefix(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    (void)state;
    start_with(true, 3, 0);
    uint64_t begin = f.now;
    advertise(PREFIX, 20000, 10000);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 1);
    assert_int_equal(own->preferred_until, begin + 10000u * (uint64_t)SECOND);
    assert_int_equal(own->valid_until, begin + 20000u * (uint64_t)SECOND);
    advertise(PREFIX, 30000, 0); /* no new connections */
    assert_int_equal(count_temporary(V6NF_ADDRESS_DEPRECATED, &own), 1);
    assert_int_equal(own->valid_until, begin + 30000u * (uint64_t)SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
    fixture_run_until(&f, begin + 30000u * (uint64_t)SECOND);
    assert_int_equal(f.node.addresses_used, 1);
}

/* None is formed if it would be deprecated before it could be used (RFC 8981, 3.4 (4)). */
static void none_is_formed_for_a_prefix_that_is_about_to_be_deprecated(void **state)
{
    (void)state;
    start_with(true, 3, 1);
    advertise(PREFIX, 10000, 0);
    advertise("2001:db8:2::", 10000, 4);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL) + count_temporary(V6NF_ADDRESS_TENTATIVE, NULL), 0);
}

/* Another identifier is tried up to three times, then none on this link (RFC 8981, 3.4 (7)). */
static void conflicts_lead_to_other_identifiers(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    uint8_t seen[16] = {0};
    (void)state;
    start_with(true, 4, 1);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    for (unsigned i = 0; i < 4u; i++) {
        char text[V6NF_ADDRESS_TEXT_SIZE];
        assert_int_equal(count_temporary(V6NF_ADDRESS_TENTATIVE, &own), 1);
        assert_memory_not_equal(own->address.bytes, seen, 16);
        memcpy(seen, own->address.bytes, 16);
        v6nf_address_format(text, &own->address);
        frame_na(&in, test_group_mac("ff02::1"), f.peer.mac, f.peer.address, "ff02::1", text, NA_O, f.peer.mac);
        fixture_input(&f, &in);
        fixture_tick(&f);
    }
    assert_int_equal(count_temporary(V6NF_ADDRESS_DUPLICATE, NULL), 1);
    fixture_run_until(&f, f.now + HOUR);
    assert_int_equal(count_temporary(V6NF_ADDRESS_TENTATIVE, NULL) + count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
    fixture_run_until(&f, f.now + 3u * DAY);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * DAY);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
    v6nf_node_link_up(&f.node, f.now);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 1);
}

/* A conflict of the stable address does not affect the temporary one. */
static void temporary_address_does_not_depend_on_the_stable_one(void **state)
{
    static const char formed[] = PREFIX "ff:fe00:1";
    (void)state;
    start_with(true, 4, 1);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    frame_na(&in, test_group_mac("ff02::1"), f.peer.mac, f.peer.address, "ff02::1", formed, NA_O, f.peer.mac);
    fixture_input(&f, &in);
    assert_int_equal(fixture_own(&f, formed)->state, V6NF_ADDRESS_DUPLICATE);
    fixture_run_until(&f, f.now + 3u * DAY);
    assert_in_range(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 1, 2);
}

/* The next identifier is not predictable from earlier ones, nor are two nodes of one seed related. */
static void identifiers_depend_on_the_seed_and_do_not_repeat(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    uint8_t seen[4][8];
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        start_with(true, 10u + i / 2u, 0);
        advertise(i % 2u == 0u ? PREFIX : "2001:db8:2::", UINT32_MAX, UINT32_MAX);
        assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 1);
        memcpy(seen[i], own->address.bytes + 8, 8);
        assert_memory_not_equal(own->address.bytes + 8, f.node.addresses[1].address.bytes + 8, 8);
    }
    assert_memory_not_equal(seen[0], seen[2], 8);
    assert_memory_not_equal(seen[1], seen[3], 8);
}

/* On another link no host must recognize them (RFC 8981, 3.6). */
static void new_link_gets_new_temporary_addresses(void **state)
{
    const struct v6nf_interface_address *own = NULL;
    uint8_t before[16];
    (void)state;
    start_with(true, 5, 1);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 1);
    memcpy(before, own->address.bytes, 16);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 0); /* it may be another link */
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &own), 1);
    assert_memory_not_equal(own->address.bytes, before, 16);
}

static void fill_with_leases(uint32_t leave, uint32_t seconds)
{
    struct v6nf_address address = test_address_of("2001:db8:9::1");
    for (; f.node.addresses_used + leave < V6NF_ADDRESSES; address.bytes[15]++) {
        assert_int_equal(v6nf_node_lease_address(&f.node, &address, seconds, seconds, f.now), V6NF_OK);
    }
}

/* A full table stops only temporary addresses, and the node has nothing due. They resume once a slot is free,
 * because a lease ends or the program removes an address. */
static void temporary_addresses_resume_after_a_full_table(void **state)
{
    (void)state;
    for (unsigned removes = 0; removes < 2u; removes++) {
        start_with(true, 6, 0);
        fill_with_leases(1, 100);
        advertise(PREFIX, UINT32_MAX, UINT32_MAX);
        assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES);
        assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
        assert_true(v6nf_node_next_due(&f.node) > f.now);
        if (removes != 0u) {
            struct v6nf_address address = test_address_of("2001:db8:9::1");
            assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
            fixture_tick(&f);
        } else {
            fixture_run_until(&f, f.now + 100u * (uint64_t)SECOND);
        }
        assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 1);
    }
}

/* Two prefixes need more slots than the table has for two days. Each still has a preferred address, because a
 * deprecated one is evicted, also for a new prefix. */
static void deprecated_temporary_address_is_evicted(void **state)
{
    (void)state;
    start_with(true, 7, 1);
    fill_with_leases(6, UINT32_MAX);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    advertise("2001:db8:2::", UINT32_MAX, UINT32_MAX);
    fixture_run_until(&f, f.now + 3u * SECOND);
    uint64_t begin = f.now;
    for (uint64_t time = 0; time < 10u * DAY; time += HOUR) {
        fixture_run_until(&f, begin + time);
        assert_in_range(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 2, 4);
    }
    assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES);
    assert_in_range(count_temporary(V6NF_ADDRESS_DEPRECATED, NULL), 1, 2);
    advertise("2001:db8:3::", UINT32_MAX, UINT32_MAX);
    (void)fixture_own(&f, "2001:db8:3::ff:fe00:1");
    assert_int_equal(fixture_counted(&f, V6NF_ADDRESSES_FULL), 0);
}

/* The program needs a slot: a temporary address yields before the stable one. */
static void program_evicts_a_temporary_address_first(void **state)
{
    struct v6nf_address address = test_address_of("2001:db8:add::1");
    (void)state;
    start_with(true, 8, 0);
    fill_with_leases(2, UINT32_MAX);
    advertise(PREFIX, UINT32_MAX, UINT32_MAX);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 1);
    assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_OK);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, NULL), 0);
    assert_int_equal(fixture_own(&f, PREFIX "ff:fe00:1")->state, V6NF_ADDRESS_PREFERRED);
}

/* REGEN_ADVANCE grows with the Retrans Timer (RFC 8981, 3.4). A router that raises it makes the next address due at
 * once. */
static void next_address_is_due_when_the_retrans_timer_grows(void **state)
{
    (void)state;
    const struct v6nf_interface_address *temporary = NULL;
    start_with(true, 1, 1);
    advertise(PREFIX, 864000, 864000);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(count_temporary(V6NF_ADDRESS_PREFERRED, &temporary), 1);
    fixture_run_until(&f, temporary->preferred_until - 20u * SECOND);
    uint32_t before = f.node.addresses_used;
    frame_ra(&in, &router_1, 9000, 0);
    ra_number(&in, RA_RETRANS_TIMER, 10000);
    fixture_input_silent(&f, &in);
    fixture_tick(&f);
    assert_int_equal(f.node.addresses_used, before + 1u);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_formed_unless_asked_for),
#if V6NF_TEMPORARY
        cmocka_unit_test(temporary_address_is_formed_detected_and_preferred),
        cmocka_unit_test(another_is_formed_each_day),
        cmocka_unit_test(lifetimes_follow_the_prefix),
        cmocka_unit_test(none_is_formed_for_a_prefix_that_is_about_to_be_deprecated),
        cmocka_unit_test(conflicts_lead_to_other_identifiers),
        cmocka_unit_test(temporary_address_does_not_depend_on_the_stable_one),
        cmocka_unit_test(identifiers_depend_on_the_seed_and_do_not_repeat),
        cmocka_unit_test(new_link_gets_new_temporary_addresses),
        cmocka_unit_test(temporary_addresses_resume_after_a_full_table),
        cmocka_unit_test(deprecated_temporary_address_is_evicted),
        cmocka_unit_test(program_evicts_a_temporary_address_first),
        cmocka_unit_test(next_address_is_due_when_the_retrans_timer_grows),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

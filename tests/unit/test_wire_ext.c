/* Extension headers: ext.h. */
#include <v6nf/ext.h>

#include "wire_help.h"

#include <stdlib.h>
#include <string.h>

static void test_a_header_is_as_long_as_it_says(void **context)
{
    (void)context;
    uint8_t header[24] = {58, 2};
    for (uint32_t available = 0; available <= 40u; available++) {
        assert_int_equal(v6nf_ext_end(header, 0, available), available < 24u ? 0u : 24u);
    }
    header[9] = 255;
    assert_int_equal(v6nf_ext_end(header, 8, 2055), 0);
    assert_int_equal(v6nf_ext_end(header, 8, 2056), 2056);
}

/* What is to be done with a header of 8 bytes that has these 6 bytes of options; in exact memory. */
static enum v6nf_ext_action check(const uint8_t options[6], uint32_t *where)
{
    uint8_t header[8] = {59, 0};
    memcpy(header + 2, options, 6);
    uint8_t *copy = exact_copy(header, 8);
    enum v6nf_ext_action action = v6nf_ext_check_options(copy, 8, where);
    free(copy);
    return action;
}

static void test_padding_is_passed_over(void **context)
{
    (void)context;
    static const uint8_t paddings[][6] = {
        {0, 0, 0, 0, 0, 0}, {1, 4, 0, 0, 0, 0}, {1, 0, 1, 0, 1, 0}, {0, 1, 3, 7, 7, 7}, {1, 1, 9, 0, 1, 0}};
    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++) {
        uint32_t where = 77;
        assert_int_equal(check(paddings[i], &where), V6NF_EXT_GO_ON);
        assert_int_equal(where, 0);
    }
}

/* RFC 8200, 4.2: the highest two bits of the type decide, and the first option that stops the packet counts. */
static void test_unknown_options_act_by_their_type(void **context)
{
    (void)context;
    static const enum v6nf_ext_action actions[] = {V6NF_EXT_GO_ON, V6NF_EXT_DISCARD, V6NF_EXT_PROBLEM,
                                                   V6NF_EXT_PROBLEM_UNICAST};
    for (uint32_t type = 2; type < 256u; type++) {
        const uint8_t first[6] = {(uint8_t)type, 4, 0xFF, 0xFF, 0xFF, 0xFF};
        const uint8_t second[6] = {7, 0, 0, (uint8_t)type, 1, 0xFF};
        uint32_t where = 77;
        assert_int_equal(check(first, &where), actions[type >> 6]);
        assert_int_equal(where, type < 64u ? 0u : 2u);
        assert_int_equal(check(second, &where), actions[type >> 6]);
        assert_int_equal(where, type < 64u ? 0u : 5u);
    }
}

static void test_options_past_their_header_discard_the_packet(void **context)
{
    (void)context;
    static const uint8_t options[][6] = {
        {1, 5, 0, 0, 0, 0}, {7, 255, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 7}, {0, 0, 0, 0, 0, 1}, {1, 2, 0, 0, 7, 1}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        uint32_t where = 0;
        assert_int_equal(check(options[i], &where), V6NF_EXT_DISCARD);
        assert_int_not_equal(where, 0);
    }
}

static void test_any_options_are_read_inside_their_header(void **context)
{
    (void)context;
    uint8_t header[264];
    for (uint32_t round = 0; round < 20000u; round++) {
        uint32_t size = 8u + 8u * random_below(33);
        random_fill(header, size);
        uint8_t *copy = exact_copy(header, size);
        uint32_t where = 0;
        (void)v6nf_ext_check_options(copy, size, &where);
        assert_true(where < size);
        free(copy);
    }
}

static void test_finds_the_upper_layer_behind_any_chain(void **context)
{
    (void)context;
    static const uint8_t types[] = {V6NF_EXT_HOP_BY_HOP, V6NF_EXT_ROUTING, V6NF_EXT_DESTINATION};
    uint8_t bytes[512];
    for (uint32_t round = 0; round < 20000u; round++) {
        uint32_t offset = random_below(20);
        uint32_t at = offset;
        uint32_t count = random_below(V6NF_EXT_HEADERS_MAX + 1u);
        uint8_t type = count > 0u ? types[random_below(3)] : 58;
        uint8_t upper = 0;
        const uint8_t first = type;
        for (uint32_t i = 0; i < count; i++) {
            type = i + 1u < count ? types[random_below(3)] : 58;
            bytes[at] = type;
            bytes[at + 1u] = (uint8_t)random_below(3);
            at += 8u + 8u * bytes[at + 1u];
        }
        uint8_t *copy = exact_copy(bytes, at + 1u);
        assert_int_equal(v6nf_ext_find_upper_layer(copy, offset, at + 1u, first, &upper), at);
        assert_int_equal(upper, 58);
        if (count > 0u) {
            assert_int_equal(v6nf_ext_find_upper_layer(copy, offset, at - 1u, first, &upper), at - 1u);
            assert_int_equal(upper, 59);
        }
        free(copy);
    }
}

static void test_gives_up_on_a_chain_without_end(void **context)
{
    (void)context;
    uint8_t bytes[8u * (V6NF_EXT_HEADERS_MAX + 1u)] = {0};
    uint8_t upper = 0;
    for (uint32_t i = 0; i <= V6NF_EXT_HEADERS_MAX; i++) {
        bytes[8u * i] = V6NF_EXT_DESTINATION;
    }
    assert_int_equal(v6nf_ext_find_upper_layer(bytes, 0, sizeof bytes, V6NF_EXT_DESTINATION, &upper), sizeof bytes);
    assert_int_equal(upper, 59);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_is_as_long_as_it_says),
        cmocka_unit_test(test_padding_is_passed_over),
        cmocka_unit_test(test_unknown_options_act_by_their_type),
        cmocka_unit_test(test_options_past_their_header_discard_the_packet),
        cmocka_unit_test(test_any_options_are_read_inside_their_header),
        cmocka_unit_test(test_finds_the_upper_layer_behind_any_chain),
        cmocka_unit_test(test_gives_up_on_a_chain_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_wire_ext.c: extension headers (RFC 8200, 4). */
#include <v6nf/wire/ext.h>
#include <v6nf/wire/ipv6.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

static void header_length_is_that_of_its_field(void **context)
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

/* Return the verdict on a header of 8 bytes with these 6 bytes of options, in memory of exact size. */
static enum v6nf_ext_action check(const uint8_t options[6], uint32_t *where)
{
    uint8_t header[8] = {59, 0};
    memcpy(header + 2, options, 6);
    uint8_t *copy = exact_copy(header, 8);
    enum v6nf_ext_action action = v6nf_ext_check_options(copy, 8, where);
    free(copy);
    return action;
}

static void padding_is_skipped(void **context)
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

/* The highest two bits of the type decide, and the first option that stops the packet counts (RFC 8200, 4.2). */
static void unknown_options_are_handled_by_their_type(void **context)
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

static void options_past_their_header_discard_the_packet(void **context)
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

static void any_options_are_read_within_their_header(void **context)
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

/* Return the result of v6nf_ext_find_upper_layer() for `size` bytes, from a copy of exact size. */
static enum v6nf_ext_chain find(const uint8_t *bytes, uint32_t offset, uint32_t size, uint8_t first, uint32_t *upper,
                                uint8_t *upper_layer)
{
    uint8_t *copy = exact_copy(bytes, size);
    enum v6nf_ext_chain chain = v6nf_ext_find_upper_layer(copy, offset, size, first, upper, upper_layer);
    free(copy);
    if (chain != V6NF_EXT_UPPER_LAYER) {
        assert_int_equal(*upper, size);
        assert_int_equal(*upper_layer, 59);
    }
    return chain;
}

/* Append a header of this type before one of type `next` at byte `at`. Return its end. */
static uint32_t append(uint8_t *bytes, uint32_t at, uint8_t type, uint8_t next)
{
    uint32_t units = type == V6NF_EXT_FRAGMENT ? 0u : random_below(3);
    memset(bytes + at, 0, 8u + 8u * units);
    bytes[at] = next;
    bytes[at + 1u] = (uint8_t)units;
    return at + 8u + (type == V6NF_EXT_AUTHENTICATION ? 4u : 8u) * units;
}

static void upper_layer_is_found_after_any_chain(void **context)
{
    (void)context;
    static const uint8_t types[] = {V6NF_EXT_HOP_BY_HOP, V6NF_EXT_ROUTING, V6NF_EXT_FRAGMENT, V6NF_EXT_AUTHENTICATION,
                                    V6NF_EXT_DESTINATION};
    static const uint8_t layers[] = {6, 17, 50, 58, 59, 253};
    uint8_t bytes[512];
    for (uint32_t round = 0; round < 20000u; round++) {
        uint32_t offset = random_below(20);
        uint32_t at = offset;
        uint32_t count = random_below(V6NF_EXT_HEADERS_MAX + 1u);
        const uint8_t layer = layers[random_below(sizeof layers)];
        uint8_t type = count > 0u ? types[random_below(sizeof types)] : layer;
        uint8_t upper_layer = 0;
        uint32_t upper = 0;
        const uint8_t first = type;
        for (uint32_t i = 0; i < count; i++) {
            uint8_t next = i + 1u < count ? types[random_below(sizeof types)] : layer;
            at = append(bytes, at, type, next);
            type = next;
        }
        for (uint32_t behind = 0; behind < 2u; behind++) {
            assert_int_equal(find(bytes, offset, at + behind, first, &upper, &upper_layer), V6NF_EXT_UPPER_LAYER);
            assert_int_equal(upper, at);
            assert_int_equal(upper_layer, layer);
        }
        for (uint32_t end = offset; count > 0u && end < at; end++) {
            assert_int_equal(find(bytes, offset, end, first, &upper, &upper_layer), V6NF_EXT_CUT_SHORT);
        }
    }
}

static void later_fragment_is_not_an_unreadable_chain(void **context)
{
    (void)context;
    uint8_t bytes[24] = {V6NF_EXT_FRAGMENT, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1};
    uint32_t upper = 0;
    uint8_t upper_layer = 0;
    assert_int_equal(find(bytes, 0, 24, V6NF_EXT_DESTINATION, &upper, &upper_layer), V6NF_EXT_UPPER_LAYER);
    assert_int_equal(upper, 16);
    assert_int_equal(upper_layer, 17);
    for (uint32_t bit = 3; bit < 16u; bit++) {
        v6nf_store16(bytes + 10, (uint16_t)(1u << bit));
        assert_int_equal(find(bytes, 0, 24, V6NF_EXT_DESTINATION, &upper, &upper_layer), V6NF_EXT_LATER_FRAGMENT);
        assert_int_equal(find(bytes, 0, 15, V6NF_EXT_DESTINATION, &upper, &upper_layer), V6NF_EXT_CUT_SHORT);
    }
}

/* A filter must not mistake a chain that it could not read for a packet without an upper layer. */
static void endless_chain_is_abandoned(void **context)
{
    (void)context;
    uint8_t bytes[8u * (V6NF_EXT_HEADERS_MAX + 2u)] = {0};
    uint8_t upper_layer = 0;
    uint32_t upper = 0;
    for (uint32_t count = 0; count <= V6NF_EXT_HEADERS_MAX + 1u; count++) {
        bool is_read = count <= V6NF_EXT_HEADERS_MAX;
        for (uint32_t i = 0; i < count; i++) {
            bytes[8u * i] = i + 1u < count ? V6NF_EXT_DESTINATION : V6NF_NEXT_HEADER_NONE;
        }
        uint8_t first = count == 0u ? V6NF_NEXT_HEADER_NONE : V6NF_EXT_DESTINATION;
        assert_int_equal(find(bytes, 0, sizeof bytes, first, &upper, &upper_layer),
                         is_read ? V6NF_EXT_UPPER_LAYER : V6NF_EXT_TOO_MANY);
        assert_int_equal(upper, is_read ? 8u * count : sizeof bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_length_is_that_of_its_field),
        cmocka_unit_test(padding_is_skipped),
        cmocka_unit_test(unknown_options_are_handled_by_their_type),
        cmocka_unit_test(options_past_their_header_discard_the_packet),
        cmocka_unit_test(any_options_are_read_within_their_header),
        cmocka_unit_test(upper_layer_is_found_after_any_chain),
        cmocka_unit_test(later_fragment_is_not_an_unreadable_chain),
        cmocka_unit_test(endless_chain_is_abandoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

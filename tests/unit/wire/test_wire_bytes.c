/* test_wire_bytes.c: numbers in byte arrays. */
#include <v6nf/wire/bytes.h>

#include "fixture_wire.h"

static const uint8_t sample[9] = {0xEE, 0x81, 0x92, 0xA3, 0xB4, 0xC5, 0xD6, 0xE7, 0xF8};

static void loads_are_in_network_order(void **context)
{
    (void)context;
    assert_int_equal(v6nf_load16(sample + 1), 0x8192);
    assert_int_equal(v6nf_load32(sample + 1), 0x8192A3B4);
}

static void words_are_loaded_in_little_endian_order(void **context)
{
    (void)context;
    assert_int_equal(v6nf_word16(sample + 1), 0x9281);
    assert_int_equal(v6nf_word32(sample + 1), 0xB4A39281);
    assert_true(v6nf_word64(sample + 1) == UINT64_C(0xF8E7D6C5B4A39281));
}

static void stores_are_in_network_order(void **context)
{
    (void)context;
    uint8_t bytes[10] = {0};
    v6nf_store16(bytes + 1, 0x8192u);
    assert_memory_equal(bytes, "\0\x81\x92\0", 4);
    v6nf_store32(bytes + 1, 0x8192A3B4u);
    assert_memory_equal(bytes, "\0\x81\x92\xA3\xB4\0", 6);
    v6nf_store_word16(bytes + 1, 0x9281u);
    assert_memory_equal(bytes, "\0\x81\x92\xA3", 4);
    v6nf_store_word32(bytes + 1, 0x08A39281u);
    assert_memory_equal(bytes, "\0\x81\x92\xA3\x08\0", 6);
}

static void copies_have_a_fixed_number_of_bytes(void **context)
{
    (void)context;
    const uint8_t from[18] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17};
    void (*const copies[])(uint8_t * to, const uint8_t *from) = {v6nf_copy6, v6nf_copy8, v6nf_copy16};
    const uint32_t sizes[] = {6, 8, 16};
    for (uint32_t i = 0; i < 3u; i++) {
        uint8_t to[18] = {0};
        copies[i](to + 1, from + 1);
        for (uint32_t at = 0; at < sizeof to; at++) {
            assert_int_equal(to[at], at >= 1u && at <= sizes[i] ? at : 0u);
        }
    }
}

static void two_bytes_are_swapped(void **context)
{
    (void)context;
    assert_int_equal(v6nf_swap16(0x81F2u), 0xF281);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_are_in_network_order),  cmocka_unit_test(words_are_loaded_in_little_endian_order),
        cmocka_unit_test(stores_are_in_network_order), cmocka_unit_test(copies_have_a_fixed_number_of_bytes),
        cmocka_unit_test(two_bytes_are_swapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

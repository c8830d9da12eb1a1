/* test_wire_checksum.c: the Internet checksum, compared with RFC 1071, RFC 1624 and a word-by-word reference. */
#include <v6nf/wire/checksum.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

/* Return a sum as the RFCs write it: two bytes as in memory, most significant first. */
static uint16_t sum_as_written(uint64_t sum)
{
    return v6nf_swap16(v6nf_checksum_fold(sum));
}

static void example_of_rfc1071_has_its_sum(void **context)
{
    (void)context;
    const uint8_t bytes[] = {0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7}; /* RFC 1071, 3 */
    uint8_t field[2];
    assert_int_equal(sum_as_written(v6nf_checksum_add(bytes, sizeof bytes, 0)), 0xDDF2);
    v6nf_store_word16(field, v6nf_checksum_finish(v6nf_checksum_add(bytes, sizeof bytes, 0)));
    assert_memory_equal(field, "\x22\x0D", 2);
}

static void sums_equal_the_reference(void **context)
{
    (void)context;
    uint8_t data[1600];
    for (uint32_t round = 0; round < 20000u; round++) {
        uint32_t length = round < 600u ? round : random_below(sizeof data - 8u);
        uint32_t offset = random_below(8u);
        random_fill(data + offset, length);
        uint8_t *bytes = exact_copy(data, offset + length);
        uint16_t expected = reference_sum(bytes + offset, length, 0);
        assert_int_equal(sum_as_written(v6nf_checksum_add(bytes + offset, length, 0)), expected);
        free(bytes);
    }
}

static void no_carry_is_lost(void **context)
{
    (void)context;
    uint8_t data[257];
    for (uint32_t length = 0; length <= sizeof data; length++) {
        memset(data, 0xFF, sizeof data);
        assert_int_equal(sum_as_written(v6nf_checksum_add(data, length, 0)), reference_sum(data, length, 0));
        data[length / 2u] = 0xFEu;
        assert_int_equal(sum_as_written(v6nf_checksum_add(data, length, UINT64_MAX)),
                         reference_sum(data, length, 0xFFFFu));
    }
}

static void sum_of_pieces_is_that_of_the_whole(void **context)
{
    (void)context;
    uint8_t data[300];
    random_fill(data, sizeof data);
    uint16_t whole = v6nf_checksum_fold(v6nf_checksum_add(data, 299, 0));
    for (uint32_t first = 0; first <= 299u; first += 2u) {
        uint64_t sum = v6nf_checksum_add(data, first, 0);
        assert_int_equal(v6nf_checksum_fold(v6nf_checksum_add(data + first, 299u - first, sum)), whole);
    }
}

static void only_zeros_fold_to_zero(void **context)
{
    (void)context;
    assert_int_equal(v6nf_checksum_fold(0), 0);
    for (uint32_t shift = 0; shift <= 48u; shift++) {
        assert_int_equal(v6nf_checksum_fold(UINT64_C(0xFFFF) << shift), 0xFFFF);
        assert_int_not_equal(v6nf_checksum_fold(UINT64_C(1) << shift), 0);
    }
    assert_int_equal(v6nf_checksum_fold(UINT64_MAX), 0xFFFF);
    assert_int_equal(v6nf_checksum_fold(UINT64_C(0xFFFFFFFF00000000)), 0xFFFF);
    assert_int_equal(v6nf_checksum_fold(UINT64_C(0xFFFEFFFFFFFFFFFF)), 0xFFFE);
}

/* A packet with a correct checksum sums to 0xFFFF (RFC 1071, 1), however many carries its sum still holds. */
static void sum_is_right_if_it_folds_to_ones(void **context)
{
    (void)context;
    const uint64_t corners[] = {0,
                                1,
                                0xFFFE,
                                0xFFFF,
                                0x10000,
                                0xFFFEFFFF,
                                0xFFFFFFFF,
                                UINT64_C(0xFFFEFFFFFFFFFFFF),
                                UINT64_C(0xFFFFFFFF00000000),
                                UINT64_MAX};
    for (uint32_t i = 0; i < sizeof corners / sizeof corners[0]; i++) {
        assert_int_equal(v6nf_checksum_is_right(corners[i]), corners[i] != 0u && corners[i] % 0xFFFFu == 0u);
    }
    for (uint32_t round = 0; round < 200000u; round++) {
        uint64_t sum = 0;
        random_fill((uint8_t *)&sum, sizeof sum);
        sum >>= random_below(64);
        sum = round % 2u == 0u ? sum : sum - sum % 0xFFFFu;
        assert_int_equal(v6nf_checksum_is_right(sum), sum != 0u && sum % 0xFFFFu == 0u);
    }
}

static void short_sums_equal_long_ones(void **context)
{
    (void)context;
    uint8_t data[160];
    random_fill(data, sizeof data);
    for (uint32_t length = 0; length <= sizeof data; length++) {
        uint8_t *bytes = exact_copy(data, length);
        assert_int_equal(sum_as_written(v6nf_checksum_add_short(bytes, length, 0x1234u)),
                         reference_sum(data, length, 0x3412u));
        free(bytes);
    }
}

static void words_are_added_with_end_around_carry(void **context)
{
    (void)context;
    assert_true(v6nf_checksum_add_word(UINT64_MAX, 1) == 1u);
    assert_true(v6nf_checksum_add_word(UINT64_MAX, UINT64_MAX) == UINT64_MAX);
    assert_true(v6nf_checksum_add_word(UINT64_C(1) << 63, UINT64_C(1) << 63) == 1u);
    assert_true(v6nf_checksum_add_word(5, 6) == 11u);
}

static void checksum_covers_the_pseudo_header(void **context)
{
    (void)context;
    const uint32_t lengths[] = {0, 1, 8, 255, 256, 1440, 0xFFFF};
    uint8_t packet[40];
    for (uint32_t round = 0; round < 2000u; round++) {
        random_fill(packet, sizeof packet);
        uint32_t length = lengths[round % 7u];
        uint8_t next_header = (uint8_t)random_below(256);
        uint8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, next_header};
        v6nf_store32(rest, length);
        uint16_t expected = reference_sum(rest, sizeof rest, reference_sum(packet + 8, 32, 0));
        assert_int_equal(sum_as_written(v6nf_checksum_pseudo(packet + 8, length, next_header)), expected);
    }
}

static void example_of_rfc1624_is_updated(void **context)
{
    (void)context;
    /* RFC 1624, 4: equation 3 gives 0x0000, where equation 2 of RFC 1141 gave 0xFFFF. */
    uint16_t updated = v6nf_checksum_update(v6nf_swap16(0xDD2Fu), v6nf_swap16(0x5555u), v6nf_swap16(0x3285u));
    assert_int_equal(updated, 0x0000);
}

static void update_equals_a_new_sum(void **context)
{
    (void)context;
    const uint16_t corners[] = {0x0000, 0x0001, 0x00FF, 0x7FFF, 0x8000, 0xFF00, 0xFFFE, 0xFFFF};
    for (uint32_t rest = 1; rest <= 0xFFFFu; rest++) {
        uint16_t before = corners[rest % 8u];
        uint16_t checksum = v6nf_checksum_finish((uint64_t)rest + before);
        for (uint32_t i = 0; i < 8u; i++) {
            uint16_t updated = v6nf_checksum_update(checksum, before, corners[i]);
            assert_int_equal(updated, v6nf_checksum_finish((uint64_t)rest + corners[i]));
        }
    }
}

static void unchanged_word_keeps_the_checksum(void **context)
{
    (void)context;
    /* 0xFFFF is the checksum only of zeros. An update may turn it into 0x0000, the other zero. */
    for (uint32_t checksum = 0; checksum < 0xFFFFu; checksum++) {
        uint16_t word = (uint16_t)random_below(0x10000u);
        assert_int_equal(v6nf_checksum_update((uint16_t)checksum, word, word), checksum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_of_rfc1071_has_its_sum),
        cmocka_unit_test(sums_equal_the_reference),
        cmocka_unit_test(no_carry_is_lost),
        cmocka_unit_test(sum_of_pieces_is_that_of_the_whole),
        cmocka_unit_test(only_zeros_fold_to_zero),
        cmocka_unit_test(sum_is_right_if_it_folds_to_ones),
        cmocka_unit_test(short_sums_equal_long_ones),
        cmocka_unit_test(words_are_added_with_end_around_carry),
        cmocka_unit_test(checksum_covers_the_pseudo_header),
        cmocka_unit_test(example_of_rfc1624_is_updated),
        cmocka_unit_test(update_equals_a_new_sum),
        cmocka_unit_test(unchanged_word_keeps_the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_text.c: numbers from text, and numbers and addresses on the console, which is a buffer here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "v6nf/env.h"
#include "v6nf/print.h"
#include "v6nf/text.h"

static char console[256];
static size_t console_length;

void v6nf_env_console(char character)
{
    assert_true(console_length < sizeof console - 1u);
    console[console_length] = character;
    console_length++;
}

static void assert_printed(const char *expected)
{
    console[console_length] = '\0';
    assert_string_equal(console, expected);
    console_length = 0;
}

/* -- Parsing ------------------------------------------------------------------------------------------------------- */

static void texts_are_equal_as_a_whole(void **state)
{
    (void)state;
    assert_true(v6nf_text_equals("", ""));
    assert_true(v6nf_text_equals("--mac", "--mac"));
    assert_false(v6nf_text_equals("--mac", "--ma"));
    assert_false(v6nf_text_equals("--ma", "--mac"));
    assert_false(v6nf_text_equals("--mac", "--map"));
}

static void numbers_end_at_their_limit(void **state)
{
    (void)state;
    uint32_t number;
    assert_true(v6nf_text_parse_number(&number, "0", 0) && number == 0u);
    assert_true(v6nf_text_parse_number(&number, "65535", 65535) && number == 65535u);
    assert_true(v6nf_text_parse_number(&number, "4294967295", UINT32_MAX) && number == UINT32_MAX);
    static const char *const wrong[] = {"",   "65536", "4294967296", "18446744073709551617", "-1", "+1", " 1",
                                        "1 ", "1x",    "0x1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        number = 7;
        assert_false(v6nf_text_parse_number(&number, wrong[i], 65535));
        assert_int_equal(number, 0);
    }
}

static void hexadecimal_numbers_have_up_to_8_digits(void **state)
{
    (void)state;
    uint32_t number;
    assert_true(v6nf_text_parse_hex(&number, "0") && number == 0u);
    assert_true(v6nf_text_parse_hex(&number, "0a003eFF") && number == 0x0A003EFFu);
    assert_true(v6nf_text_parse_hex(&number, "ffffffff") && number == UINT32_MAX);
    static const char *const wrong[] = {"", "100000000", "0x10", "g", "1g", "1 "};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        number = 7;
        assert_false(v6nf_text_parse_hex(&number, wrong[i]));
        assert_int_equal(number, 0);
    }
}

static void seconds_have_up_to_six_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t microseconds;
    } right[] = {{"0", 0},          {"1", 1000000},          {"0.5", 500000},  {"0.000001", 1},
                 {"1.25", 1250000}, {"59.999999", 59999999}, {"60", 60000000}, {"60.0", 60000000}};
    uint64_t time;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(v6nf_text_parse_seconds(&time, right[i].text, 60));
        assert_int_equal(time, right[i].microseconds);
    }
    static const char *const wrong[] = {"", ".", ".5", "1.", "61", "60.000001", "0.0000001", "1.2.3", "1s", "-1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        time = 7;
        assert_false(v6nf_text_parse_seconds(&time, wrong[i], 60));
        assert_int_equal(time, 0);
    }
}

static void bytes_are_exactly_as_many(void **state)
{
    (void)state;
    static const uint8_t zero[3] = {0};
    static const uint8_t expected[3] = {0x01, 0xAB, 0xCD};
    uint8_t bytes[3];
    assert_true(v6nf_text_parse_bytes(bytes, 3, "01abCD"));
    assert_memory_equal(bytes, expected, 3);
    static const char *const wrong[] = {"", "01abC", "01ab", "01abcde", "01abcdef", "01agcd", "g1abcd"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(bytes, 7, sizeof bytes);
        assert_false(v6nf_text_parse_bytes(bytes, 3, wrong[i]));
        assert_memory_equal(bytes, zero, 3);
    }
}

static void pci_addresses_are_those_of_lspci(void **state)
{
    (void)state;
    struct v6nf_env_pci_address address;
    assert_true(v6nf_text_parse_pci_address(&address, "0001:fE:1f.7"));
    assert_int_equal(address.segment, 1);
    assert_int_equal(address.bus, 0xFE);
    assert_int_equal(address.device, 31);
    assert_int_equal(address.function, 7);
    static const char *const wrong[] = {"",
                                        "01:00.0",
                                        "0000:01:20.0",
                                        "0000:01:00.8",
                                        "0000:01:00",
                                        "0000:01:00.00",
                                        "00000:01:00.0",
                                        "0000:100:00.0",
                                        "0000:01:00.0 ",
                                        "0000-01:00.0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(v6nf_text_parse_pci_address(&address, wrong[i]));
        assert_int_equal(address.segment + address.bus + address.device + address.function, 0);
    }
}

/* -- Printing ------------------------------------------------------------------------------------------------------ */

static void numbers_are_printed(void **state)
{
    (void)state;
    v6nf_print_text("");
    assert_printed("");
    v6nf_print_text("a\nb");
    assert_printed("a\nb");
    v6nf_print_unsigned(0);
    assert_printed("0");
    v6nf_print_unsigned(UINT64_MAX);
    assert_printed("18446744073709551615");
    v6nf_print_thousandths(0);
    assert_printed("0.000");
    v6nf_print_thousandths(1050);
    assert_printed("1.050");
    v6nf_print_hex(0, 1);
    assert_printed("0");
    v6nf_print_hex(0xABC, 4);
    assert_printed("0abc");
    v6nf_print_hex(UINT64_MAX, 1);
    assert_printed("ffffffffffffffff");
}

static void addresses_are_printed(void **state)
{
    (void)state;
    static const struct v6nf_address address = {{0x20, 0x01, 0x0D, 0xB8, [15] = 1}};
    v6nf_print_address(&address);
    assert_printed("2001:db8::1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_equal_as_a_whole),
        cmocka_unit_test(numbers_end_at_their_limit),
        cmocka_unit_test(hexadecimal_numbers_have_up_to_8_digits),
        cmocka_unit_test(seconds_have_up_to_six_decimals),
        cmocka_unit_test(bytes_are_exactly_as_many),
        cmocka_unit_test(pci_addresses_are_those_of_lspci),
        cmocka_unit_test(numbers_are_printed),
        cmocka_unit_test(addresses_are_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_xdp_program.c: the programs of AF_XDP interfaces before the kernel's verifier. The file that makes them is
 * included here, so that a test can also load a program that is wrong. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../drivers/xdp_interface/program.c"

static struct v6nf_xdp_interface interface;

/* Assemble a program, and load it. Return the number of its instructions. */
static uint32_t load_claim(const struct v6nf_xdp_config *config)
{
    static const uint8_t mac[6] = {2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    struct assembler assembler = {.count = 0};
    emit_filter(&assembler, mac, config);
    finish(&assembler, interface.map);
    assert_int_equal(load(&interface, &assembler), V6NF_XDP_OPEN);
    assert_string_equal(interface.log, "");
    (void)close(interface.program);
    return assembler.count;
}

static void make_map_or_skip(void)
{
    interface = (struct v6nf_xdp_interface){.map = -1};
    if (make_map(&interface) != V6NF_XDP_OPEN) {
        print_message("needs root, and a kernel with AF_XDP\n");
        skip();
    }
}

static void test_every_program_is_accepted(void **state)
{
    (void)state;
    make_map_or_skip();
    const uint8_t prefix[16] = {0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xFF};
    uint32_t longest = 0;
    for (uint32_t length = 1; length <= 128u; length++) {
        const struct v6nf_xdp_config config = {
            .claim = V6NF_XDP_CLAIM_PREFIX, .prefix = prefix, .prefix_length = length};
        const uint32_t count = load_claim(&config);
        longest = count > longest ? count : longest;
    }
    assert_int_equal(longest, 38);
    assert_true(longest < INSTRUCTIONS_MAX);
    (void)load_claim(&(struct v6nf_xdp_config){.claim = V6NF_XDP_CLAIM_MAC});
    (void)load_claim(&(struct v6nf_xdp_config){.claim = V6NF_XDP_CLAIM_VLAN, .vlan = 1});
    (void)load_claim(&(struct v6nf_xdp_config){.claim = V6NF_XDP_CLAIM_VLAN, .vlan = 4094});
    assert_int_equal(load_claim(&(struct v6nf_xdp_config){.claim = V6NF_XDP_CLAIM_ALL}), 6);
    (void)close(interface.map);
}

static void test_refusal_has_the_reason_of_the_verifier(void **state)
{
    (void)state;
    make_map_or_skip();
    struct assembler assembler = {.count = 0};
    emit_load(&assembler, 0); /* register 2 has no value */
    emit_bounds(&assembler, ETHER_HEADER);
    finish(&assembler, interface.map);
    assert_int_equal(load(&interface, &assembler), V6NF_XDP_REFUSED);
    assert_true(interface.program < 0);
    assert_non_null(strstr(interface.log, "R2"));
    (void)close(interface.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_program_is_accepted),
        cmocka_unit_test(test_refusal_has_the_reason_of_the_verifier),
    };
    return cmocka_run_group_tests_name("xdp_program", tests, NULL, NULL);
}

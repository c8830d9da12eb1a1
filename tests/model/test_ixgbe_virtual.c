/* test_ixgbe_virtual.c: virtual functions of an 82599, honest and hostile, by its data sheet (7.10,
 * 8.2.3.27, 8.3). */
#include "fixture_virtual.h"

#include "v6nf/driver/ixgbe.h"

#define PFVFRE 0x51E0u
#define PFVFTE 0x8110u
#define VFLRE0 0x600u
#define VFLREC0 0x700u
#define PFMBICR 0x710u
#define POOL_FILTER(n) (0xF000u + 4u * (n))
#define MTA 0x5200u
#define RAL(n) (0xA200u + 8u * (n))
#define RAH(n) (0xA204u + 8u * (n))
#define MPSAR(n) (0xA600u + 4u * (n))
#define FILTER(n) (127u - (n)) /* of a virtual function */

static void reset_function(uint32_t n)
{
    REG(n < 32u ? VFLRE0 : 0x1C0u) |= 1u << (n % 32u);
    REG(PFVFRE + 4u * (n / 32u)) &= ~(1u << (n % 32u));
    REG(PFVFTE + 4u * (n / 32u)) &= ~(1u << (n % 32u));
}

/* Writing to PFVFLREC clears bits of PFVFLRE. */
static void take_cleared_resets(void)
{
    REG(VFLRE0) &= ~REG(VFLREC0);
    REG(0x1C0u) &= ~REG(VFLREC0 + 4u);
    REG(VFLREC0) = 0;
    REG(VFLREC0 + 4u) = 0;
}

/* STATUS: master enable follows CTRL; EEC: present and read; RDRXCTL: DMA is done; SECRXSTAT: ready. */
static uint32_t read_register(uint32_t offset, uint32_t written)
{
    const uint32_t master = (REG(0u) & 4u) != 0u ? 0u : 1u << 19;
    take_cleared_resets();
    return offset == 8u         ? master
           : offset == 0x10010u ? 3u << 8
           : offset == 0x2F00u  ? written | (1u << 3)
           : offset == 0x8D04u  ? 1u
           : offset == VFLRE0   ? REG(VFLRE0)
           : offset == 0x1C0u   ? REG(0x1C0u)
                                : written;
}

static bool clears(uint32_t offset)
{
    return offset >= PFMBICR && offset < PFMBICR + 16u;
}

/* Bit 25 of RXDCTL and TXDCTL, of a function's queues or of the card's. */
static bool begins(uint32_t offset, uint32_t value, bool is_virtual)
{
    const bool is_control = is_virtual ? offset == 0x1028u || (offset & 0xFFBFu) == 0x2028u
                                       : (offset & 0x1F03Fu) == 0x1028u || (offset & 0x1F03Fu) == 0x6028u;
    return is_control && (value & (1u << 25)) != 0u;
}

static const struct card_kind kind = {
    .id = 0x10FB8086u,
    .virtual_id = 0x10ED8086u,
    .functions = 64,
    .mailbox = 0x4B00u,
    .messages = 0x13000u,
    .requests = PFMBICR,
    .requests_each = 16,
    .window_mailbox = 0x2FCu,
    .window_messages = 0x200u,
    .control_extended = 0x18u,
    .read = read_register,
    .reset_function = reset_function,
    .begins = begins,
    .clears = clears,
};

static void assert_all_is_off(void)
{
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(REG(PFVFRE + 4u * i), 0);
        assert_int_equal(REG(PFVFTE + 4u * i), 0);
    }
    assert_int_equal(REG(0x3000u) & 1u, 0); /* RXCTRL */
    assert_int_equal(REG(0x4A80u) & 1u, 0); /* DMATXCTL */
}

const struct virtual_family virtual_family = {
    .kind = &kind,
    .own_filter = RAL(0u),
    .init = v6nf_ixgbe_init,
    .enable_virtual = v6nf_ixgbe_enable_virtual,
    .virtual_init = v6nf_ixgbe_virtual_init,
    .serve_virtual = v6nf_ixgbe_serve_virtual,
    .add_address = v6nf_ixgbe_add_address,
    .link_speed = v6nf_ixgbe_link_speed,
    .assert_all_is_off = assert_all_is_off,
    .counters = {0x101Cu, 0x1020u, 0x201Cu, 0x2020u},
    .counters_mask = UINT64_C(0xFFFFFFFFF),
};

static void functions_get_pools(void **state)
{
    (void)state;
    make_functions(63u);
    assert_int_equal(card_configuration[NUMBER / 4u], 63);
    assert_int_equal(card_configuration[VIRTUAL_BAR(3u) / 4u] & ~0xFu, SPACE + 64u * WINDOW_SIZE);
    assert_int_equal(REG(PFVFRE), 0);
    assert_int_equal(REG(0xEC80u), 8);                        /* MRQC */
    assert_int_equal(REG(0x8120u), 6);                        /* MTQC */
    assert_int_equal(REG(0x4900u) & 0x40u, 0);                /* the arbiter is on */
    assert_int_equal(REG(0x11050u) & 3u, 3);                  /* GCR_EXT */
    assert_int_equal(REG(0x51B0u), 0x60000001u + (63u << 7)); /* PFVTCTL */
    assert_int_equal(REG(MPSAR(0u)) + REG(MPSAR(1u)), 0);     /* not even the card's own address is a function's */
    assert_int_equal(REG(0x3000u) & 1u, 1);                   /* RXCTRL */
}

static void the_card_has_no_rings_of_its_own(void **state)
{
    (void)state;
    volatile uint32_t *tail = NULL;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
    make_functions(1u);
    assert_false(card.device.operations->add_output(&card.device, 0u, 256u, 0u, &tail));
    assert_false(card.device.operations->add_input(&card.device, 0u, 2048u, &tail));
    v6nf_ixgbe_add_address(&card, mac);
    assert_int_equal(REG(RAH(1u)), 0);
}

static void a_function_is_set_up(void **state)
{
    (void)state;
    const uint8_t expected[6] = {0x02u ^ (34u << 2), 0x1B, 0x21, 0x12, 0x34, 0x56};
    make_and_open(40u, 33u, &plain);
    assert_memory_equal(function.port.mac, expected, 6);
    assert_int_equal(REG(RAL(FILTER(33u))), 0x12211B00u + expected[0]);
    assert_int_equal(REG(RAH(FILTER(33u))), VALID + 0x5634u);
    assert_int_equal(REG(MPSAR(2u * FILTER(33u))), 0);
    assert_int_equal(REG(MPSAR(2u * FILTER(33u) + 1u)), 2);
    assert_int_equal(REG(PFVFRE + 4u), 2);
    assert_int_equal(REG(PFVFTE + 4u), 2);
    assert_int_equal(REG(POOL_FILTER(33u)), 0x1B000000u); /* untagged, broadcast, all groups */
    assert_true(function.port.operations->link_up(&function.port));
}

static void a_function_takes_another_address_and_few_groups(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
    const uint8_t group[6] = {0x33, 0x33, 0xFF, 0, 0x30, 0x12}; /* hash 0x123 */
    struct v6nf_nic_config config = {.mtu = 1280, .mac = mac, .few_groups = true};
    make_and_open(2u, 0u, &config);
    assert_memory_equal(function.port.mac, mac, 6);
    assert_int_equal(REG(RAL(FILTER(0u))), 0x03020102u);
    assert_int_equal(REG(MPSAR(2u * FILTER(0u))), 1);
    assert_int_equal(REG(POOL_FILTER(0u)), 0x09000000u);
    assert_true(v6nf_ixgbe_virtual_add_group(&function, group));
    assert_int_equal(REG(MTA + 4u * (0x123u / 32u)), 1u << (0x123u % 32u));
    assert_int_equal(REG(POOL_FILTER(0u)), 0x0B000000u);
}

static void a_function_is_refused(void **state)
{
    (void)state;
    struct v6nf_nic_config config = {.mtu = 9000};
    make_functions(1u);
    assert_int_equal(v6nf_ixgbe_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_REFUSED);
    config = (struct v6nf_nic_config){.mtu = 1500, .mac = card.port.mac};
    assert_int_equal(v6nf_ixgbe_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_REFUSED);
    assert_int_equal(v6nf_ixgbe_virtual_init(&function, address_of(0u), &plain, NULL), V6NF_NIC_REFUSED);
    assert_int_equal(v6nf_ixgbe_virtual_init(&function, card_address(), &plain, &card), V6NF_NIC_OTHER_DEVICE);
    config = (struct v6nf_nic_config){.mtu = 1500, .promiscuous = true};
    assert_int_equal(v6nf_ixgbe_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_PROMISCUOUS_BAD);
}

static void impossible_numbers_of_functions(void **state)
{
    (void)state;
    struct v6nf_nic_config config = {.mtu = 1500, .inputs = 2};
    assert_int_equal(v6nf_ixgbe_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_ixgbe_enable_virtual(&card, 0u, SPACE), V6NF_NIC_COUNT_BAD);
    assert_int_equal(v6nf_ixgbe_enable_virtual(&card, 64u, SPACE), V6NF_NIC_COUNT_BAD);
    assert_int_equal(v6nf_ixgbe_enable_virtual(&card, 1u, 0u), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(v6nf_ixgbe_init(&card, card_address(), &config), V6NF_NIC_READY);
    assert_int_equal(v6nf_ixgbe_enable_virtual(&card, 1u, SPACE), V6NF_NIC_IN_USE);
}

static void impossible_requests_are_refused(void **state)
{
    (void)state;
    static const uint32_t messages[][3] = {
        {0, 0, 0},
        {4, 1, 0},
        {6, 0, 0},
        {7, 0, 0},
        {0xFFFF, 0, 0},
        {ACK + 2, 0, 0},
        {2, 0, 0},
        {2, 0x01, 0},
        {2, UINT32_MAX, 0xFFFF},   /* no address, a group, all */
        {2, 0x12211B00u, 0x5634u}, /* the card */
        {2, 0x12211B0Au, 0x5634u}, /* the other function's default address */
        {0x10002, 0x0102u, 1},     /* a further address */
        {0x1F0003, 0, 0},          /* more groups than a message holds */
        {5, 0, 0},
        {5, 63, 0},
        {5, 1519, 0},
        {5, UINT32_MAX, 0},
        {8, 1, 0},
        {8, 4, 0},   /* versions */
        {0xC, 3, 0}, /* all stations */
    };
    assert_refused(messages, sizeof messages / sizeof messages[0]);
}

static void nothing_is_granted_before_a_reset(void **state)
{
    (void)state;
    make_functions(40u);
    assert_int_equal(say(39u, 2u, 0x0102u, 1u), 2u + NACK);
    assert_int_equal(say(39u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(39u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(3u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(3u, 2u, 0x0102u, 1u), 2u + NACK); /* another function's */
}

static void a_reset_revokes_everything(void **state)
{
    (void)state;
    static const uint32_t functions[] = {3, 19, 33}; /* whose bits are in different registers */
    make_functions(40u);
    for (uint32_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        const uint32_t n = functions[i];
        assert_int_equal(v6nf_ixgbe_virtual_init(&function, address_of(n), &plain, &card), V6NF_NIC_READY);
        reset_function(n);
        v6nf_ixgbe_serve_virtual(&card);
        take_cleared_resets();
        assert_int_equal(REG(VFLRE0) + REG(0x1C0u), 0);
        assert_int_equal(REG(RAH(FILTER(n))), 0);
        assert_int_equal(REG(MPSAR(2u * FILTER(n))) + REG(MPSAR(2u * FILTER(n) + 1u)), 0);
        assert_int_equal(REG(POOL_FILTER(n)), 0x09000000u);
        assert_int_equal(say(n, 5u, 1500u, 0u), 5u + NACK);
    }
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(functions_get_pools, set_up),
        cmocka_unit_test_setup(the_card_has_no_rings_of_its_own, set_up),
        cmocka_unit_test_setup(a_function_is_set_up, set_up),
        cmocka_unit_test_setup(a_function_takes_another_address_and_few_groups, set_up),
        cmocka_unit_test_setup(a_function_is_refused, set_up),
        cmocka_unit_test_setup(impossible_numbers_of_functions, set_up),
        cmocka_unit_test_setup(impossible_requests_are_refused, set_up),
        cmocka_unit_test_setup(nothing_is_granted_before_a_reset, set_up),
        cmocka_unit_test_setup(a_reset_revokes_everything, set_up),
        LIFE_CYCLE_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

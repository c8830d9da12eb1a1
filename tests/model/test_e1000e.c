/* test_e1000e.c: the life cycle of an Intel 82574, on registers in memory, by its data sheet (10.2). */
#include "virtual_card.h"

#include "v6nf/driver/e1000e.h"

#define RCTL 0x100u
#define TCTL 0x400u
#define RAL 0x5400u
#define RAH 0x5404u

/* STATUS: the link is up, master enable follows CTRL; EECD: read; MDIC: ready. */
static uint32_t read_register(uint32_t offset, uint32_t written)
{
    const uint32_t master = (REG(0u) & 4u) != 0u && !card_never_ends ? 0u : 1u << 19;
    return offset == 8u ? 2u + master : offset == 0x10u ? 1u << 9 : offset == 0x20u ? 1u << 28 : written;
}

/* The card has no virtual functions. */
static void reset_function(uint32_t n)
{
    (void)n;
}

static bool clears(uint32_t offset)
{
    (void)offset;
    return false;
}

/* The card cannot turn on a single queue: RCTL.EN is for all. */
static bool begins(uint32_t offset, uint32_t value, bool is_virtual)
{
    return !is_virtual && offset == RCTL && (value & 2u) != 0u;
}

static const struct card_kind kind = {
    .id = 0x10D38086u,
    .mailbox = REGISTERS_SIZE,
    .requests_each = 1,
    .control_extended = 0x18u,
    .read = read_register,
    .reset_function = reset_function,
    .begins = begins,
    .clears = clears,
};

static const struct v6nf_nic_config plain = {.mtu = 1500};
static struct v6nf_nic card;

static int set_up(void **state)
{
    (void)state;
    card_power_on(&kind);
    card_configuration[0x100 / 4] = 0; /* no SR-IOV */
    REG(RAL) = 0x12211B00u; /* 00:1b:21:12:34:56 */
    REG(RAH) = 0x80005634u;
    return 0;
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void init(void)
{
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &plain), V6NF_NIC_READY);
}

/* An earlier program has left the card running: bus mastering is off before its reset. */
static void a_stopped_card_stays_stopped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        init();
        assert_false(card_is_master(FUNCTIONS));
        open_port(&card);
        assert_true(card_is_master(FUNCTIONS));
        assert_int_equal(REG(RCTL) & 2u, 2);
        assert_true(card.port.operations->stop(&card.port));
        assert_false(card_is_master(FUNCTIONS));
        assert_int_equal(REG(RCTL) & 2u, 0);
        assert_int_equal(REG(TCTL) & 2u, 0);
        assert_int_equal(REG(0u) & 4u, 4); /* master disable */
        assert_is_over(&card, V6NF_PORT_STOPPED);
    }
    assert_null(card_fault);
}

static void a_removed_card_is_reported_as_gone(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        card_is_gone = false;
        init();
        open_port(&card);
        card_is_gone = true;
        look_first(&card, i);
    }
    assert_int_equal(v6nf_e1000e_link_speed(&card), 0);
    const uint64_t before = card_now;
    assert_is_over(&card, V6NF_PORT_GONE);
    assert_int_equal(card_now - before, 0);
}

static void a_stop_ends_by_itself(void **state)
{
    (void)state;
    init();
    open_port(&card);
    card_never_ends = true;
    const uint64_t before = card_now;
    assert_false(v6nf_nic_stop(&card));
    assert_in_range(card_now - before, 0, 2000000);
    assert_false(card_is_master(FUNCTIONS));
    assert_false(v6nf_nic_stop(&card)); /* a second stop does not help */
    assert_null(card_fault);
}

/* The card that hangs has Function-Level Reset, and can be used again. */
static void a_function_level_reset_ends_what_hangs(void **state)
{
    (void)state;
    card_resets_functions = true;
    for (uint32_t i = 0; i < 2u; i++) {
        init();
        open_port(&card);
        card_never_ends = true;
        const uint64_t before = card_now;
        assert_true(v6nf_nic_stop(&card));
        assert_in_range(card_now - before, 0, 2000000);
        assert_false(card_is_master(FUNCTIONS));
        assert_is_over(&card, V6NF_PORT_STOPPED);
    }
    init();
    open_port(&card);
    assert_true(v6nf_nic_stop(&card)); /* without it: nothing hangs */
    assert_null(card_fault);
}

static void a_bad_configuration_is_reported(void **state)
{
    (void)state;
    static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    struct v6nf_nic_config config = {.mtu = 1279};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &config), V6NF_NIC_MTU_BAD);
    config = (struct v6nf_nic_config){.mtu = 1500, .inputs = 2};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &config), V6NF_NIC_INPUTS_BAD);
    config = (struct v6nf_nic_config){.mtu = 1500, .mac = group};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &config), V6NF_NIC_MAC_BAD);
    assert_is_over(&card, V6NF_PORT_STOPPED);
    assert_false(card_is_master(FUNCTIONS));
}

static void the_address_of_the_configuration_is_copied(void **state)
{
    (void)state;
    static const uint8_t kept[6] = {2, 0, 0, 0, 7, 7};
    uint8_t mac[6] = {2, 0, 0, 0, 7, 7};
    const struct v6nf_nic_config config = {.mtu = 1500, .mac = mac};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &config), V6NF_NIC_READY);
    memset(mac, 0, sizeof mac);
    assert_memory_equal(card.config.mac, kept, 6);
    assert_memory_equal(card.port.mac, kept, 6);
}

/* The configuration and its address may be parts of *nic. */
static void a_card_is_opened_again_with_its_own_configuration(void **state)
{
    (void)state;
    static const uint8_t kept[6] = {2, 0, 0, 0, 7, 7};
    const struct v6nf_nic_config config = {.mtu = 1500, .mac = kept};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &config), V6NF_NIC_READY);
    assert_true(v6nf_nic_stop(&card));
    const struct v6nf_nic_config copy = card.config;
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &copy), V6NF_NIC_READY);
    assert_memory_equal(card.port.mac, kept, 6);
    assert_true(v6nf_nic_stop(&card));
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &card.config), V6NF_NIC_READY);
    assert_memory_equal(card.port.mac, kept, 6);
}

static void check_no_ring(void)
{
    static struct v6nf_ring ring;
    struct v6nf_ring_device *const output = &card.device;
    assert_int_equal(v6nf_ring_open(&ring, &card.device, 1, &output, 2048), V6NF_RING_NO_QUEUE);
}

/* The program ignores the status of init. */
static void a_card_that_does_not_run_is_no_port(void **state)
{
    (void)state;
    card = (struct v6nf_nic){0};
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_NOT_OPEN);
    const struct v6nf_nic_config bad = {.mtu = 1279};
    assert_int_equal(v6nf_e1000e_init(&card, card_address(), &bad), V6NF_NIC_MTU_BAD);
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_NOT_OPEN);
    assert_is_over(&card, V6NF_PORT_STOPPED);
    struct v6nf_env_pci_address elsewhere = card_address();
    elsewhere.device = 30;
    assert_int_equal(v6nf_e1000e_init(&card, elsewhere, &plain), V6NF_NIC_OTHER_DEVICE);
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_NOT_OPEN);
    check_no_ring();
    assert_is_over(&card, V6NF_PORT_STOPPED);
    init();
    assert_true(v6nf_nic_stop(&card));
    const uint32_t before = REG(0x3800u);
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_NOT_OPEN);
    check_no_ring();
    assert_int_equal(REG(0x3800u), before); /* another program may own it */
    init();
    card_is_gone = true;
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_NOT_OPEN);
    assert_is_over(&card, V6NF_PORT_GONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_stopped_card_stays_stopped, set_up),
        cmocka_unit_test_setup(a_removed_card_is_reported_as_gone, set_up),
        cmocka_unit_test_setup(a_stop_ends_by_itself, set_up),
        cmocka_unit_test_setup(a_function_level_reset_ends_what_hangs, set_up),
        cmocka_unit_test_setup(a_bad_configuration_is_reported, set_up),
        cmocka_unit_test_setup(the_address_of_the_configuration_is_copied, set_up),
        cmocka_unit_test_setup(a_card_is_opened_again_with_its_own_configuration, set_up),
        cmocka_unit_test_setup(a_card_that_does_not_run_is_no_port, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_igb_virtual.c: virtual functions of an 82576, honest and hostile, by its data sheet (7.10,
 * 8.14, 8.26). */
#include "fixture_virtual.h"

#include "v6nf/driver/igb.h"

#define MBVFICR 0xC80u
#define VFLRE 0xC88u
#define VFRE 0xC8Cu
#define VFTE 0xC90u
#define VMOLR(n) (0x5AD0u + 4u * (n))
#define MTA 0x5200u
#define RAL(n) (0x5400u + 8u * (n))
#define RAH(n) (0x5404u + 8u * (n))
#define FILTER(n) (0x54E0u + 8u * (n)) /* of a virtual function */
#define TXCTL(n) (0xE014u + 0x40u * (n))
#define TXCTL_RESET 0x2A00u /* relaxed ordering of everything */
#define TDWBAL(n) (0xE038u + 0x40u * (n))
#define POOL(n) (1u << (18u + (n)))

static void reset_function(uint32_t n)
{
    REG(VFLRE) |= 1u << n;
    REG(VFRE) &= ~(1u << n);
    REG(VFTE) &= ~(1u << n);
}

/* STATUS: master enable follows CTRL; EECD: read; MDIC: ready. */
static uint32_t read_register(uint32_t offset, uint32_t written)
{
    const uint32_t master = (REG(0u) & 4u) != 0u ? 0u : 1u << 19;
    return offset == 8u ? 2u + master : offset == 0x10u ? 1u << 9 : offset == 0x20u ? 1u << 28 : written;
}

static bool clears(uint32_t offset)
{
    return offset == MBVFICR || offset == VFLRE;
}

/* Bit 25 of RXDCTL and TXDCTL, of a function's queues or of the card's. */
static bool begins(uint32_t offset, uint32_t value, bool is_virtual)
{
    const bool is_control = is_virtual ? (offset & 0xFEFFu) == 0x2828u || (offset & 0xFEFFu) == 0x3828u
                                       : (offset & 0x1FC3Fu) == 0xC028u || (offset & 0x1FC3Fu) == 0xE028u;
    return is_control && (value & (1u << 25)) != 0u;
}

static const struct card_kind kind = {
    .id = 0x10C98086u,
    .virtual_id = 0x10CA8086u,
    .functions = 8,
    .mailbox = 0xC00u,
    .messages = 0x800u,
    .requests = MBVFICR,
    .requests_each = 16, /* the 82576 has half of them */
    .window_mailbox = 0xC40u,
    .window_messages = 0x800u,
    .control_extended = 0x18u,
    .read = read_register,
    .reset_function = reset_function,
    .begins = begins,
    .clears = clears,
};

static void assert_all_is_off(void)
{
    assert_int_equal(REG(VFRE), 0);
    assert_int_equal(REG(VFTE), 0);
    assert_int_equal(REG(0x100u) & 2u, 0); /* RCTL */
    assert_int_equal(REG(0x400u) & 2u, 0); /* TCTL */
}

const struct virtual_family virtual_family = {
    .kind = &kind,
    .own_filter = RAL(0u),
    .init = v6nf_igb_init,
    .enable_virtual = v6nf_igb_enable_virtual,
    .virtual_init = v6nf_igb_virtual_init,
    .serve_virtual = v6nf_igb_serve_virtual,
    .add_address = v6nf_igb_add_address,
    .link_speed = v6nf_igb_link_speed,
    .assert_all_is_off = assert_all_is_off,
    .counters = {0xF10u, 0xF18u, 0xF14u, 0xF34u},
    .counters_mask = UINT32_MAX,
};

/* -- Making them --------------------------------------------------------------------------------------------------- */

static void functions_get_registers_and_pools(void **state)
{
    (void)state;
    make_functions(3u);
    assert_int_equal(card_configuration[NUMBER / 4u], 3);
    assert_int_equal(card_configuration[CONTROL / 4u], 9);
    assert_true(card_now >= 100000u);
    const uint32_t first = card_configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    const uint32_t second = card_configuration[VIRTUAL_BAR(3u) / 4u] & ~0xFu;
    assert_int_equal(first, SPACE);
    assert_int_equal(second, SPACE + 8u * WINDOW_SIZE); /* space for all functions that the card supports */
    assert_int_equal(REG(VFRE), 1u << 3);               /* the card's own pool */
    assert_int_equal(REG(VFTE), 0xF8u);
    assert_int_equal(REG(RAH(0u)), VALID + POOL(3u) + 0x5634u);
    struct v6nf_env_pci_address address = address_of(2u);
    assert_int_equal(address.bus, BUS);
    assert_int_equal((address.device << 3) + address.function, OFFSET + 2u * STRIDE);
    assert_false(v6nf_nic_virtual_address(&card, 3u, &address));
}

static void firmware_has_placed_registers(void **state)
{
    (void)state;
    card_configuration[VIRTUAL_BAR(0u) / 4u] = 0xE0000000u + 0xCu;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, 0u), V6NF_NIC_READY);
    assert_int_equal(card_configuration[VIRTUAL_BAR(0u) / 4u], 0xE0000000u + 0xCu);
}

static void registers_without_an_address(void **state)
{
    (void)state;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, 0u), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(card_configuration[CONTROL / 4u], 0);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_READY);
    assert_int_equal(card_configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu, SPACE);
}

static void functions_of_an_earlier_program_go_first(void **state)
{
    (void)state;
    card_configuration[NUMBER / 4u] = 7u;
    card_configuration[CONTROL / 4u] = 9u;
    make_functions(2u);
    assert_int_equal(card_configuration[NUMBER / 4u], 2);
    assert_true(card_now >= 1100000u);
}

static void impossible_numbers_of_functions(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 0u, SPACE), V6NF_NIC_COUNT_BAD);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 8u, SPACE), V6NF_NIC_COUNT_BAD);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 2u, SPACE), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 3u, SPACE), V6NF_NIC_IN_USE); /* once */
    struct v6nf_nic_config config = {.mtu = 1500, .inputs = 2, .mac = mac};
    assert_int_equal(v6nf_igb_init(&card, card_address(), &config), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_IN_USE);
    card_configuration[0] = 0x15218086u; /* an I350 has other registers */
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_NO_VIRTUAL);
}

/* -- Honest functions ---------------------------------------------------------------------------------------------- */

static void a_function_is_set_up(void **state)
{
    (void)state;
    const uint8_t expected[6] = {0x0A, 0x1B, 0x21, 0x12, 0x34, 0x56}; /* 00 | 02, and 2 << 2 */
    make_and_open(2u, 1u, &plain);
    assert_memory_equal(function.port.mac, expected, 6);
    assert_int_equal(REG(FILTER(1u)), 0x12211B0Au);
    assert_int_equal(REG(FILTER(1u) + 4u), VALID + POOL(1u) + 0x5634u);
    assert_int_equal(REG(VFRE), 2u + 4u);
    assert_int_equal(REG(VFTE), 2u + 0xFCu);
    assert_int_equal(REG(VMOLR(1u)), 0x8B000000u + 0x10000u + 1522u);
    assert_int_equal(REG(MTA), UINT32_MAX);
    assert_true(v6nf_igb_link_speed(&function) > 0u);
}

static void a_function_takes_another_address(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
    struct v6nf_nic_config config = {.mtu = 9000, .mac = mac};
    make_and_open(1u, 0u, &config);
    assert_memory_equal(function.port.mac, mac, 6);
    assert_int_equal(REG(FILTER(0u)), 0x03020102u);
    assert_int_equal(REG(FILTER(0u) + 4u), VALID + POOL(0u) + 0x0504u);
    assert_int_equal(REG(VMOLR(0u)) & 0x1FFFFu, 0x10000u + 9022u);
}

static void a_function_takes_few_groups(void **state)
{
    (void)state;
    const uint8_t one[6] = {0x33, 0x33, 0xFF, 0, 0x30, 0x12}; /* hash 0x123 */
    const uint8_t other[6] = {0x33, 0x33, 0, 0, 0x50, 0x34};  /* hash 0x345 */
    struct v6nf_nic_config few = {.mtu = 1500, .few_groups = true};
    assert_int_equal(v6nf_igb_init(&card, card_address(), &few), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &few, &card), V6NF_NIC_READY);
    assert_int_equal(REG(VMOLR(0u)) & (1u << 25), 0);
    assert_true(v6nf_igb_virtual_add_group(&function, one));
    assert_true(v6nf_igb_virtual_add_group(&function, other));
    assert_int_equal(REG(MTA + 4u * (0x123u / 32u)), 1u << (0x123u % 32u));
    assert_int_equal(REG(MTA + 4u * (0x345u / 32u)), 1u << (0x345u % 32u));
    assert_int_not_equal(REG(VMOLR(0u)) & (1u << 25), 0);
    for (uint32_t i = 2; i < V6NF_NIC_GROUPS; i++) {
        assert_true(v6nf_igb_virtual_add_group(&function, one));
    }
    assert_false(v6nf_igb_virtual_add_group(&function, one));
}

static void init_of_an_unserved_function_ends(void **state)
{
    (void)state;
    make_functions(1u);
    const uint64_t before = card_now;
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &plain, NULL), V6NF_NIC_REFUSED);
    assert_true(card_now - before < 5000000u);
}

static void init_ends_if_the_card_stays_in_reset(void **state)
{
    (void)state;
    make_functions(1u);
    card_function_state[0] = IN_RESET;
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &plain, &card), V6NF_NIC_NO_RESET);
}

static void impossible_configurations_of_a_function(void **state)
{
    (void)state;
    struct v6nf_nic_config config = {.mtu = 1500, .promiscuous = true};
    make_functions(1u);
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_PROMISCUOUS_BAD);
    config = (struct v6nf_nic_config){.mtu = 1500, .inputs = 2};
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_INPUTS_BAD);
    config = (struct v6nf_nic_config){.mtu = 1500, .mac = card.port.mac};
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_REFUSED);
    assert_int_equal(v6nf_igb_virtual_init(&function, card_address(), &plain, &card), V6NF_NIC_OTHER_DEVICE);
    struct v6nf_env_pci_address nothing = {.bus = BUS, .device = 30};
    assert_int_equal(v6nf_igb_virtual_init(&function, nothing, &plain, &card), V6NF_NIC_OTHER_DEVICE);
}

/* A virtual machine makes the configuration space of the function, and hides the physical function. */
static void a_function_in_a_virtual_machine(void **state)
{
    (void)state;
    make_functions(1u);
    card_enter_virtual_machine();
    struct v6nf_env_pci_address address = {.device = 1};
    assert_int_equal(v6nf_igb_virtual_init(&function, address, &plain, &card), V6NF_NIC_READY);
}

/* -- Hostile functions --------------------------------------------------------------------------------------------- */

static void nothing_is_granted_before_a_reset(void **state)
{
    (void)state;
    make_functions(2u);
    for (uint32_t type = 2; type <= 6u; type++) {
        assert_int_equal(say(0u, type, 0x00000102u, 1u), type + NACK);
    }
    assert_int_equal(REG(FILTER(0u) + 4u), 0);
    assert_int_equal(say(0u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(0u, 2u, 0x00000102u, 1u), 2u + ACK + CTS);
}

static void impossible_requests_are_refused(void **state)
{
    (void)state;
    static const uint32_t messages[][3] = {
        {0, 0, 0},
        {4, 1, 0},
        {7, 0, 0},
        {0xFFFF, 0, 0},
        {ACK + 2, 0, 0},
        {2, 0, 0},                 /* no address */
        {2, 0x01, 0},              /* a group */
        {2, UINT32_MAX, 0xFFFF},   /* all */
        {2, 0x12211B00u, 0x5634u}, /* the card */
        {2, 0x12211B0Au, 0x5634u}, /* the other function's default address */
        {0x10002, 0x0102u, 1},     /* further addresses */
        {0x20002, 0x0102u, 1},
        {0x1F0003, 0, 0},
        {0xFF0003, 0, 0}, /* more groups than a message holds */
        {5, 0, 0},
        {5, 63, 0},
        {5, 9729, 0},
        {5, UINT32_MAX, 0},
        {0x10006, 0, 0},
        {0x30006, 0, 0}, /* all stations */
    };
    assert_refused(messages, sizeof messages / sizeof messages[0]);
}

static void an_address_belongs_to_one_function(void **state)
{
    (void)state;
    make_functions(2u);
    assert_int_equal(say(0u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(1u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(1u, 2u, 0x0102u, 1u), 2u + NACK);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS); /* its own address again */
    assert_int_equal(say(0u, 2u, 0x0202u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(1u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
}

static void a_reset_revokes_everything(void **state)
{
    (void)state;
    make_and_open(1u, 0u, &plain);
    reset_function(0u);
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(REG(VFLRE), 0);
    assert_int_equal(REG(VFRE), 2);
    assert_int_equal(REG(FILTER(0u)), 0);
    assert_int_equal(REG(FILTER(0u) + 4u), 0);
    assert_int_equal(REG(VMOLR(0u)), 0x89000000u);
    assert_int_equal(say(0u, 5u, 1500u, 0u), 5u + NACK);
}

static void a_second_reset_begins_again(void **state)
{
    (void)state;
    make_and_open(1u, 0u, &plain);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(0u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(REG(0x804u), 0x12211B06u);
    assert_int_equal(REG(FILTER(0u)), 0x12211B06u);
    assert_int_equal(REG(VMOLR(0u)), 0x89000000u);
}

static void a_function_that_keeps_the_buffer_blocks_no_other(void **state)
{
    (void)state;
    make_functions(2u);
    card_function_says(0u, 1u, 0u, 0u);
    card_function_write(0u, 0xC40u, 4u); /* and still writes */
    assert_int_equal(say(1u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(card_function_read(0u, 0xC40u) & ANSWERED, 0);
    card_function_write(0u, 0xC40u, 0u);
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(card_function_hears(0u), 1u + ACK);
}

/* With relaxed ordering of write-backs, heads can arrive in any order (8.13.2). */
static void heads_keep_their_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 16u; i++) {
        REG(TXCTL(i)) = TXCTL_RESET;
    }
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    for (uint32_t i = 0; i < 16u; i++) {
        volatile uint32_t *tail = NULL;
        assert_true(card.device.operations->add_output(&card.device, 0x1000u, 8u, 0x2000u, &tail));
        assert_int_equal(REG(TDWBAL(i)), 0x2001u);
        assert_int_equal(REG(TXCTL(i)), TXCTL_RESET - (1u << 11));
    }
}

static void a_card_without_functions_is_not_served(void **state)
{
    (void)state;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    REG(VFLRE) = 1u;
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(REG(VFLRE), 1);
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void no_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    (void)lengths;
}

/* The card was initialized again: the function answers, but has lost its queues and settings. */
static void lose_function(const struct v6nf_nic_config *config)
{
    struct v6nf_port_counters counters;
    const uint8_t group[6] = {0x33, 0x33, 0xFF, 0x12, 0x34, 0x56};
    make_and_open(2u, 0u, config);
    assert_true(v6nf_igb_virtual_add_group(&function, group));
    open_port(&function);
    assert_true(v6nf_nic_stop(&card));
    make_functions(2u);
    function.virtual_functions.counted[0] = 100; /* frames that were counted before */
    function.port.operations->read_counters(&function.port, &counters);
    assert_int_equal(counters.received, 0);
    assert_false(function.port.operations->link_up(&function.port));
    assert_int_equal(function.port.operations->status(&function.port), V6NF_PORT_RUNNING);
}

/* Poll the port for so many milliseconds. */
static void poll_function(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        card_now += 1000u;
        for (uint32_t j = 0; j < 64u; j++) {
            assert_int_equal(function.port.operations->poll(&function.port, no_handler, NULL), 0);
        }
    }
}

static void a_function_follows_a_reset_of_its_card(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 1, 2, 3, 4, 5};
    const struct v6nf_nic_config config = {.mtu = 9000, .mac = mac, .few_groups = true};
    lose_function(&config);
    for (uint32_t i = 0; i < 128u; i++) {
        REG(MTA + 4u * i) = 0;
    }
    poll_function(200);
    assert_true(function.port.operations->link_up(&function.port));
    assert_non_null(function.port.operations->reserve(&function.port));
    assert_int_equal(REG(FILTER(0u)), 0x03020102u);
    assert_int_equal(REG(VMOLR(0u)) & 0x1FFFFu, 0x10000u + 9022u);
    assert_int_equal(REG(MTA + 4u * 43u), 8u); /* bits 36 to 47 of the group: 0x563 */
    assert_true((card_function_register(0u, 0x2828u) & (1u << 25)) != 0u);
    assert_true((card_function_register(0u, 0x3828u) & (1u << 25)) != 0u);
    assert_true((card_function_register(0u, 0x3928u) & (1u << 25)) != 0u);
    assert_int_equal(card_function_register(0u, 0x2818u), V6NF_RING_SIZE - 1u);
    assert_null(card_fault);
}

/* Its physical function stays in reset, or does not answer. */
static void a_function_that_cannot_follow_is_gone(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        set_up(NULL);
        lose_function(&plain);
        card_function_state[0] |= i == 0u ? IN_RESET : 0u;
        function.virtual_functions.physical = NULL;
        const uint64_t before = card_now;
        while (function.port.operations->status(&function.port) == V6NF_PORT_RUNNING &&
               card_now - before < UINT64_C(100000000)) {
            poll_function(100);
        }
        assert_in_range(card_now - before, 59000000, 75000000);
        assert_is_over(&function, V6NF_PORT_GONE);
        assert_null(card_fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(functions_get_registers_and_pools, set_up),
        cmocka_unit_test_setup(firmware_has_placed_registers, set_up),
        cmocka_unit_test_setup(registers_without_an_address, set_up),
        cmocka_unit_test_setup(functions_of_an_earlier_program_go_first, set_up),
        cmocka_unit_test_setup(impossible_numbers_of_functions, set_up),
        cmocka_unit_test_setup(a_function_is_set_up, set_up),
        cmocka_unit_test_setup(a_function_takes_another_address, set_up),
        cmocka_unit_test_setup(a_function_takes_few_groups, set_up),
        cmocka_unit_test_setup(init_of_an_unserved_function_ends, set_up),
        cmocka_unit_test_setup(init_ends_if_the_card_stays_in_reset, set_up),
        cmocka_unit_test_setup(impossible_configurations_of_a_function, set_up),
        cmocka_unit_test_setup(a_function_in_a_virtual_machine, set_up),
        cmocka_unit_test_setup(nothing_is_granted_before_a_reset, set_up),
        cmocka_unit_test_setup(impossible_requests_are_refused, set_up),
        cmocka_unit_test_setup(an_address_belongs_to_one_function, set_up),
        cmocka_unit_test_setup(a_reset_revokes_everything, set_up),
        cmocka_unit_test_setup(a_second_reset_begins_again, set_up),
        cmocka_unit_test_setup(a_function_that_keeps_the_buffer_blocks_no_other, set_up),
        cmocka_unit_test_setup(heads_keep_their_order, set_up),
        cmocka_unit_test_setup(a_card_without_functions_is_not_served, set_up),
        cmocka_unit_test_setup(a_function_follows_a_reset_of_its_card, set_up),
        cmocka_unit_test_setup(a_function_that_cannot_follow_is_gone, set_up),
        LIFE_CYCLE_TESTS,
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_igb_virtual.c: virtual functions of an 82576, as far as configuration space, mailboxes and filters go, with functions that
 * behave and some that do not. The card is the one below: the registers that matter, by the data sheet (7.10, 8.14, 8.26). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "v6nf/igb.h"

#define FUNCTIONS 8u
#define CONFIGURATION_SIZE 4096u
#define REGISTERS_SIZE 0x20000u
#define WINDOW_SIZE 0x4000u /* of a virtual function */

#define BUS 1u
#define CARD_BASE UINT64_C(0xFE000000)
#define SPACE UINT64_C(0xC0000000)
#define OFFSET 0x80u
#define STRIDE 2u

/* Physical function. */
#define P2V(n) (0xC00u + 4u * (n))
#define V2P(n) (0xC40u + 4u * (n)) /* where the card has what a function sees at 0xC40 */
#define MEMORY(n) (0x800u + 0x40u * (n))
#define MBVFICR 0xC80u
#define VFLRE 0xC88u
#define VFRE 0xC8Cu
#define VFTE 0xC90u
#define VMOLR(n) (0x5AD0u + 4u * (n))
#define MTA 0x5200u
#define RAL(n) (0x5400u + 8u * (n))
#define RAH(n) (0x5404u + 8u * (n))
#define FILTER(n) (0x54E0u + 8u * (n)) /* of a virtual function */
#define VALID 0x80000000u
#define POOL(n) (1u << (18u + (n)))
#define READ_CLEARED 0xB0u
#define RSTI 0x40u

#define ACK 0x80000000u
#define NACK 0x40000000u
#define CTS 0x20000000u

static uint32_t registers[REGISTERS_SIZE / 4u];
static uint32_t windows[FUNCTIONS][WINDOW_SIZE / 4u]; /* only their addresses count */
static uint32_t configuration[CONFIGURATION_SIZE / 4u];
static uint32_t virtual_configuration[FUNCTIONS][16];
static uint64_t bases[2]; /* where functions' registers are, per base address register: 0 and 3 */
static uint64_t now;
static bool in_virtual_machine; /* function 0 shows its own ID and base address */

/* -- Board ------------------------------------------------------------------------------------------------------------------- */

void *v6nf_env_memory(size_t size, size_t alignment)
{
    (void)size;
    (void)alignment;
    return NULL;
}

uint64_t v6nf_env_device_address(const volatile void *memory)
{
    (void)memory;
    return V6NF_ENV_NO_ADDRESS;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    now += microseconds;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    memset(bytes, 7, size);
    return true;
}

#define CAPABILITY 0x160u
#define NUMBER (CAPABILITY + 0x10u)
#define CONTROL (CAPABILITY + 0x08u)
#define VIRTUAL_BAR(n) (CAPABILITY + 0x24u + 4u * (n))

/* Which function it is: FUNCTIONS for the physical one, UINT32_MAX for none. */
static uint32_t function_at(struct v6nf_env_pci_address address)
{
    const uint32_t id = ((uint32_t)address.device << 3) + address.function;
    const uint32_t count = (configuration[CONTROL / 4u] & 1u) != 0u ? configuration[NUMBER / 4u] & 0xFFFFu : 0u;
    if (in_virtual_machine) {
        return address.bus == 0u && id == 8u ? 0u : UINT32_MAX;
    }
    if (address.bus != BUS) {
        return UINT32_MAX;
    }
    if (id == 0u) {
        return FUNCTIONS;
    }
    const bool is_virtual = id >= OFFSET && (id - OFFSET) % STRIDE == 0u && (id - OFFSET) / STRIDE < count;
    return is_virtual ? (id - OFFSET) / STRIDE : UINT32_MAX;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    const uint32_t function = function_at(address);
    assert_int_equal(offset % 4u, 0);
    if (function == UINT32_MAX) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    return function == FUNCTIONS ? configuration[offset / 4u] : offset < 64u ? virtual_configuration[function][offset / 4u] : 0u;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    const uint32_t function = function_at(address);
    if (function == UINT32_MAX) {
        return false;
    }
    if (function < FUNCTIONS) {
        virtual_configuration[function][offset / 4u] = value;
    } else if (offset == VIRTUAL_BAR(0u) || offset == VIRTUAL_BAR(3u)) {
        assert_int_equal(configuration[CONTROL / 4u] & 8u, 0); /* nothing moves while it is decoded */
        configuration[offset / 4u] = (value & ~(WINDOW_SIZE - 1u)) + 0xCu;
    } else if (offset >= VIRTUAL_BAR(0u) && offset <= VIRTUAL_BAR(5u)) {
        configuration[offset / 4u] = offset == VIRTUAL_BAR(1u) || offset == VIRTUAL_BAR(4u) ? value : 0u;
    } else {
        if (offset == NUMBER) {
            assert_int_equal(configuration[CONTROL / 4u] & 1u, 0); /* SR-IOV, 3.3.7 */
        }
        configuration[offset / 4u] = value;
    }
    return true;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const uint64_t base = in_virtual_machine ? bases[0] : configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    if (address == CARD_BASE) {
        assert_true(size <= REGISTERS_SIZE);
        return registers;
    }
    assert_true(address >= base && (address - base) % WINDOW_SIZE == 0u && (address - base) / WINDOW_SIZE < FUNCTIONS);
    return windows[(address - base) / WINDOW_SIZE];
}

/* -- The card ---------------------------------------------------------------------------------------------------------------- */

#define REG(offset) registers[(offset) / 4u]

static void reset_function(uint32_t n)
{
    REG(VFLRE) |= 1u << n;
    REG(VFRE) &= ~(1u << n);
    REG(VFTE) &= ~(1u << n);
}

static void write_physical(uint32_t offset, uint32_t value)
{
    if (offset == MBVFICR || offset == VFLRE) {
        REG(offset) &= ~value;
    } else if (offset >= P2V(0u) && offset < P2V(FUNCTIONS)) {
        const uint32_t n = (offset - P2V(0u)) / 4u;
        REG(V2P(n)) |= ((value & 1u) != 0u ? 0x10u : 0u) + ((value & 2u) != 0u ? 0x20u : 0u);
        const bool taken = (value & 8u) != 0u && (REG(V2P(n)) & 4u) == 0u;
        REG(V2P(n)) = (REG(V2P(n)) & ~8u) + (taken ? 8u : 0u);
        REG(offset) = taken ? 8u : 0u;
    } else if (offset == 0x18u) {
        for (uint32_t n = 0; n < FUNCTIONS; n++) {
            REG(V2P(n)) = (value & (1u << 14)) != 0u ? 0x80u : RSTI;
        }
    } else if (offset == 0u) {
        REG(0u) = value & ~(1u << 26);
        for (uint32_t n = 0; n < FUNCTIONS && (value & (1u << 26)) != 0u; n++) {
            REG(V2P(n)) = RSTI;
        }
    } else {
        REG(offset) = value;
    }
}

static uint32_t read_physical(uint32_t offset)
{
    const uint32_t master = (REG(0u) & 4u) != 0u ? 0u : 1u << 19;
    return offset == 8u ? 2u + master : offset == 0x10u ? 1u << 9 : offset == 0x20u ? 1u << 28 : REG(offset);
}

static void write_virtual(uint32_t n, uint32_t offset, uint32_t value)
{
    if (offset >= 0x800u && offset < 0x840u) {
        REG(MEMORY(n) + offset - 0x800u) = value;
    } else if (offset == 0xC40u) {
        REG(MBVFICR) |= ((value & 1u) != 0u ? 1u << n : 0u) + ((value & 2u) != 0u ? 1u << (16u + n) : 0u);
        const bool taken = (value & 4u) != 0u && (REG(V2P(n)) & 8u) == 0u;
        REG(V2P(n)) = (REG(V2P(n)) & ~4u) + (taken ? 4u : 0u);
    } else if (offset == 0u && (value & (1u << 26)) != 0u) {
        reset_function(n);
    }
}

static uint32_t read_virtual(uint32_t n, uint32_t offset)
{
    if (offset >= 0x800u && offset < 0x840u) {
        return REG(MEMORY(n) + offset - 0x800u);
    }
    if (offset == 0xC40u) {
        const uint32_t value = REG(V2P(n));
        REG(V2P(n)) &= ~READ_CLEARED;
        return value;
    }
    return offset == 8u ? 2u : 0u;
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    if (address >= registers && address < registers + REGISTERS_SIZE / 4u) {
        write_physical((uint32_t)(address - registers) * 4u, value);
        return;
    }
    const uint32_t at = (uint32_t)(address - windows[0]);
    write_virtual(at / (WINDOW_SIZE / 4u), at % (WINDOW_SIZE / 4u) * 4u, value);
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    if (address >= registers && address < registers + REGISTERS_SIZE / 4u) {
        return read_physical((uint32_t)(address - registers) * 4u);
    }
    const uint32_t at = (uint32_t)(address - windows[0]);
    return read_virtual(at / (WINDOW_SIZE / 4u), at % (WINDOW_SIZE / 4u) * 4u);
}

/* -- Help -------------------------------------------------------------------------------------------------------------------- */

static const struct v6nf_nic_config plain = {.mtu = 1500};
static struct v6nf_nic card;
static struct v6nf_nic function;

static struct v6nf_env_pci_address card_address(void)
{
    return (struct v6nf_env_pci_address){.bus = BUS};
}

static int set_up(void **state)
{
    (void)state;
    memset(registers, 0, sizeof registers);
    memset(configuration, 0, sizeof configuration);
    memset(virtual_configuration, 0, sizeof virtual_configuration);
    now = 0;
    in_virtual_machine = false;
    configuration[0] = 0x10C98086u;
    configuration[2] = 0x02000001u;
    configuration[4] = (uint32_t)CARD_BASE;
    configuration[0x100 / 4] = 0x14010001u;         /* AER, then */
    configuration[0x140 / 4] = 0x16010003u;         /* serial number, then */
    configuration[CAPABILITY / 4u] = 0x00010010u;   /* SR-IOV */
    configuration[(CAPABILITY + 0x0Cu) / 4u] = 0x00080008u;
    configuration[(CAPABILITY + 0x14u) / 4u] = (STRIDE << 16) + OFFSET;
    configuration[(CAPABILITY + 0x18u) / 4u] = 0x10CA0000u;
    configuration[VIRTUAL_BAR(0u) / 4u] = 0xCu;
    configuration[VIRTUAL_BAR(3u) / 4u] = 0xCu;
    for (uint32_t n = 0; n < FUNCTIONS; n++) {
        virtual_configuration[n][0] = UINT32_MAX;
        virtual_configuration[n][2] = 0x02000001u;
    }
    REG(RAL(0u)) = 0x12211B00u; /* 00:1b:21:12:34:56 */
    REG(RAH(0u)) = VALID + 0x5634u;
    return 0;
}

static void make_functions(uint32_t count)
{
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, count, SPACE), V6NF_NIC_READY);
}

static struct v6nf_env_pci_address address_of(uint32_t n)
{
    struct v6nf_env_pci_address address;
    assert_true(v6nf_nic_virtual_address(&card, n, &address));
    return address;
}

static void make_and_open(uint32_t count, uint32_t n, const struct v6nf_nic_config *config)
{
    make_functions(count);
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(n), config, &card), V6NF_NIC_READY);
}

/* Function `n` says this, and the card is served once. Returns the answer's first word. */
static uint32_t say(uint32_t n, uint32_t first, uint32_t second, uint32_t third)
{
    write_virtual(n, 0xC40u, 4u);
    write_virtual(n, 0x800u, first);
    write_virtual(n, 0x804u, second);
    write_virtual(n, 0x808u, third);
    write_virtual(n, 0xC40u, 1u);
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(read_virtual(n, 0xC40u) & 0x30u, 0x30u); /* read, and answered, */
    assert_int_equal(REG(MBVFICR) & (1u << n), 0);             /* once */
    return read_virtual(n, 0x800u);
}

/* -- Making them ------------------------------------------------------------------------------------------------------------- */

static void functions_get_registers_and_pools(void **state)
{
    (void)state;
    make_functions(3u);
    assert_int_equal(configuration[NUMBER / 4u], 3);
    assert_int_equal(configuration[CONTROL / 4u], 9);
    assert_true(now >= 100000u);
    const uint32_t first = configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    const uint32_t second = configuration[VIRTUAL_BAR(3u) / 4u] & ~0xFu;
    assert_int_equal(first, SPACE);
    assert_int_equal(second, SPACE + 8u * WINDOW_SIZE); /* room for all that there can be */
    assert_int_equal(REG(VFRE), 1u << 3); /* the card's own pool */
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
    configuration[VIRTUAL_BAR(0u) / 4u] = 0xE0000000u + 0xCu;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, 0u), V6NF_NIC_READY);
    assert_int_equal(configuration[VIRTUAL_BAR(0u) / 4u], 0xE0000000u + 0xCu);
}

static void nowhere_to_place_registers(void **state)
{
    (void)state;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, 0u), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(configuration[CONTROL / 4u], 0);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_READY);
    assert_int_equal(configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu, SPACE);
}

static void functions_of_an_earlier_program_go_first(void **state)
{
    (void)state;
    configuration[NUMBER / 4u] = 7u;
    configuration[CONTROL / 4u] = 9u;
    make_functions(2u);
    assert_int_equal(configuration[NUMBER / 4u], 2);
    assert_true(now >= 1100000u);
}

static void numbers_that_cannot_be(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 0u, SPACE), V6NF_NIC_INVALID);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 8u, SPACE), V6NF_NIC_INVALID);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 2u, SPACE), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 3u, SPACE), V6NF_NIC_INVALID); /* once */
    struct v6nf_nic_config config = {.mtu = 1500, .inputs = 2, .mac = mac};
    assert_int_equal(v6nf_igb_init(&card, card_address(), &config), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_INVALID);
    configuration[0] = 0x15218086u; /* an I350's registers are others */
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(v6nf_igb_enable_virtual(&card, 1u, SPACE), V6NF_NIC_INVALID);
}

/* -- A function that behaves ------------------------------------------------------------------------------------------------- */

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
    const uint8_t one[6] = {0x33, 0x33, 0xFF, 0, 0x30, 0x12};   /* hash 0x123 */
    const uint8_t other[6] = {0x33, 0x33, 0, 0, 0x50, 0x34};    /* hash 0x345 */
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

static void a_function_that_nobody_serves_gives_up(void **state)
{
    (void)state;
    make_functions(1u);
    const uint64_t before = now;
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &plain, NULL), V6NF_NIC_REFUSED);
    assert_true(now - before < 5000000u);
}

static void a_function_of_a_card_in_reset_gives_up(void **state)
{
    (void)state;
    make_functions(1u);
    REG(V2P(0u)) = RSTI;
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &plain, &card), V6NF_NIC_NO_RESET);
}

static void a_function_cannot_have_everything(void **state)
{
    (void)state;
    struct v6nf_nic_config config = {.mtu = 1500, .promiscuous = true};
    make_functions(1u);
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_INVALID);
    config = (struct v6nf_nic_config){.mtu = 1500, .inputs = 2};
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_INVALID);
    config = (struct v6nf_nic_config){.mtu = 1500, .mac = card.port.mac};
    assert_int_equal(v6nf_igb_virtual_init(&function, address_of(0u), &config, &card), V6NF_NIC_REFUSED);
    assert_int_equal(v6nf_igb_virtual_init(&function, card_address(), &plain, &card), V6NF_NIC_OTHER_DEVICE);
    struct v6nf_env_pci_address nothing = {.bus = BUS, .device = 30};
    assert_int_equal(v6nf_igb_virtual_init(&function, nothing, &plain, &card), V6NF_NIC_OTHER_DEVICE);
}

/* There, its configuration space is one that the virtual machine made, and the physical function is out of sight. */
static void a_function_in_a_virtual_machine(void **state)
{
    (void)state;
    make_functions(1u);
    bases[0] = configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    in_virtual_machine = true;
    virtual_configuration[0][0] = 0x10CA8086u;
    virtual_configuration[0][4] = (uint32_t)bases[0] + 0xCu;
    struct v6nf_env_pci_address address = {.device = 1};
    assert_int_equal(v6nf_igb_virtual_init(&function, address, &plain, &card), V6NF_NIC_READY);
}

/* -- Functions that do not ----------------------------------------------------------------------------------------------------- */

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

static void nonsense_is_refused(void **state)
{
    (void)state;
    make_and_open(2u, 0u, &plain);
    static const uint32_t messages[][3] = {
        {0, 0, 0}, {4, 1, 0}, {7, 0, 0}, {0xFFFF, 0, 0}, {ACK + 2, 0, 0},
        {2, 0, 0},                    /* nobody */
        {2, 0x01, 0},                 /* a group */
        {2, UINT32_MAX, 0xFFFF},      /* all */
        {2, 0x12211B00u, 0x5634u},    /* the card */
        {2, 0x12211B0Au, 0x5634u},    /* what the other function will have */
        {0x10002, 0x0102u, 1},        /* further addresses */
        {0x20002, 0x0102u, 1},
        {0x1F0003, 0, 0}, {0xFF0003, 0, 0}, /* more groups than a message holds */
        {5, 0, 0}, {5, 63, 0}, {5, 9729, 0}, {5, UINT32_MAX, 0},
        {0x10006, 0, 0}, {0x30006, 0, 0}, /* all stations */
    };
    uint32_t before[REGISTERS_SIZE / 4u];
    say(0u, 2u, 0x00000102u, 1u);
    memcpy(before, registers, sizeof before);
    for (uint32_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        const uint32_t *message = messages[i];
        assert_int_equal(say(0u, message[0], message[1], message[2]), (message[0] & 0xFFFFFFu) + NACK);
        memcpy(&before[0x800u / 4u], &REG(0x800u), 64u);
        before[V2P(0u) / 4u] = REG(V2P(0u));
        assert_memory_equal(registers, before, sizeof before);
    }
}

static void an_address_is_one_functions_alone(void **state)
{
    (void)state;
    make_functions(2u);
    assert_int_equal(say(0u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(1u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(1u, 2u, 0x0102u, 1u), 2u + NACK);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS); /* its own, again */
    assert_int_equal(say(0u, 2u, 0x0202u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(1u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
}

static void a_reset_takes_everything_back(void **state)
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

static void a_second_reset_begins_anew(void **state)
{
    (void)state;
    make_and_open(1u, 0u, &plain);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    assert_int_equal(say(0u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(REG(MEMORY(0u) + 4u), 0x12211B06u);
    assert_int_equal(REG(FILTER(0u)), 0x12211B06u);
    assert_int_equal(REG(VMOLR(0u)), 0x89000000u);
}

static void a_function_that_keeps_the_buffer_holds_up_nobody(void **state)
{
    (void)state;
    make_functions(2u);
    write_virtual(0u, 0x800u, 1u);
    write_virtual(0u, 0xC40u, 5u); /* a request, and still writing */
    assert_int_equal(say(1u, 1u, 0u, 0u), 1u + ACK);
    assert_int_equal(read_virtual(0u, 0xC40u) & 0x30u, 0);
    write_virtual(0u, 0xC40u, 0u);
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(read_virtual(0u, 0xC40u) & 0x30u, 0x30u);
}

static void a_card_without_functions_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(v6nf_igb_init(&card, card_address(), &plain), V6NF_NIC_READY);
    REG(VFLRE) = 1u;
    v6nf_igb_serve_virtual(&card);
    assert_int_equal(REG(VFLRE), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(functions_get_registers_and_pools, set_up),
        cmocka_unit_test_setup(firmware_has_placed_registers, set_up),
        cmocka_unit_test_setup(nowhere_to_place_registers, set_up),
        cmocka_unit_test_setup(functions_of_an_earlier_program_go_first, set_up),
        cmocka_unit_test_setup(numbers_that_cannot_be, set_up),
        cmocka_unit_test_setup(a_function_is_set_up, set_up),
        cmocka_unit_test_setup(a_function_takes_another_address, set_up),
        cmocka_unit_test_setup(a_function_takes_few_groups, set_up),
        cmocka_unit_test_setup(a_function_that_nobody_serves_gives_up, set_up),
        cmocka_unit_test_setup(a_function_of_a_card_in_reset_gives_up, set_up),
        cmocka_unit_test_setup(a_function_cannot_have_everything, set_up),
        cmocka_unit_test_setup(a_function_in_a_virtual_machine, set_up),
        cmocka_unit_test_setup(nothing_is_granted_before_a_reset, set_up),
        cmocka_unit_test_setup(nonsense_is_refused, set_up),
        cmocka_unit_test_setup(an_address_is_one_functions_alone, set_up),
        cmocka_unit_test_setup(a_reset_takes_everything_back, set_up),
        cmocka_unit_test_setup(a_second_reset_begins_anew, set_up),
        cmocka_unit_test_setup(a_function_that_keeps_the_buffer_holds_up_nobody, set_up),
        cmocka_unit_test_setup(a_card_without_functions_is_left_alone, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

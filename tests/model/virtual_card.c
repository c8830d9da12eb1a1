/* virtual_card.c: a card with virtual functions, and the board that it is in. */
#include "virtual_card.h"

#define CARD_BASE UINT64_C(0xFE000000)
#define READ_CLEARED 0xB0u

#define COMMAND 0x04u
#define COMMAND_BUS_MASTER 4u
#define RESET (1u << 26) /* in the first register of each function */
#define PENDING (1u << 21)
#define EXPRESS 0x70u /* the capability of a function, the only one */
#define EXPRESS_CAPABILITIES (EXPRESS + 4u)
#define EXPRESS_CONTROL (EXPRESS + 8u)
#define CAN_RESET (1u << 28)
#define INITIATE_RESET (1u << 15)
#define RESET_TIME 100000u /* microseconds, and what answers may take before (PCI Express 2.0, 6.6.2) */

static uint32_t windows[FUNCTIONS][WINDOW_SIZE / 4u];
static bool was_reset[FUNCTIONS + 1u]; /* by this program; the last is the card */
static uint64_t machine_base;          /* address of function 0 in a virtual machine; 0 for none */
static const struct card_kind *card;

uint32_t card_registers[REGISTERS_SIZE / 4u];
uint32_t card_configuration[1024];
uint32_t card_virtual_configuration[FUNCTIONS][16];
uint32_t card_function_state[FUNCTIONS];
uint64_t card_now;
const char *card_fault;
bool card_is_gone;
bool card_never_ends;
bool card_resets_functions;

static uint64_t turned_off_at; /* when the command register was written last */
static uint64_t reset_ends;    /* of a function-level reset */

static void report(const char *fault)
{
    card_fault = card_fault == NULL ? fault : card_fault;
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

bool card_is_master(uint32_t n)
{
    const uint32_t *configuration = n == FUNCTIONS ? card_configuration : card_virtual_configuration[n];
    return (configuration[COMMAND / 4u] & COMMAND_BUS_MASTER) != 0u;
}

/* Return the registers of function `n`, and set their number. */
static uint32_t *registers_of(uint32_t n, uint32_t *count)
{
    *count = (n == FUNCTIONS ? REGISTERS_SIZE : WINDOW_SIZE) / 4u;
    return n == FUNCTIONS ? card_registers : windows[n];
}

static void write_command(uint32_t n, uint32_t value)
{
    uint32_t count = 0;
    const uint32_t *registers = registers_of(n, &count);
    const bool is_master = (value & COMMAND_BUS_MASTER) != 0u;
    if (is_master && !card_is_master(n) && !was_reset[n]) {
        report("a bus master before its reset");
    }
    /* The first state belongs to an earlier program. */
    for (uint32_t i = 0; i < count && !is_master && was_reset[n] && !card_never_ends; i++) {
        if (card->begins(4u * i, registers[i], n < FUNCTIONS)) {
            report("no bus master any more, and a queue is still on");
        }
    }
}

/* Begin a function-level reset (PCI Express 2.0, 6.6.2): what was begun has ended, and base addresses are lost. */
static void reset_by_configuration(uint32_t n)
{
    uint32_t *configuration = n == FUNCTIONS ? card_configuration : card_virtual_configuration[n];
    uint32_t count = 0;
    uint32_t *registers = registers_of(n, &count);
    if (!card_resets_functions) {
        report("7.8.4: a reset that the function does not have");
    }
    if ((configuration[COMMAND / 4u] & 7u) != 0u || (card_never_ends && card_now - turned_off_at < RESET_TIME)) {
        report("6.6.2: a reset of a function that was not turned off, or while answers are under way");
    }
    memset(&configuration[4], 0, 6u * sizeof configuration[4]);
    for (uint32_t i = 0; i < count; i++) {
        registers[i] = card->begins(4u * i, registers[i], n < FUNCTIONS) ? 0u : registers[i];
    }
    card_never_ends = false;
    was_reset[n] = true;
    reset_ends = card_now + RESET_TIME;
}

static void check_reset(void)
{
    if (card_now < reset_ends) {
        report("6.6.2: an access during a function-level reset");
    }
}

/* -- Board --------------------------------------------------------------------------------------------------------- */

uint64_t v6nf_env_clock(void)
{
    return card_now;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    card_now += microseconds;
}

void v6nf_env_idle(uint64_t until)
{
    card_now = until > card_now ? until : card_now;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    memset(bytes, 7, size);
    return true;
}

/* Functions that are made again are new (3.3.3.1). */
static void forget_functions(void)
{
    for (uint32_t n = 0; n < FUNCTIONS; n++) {
        memset(windows[n], 0, sizeof windows[n]);
        was_reset[n] = false;
        card_virtual_configuration[n][COMMAND / 4u] = 1u << 20;
    }
}

/* Return the number of the function: FUNCTIONS for the physical one, UINT32_MAX for none. */
static uint32_t function_at(struct v6nf_env_pci_address address)
{
    const uint32_t id = ((uint32_t)address.bus << 8) + ((uint32_t)address.device << 3) + address.function;
    const uint32_t first = (BUS << 8) + OFFSET;
    const bool enabled = (card_configuration[CONTROL / 4u] & 1u) != 0u;
    const uint32_t count = enabled ? card_configuration[NUMBER / 4u] & 0xFFFFu : 0u;
    if (machine_base != 0u) {
        return id == 8u ? 0u : UINT32_MAX;
    }
    if (id == BUS << 8) {
        return FUNCTIONS;
    }
    const bool is_virtual = id >= first && (id - first) % STRIDE == 0u && (id - first) / STRIDE < count;
    return is_virtual ? (id - first) / STRIDE : UINT32_MAX;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    const uint32_t function = function_at(address);
    assert_int_equal(offset % 4u, 0);
    if (function == UINT32_MAX || card_is_gone) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    check_reset();
    if (offset == EXPRESS_CAPABILITIES) {
        return card_resets_functions ? CAN_RESET : 0u;
    }
    if (offset == EXPRESS || offset == EXPRESS_CONTROL) {
        return offset == EXPRESS ? 0x10u : card_never_ends ? PENDING : 0u;
    }
    if (function == FUNCTIONS) {
        return card_configuration[offset / 4u];
    }
    return offset < 64u ? card_virtual_configuration[function][offset / 4u] : 0u;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    const uint32_t function = function_at(address);
    if (function == UINT32_MAX || card_is_gone) {
        return false;
    }
    check_reset();
    if (offset == EXPRESS_CONTROL) {
        if ((value & INITIATE_RESET) != 0u) {
            reset_by_configuration(function);
        }
        return true;
    }
    if (offset == COMMAND) {
        turned_off_at = card_now;
        write_command(function, value);
        value = (value & 0xFFFFu) + (1u << 20); /* there are capabilities */
    }
    if (function < FUNCTIONS) {
        card_virtual_configuration[function][offset / 4u] = value;
    } else if (offset == VIRTUAL_BAR(0u) || offset == VIRTUAL_BAR(3u)) {
        assert_int_equal(card_configuration[CONTROL / 4u] & 8u, 0); /* addresses do not change while they are decoded */
        card_configuration[offset / 4u] = (value & ~(WINDOW_SIZE - 1u)) + 0xCu;
    } else if (offset >= VIRTUAL_BAR(0u) && offset <= VIRTUAL_BAR(5u)) {
        card_configuration[offset / 4u] = offset == VIRTUAL_BAR(1u) || offset == VIRTUAL_BAR(4u) ? value : 0u;
    } else {
        if (offset == CONTROL && (value & 1u) == 0u) {
            forget_functions();
        }
        assert_true(offset != NUMBER || (card_configuration[CONTROL / 4u] & 1u) == 0u); /* SR-IOV 1.1, 3.3.7 */
        card_configuration[offset / 4u] = value;
    }
    return true;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    const uint64_t base = machine_base != 0u ? machine_base : card_configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    if (address == CARD_BASE) {
        assert_true(size <= REGISTERS_SIZE);
        return card_registers;
    }
    assert_true(size == WINDOW_SIZE && address >= base && (address - base) % WINDOW_SIZE == 0u);
    assert_true((address - base) / WINDOW_SIZE < FUNCTIONS);
    return windows[(address - base) / WINDOW_SIZE];
}

/* -- Registers ----------------------------------------------------------------------------------------------------- */

static bool is_in(uint32_t offset, uint32_t first, uint32_t size)
{
    return offset >= first && offset < first + size;
}

static void write_mailbox(uint32_t n, uint32_t value)
{
    const bool taken = (value & 8u) != 0u && (card_function_state[n] & 4u) == 0u;
    card_function_state[n] |= ((value & 1u) != 0u ? 0x10u : 0u) + ((value & 2u) != 0u ? 0x20u : 0u);
    card_function_state[n] = (card_function_state[n] & ~8u) + (taken ? 8u : 0u);
    REG(card->mailbox + 4u * n) = taken ? 8u : 0u;
}

static void check_beginning(uint32_t n, uint32_t offset, uint32_t value)
{
    if (card->begins(offset, value, n < FUNCTIONS) && !card_is_master(n)) {
        report("a queue is turned on, and the function is no bus master");
    }
}

static void write_register(uint32_t offset, uint32_t value)
{
    check_beginning(FUNCTIONS, offset, value);
    if (card_never_ends && card->begins(offset, REG(offset), false)) {
        return;
    }
    was_reset[FUNCTIONS] = was_reset[FUNCTIONS] || (offset == 0u && (value & RESET) != 0u);
    if (is_in(offset, card->mailbox, 4u * card->functions)) {
        write_mailbox((offset - card->mailbox) / 4u, value);
        return;
    }
    if (card->clears(offset)) {
        REG(offset) &= ~value;
        return;
    }
    REG(offset) = value;
    for (uint32_t at = 0; at < REGISTERS_SIZE && offset == 0u && (value & RESET) != 0u; at += 4u) {
        REG(at) = at == 0u || card->begins(at, REG(at), false) ? 0u : REG(at);
    }
    for (uint32_t n = 0; n < card->functions; n++) {
        if (offset == 0u && (value & RESET) != 0u) {
            card_function_state[n] = IN_RESET;
        } else if (offset == card->control_extended && (value & (1u << 14)) != 0u) {
            card_function_state[n] = 0x80u;
        }
    }
    if (card->written != NULL) {
        card->written(offset, value);
    }
}

void card_function_write(uint32_t n, uint32_t offset, uint32_t value)
{
    if (is_in(offset, card->window_messages, 64u)) {
        REG(card->messages + 0x40u * n + offset - card->window_messages) = value;
    } else if (offset == card->window_mailbox) {
        const uint32_t bit = 1u << (n % card->requests_each);
        REG(card->requests + 4u * (n / card->requests_each)) |=
            ((value & 1u) != 0u ? bit : 0u) + ((value & 2u) != 0u ? bit << 16 : 0u);
        const bool taken = (value & 4u) != 0u && (card_function_state[n] & 8u) == 0u;
        card_function_state[n] = (card_function_state[n] & ~4u) + (taken ? 4u : 0u);
    } else if (offset == 0u && (value & RESET) != 0u) {
        memset(windows[n], 0, sizeof windows[n]);
        was_reset[n] = true;
        card->reset_function(n);
    } else {
        check_beginning(n, offset, value);
        if (!card_never_ends || !card->begins(offset, windows[n][offset / 4u], true)) {
            windows[n][offset / 4u] = value;
        }
    }
}

uint32_t card_function_register(uint32_t n, uint32_t offset)
{
    return windows[n][offset / 4u];
}

uint32_t card_function_read(uint32_t n, uint32_t offset)
{
    if (is_in(offset, card->window_messages, 64u)) {
        return REG(card->messages + 0x40u * n + offset - card->window_messages);
    }
    if (offset == card->window_mailbox) {
        const uint32_t value = card_function_state[n];
        card_function_state[n] &= ~READ_CLEARED;
        return value;
    }
    return offset == 8u || offset == 0x10u ? 0x70000002u
                                           : windows[n][offset / 4u]; /* the link is up, in both families */
}

/* A function that was removed does not answer. */
static bool is_there(uint32_t n)
{
    const bool is_shown = machine_base != 0u || ((card_configuration[CONTROL / 4u] & 9u) == 9u &&
                                                 n < (card_configuration[NUMBER / 4u] & 0xFFFFu));
    return is_shown && !card_is_gone;
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    check_reset();
    if (card_is_gone) {
        return;
    }
    if (address >= card_registers && address < card_registers + REGISTERS_SIZE / 4u) {
        write_register((uint32_t)(address - card_registers) * 4u, value);
        return;
    }
    if (address < windows[0] || address >= windows[0] + FUNCTIONS * WINDOW_SIZE / 4u) {
        *address = value; /* the tail of an output that is parked */
        return;
    }
    const uint32_t at = (uint32_t)(address - windows[0]);
    if (is_there(at / (WINDOW_SIZE / 4u))) {
        card_function_write(at / (WINDOW_SIZE / 4u), at % (WINDOW_SIZE / 4u) * 4u, value);
    }
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    if (address >= card_registers && address < card_registers + REGISTERS_SIZE / 4u) {
        const uint32_t offset = (uint32_t)(address - card_registers) * 4u;
        return card_is_gone ? UINT32_MAX : card->read(offset, REG(offset));
    }
    const uint32_t at = (uint32_t)(address - windows[0]);
    if (!is_there(at / (WINDOW_SIZE / 4u))) {
        return UINT32_MAX;
    }
    return card_function_read(at / (WINDOW_SIZE / 4u), at % (WINDOW_SIZE / 4u) * 4u);
}

/* -- Calls of tests ------------------------------------------------------------------------------------------------ */

void card_power_on(const struct card_kind *kind)
{
    card = kind;
    machine_base = 0;
    card_now = 0;
    card_fault = NULL;
    card_is_gone = card_never_ends = card_resets_functions = false;
    turned_off_at = reset_ends = 0;
    device_memory_free(UINT32_MAX);
    memset(windows, 0, sizeof windows);
    memset(was_reset, 0, sizeof was_reset);
    memset(card_registers, 0, sizeof card_registers);
    memset(card_configuration, 0, sizeof card_configuration);
    memset(card_virtual_configuration, 0, sizeof card_virtual_configuration);
    memset(card_function_state, 0, sizeof card_function_state);
    card_configuration[0] = kind->id;
    card_configuration[COMMAND / 4u] = (1u << 20) + 2u + COMMAND_BUS_MASTER; /* left by an earlier program */
    card_configuration[0x34 / 4] = EXPRESS;
    card_configuration[2] = 0x02000001u;
    card_configuration[4] = (uint32_t)CARD_BASE;
    card_configuration[0x100 / 4] = 0x14010001u; /* AER, then */
    card_configuration[0x140 / 4] = 0x16010003u; /* serial number, then */
    card_configuration[CAPABILITY / 4u] = 0x00010010u;
    card_configuration[(CAPABILITY + 0x0Cu) / 4u] = kind->functions * 0x10001u;
    card_configuration[(CAPABILITY + 0x14u) / 4u] = (STRIDE << 16) + OFFSET;
    card_configuration[(CAPABILITY + 0x18u) / 4u] = kind->virtual_id & 0xFFFF0000u;
    card_configuration[VIRTUAL_BAR(0u) / 4u] = 0xCu;
    card_configuration[VIRTUAL_BAR(3u) / 4u] = 0xCu;
    for (uint32_t n = 0; n < FUNCTIONS; n++) {
        card_virtual_configuration[n][0] = UINT32_MAX;
        card_virtual_configuration[n][COMMAND / 4u] = (1u << 20) + COMMAND_BUS_MASTER;
        card_virtual_configuration[n][0x34 / 4] = EXPRESS;
        card_virtual_configuration[n][2] = 0x02000001u;
    }
}

void card_enter_virtual_machine(void)
{
    machine_base = card_configuration[VIRTUAL_BAR(0u) / 4u] & ~0xFu;
    card_virtual_configuration[0][0] = card->virtual_id;
    card_virtual_configuration[0][4] = (uint32_t)machine_base + 0xCu;
}

struct v6nf_env_pci_address card_address(void)
{
    return (struct v6nf_env_pci_address){.bus = BUS};
}

void card_function_says(uint32_t n, uint32_t first, uint32_t second, uint32_t third)
{
    card_function_write(n, card->window_mailbox, 4u);
    card_function_write(n, card->window_messages, first);
    card_function_write(n, card->window_messages + 4u, second);
    card_function_write(n, card->window_messages + 8u, third);
    card_function_write(n, card->window_mailbox, 1u);
}

uint32_t card_function_hears(uint32_t n)
{
    const uint32_t requests = REG(card->requests + 4u * (n / card->requests_each));
    assert_int_equal(card_function_read(n, card->window_mailbox) & ANSWERED, ANSWERED); /* read, and answered, */
    assert_int_equal(requests & (1u << (n % card->requests_each)), 0);                  /* once */
    return card_function_read(n, card->window_messages);
}

/* -- The life of a port -------------------------------------------------------------------------------------------- */

static void forbidden(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    (void)lengths;
    fail_msg("a port that does not run shows a frame");
}

void assert_is_over(struct v6nf_nic *nic, enum v6nf_port_status status)
{
    struct v6nf_port *port = &nic->port;
    struct v6nf_port_counters before;
    struct v6nf_port_counters after;
    port->operations->read_counters(port, &before);
    assert_false(port->operations->link_up(port));
    assert_int_equal(port->operations->status(port), status);
    assert_int_equal(port->operations->poll(port, forbidden, NULL), 0);
    assert_null(port->operations->reserve(port));
    port->operations->commit(port, 60);
    port->operations->read_counters(port, &after);
    assert_memory_equal(&after, &before, sizeof before);
    assert_true(port->operations->stop(port));
    assert_int_equal(v6nf_nic_look(nic), status);
}

void look_first(struct v6nf_nic *nic, uint32_t at)
{
    struct v6nf_port_counters before = nic->counters;
    struct v6nf_port_counters after = before;
    if (at == 0u) {
        assert_false(nic->port.operations->link_up(&nic->port));
    } else if (at == 1u) {
        nic->port.operations->read_counters(&nic->port, &after);
    }
    assert_int_equal(nic->port.operations->status(&nic->port), V6NF_PORT_GONE);
    assert_memory_equal(&after, &before, sizeof before);
}

void open_port(struct v6nf_nic *nic)
{
    struct v6nf_port *port = &nic->port;
    assert_int_equal(v6nf_nic_open_port(nic), V6NF_NIC_READY);
    assert_int_equal(port->operations->status(port), V6NF_PORT_RUNNING);
    assert_true(port->operations->link_up(port));
    assert_non_null(port->operations->reserve(port));
}

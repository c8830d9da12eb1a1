/* fixture_virtual.c: a card and its virtual functions, and the tests of their life cycle: see fixture_virtual.h. */
#include "fixture_virtual.h"

const struct v6nf_nic_config plain = {.mtu = 1500};
struct v6nf_nic card;
struct v6nf_nic function;

int set_up(void **state)
{
    (void)state;
    card_power_on(virtual_family.kind);
    REG(virtual_family.own_filter) = 0x12211B00u;
    REG(virtual_family.own_filter + 4u) = VALID + 0x5634u;
    return 0;
}

void make_functions(uint32_t count)
{
    assert_int_equal(virtual_family.init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_false(card_is_master(FUNCTIONS));
    assert_int_equal(virtual_family.enable_virtual(&card, count, SPACE), V6NF_NIC_READY);
    assert_true(card_is_master(FUNCTIONS)); /* without this, functions of QEMU's card receive nothing */
}

struct v6nf_env_pci_address address_of(uint32_t n)
{
    struct v6nf_env_pci_address address;
    assert_true(v6nf_nic_virtual_address(&card, n, &address));
    return address;
}

void make_and_open(uint32_t count, uint32_t n, const struct v6nf_nic_config *config)
{
    make_functions(count);
    assert_int_equal(virtual_family.virtual_init(&function, address_of(n), config, &card), V6NF_NIC_READY);
}

uint32_t say(uint32_t n, uint32_t first, uint32_t second, uint32_t third)
{
    card_function_says(n, first, second, third);
    virtual_family.serve_virtual(&card);
    return card_function_hears(n);
}

void assert_refused(const uint32_t messages[][3], size_t count)
{
    static uint32_t before[REGISTERS_SIZE / 4u];
    const uint32_t buffer = virtual_family.kind->messages;
    make_and_open(2u, 0u, &plain);
    assert_int_equal(say(0u, 2u, 0x0102u, 1u), 2u + ACK + CTS);
    memcpy(before, card_registers, sizeof before);
    for (size_t i = 0; i < count; i++) {
        const uint32_t *message = messages[i];
        assert_int_equal(say(0u, message[0], message[1], message[2]), (message[0] & 0xFFFFFFu) + NACK);
        memcpy(&before[buffer / 4u], &REG(buffer), 64u); /* except the answer */
        assert_memory_equal(card_registers, before, sizeof before);
    }
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

void stopped_function_stays_stopped(void **state)
{
    (void)state;
    make_functions(2u);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(virtual_family.virtual_init(&function, address_of(1u), &plain, &card), V6NF_NIC_READY);
        assert_false(card_is_master(1u));
        open_port(&function);
        assert_true(card_is_master(1u));
        assert_true(function.port.operations->stop(&function.port));
        assert_false(card_is_master(1u));
        assert_is_over(&function, V6NF_PORT_STOPPED);
    }
    assert_int_equal(v6nf_nic_look(&card), V6NF_PORT_RUNNING);
    assert_null(card_fault);
}

/* A device that was removed cannot reach memory. */
void stop_of_a_card_removes_its_functions(void **state)
{
    (void)state;
    make_and_open(2u, 0u, &plain);
    open_port(&function);
    const uint64_t before = card_now;
    assert_true(v6nf_nic_stop(&card));
    assert_in_range(card_now - before, 1000000, 4000000);
    assert_int_equal(card_configuration[CONTROL / 4u] & 1u, 0);
    assert_false(card_is_master(FUNCTIONS));
    assert_int_equal(REG(0u) & 4u, 4); /* master disable */
    virtual_family.assert_all_is_off();
    assert_is_over(&card, V6NF_PORT_STOPPED);
    assert_is_over(&function, V6NF_PORT_GONE);
    assert_null(card_fault);
    make_and_open(2u, 0u, &plain);
    open_port(&function);
    assert_null(card_fault);
}

void init_removes_functions_of_an_earlier_program(void **state)
{
    (void)state;
    make_and_open(2u, 0u, &plain);
    open_port(&function);
    const uint64_t before = card_now;
    assert_int_equal(virtual_family.init(&card, card_address(), &plain), V6NF_NIC_READY);
    assert_int_equal(card_configuration[CONTROL / 4u] & 1u, 0);
    assert_true(card_now - before >= 1000000u);
}

void removed_devices_are_reported_as_gone(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        card_is_gone = false;
        make_and_open(1u, 0u, &plain);
        open_port(&function);
        card_is_gone = true;
        look_first(&card, i);
        look_first(&function, i);
    }
    assert_int_equal(virtual_family.link_speed(&card), 0);
    const uint64_t before = card_now;
    assert_is_over(&function, V6NF_PORT_GONE);
    assert_is_over(&card, V6NF_PORT_GONE);
    virtual_family.serve_virtual(&card);
    virtual_family.add_address(&card, function.port.mac);
    assert_int_equal(virtual_family.enable_virtual(&card, 1u, SPACE), V6NF_NIC_NOT_OPEN);
    assert_int_equal(card_now - before, 0);
}

/* Queues stay on, and requests to memory stay pending. */
void stop_of_a_hanging_function_ends(void **state)
{
    (void)state;
    make_and_open(1u, 0u, &plain);
    open_port(&function);
    card_never_ends = true;
    const uint64_t before = card_now;
    assert_false(v6nf_nic_stop(&function));
    assert_in_range(card_now - before, 0, 2000000);
    assert_false(card_is_master(0u));
    assert_int_equal(v6nf_nic_look(&function), V6NF_PORT_STOPPED);
    assert_null(card_fault);
}

/* A virtual function that hangs is reset by itself: the physical one goes on. */
void function_level_reset_ends_what_hangs(void **state)
{
    (void)state;
    make_and_open(1u, 0u, &plain);
    open_port(&function);
    card_never_ends = card_resets_functions = true;
    assert_true(v6nf_nic_stop(&function));
    assert_false(card_is_master(0u));
    assert_is_over(&function, V6NF_PORT_STOPPED);
    assert_int_equal(v6nf_nic_look(&card), V6NF_PORT_RUNNING);
    assert_null(card_fault);
}

/* Let the function count, 4 bytes of FCS in each frame. Its counters wrap. */
static void add_traffic(uint64_t *totals, uint64_t frames, uint64_t bytes)
{
    for (uint32_t i = 0; i < 4u; i++) {
        totals[i] += i % 2u == 0u ? frames : bytes + 4u * frames;
        const uint64_t shown = totals[i] & (i % 2u == 0u ? UINT32_MAX : virtual_family.counters_mask);
        card_function_write(0u, virtual_family.counters[i], (uint32_t)shown);
        if (i % 2u == 1u && virtual_family.counters_mask > UINT32_MAX) {
            card_function_write(0u, virtual_family.counters[i] + 4u, (uint32_t)(shown >> 32));
        }
    }
}

/* A second of frames of 60 bytes, at 1 Gb/s. A look every 20 s is enough. */
void year_of_a_function_is_counted(void **state)
{
    (void)state;
    const uint64_t frames = UINT64_C(20) * 1488095u;
    const uint64_t year = 365u * 86400u / 20u;
    uint64_t totals[4] = {0xFFFFFF00u, virtual_family.counters_mask - 100u, 0xFFFFFF00u, 7u};
    struct v6nf_port_counters before;
    make_and_open(1u, 0u, &plain);
    open_port(&function);
    add_traffic(totals, 0, 0);
    function.port.operations->read_counters(&function.port, &before);
    for (uint64_t i = 0; i < year; i++) {
        add_traffic(totals, frames, 60u * frames);
        card_now += 20000000;
        assert_int_equal(v6nf_nic_look(&function), V6NF_PORT_RUNNING);
    }
    struct v6nf_port_counters after;
    function.port.operations->read_counters(&function.port, &after);
    assert_true(after.received - before.received == year * frames);
    assert_true(after.received_bytes - before.received_bytes == 60u * year * frames);
    assert_true(after.sent - before.sent == year * frames);
    assert_true(after.sent_bytes - before.sent_bytes == 60u * year * frames);
}

void configured_address_is_copied(void **state)
{
    (void)state;
    static const uint8_t kept[6] = {2, 0, 0, 0, 7, 7};
    uint8_t mac[6] = {2, 0, 0, 0, 7, 7};
    const struct v6nf_nic_config config = {.mtu = 1500, .mac = mac};
    make_and_open(1u, 0u, &config);
    memset(mac, 0, sizeof mac);
    assert_memory_equal(function.config.mac, kept, 6);
    assert_memory_equal(function.port.mac, kept, 6);
}

/* test_card.c: finding network cards, on a PCI whose functions are of one driver, or of none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "v6nf/driver/card.h"

#define FUNCTIONS 3u
#define UNKNOWN_ID 0xFFFE1234u

/* In the order of addresses. The last is the last that PCI can have. */
static const struct v6nf_env_pci_address functions[FUNCTIONS] = {{.bus = 0, .device = 4, .function = 0},
                                                                 {.bus = 1, .device = 0, .function = 3},
                                                                 {.bus = 255, .device = 31, .function = 7}};
static uint32_t functions_used; /* how many of them exist */
static uint32_t device_id = UNKNOWN_ID;
static enum v6nf_nic_status statuses[FUNCTIONS]; /* what the driver returns for each */

static uint32_t find_function(struct v6nf_env_pci_address address)
{
    uint32_t i = 0;
    while (i < functions_used && (functions[i].bus != address.bus || functions[i].device != address.device ||
                                  functions[i].function != address.function)) {
        i++;
    }
    return i;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    if (address.segment != 0u || find_function(address) == functions_used) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    return offset == 0u ? device_id : 0u;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    (void)address;
    (void)offset;
    (void)value;
    assert_int_not_equal(device_id, UNKNOWN_ID);
    return false;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address;
    (void)size;
    return NULL;
}

/* What drivers need else of env.h. None gets as far as memory. */

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

static uint64_t now;

uint64_t v6nf_env_clock(void)
{
    return now;
}

void v6nf_env_idle(uint64_t until)
{
    (void)until;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    now += microseconds;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return false;
}

static enum v6nf_nic_status driver(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                   const struct v6nf_nic_config *config)
{
    assert_int_equal(config->mtu, 1500);
    uint32_t i = find_function(address);
    assert_true(i < functions_used);
    nic->address = address;
    return statuses[i];
}

static const struct v6nf_nic_config config = {.mtu = 1500};

static int reset(void **state)
{
    (void)state;
    functions_used = FUNCTIONS;
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        statuses[i] = V6NF_NIC_READY;
    }
    return 0;
}

static void cards_are_found_in_the_order_of_addresses(void **state)
{
    (void)state;
    static struct v6nf_nic cards[FUNCTIONS];
    assert_int_equal(v6nf_card_init_first(cards, FUNCTIONS, driver, &config), V6NF_NIC_READY);
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        assert_int_equal(find_function(cards[i].address), i);
    }
}

static void other_devices_are_passed_over(void **state)
{
    (void)state;
    static struct v6nf_nic cards[2];
    statuses[0] = V6NF_NIC_OTHER_DEVICE;
    assert_int_equal(v6nf_card_init_first(cards, 2, driver, &config), V6NF_NIC_READY);
    assert_int_equal(find_function(cards[0].address), 1);
    assert_int_equal(find_function(cards[1].address), 2);
}

static void too_few_cards_are_an_error(void **state)
{
    (void)state;
    static struct v6nf_nic cards[FUNCTIONS];
    statuses[1] = V6NF_NIC_OTHER_DEVICE;
    assert_int_equal(v6nf_card_init_first(cards, FUNCTIONS, driver, &config), V6NF_NIC_OTHER_DEVICE);
    functions_used = 0;
    assert_int_equal(v6nf_card_init_first(cards, 1, driver, &config), V6NF_NIC_OTHER_DEVICE);
    assert_int_equal(v6nf_card_init_first(cards, 0, driver, &config), V6NF_NIC_READY);
}

static void first_card_that_fails_ends_the_search(void **state)
{
    (void)state;
    static struct v6nf_nic cards[FUNCTIONS];
    statuses[0] = V6NF_NIC_OTHER_DEVICE;
    statuses[1] = V6NF_NIC_NO_EEPROM;
    assert_int_equal(v6nf_card_init_first(cards, 1, driver, &config), V6NF_NIC_NO_EEPROM);
}

/* The program does not know how many cards were found. */
static void cards_that_no_driver_has_seen_can_be_stopped(void **state)
{
    (void)state;
    static uint32_t elsewhere;
    static struct v6nf_nic cards[FUNCTIONS + 1u]; /* not zeroed */
    for (uint32_t i = 0; i <= FUNCTIONS; i++) {
        cards[i].registers = &elsewhere;
    }
    statuses[1] = V6NF_NIC_NO_EEPROM;
    assert_int_equal(v6nf_card_init_first(cards, FUNCTIONS, driver, &config), V6NF_NIC_NO_EEPROM);
    assert_null(cards[2].registers); /* v6nf_nic_stop() accesses no device then */
    statuses[1] = V6NF_NIC_READY;
    assert_int_equal(v6nf_card_init_first(cards, FUNCTIONS + 1u, driver, &config), V6NF_NIC_OTHER_DEVICE);
    assert_null(cards[FUNCTIONS].registers);
}

static void no_driver_takes_an_unknown_device(void **state)
{
    (void)state;
    static struct v6nf_card card;
    assert_int_equal(v6nf_card_init(&card.nic, functions[0], &config), V6NF_NIC_OTHER_DEVICE);
    assert_int_equal(v6nf_card_open(&card, functions[1], &config), V6NF_NIC_OTHER_DEVICE);
    assert_int_equal(v6nf_card_open_first(&card, 1, &config), V6NF_NIC_OTHER_DEVICE);
    functions_used = 0;
    assert_int_equal(v6nf_card_open_first(&card, 1, &config), V6NF_NIC_OTHER_DEVICE);
}

/* A card that its driver refuses is reported, and no other is taken instead. */
static void known_card_that_fails_is_reported(void **state)
{
    (void)state;
    static struct v6nf_card card;
    static const uint32_t ids[] = {0x10D38086u, 0x07B015ADu}; /* 82574, vmxnet3: base address registers are 0 */
    for (uint32_t i = 0; i < 2u; i++) {
        device_id = ids[i];
        assert_int_equal(v6nf_card_open_first(&card, 1, &config), V6NF_NIC_NO_REGISTERS);
    }
    device_id = UNKNOWN_ID;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(cards_are_found_in_the_order_of_addresses, reset),
        cmocka_unit_test_setup(other_devices_are_passed_over, reset),
        cmocka_unit_test_setup(too_few_cards_are_an_error, reset),
        cmocka_unit_test_setup(first_card_that_fails_ends_the_search, reset),
        cmocka_unit_test_setup(cards_that_no_driver_has_seen_can_be_stopped, reset),
        cmocka_unit_test_setup(no_driver_takes_an_unknown_device, reset),
        cmocka_unit_test_setup(known_card_that_fails_is_reported, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

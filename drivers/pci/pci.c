/* pci.c: PCI Local Bus Specification 3.0, PCI Express Base Specification 2.0. */
#include "pci.h"

/* Configuration space (PCI 3.0, 6.1). */
#define ID 0x00u
#define COMMAND 0x04u
#define COMMAND_MEMORY 0x2u
#define COMMAND_BUS_MASTER 0x4u
#define COMMAND_INTERRUPT_DISABLE 0x400u
#define STATUS_BITS 0xFFFF0000u /* of the same dword; a 1 that is written back clears the bit */
#define STATUS_CAPABILITIES 0x100000u
#define BASE_ADDRESS 0x10u
#define BASE_ADDRESS_IO 0x1u
#define BASE_ADDRESS_TYPE 0x6u
#define BASE_ADDRESS_64 0x4u
#define BASE_ADDRESS_FLAGS 0xFu
#define BASE_ADDRESSES 6u
#define CAPABILITIES 0x34u

/* Capabilities (PCI 3.0, 6.7), each at least one dword. */
#define CAPABILITY_POWER 0x01u
#define CAPABILITY_EXPRESS 0x10u
#define MAX_CAPABILITIES 48u

/* Extended capabilities (PCI Express 2.0, 7.9.3): ID in bits 0 to 15, offset of the next one in bits 20 to 31. */
#define EXTENDED 0x100u
#define EXTENDED_NEXT(header) ((uint16_t)(((header) >> 20) & 0xFFCu))
#define MAX_EXTENDED 64u

#define POWER_STATUS 4u
#define POWER_STATE 0x3u     /* PCI Power Management 1.2, 3.2.4; 0 is D0 */
#define POWER_UP_TIME 10000u /* microseconds from D3hot (5.4) */

#define EXPRESS_CAPABILITIES 4u /* Device Capabilities */
#define EXPRESS_CAPABILITIES_RESET (1u << 28)
#define EXPRESS_STATUS 8u /* Device Control and Device Status */
#define EXPRESS_CONTROL_BITS 0x7FFFu
#define EXPRESS_CONTROL_RESET 0x8000u
#define EXPRESS_STATUS_PENDING (1u << 21)
#define RESET_WAIT 10000u  /* microseconds */
#define RESET_WAITS 10u    /* until reads are answered, or their answers never come (PCI Express 2.0, 6.6.2) */
#define RESET_TIME 100000u /* microseconds of a function-level reset (6.6.2) */

#define EXPRESS_LINK_CONTROL 16u /* and Link Status, in bits 16 to 31 */
#define EXPRESS_LINK_CONTROL_ASPM 3u

#define WAIT_STEP 10u      /* microseconds */
#define WAIT_STEPS 100000u /* a second: data sheets name no maximum */

uint32_t v6nf_pci_id(struct v6nf_env_pci_address address)
{
    return v6nf_env_pci_read(address, ID);
}

uint16_t v6nf_pci_find_capability(struct v6nf_env_pci_address address, uint32_t id, uint16_t after)
{
    if ((v6nf_env_pci_read(address, COMMAND) & STATUS_CAPABILITIES) == 0u) {
        return 0;
    }
    uint16_t at =
        (uint16_t)(after != 0u ? v6nf_env_pci_read(address, after) >> 8 : v6nf_env_pci_read(address, CAPABILITIES));
    at &= 0xFCu;
    for (uint32_t i = 0; i < MAX_CAPABILITIES && at != 0u; i++) {
        uint32_t header = v6nf_env_pci_read(address, at);
        if ((header & 0xFFu) == id) {
            return at;
        }
        at = (uint16_t)((header >> 8) & 0xFCu);
    }
    return 0;
}

uint16_t v6nf_pci_find_extended(struct v6nf_env_pci_address address, uint32_t id)
{
    uint16_t at = EXTENDED;
    for (uint32_t i = 0; i < MAX_EXTENDED && at >= EXTENDED; i++) {
        uint32_t header = v6nf_env_pci_read(address, at);
        if (header == V6NF_ENV_PCI_NO_DEVICE) {
            return 0;
        }
        if ((header & 0xFFFFu) == id) {
            return at;
        }
        at = EXTENDED_NEXT(header);
    }
    return 0;
}

static void power_up(struct v6nf_env_pci_address address)
{
    uint16_t at = v6nf_pci_find_capability(address, CAPABILITY_POWER, 0u);
    uint32_t status = at != 0u ? v6nf_env_pci_read(address, (uint16_t)(at + POWER_STATUS)) : 0u;
    if ((status & POWER_STATE) != 0u) {
        (void)v6nf_env_pci_write(address, (uint16_t)(at + POWER_STATUS), status & ~POWER_STATE);
        v6nf_env_sleep(POWER_UP_TIME);
    }
}

/* Return the physical address in a memory base address register, 0 if there is none. */
static uint64_t base_address(struct v6nf_env_pci_address address, uint32_t bar)
{
    uint32_t low = v6nf_env_pci_read(address, (uint16_t)(BASE_ADDRESS + 4u * bar));
    if ((low & BASE_ADDRESS_IO) != 0u) {
        return 0;
    }
    uint64_t high = 0;
    if ((low & BASE_ADDRESS_TYPE) == BASE_ADDRESS_64 && bar + 1u < BASE_ADDRESSES) {
        high = v6nf_env_pci_read(address, (uint16_t)(BASE_ADDRESS + 4u * bar + 4u));
    }
    return (high << 32) + (low & ~BASE_ADDRESS_FLAGS);
}

volatile uint32_t *v6nf_pci_open_at(struct v6nf_env_pci_address address, uint64_t physical, size_t size)
{
    uint32_t command = v6nf_env_pci_read(address, COMMAND) & ~STATUS_BITS;
    command |= COMMAND_MEMORY | COMMAND_INTERRUPT_DISABLE;
    command &= ~COMMAND_BUS_MASTER;
    if (physical == 0u || !v6nf_env_pci_write(address, COMMAND, command)) {
        return NULL;
    }
    return (volatile uint32_t *)v6nf_env_map_device(physical, size);
}

volatile uint32_t *v6nf_pci_open(struct v6nf_env_pci_address address, uint32_t bar, size_t size)
{
    power_up(address);
    return v6nf_pci_open_at(address, bar < BASE_ADDRESSES ? base_address(address, bar) : 0u, size);
}

bool v6nf_pci_set_bus_master(struct v6nf_env_pci_address address, bool on)
{
    const uint32_t command = v6nf_env_pci_read(address, COMMAND);
    if (command == V6NF_ENV_PCI_NO_DEVICE) {
        return !on;
    }
    const uint32_t others = command & ~(STATUS_BITS | COMMAND_BUS_MASTER);
    (void)v6nf_env_pci_write(address, COMMAND, others | (on ? COMMAND_BUS_MASTER : 0u));
    const uint32_t is = v6nf_env_pci_read(address, COMMAND);
    const bool is_on = is != V6NF_ENV_PCI_NO_DEVICE && (is & COMMAND_BUS_MASTER) != 0u;
    return is_on == on;
}

bool v6nf_pci_is_pending(struct v6nf_env_pci_address address)
{
    uint16_t at = v6nf_pci_find_capability(address, CAPABILITY_EXPRESS, 0u);
    return at != 0u && (v6nf_env_pci_read(address, (uint16_t)(at + EXPRESS_STATUS)) & EXPRESS_STATUS_PENDING) != 0u;
}

/* Turn everything off before: a read that is answered after the reset could be taken for a new one (6.6.2). */
bool v6nf_pci_reset_function(struct v6nf_env_pci_address address)
{
    const uint16_t at = v6nf_pci_find_capability(address, CAPABILITY_EXPRESS, 0u);
    const uint32_t can = at != 0u ? v6nf_env_pci_read(address, (uint16_t)(at + EXPRESS_CAPABILITIES)) : 0u;
    if ((can & EXPRESS_CAPABILITIES_RESET) == 0u) {
        return false;
    }
    const uint16_t control_at = (uint16_t)(at + EXPRESS_STATUS);
    const uint32_t control = v6nf_env_pci_read(address, control_at) & EXPRESS_CONTROL_BITS;
    uint32_t registers[BASE_ADDRESSES];
    for (uint32_t i = 0; i < BASE_ADDRESSES; i++) {
        registers[i] = v6nf_env_pci_read(address, (uint16_t)(BASE_ADDRESS + 4u * i));
    }
    (void)v6nf_env_pci_write(address, COMMAND, COMMAND_INTERRUPT_DISABLE);
    for (uint32_t i = 0; i < RESET_WAITS && v6nf_pci_is_pending(address); i++) {
        v6nf_env_sleep(RESET_WAIT);
    }
    (void)v6nf_env_pci_write(address, control_at, control + EXPRESS_CONTROL_RESET);
    v6nf_env_sleep(RESET_TIME);
    for (uint32_t i = 0; i < BASE_ADDRESSES; i++) {
        (void)v6nf_env_pci_write(address, (uint16_t)(BASE_ADDRESS + 4u * i), registers[i]);
    }
    (void)v6nf_env_pci_write(address, control_at, control);
    return !v6nf_pci_is_pending(address);
}

void v6nf_pci_disable_aspm(struct v6nf_env_pci_address address)
{
    const uint16_t at = v6nf_pci_find_capability(address, CAPABILITY_EXPRESS, 0u);
    if (at != 0u) {
        const uint32_t control = v6nf_env_pci_read(address, (uint16_t)(at + EXPRESS_LINK_CONTROL)) & ~STATUS_BITS;
        (void)v6nf_env_pci_write(address, (uint16_t)(at + EXPRESS_LINK_CONTROL), control & ~EXPRESS_LINK_CONTROL_ASPM);
    }
}

bool v6nf_register_wait(volatile uint32_t *registers, uint32_t offset, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        const uint32_t word = register_read(registers, offset);
        if (word != UINT32_MAX && (word & mask) == value) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

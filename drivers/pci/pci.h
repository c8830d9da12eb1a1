/* pci.h: what the drivers of PCI NICs share: the configuration header, and registers that take their time. */
#ifndef DRIVERS_PCI_PCI_H
#define DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/env.h"

#define PCI_VENDOR_INTEL 0x8086u

/* Vendor in bits 0 to 15, device in bits 16 to 31 (PCI 3.0, 6.1). V6NF_ENV_PCI_NO_DEVICE without a device. */
uint32_t v6nf_pci_id(struct v6nf_env_pci_address address);

/* Where the next capability of this kind stands in configuration space, behind that at `after`, the first for 0 (PCI 3.0, 6.7).
 * 0 if there is none. */
uint16_t v6nf_pci_find_capability(struct v6nf_env_pci_address address, uint32_t id, uint16_t after);

/* Wakes the function up, lets it answer but not reach memory, silences its interrupt line, and maps `size` bytes of its
 * memory base address register number `bar`, 32 or 64 bits. NULL if it has none, or if it cannot be mapped. What an
 * earlier program left running ends here: the function has to be reset before it may reach memory again. */
volatile uint32_t *v6nf_pci_open(struct v6nf_env_pci_address address, uint32_t bar, size_t size);

/* The same without a look at a base address register: the registers are at `physical`, 0 for nowhere. */
volatile uint32_t *v6nf_pci_open_at(struct v6nf_env_pci_address address, uint64_t physical, size_t size);

/* Turn bus mastering on or off: whether the function may reach memory. Return true if it is as asked. What the function
 * had begun to write is then in memory, because the answer to a read of configuration space does not overtake it (PCI
 * Express 2.0, 2.4.1). A function that is gone reaches nothing. */
bool v6nf_pci_set_bus_master(struct v6nf_env_pci_address address, bool on);

/* True while reads that the function has begun are not answered: Transaction Pending, bit 5 of Device Status, which is in
 * the upper half of its dword (PCI Express 2.0, 7.8.5). */
bool v6nf_pci_is_pending(struct v6nf_env_pci_address address);

/* -- Registers: `offset` in bytes ---------------------------------------------------------------------------------------- */

static inline uint32_t register_read(volatile uint32_t *registers, uint32_t offset)
{
    return v6nf_env_read_register(registers + offset / 4u);
}

static inline void register_write(volatile uint32_t *registers, uint32_t offset, uint32_t value)
{
    v6nf_env_write_register(registers + offset / 4u, value);
}

/* Changes the bits of `mask` to those of `value`. */
static inline void register_change(volatile uint32_t *registers, uint32_t offset, uint32_t mask, uint32_t value)
{
    register_write(registers, offset, (register_read(registers, offset) & ~mask) + (value & mask));
}

static inline void register_set(volatile uint32_t *registers, uint32_t offset, uint32_t bits)
{
    register_change(registers, offset, bits, bits);
}

static inline void register_clear(volatile uint32_t *registers, uint32_t offset, uint32_t bits)
{
    register_change(registers, offset, bits, 0u);
}

/* Writes `value` to `count` registers, 4 bytes apart. */
static inline void register_fill(volatile uint32_t *registers, uint32_t offset, uint32_t count, uint32_t value)
{
    for (uint32_t i = 0; i < count; i++) {
        register_write(registers, offset + 4u * i, value);
    }
}

/* Waits until the bits of `mask` are those of `value`, for a second at most. Returns whether they are. All ones are no
 * answer: no register that is waited for has them, and they are what a device that is gone reads as. */
bool v6nf_register_wait(volatile uint32_t *registers, uint32_t offset, uint32_t mask, uint32_t value);

#endif

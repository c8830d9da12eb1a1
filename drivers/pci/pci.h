/* pci.h: what the drivers of PCI devices share: configuration space, and access to registers. */
#ifndef DRIVERS_PCI_PCI_H
#define DRIVERS_PCI_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/env.h"

#define PCI_VENDOR_INTEL 0x8086u

/* Return the vendor in bits 0 to 15, the device in bits 16 to 31 (PCI 3.0, 6.1); V6NF_ENV_PCI_NO_DEVICE without a
 * device. */
uint32_t v6nf_pci_id(struct v6nf_env_pci_address address);

/* Return the offset of the next capability with this ID after the one at `after` (PCI 3.0, 6.7). With `after` 0, return
 * the first. Return 0 if there is none. */
uint16_t v6nf_pci_find_capability(struct v6nf_env_pci_address address, uint32_t id, uint16_t after);

/* Return the offset of the extended capability with this ID (PCI Express 2.0, 7.9.3), 0 if there is none. */
uint16_t v6nf_pci_find_extended(struct v6nf_env_pci_address address, uint32_t id);

/* Wake the function up, and map `size` bytes of its memory base address register number `bar`, of 32 or 64 bits. Turn
 * off bus mastering, which an earlier program may have left on, and the interrupt line. The function must be reset
 * before it may reach memory again.
 * Return NULL if it has no such register, or if that cannot be mapped. */
volatile uint32_t *v6nf_pci_open(struct v6nf_env_pci_address address, uint32_t bar, size_t size);

/* Do the same for registers at the physical address `physical`. Return NULL also if that is 0. */
volatile uint32_t *v6nf_pci_open_at(struct v6nf_env_pci_address address, uint64_t physical, size_t size);

/* Turn bus mastering on or off: whether the function may reach memory. Return true if it is as demanded. A function
 * that is gone reaches no memory.
 * Writes that the function had begun are then in memory: the answer to a read of configuration space does not overtake
 * them (PCI Express 2.0, 2.4.1). */
bool v6nf_pci_set_bus_master(struct v6nf_env_pci_address address, bool on);

/* Return true while a read that the function has begun is not answered: Transaction Pending, bit 5 of Device Status,
 * in the upper half of its dword (PCI Express 2.0, 7.8.5). */
bool v6nf_pci_is_pending(struct v6nf_env_pci_address address);

/* Reset the function (Function-Level Reset, PCI Express 2.0, 6.6.2), for a transaction that does not end. After that
 * its registers have their initial values. Access to memory and to registers is off, until v6nf_pci_open(). Its base
 * addresses stay; those of its virtual functions are lost.
 * Return false if the function has no such reset, or if a read is not answered after it.
 * Takes a fifth of a second. */
bool v6nf_pci_reset_function(struct v6nf_env_pci_address address);

/* Keep the function's side of the link out of L0s and L1: ASPM Control, bits 0 and 1 of Link Control (PCI Express 2.0,
 * 7.8.7). */
void v6nf_pci_disable_aspm(struct v6nf_env_pci_address address);

/* -- Registers: `offset` in bytes ---------------------------------------------------------------------------------- */

static inline uint32_t register_read(volatile uint32_t *registers, uint32_t offset)
{
    return v6nf_env_read_register(registers + offset / 4u);
}

static inline void register_write(volatile uint32_t *registers, uint32_t offset, uint32_t value)
{
    v6nf_env_write_register(registers + offset / 4u, value);
}

/* Change the bits of `mask` to those of `value`. */
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

/* Write `value` to `count` registers, 4 bytes apart. */
static inline void register_fill(volatile uint32_t *registers, uint32_t offset, uint32_t count, uint32_t value)
{
    for (uint32_t i = 0; i < count; i++) {
        register_write(registers, offset + 4u * i, value);
    }
}

/* Wait until the bits of `mask` are those of `value`, a second at most. Return true if they are.
 * A value of all ones does not count: a device that is gone reads as that. No register that is waited for can have
 * it. */
bool v6nf_register_wait(volatile uint32_t *registers, uint32_t offset, uint32_t mask, uint32_t value);

#endif

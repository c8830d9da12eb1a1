/* fixture_device_memory.h: v6nf_env_memory() and v6nf_env_device_address() for devices in memory, whose addresses
 * differ from the CPU's. */
#ifndef UNIT_DRIVER_FIXTURE_DEVICE_MEMORY_H
#define UNIT_DRIVER_FIXTURE_DEVICE_MEMORY_H

#include "v6nf/env.h"

/* Free all memory, for the next test. After that v6nf_env_memory() succeeds `allocations` times. */
void device_memory_free(uint32_t allocations);

/* Give all allocated memory to another program: no device may reach it any more. v6nf_env_memory() continues with other
 * memory. */
void device_memory_give_up(void);

/* Hide memory: no device reaches what v6nf_env_memory() returns from now on. */
void device_memory_hide(void);

/* Return `size` bytes at a device address; NULL if they are not allocated, or belong to another program. */
uint8_t *device_memory_at(uint64_t address, uint64_t size);

#endif

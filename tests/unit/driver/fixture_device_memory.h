/* fixture_device_memory.h: v6nf_env_memory() and v6nf_env_device_address() for devices in memory, whose addresses
 * differ from the CPU's.
 *
 * With V6NF_ENV_DMA_COHERENT=0, all of v6nf_env_buffers() is in a cache of the CPU, and a device sees other memory. A
 * line that was not cleaned is old for a device that reads it, and overwrites what a device has written to it. A line
 * that was not invalidated is old for the CPU. */
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

/* Return `size` bytes at a device address, as a device sees them; NULL if they are not allocated, or belong to another
 * program. The device accesses them immediately after the call. */
uint8_t *device_memory_at(uint64_t address, uint64_t size);

#endif

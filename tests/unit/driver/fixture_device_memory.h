/* fixture_device_memory.h: the memory of env.h, for devices that are themselves in memory: their addresses are not the CPU's. Whoever
 * links this has v6nf_env_memory() and v6nf_env_device_address() from here. */
#ifndef UNIT_DRIVER_FIXTURE_DEVICE_MEMORY_H
#define UNIT_DRIVER_FIXTURE_DEVICE_MEMORY_H

#include "v6nf/env.h"

/* Takes back all memory, for the next test: after that, v6nf_env_memory() answers `allocations` times. */
void device_memory_free(uint32_t allocations);

/* Gives up all memory that was given out: another program owns it now, no device may reach it, and what
 * v6nf_env_memory() gives from here on is elsewhere. */
void device_memory_give_up(void);

/* Memory of v6nf_env_memory() that no device reaches from now on. */
void device_memory_hide(void);

/* `size` bytes at a device's address; NULL if they are not in memory that was given out, or if that was
 * given up. */
uint8_t *device_memory_at(uint64_t address, uint64_t size);

#endif

/* memory.h: how the memory of env.c and the IOMMU of pci.c meet. */
#ifndef ENV_LINUX_MEMORY_H
#define ENV_LINUX_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if devices see memory through an IOMMU. */
bool v6nf_linux_has_iommu(void);

/* Lets devices reach `memory` under `device_address`, both at the beginning of a page. False if that cannot be. */
bool v6nf_linux_share(void *memory, size_t size, uint64_t device_address);

/* Has v6nf_linux_share() called for all memory there is. False if one call answered so. */
bool v6nf_linux_share_all(void);

#endif

/* memory.h: the memory of env.c, for the IOMMU. */
#ifndef ENV_LINUX_MEMORY_H
#define ENV_LINUX_MEMORY_H

#include <stdbool.h>

/* Call v6nf_linux_share() (iommu.h) for all memory of the process. Return false if one call fails. */
bool v6nf_linux_share_all(void);

#endif

/* iommu.h: the IOMMU of a Linux process: a container of VFIO, which holds the group of each device (pci.c) and maps the
 * memory that devices reach (env.c). */
#ifndef ENV_LINUX_IOMMU_H
#define ENV_LINUX_IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/board/linux_pci.h"

#define LINUX_NAME_SIZE 24u /* bytes of the name of a device, driver or group in sysfs */

/* Return true if devices reach memory through an IOMMU. */
bool v6nf_linux_has_iommu(void);

/* Let devices reach `memory` at `device_address`. Both begin at a page. Return false if the kernel refuses. */
bool v6nf_linux_share(void *memory, size_t size, uint64_t device_address);

/* Open the group with this number, once for all of its devices, and add it to the container. The first group makes the
 * container. Set *file to the descriptor of the group. */
enum v6nf_linux_pci_status v6nf_linux_iommu_add_group(const char *number, int *file);

/* Close the container and its groups: there is no IOMMU then. */
void v6nf_linux_iommu_close(void);

/* Return the status of a system call that has set errno. */
enum v6nf_linux_pci_status v6nf_linux_status_of_errno(void);

/* Close a file, and keep errno. */
void v6nf_linux_close(int file);

#endif

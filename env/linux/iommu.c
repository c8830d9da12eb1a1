/* iommu.c: the container of VFIO: see iommu.h. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "iommu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GROUP_PATH_SIZE 64u

static int container = -1; /* -1 if there is no IOMMU */

/* Groups in the container: the kernel lets each be opened once. */
static struct group {
    char number[LINUX_NAME_SIZE];
    int file;
} groups[V6NF_LINUX_PCI_DEVICES];
static uint32_t groups_count;

/* Link pci.c into every program with memory for devices. The linker searches this library before that of the drivers,
 * which need pci.c. */
static uint32_t (*const needed)(struct v6nf_env_pci_address, uint16_t) __attribute__((used)) = v6nf_env_pci_read;

bool v6nf_linux_has_iommu(void)
{
    return container >= 0;
}

bool v6nf_linux_share(void *memory, size_t size, uint64_t device_address)
{
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof map,
        .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
        .vaddr = (uintptr_t)memory,
        .iova = device_address,
        .size = size,
    };
    return ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0;
}

enum v6nf_linux_pci_status v6nf_linux_status_of_errno(void)
{
    switch (errno) {
    case ENOENT:
        return V6NF_LINUX_PCI_NO_DEVICE;
    case EACCES:
    case EPERM:
        return V6NF_LINUX_PCI_NO_PERMISSION;
    case EBUSY:       /* of a group of VFIO */
    case EWOULDBLOCK: /* of a file of sysfs */
        return V6NF_LINUX_PCI_BUSY;
    default:
        return V6NF_LINUX_PCI_FAILED;
    }
}

void v6nf_linux_close(int file)
{
    int error = errno;
    (void)close(file);
    errno = error;
}

/* Make the container, with this group in it. */
static enum v6nf_linux_pci_status make_container(int group)
{
    int made = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
    if (made < 0) {
        return v6nf_linux_status_of_errno();
    }
    if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &made) != 0 || ioctl(made, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0) {
        v6nf_linux_close(made);
        return V6NF_LINUX_PCI_FAILED;
    }
    container = made;
    return V6NF_LINUX_PCI_OPEN;
}

static enum v6nf_linux_pci_status join_container(int group)
{
    struct vfio_group_status status = {.argsz = sizeof status};
    bool is_known = ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0;
    if (!is_known || (status.flags & VFIO_GROUP_FLAGS_VIABLE) == 0u) {
        return V6NF_LINUX_PCI_GROUP;
    }
    if (!v6nf_linux_has_iommu()) {
        return make_container(group);
    }
    return ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0 ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_FAILED;
}

enum v6nf_linux_pci_status v6nf_linux_iommu_add_group(const char *number, int *file)
{
    char path[GROUP_PATH_SIZE];
    for (uint32_t i = 0; i < groups_count; i++) {
        if (strcmp(groups[i].number, number) == 0) {
            *file = groups[i].file;
            return V6NF_LINUX_PCI_OPEN;
        }
    }
    if (groups_count == V6NF_LINUX_PCI_DEVICES) {
        return V6NF_LINUX_PCI_TOO_MANY;
    }
    (void)snprintf(path, sizeof path, "/dev/vfio/%s", number);
    *file = open(path, O_RDWR | O_CLOEXEC);
    if (*file < 0) {
        return errno == ENOENT ? V6NF_LINUX_PCI_FAILED : v6nf_linux_status_of_errno();
    }
    enum v6nf_linux_pci_status status = join_container(*file);
    if (status != V6NF_LINUX_PCI_OPEN) {
        v6nf_linux_close(*file);
        return status;
    }
    (void)snprintf(groups[groups_count].number, LINUX_NAME_SIZE, "%s", number);
    groups[groups_count].file = *file;
    groups_count++;
    return V6NF_LINUX_PCI_OPEN;
}

void v6nf_linux_iommu_close(void)
{
    for (; groups_count > 0u; groups_count--) {
        v6nf_linux_close(groups[groups_count - 1u].file);
    }
    v6nf_linux_close(container);
    container = -1;
}

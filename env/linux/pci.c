/* pci.c: PCI devices of a Linux process, by VFIO or by sysfs: see linux_pci.h. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include "v6nf/board/linux_pci.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "end.h"
#include "memory.h"

#define NAME_SIZE 24u
#define PATH_LENGTH 128u
#define BASE_ADDRESSES 6u
#define CONFIGURATION_SIZE 4096u
#define COMMAND 4u
#define COMMAND_BUS_MASTER 0x4u

struct device {
    struct v6nf_env_pci_address address;
    char name[NAME_SIZE];     /* as sysfs has it: 0000:01:00.0 */
    int file;                 /* of its configuration space; with VFIO, of all of it */
    uint64_t configuration;   /* where that begins in the file */
    uint64_t start[BASE_ADDRESSES]; /* physical addresses of its regions, */
    uint64_t size[BASE_ADDRESSES];  /* 0 for none */
};

static struct device devices[V6NF_LINUX_PCI_DEVICES];
static uint32_t devices_count;
static int container = -1; /* of VFIO; -1 as long as there is no IOMMU */

/* Groups of VFIO that are in the container: each can be opened once. */
static struct group {
    char number[NAME_SIZE];
    int file;
} groups[V6NF_LINUX_PCI_DEVICES];
static uint32_t groups_count;

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

/* -- What sysfs says of a device ------------------------------------------------------------------------------------------- */

static void path_of(char *path, const struct device *device, const char *file)
{
    (void)snprintf(path, PATH_LENGTH, "/sys/bus/pci/devices/%s/%s", device->name, file);
}

/* The last part of what a symbolic link of the device points to; "" if there is no such link. */
static void read_link(char *target, const struct device *device, const char *link)
{
    char path[PATH_LENGTH];
    char whole[PATH_LENGTH] = "";
    path_of(path, device, link);
    ssize_t length = readlink(path, whole, sizeof whole - 1u);
    const char *slash = strrchr(whole, '/');
    (void)snprintf(target, NAME_SIZE, "%s", length > 0 && slash != NULL ? slash + 1 : "");
}

/* "start end flags" in each line, one for each base address register. */
static void read_regions(struct device *device)
{
    char path[PATH_LENGTH];
    path_of(path, device, "resource");
    FILE *file = fopen(path, "re");
    for (uint32_t i = 0; i < BASE_ADDRESSES && file != NULL; i++) {
        uint64_t start = 0;
        uint64_t end = 0;
        if (fscanf(file, "%" SCNx64 " %" SCNx64 " %*x", &start, &end) == 2 && end > start) {
            device->start[i] = start;
            device->size[i] = end - start + 1u;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static enum v6nf_linux_pci_status status_of_error(void)
{
    switch (errno) {
    case ENOENT:
        return V6NF_LINUX_PCI_NO_DEVICE;
    case EACCES:
    case EPERM:
        return V6NF_LINUX_PCI_NO_PERMISSION;
    case EBUSY: /* a group of VFIO, */
    case EWOULDBLOCK: /* and a file of sysfs */
        return V6NF_LINUX_PCI_BUSY;
    default:
        return V6NF_LINUX_PCI_FAILED;
    }
}

/* -- VFIO ------------------------------------------------------------------------------------------------------------------ */

/* Leaves errno as it is: why something failed before. */
static void close_file(int file)
{
    int error = errno;
    (void)close(file);
    errno = error;
}

/* Puts the group into the container, which is made for the first. */
static enum v6nf_linux_pci_status join(int group)
{
    bool is_first = !v6nf_linux_has_iommu();
    int made = is_first ? open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC) : container;
    if (made < 0) {
        return status_of_error();
    }
    bool joined = ioctl(group, VFIO_GROUP_SET_CONTAINER, &made) == 0;
    if (!is_first) {
        return joined ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_FAILED;
    }
    if (!joined || ioctl(made, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0) {
        close_file(made);
        return V6NF_LINUX_PCI_FAILED;
    }
    container = made;
    /* The first block that is made from here on shows whether there can be any. */
    if (!v6nf_linux_share_all() || v6nf_env_memory(1, 1) == NULL) {
        close_file(container);
        container = -1;
        return V6NF_LINUX_PCI_LOCKED_MEMORY;
    }
    return V6NF_LINUX_PCI_OPEN;
}

static enum v6nf_linux_pci_status join_viable(int group)
{
    struct vfio_group_status status = {.argsz = sizeof status};
    bool known = ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0;
    return known && (status.flags & VFIO_GROUP_FLAGS_VIABLE) != 0u ? join(group) : V6NF_LINUX_PCI_GROUP;
}

/* Opens the group, once for all of its devices. */
static enum v6nf_linux_pci_status open_group(const char *number, int *file)
{
    char path[PATH_LENGTH];
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
        return errno == ENOENT ? V6NF_LINUX_PCI_FAILED : status_of_error();
    }
    enum v6nf_linux_pci_status status = join_viable(*file);
    if (status != V6NF_LINUX_PCI_OPEN) {
        close_file(*file);
        return status;
    }
    (void)snprintf(groups[groups_count].number, NAME_SIZE, "%s", number);
    groups[groups_count].file = *file;
    groups_count++;
    return V6NF_LINUX_PCI_OPEN;
}

static enum v6nf_linux_pci_status open_vfio(struct device *device, const char *number)
{
    int group = -1;
    enum v6nf_linux_pci_status status = open_group(number, &group);
    if (status != V6NF_LINUX_PCI_OPEN) {
        return status;
    }
    struct vfio_region_info info = {.argsz = sizeof info, .index = VFIO_PCI_CONFIG_REGION_INDEX};
    device->file = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device->name);
    if (device->file < 0 || ioctl(device->file, VFIO_DEVICE_GET_REGION_INFO, &info) != 0) {
        return V6NF_LINUX_PCI_FAILED;
    }
    device->configuration = info.offset;
    return V6NF_LINUX_PCI_OPEN;
}

/* -- The end of bus mastering ----------------------------------------------------------------------------------- */

/* From then on the device neither reads nor writes memory (PCI Local Bus Specification 3.0, 6.2.2). Its status, in the
 * upper half of that word, is not written to. */
static void end_bus_mastering(const struct device *device)
{
    const off_t at = (off_t)(device->configuration + COMMAND);
    uint16_t command = 0;
    if (pread(device->file, &command, sizeof command, at) == (ssize_t)sizeof command) {
        command = v6nf_env_le16((uint16_t)(v6nf_env_le16(command) & ~COMMAND_BUS_MASTER));
        (void)!pwrite(device->file, &command, sizeof command, at);
    }
}

/* Called at the end of the program, possibly in a signal handler. */
static void end_all_bus_mastering(void)
{
    for (uint32_t i = 0; i < devices_count; i++) {
        end_bus_mastering(&devices[i]);
    }
}

/* -- sysfs ----------------------------------------------------------------------------------------------------------------- */

static enum v6nf_linux_pci_status open_sysfs(struct device *device)
{
    char path[PATH_LENGTH];
    path_of(path, device, "config");
    device->file = open(path, O_RDWR | O_CLOEXEC);
    if (device->file < 0 || flock(device->file, LOCK_EX | LOCK_NB) != 0) {
        return status_of_error();
    }
    end_bus_mastering(device); /* a program that was killed may have left it writing to the memory that is taken next */
    void *memory = v6nf_env_memory(1, 1);
    bool has_address = memory != NULL && v6nf_env_device_address(memory) != V6NF_ENV_NO_ADDRESS;
    return has_address ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_NO_ADDRESSES;
}

/* -- Opening --------------------------------------------------------------------------------------------------------------- */

static struct device *find_device(struct v6nf_env_pci_address address)
{
    for (uint32_t i = 0; i < devices_count; i++) {
        const struct v6nf_env_pci_address *its = &devices[i].address;
        if (its->segment == address.segment && its->bus == address.bus && its->device == address.device &&
            its->function == address.function) {
            return &devices[i];
        }
    }
    return NULL;
}

/* Which of the two ways a device goes is a matter of the driver that has it. */
static enum v6nf_linux_pci_status open_device(struct device *device, bool without_iommu)
{
    char path[PATH_LENGTH];
    char driver[NAME_SIZE];
    char group[NAME_SIZE];
    path_of(path, device, "");
    if (access(path, F_OK) != 0) {
        return V6NF_LINUX_PCI_NO_DEVICE;
    }
    read_link(driver, device, "driver");
    read_link(group, device, "iommu_group");
    read_regions(device);
    bool by_vfio = strcmp(driver, "vfio-pci") == 0;
    if (driver[0] != '\0' && !by_vfio) {
        return V6NF_LINUX_PCI_DRIVER;
    }
    if (!by_vfio && group[0] != '\0') {
        return V6NF_LINUX_PCI_UNBOUND;
    }
    if (devices_count > 0u && by_vfio != v6nf_linux_has_iommu()) {
        return V6NF_LINUX_PCI_MIXED;
    }
    if (!by_vfio && !without_iommu) {
        return V6NF_LINUX_PCI_UNPROTECTED;
    }
    if (!v6nf_linux_at_end(end_all_bus_mastering, !by_vfio)) {
        return V6NF_LINUX_PCI_FAILED;
    }
    return by_vfio ? open_vfio(device, group) : open_sysfs(device);
}

enum v6nf_linux_pci_status v6nf_linux_pci_open(struct v6nf_env_pci_address address, uint32_t flags)
{
    if (find_device(address) != NULL) { /* by this process, or by that which it is a child of */
        bool is_seen_to = v6nf_linux_at_end(end_all_bus_mastering, !v6nf_linux_has_iommu());
        return is_seen_to ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_FAILED;
    }
    if (address.device > 31u || address.function > 7u) {
        return V6NF_LINUX_PCI_NO_DEVICE;
    }
    if (devices_count == V6NF_LINUX_PCI_DEVICES) {
        return V6NF_LINUX_PCI_TOO_MANY;
    }
    struct device *device = &devices[devices_count];
    *device = (struct device){.address = address, .file = -1};
    (void)snprintf(device->name, sizeof device->name, "%04x:%02x:%02x.%u", address.segment, address.bus, address.device,
                   address.function);
    enum v6nf_linux_pci_status status = open_device(device, (flags & V6NF_LINUX_PCI_WITHOUT_IOMMU) != 0u);
    if (status == V6NF_LINUX_PCI_OPEN) {
        devices_count++;
    } else if (device->file >= 0) {
        close_file(device->file);
    }
    return status;
}

const char *v6nf_linux_pci_status_text(enum v6nf_linux_pci_status status)
{
    switch (status) {
    case V6NF_LINUX_PCI_OPEN:
        return "the device is open";
    case V6NF_LINUX_PCI_NO_DEVICE:
        return "there is no PCI device at this address; \"lspci -D\" lists those that are there";
    case V6NF_LINUX_PCI_DRIVER:
        return "a driver of the kernel has this device; take it away, as root: echo ADDRESS > "
               "/sys/bus/pci/devices/ADDRESS/driver/unbind, and, if there is an IOMMU, bind it to vfio-pci";
    case V6NF_LINUX_PCI_UNBOUND:
        return "this device is behind an IOMMU: bind it to vfio-pci, as root: modprobe vfio-pci; echo vfio-pci > "
               "/sys/bus/pci/devices/ADDRESS/driver_override; echo ADDRESS > /sys/bus/pci/drivers_probe";
    case V6NF_LINUX_PCI_UNPROTECTED:
        return "there is no IOMMU before this device: it can write to any memory, and if the program is killed "
               "(SIGKILL) it goes on writing to memory that others then own; turn the IOMMU on, or ask by name to do "
               "without";
    case V6NF_LINUX_PCI_BUSY:
        return "another program has this device open; end that program, or use another device";
    case V6NF_LINUX_PCI_GROUP:
        return "the IOMMU does not tell this device from others, which the kernel uses: bind all that are listed in "
               "/sys/bus/pci/devices/ADDRESS/iommu_group/devices to vfio-pci";
    case V6NF_LINUX_PCI_NO_PERMISSION:
        return "no permission: be root, or, with vfio-pci, have root give you the file of its group: chown USER "
               "/dev/vfio/NUMBER, where /sys/bus/pci/devices/ADDRESS/iommu_group points to the number";
    case V6NF_LINUX_PCI_LOCKED_MEMORY:
        return "the process may not keep enough memory in place: raise the limit (ulimit -l), to 65536 for one card";
    case V6NF_LINUX_PCI_NO_ADDRESSES:
        return "without IOMMU it takes huge pages and root: echo 16 > /proc/sys/vm/nr_hugepages";
    case V6NF_LINUX_PCI_MIXED:
        return "one device is behind an IOMMU and another is not: use those of one kind";
    case V6NF_LINUX_PCI_TOO_MANY:
        return "too many devices are open: V6NF_LINUX_PCI_DEVICES";
    case V6NF_LINUX_PCI_FAILED:
        return "it could not be opened";
    }
    return "unknown status";
}

/* -- env.h ----------------------------------------------------------------------------------------------------------------- */

static int open_region(const struct device *device, uint32_t number, uint64_t *offset)
{
    char path[PATH_LENGTH];
    char file[NAME_SIZE];
    struct vfio_region_info info = {.argsz = sizeof info, .index = number};
    *offset = 0;
    if (v6nf_linux_has_iommu()) {
        bool known = ioctl(device->file, VFIO_DEVICE_GET_REGION_INFO, &info) == 0 &&
                     (info.flags & VFIO_REGION_INFO_FLAG_MMAP) != 0u;
        *offset = info.offset;
        return known ? dup(device->file) : -1;
    }
    (void)snprintf(file, sizeof file, "resource%u", number);
    path_of(path, device, file);
    return open(path, O_RDWR | O_SYNC | O_CLOEXEC);
}

static volatile void *map_region(const struct device *device, uint32_t number, uint64_t from, size_t size)
{
    uint64_t offset = 0;
    int file = open_region(device, number, &offset);
    if (file < 0) {
        return NULL;
    }
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)(offset + from));
    (void)close(file);
    return mapped == MAP_FAILED ? NULL : mapped;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    for (uint32_t i = 0; i < devices_count; i++) {
        for (uint32_t j = 0; j < BASE_ADDRESSES; j++) {
            uint64_t from = address - devices[i].start[j];
            if (from < devices[i].size[j] && size <= devices[i].size[j] - from) {
                return map_region(&devices[i], j, from, size);
            }
        }
    }
    return NULL;
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    const struct device *device = find_device(address);
    uint32_t value = V6NF_ENV_PCI_NO_DEVICE;
    if (device == NULL || offset % 4u != 0u || offset >= CONFIGURATION_SIZE ||
        pread(device->file, &value, sizeof value, (off_t)(device->configuration + offset)) != (ssize_t)sizeof value) {
        return V6NF_ENV_PCI_NO_DEVICE;
    }
    return v6nf_env_le32(value);
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    const struct device *device = find_device(address);
    const uint32_t written = v6nf_env_le32(value);
    return device != NULL && offset % 4u == 0u && offset < CONFIGURATION_SIZE &&
           pwrite(device->file, &written, sizeof written, (off_t)(device->configuration + offset)) == (ssize_t)sizeof written;
}

/* pci.c: PCI devices of a Linux process, through VFIO or sysfs: see linux_pci.h. */
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
#include "iommu.h"
#include "memory.h"

#define PATH_LENGTH 128u
#define BASE_ADDRESSES 6u
#define CONFIGURATION_SIZE 4096u
#define COMMAND 4u
#define COMMAND_BUS_MASTER 0x4u

struct device {
    struct v6nf_env_pci_address address;
    char name[LINUX_NAME_SIZE];     /* in sysfs: 0000:01:00.0 */
    int file;                       /* its configuration space; with VFIO, the whole device */
    int lock;                       /* without VFIO: the file that other programs find locked */
    uint64_t configuration;         /* offset of configuration space in the file */
    uint64_t start[BASE_ADDRESSES]; /* physical addresses of its regions */
    uint64_t size[BASE_ADDRESSES];  /* their sizes, 0 for none */
};

static struct device devices[V6NF_LINUX_PCI_DEVICES];
static uint32_t devices_count;

/* -- A device in sysfs --------------------------------------------------------------------------------------------- */

static void path_of(char *path, const struct device *device, const char *file)
{
    (void)snprintf(path, PATH_LENGTH, "/sys/bus/pci/devices/%s/%s", device->name, file);
}

/* Write the last part of the target of a symbolic link of the device; "" if there is no such link. */
static void read_link(char *target, const struct device *device, const char *link)
{
    char path[PATH_LENGTH];
    char whole[PATH_LENGTH] = "";
    path_of(path, device, link);
    ssize_t length = readlink(path, whole, sizeof whole - 1u);
    const char *slash = strrchr(whole, '/');
    (void)snprintf(target, LINUX_NAME_SIZE, "%s", length > 0 && slash != NULL ? slash + 1 : "");
}

/* Read a line "start end flags" for each base address register. */
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

/* -- VFIO ---------------------------------------------------------------------------------------------------------- */

/* Add the group with this number to the IOMMU, and set *group to its descriptor. Memory that the process has already is
 * shared with the first group. One more block shows whether memory can be locked. */
static enum v6nf_linux_pci_status add_group(const char *number, int *group)
{
    const bool is_first = !v6nf_linux_has_iommu();
    const enum v6nf_linux_pci_status status = v6nf_linux_iommu_add_group(number, group);
    if (status == V6NF_LINUX_PCI_OPEN && is_first && (!v6nf_linux_share_all() || v6nf_env_memory(1, 1) == NULL)) {
        v6nf_linux_iommu_close();
        return V6NF_LINUX_PCI_LOCKED_MEMORY;
    }
    return status;
}

static enum v6nf_linux_pci_status open_vfio(struct device *device, const char *number)
{
    int group = -1;
    enum v6nf_linux_pci_status status = add_group(number, &group);
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

/* -- The end of bus mastering -------------------------------------------------------------------------------------- */

/* Stop the device's reads and writes of memory (PCI Local Bus Specification 3.0, 6.2.2). Do not write to its status, in
 * the upper half of that word. */
static void end_bus_mastering(const struct device *device)
{
    const off_t at = (off_t)(device->configuration + COMMAND);
    uint16_t command = 0;
    if (pread(device->file, &command, sizeof command, at) == (ssize_t)sizeof command) {
        command = v6nf_env_le16((uint16_t)(v6nf_env_le16(command) & ~COMMAND_BUS_MASTER));
        (void)!pwrite(device->file, &command, sizeof command, at);
    }
}

/* End bus mastering of all devices. Called at the end of the program, possibly by a signal handler. */
static void end_all_bus_mastering(void)
{
    for (uint32_t i = 0; i < devices_count; i++) {
        end_bus_mastering(&devices[i]);
    }
}

/* -- sysfs --------------------------------------------------------------------------------------------------------- */

/* Keep other programs away. The lock is on a file that root alone can open, and that is not written: any user can open
 * the configuration space, and would keep the device by a lock of it. */
static bool lock_device(struct device *device)
{
    char path[PATH_LENGTH];
    path_of(path, device, "rescan");
    device->lock = open(path, O_WRONLY | O_CLOEXEC);
    return device->lock >= 0 && flock(device->lock, LOCK_EX | LOCK_NB) == 0;
}

static enum v6nf_linux_pci_status open_sysfs(struct device *device)
{
    char path[PATH_LENGTH];
    path_of(path, device, "config");
    device->file = open(path, O_RDWR | O_CLOEXEC);
    if (device->file < 0 || !lock_device(device)) {
        return v6nf_linux_status_of_errno();
    }
    end_bus_mastering(device); /* before memory is allocated: a killed program may have left the device writing to it */
    void *memory = v6nf_env_memory(1, 1);
    bool has_address = memory != NULL && v6nf_env_device_address(memory) != V6NF_ENV_NO_ADDRESS;
    return has_address ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_NO_ADDRESSES;
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

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

/* Open the device through VFIO or sysfs, depending on its driver in the kernel. */
static enum v6nf_linux_pci_status open_device(struct device *device, bool without_iommu)
{
    char path[PATH_LENGTH];
    char driver[LINUX_NAME_SIZE];
    char group[LINUX_NAME_SIZE];
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
    /* There may be an IOMMU without a device: the group of one that failed stays. */
    if ((devices_count > 0u || v6nf_linux_has_iommu()) && by_vfio != v6nf_linux_has_iommu()) {
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
    if (find_device(address) != NULL) { /* opened by this process, or by its parent before a fork */
        bool is_ready = v6nf_linux_at_end(end_all_bus_mastering, !v6nf_linux_has_iommu());
        return is_ready ? V6NF_LINUX_PCI_OPEN : V6NF_LINUX_PCI_FAILED;
    }
    if (address.device > 31u || address.function > 7u) {
        return V6NF_LINUX_PCI_NO_DEVICE;
    }
    if (devices_count == V6NF_LINUX_PCI_DEVICES) {
        return V6NF_LINUX_PCI_TOO_MANY;
    }
    struct device *device = &devices[devices_count];
    *device = (struct device){.address = address, .file = -1, .lock = -1};
    (void)snprintf(device->name, sizeof device->name, "%04x:%02x:%02x.%u", address.segment, address.bus, address.device,
                   address.function);
    enum v6nf_linux_pci_status status = open_device(device, (flags & V6NF_LINUX_PCI_WITHOUT_IOMMU) != 0u);
    if (status == V6NF_LINUX_PCI_OPEN) {
        devices_count++;
        return status;
    }
    if (device->file >= 0) {
        v6nf_linux_close(device->file);
    }
    if (device->lock >= 0) {
        v6nf_linux_close(device->lock);
    }
    return status;
}

const char *v6nf_linux_pci_status_text(enum v6nf_linux_pci_status status)
{
    switch (status) {
    case V6NF_LINUX_PCI_OPEN:
        return "the device is open";
    case V6NF_LINUX_PCI_NO_DEVICE:
        return "there is no PCI device at this address; list them: lspci -D";
    case V6NF_LINUX_PCI_DRIVER:
        return "a driver of the kernel uses this device; unbind it, as root: echo ADDRESS > "
               "/sys/bus/pci/devices/ADDRESS/driver/unbind, and, if there is an IOMMU, bind it to vfio-pci";
    case V6NF_LINUX_PCI_UNBOUND:
        return "this device is behind an IOMMU: bind it to vfio-pci, as root: modprobe vfio-pci; echo vfio-pci > "
               "/sys/bus/pci/devices/ADDRESS/driver_override; echo ADDRESS > /sys/bus/pci/drivers_probe";
    case V6NF_LINUX_PCI_UNPROTECTED:
        return "no IOMMU protects memory from this device: it can write anywhere, and if the program is killed "
               "(SIGKILL) it goes on writing to memory that other programs then own; turn on the IOMMU, or ask "
               "explicitly to do without";
    case V6NF_LINUX_PCI_BUSY:
        return "another program has this device open; end that program, or use another device";
    case V6NF_LINUX_PCI_GROUP:
        return "the IOMMU does not separate this device from others, which the kernel uses: bind all devices listed in "
               "/sys/bus/pci/devices/ADDRESS/iommu_group/devices to vfio-pci";
    case V6NF_LINUX_PCI_NO_PERMISSION:
        return "no permission: run as root or, with vfio-pci, own the file of its group (as root: chown USER "
               "/dev/vfio/NUMBER); /sys/bus/pci/devices/ADDRESS/iommu_group points to the number";
    case V6NF_LINUX_PCI_LOCKED_MEMORY:
        return "the process may not lock enough memory: raise the limit (ulimit -l), to 65536 for one card";
    case V6NF_LINUX_PCI_NO_ADDRESSES:
        return "without an IOMMU, huge pages and root are needed: echo 16 > /proc/sys/vm/nr_hugepages";
    case V6NF_LINUX_PCI_MIXED:
        return "one device is behind an IOMMU and another is not: use devices of one kind";
    case V6NF_LINUX_PCI_TOO_MANY:
        return "too many devices are open, at most V6NF_LINUX_PCI_DEVICES: raise that limit, and rebuild";
    case V6NF_LINUX_PCI_FAILED:
        return "the device could not be opened; errno has the reason";
    }
    return "unknown status";
}

/* -- env.h --------------------------------------------------------------------------------------------------------- */

static int open_region(const struct device *device, uint32_t number, uint64_t *offset)
{
    char path[PATH_LENGTH];
    char file[LINUX_NAME_SIZE];
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
           pwrite(device->file, &written, sizeof written, (off_t)(device->configuration + offset)) ==
               (ssize_t)sizeof written;
}

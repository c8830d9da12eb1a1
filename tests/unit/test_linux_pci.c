/* A PCI device by VFIO (linux_pci.h) on a kernel that is played here: when something fails, the next try finds all as it was. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

/* -- The kernel ------------------------------------------------------------------------------------------------------ */

#define FILES 4096 /* its descriptors are the numbers above */

static unsigned long failing; /* the request that fails; 0 for none */
static int group_file;        /* of the one group, 7, which can be open once; 0: it is not */
static int files_open;

static int new_file(void)
{
    files_open++;
    return FILES + files_open;
}

static int kernel_open(const char *path, int flags)
{
    (void)flags;
    if (strcmp(path, "/dev/vfio/7") == 0) {
        if (group_file != 0) {
            errno = EBUSY;
            return -1;
        }
        group_file = new_file();
        return group_file;
    }
    assert_string_equal(path, "/dev/vfio/vfio");
    return new_file();
}

static int kernel_close(int file)
{
    assert_true(file > FILES);
    group_file = file == group_file ? 0 : group_file;
    files_open--;
    return 0;
}

static int kernel_ioctl(int file, unsigned long request, void *argument)
{
    assert_true(file > FILES);
    if (request == failing) {
        errno = EIO;
        return -1;
    }
    if (request == VFIO_GROUP_GET_STATUS) {
        ((struct vfio_group_status *)argument)->flags = VFIO_GROUP_FLAGS_VIABLE;
    }
    return request == VFIO_GROUP_GET_DEVICE_FD ? new_file() : 0;
}

static ssize_t kernel_readlink(const char *path, char *target, size_t size)
{
    const char *text = strstr(path, "iommu_group") != NULL ? "../7" : "../vfio-pci";
    (void)size;
    memcpy(target, text, strlen(text));
    return (ssize_t)strlen(text);
}

#define open(path, flags) kernel_open(path, flags)
#define close(file) kernel_close(file)
#define ioctl(file, request, argument) kernel_ioctl(file, request, (void *)(uintptr_t)(argument))
#define readlink(path, target, size) kernel_readlink(path, target, size)
#define access(path, mode) (strstr(path, "/sys/bus/pci/devices/0000:01:00.0/") == (path) ? 0 : (int)(mode)-1)

#include "../../env/linux/pci.c"

/* -- Tests ----------------------------------------------------------------------------------------------------------- */

static const struct v6nf_env_pci_address device_address = {.bus = 1};

static int set_up(void **state)
{
    (void)state;
    failing = 0;
    group_file = 0;
    files_open = 0;
    container = -1;
    devices_count = 0;
    groups_count = 0;
    return 0;
}

static void a_device_is_open_once(void **state)
{
    (void)state;
    assert_int_equal(v6nf_linux_pci_open(device_address), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3); /* container, group, device */
    assert_int_equal(v6nf_linux_pci_open(device_address), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3);
}

static void check_next_try(unsigned long request, enum v6nf_linux_pci_status expected)
{
    failing = request;
    assert_int_equal(v6nf_linux_pci_open(device_address), expected);
    int open_after = files_open;
    assert_int_equal(v6nf_linux_pci_open(device_address), expected);
    assert_int_equal(files_open, open_after);
    failing = 0;
    assert_int_equal(v6nf_linux_pci_open(device_address), V6NF_LINUX_PCI_OPEN);
    assert_int_equal(files_open, 3);
}

static void next_try_succeeds_after_the_group_failed(void **state)
{
    (void)state;
    check_next_try(VFIO_GROUP_GET_STATUS, V6NF_LINUX_PCI_GROUP);
}

static void next_try_succeeds_after_the_container_failed(void **state)
{
    check_next_try(VFIO_GROUP_SET_CONTAINER, V6NF_LINUX_PCI_FAILED);
    set_up(state);
    check_next_try(VFIO_SET_IOMMU, V6NF_LINUX_PCI_FAILED);
}

static void next_try_succeeds_after_memory_failed(void **state)
{
    (void)state;
    check_next_try(VFIO_IOMMU_MAP_DMA, V6NF_LINUX_PCI_LOCKED_MEMORY);
}

static void next_try_succeeds_after_the_device_failed(void **state)
{
    check_next_try(VFIO_GROUP_GET_DEVICE_FD, V6NF_LINUX_PCI_FAILED);
    set_up(state);
    check_next_try(VFIO_DEVICE_GET_REGION_INFO, V6NF_LINUX_PCI_FAILED);
}

static void there_is_no_other_device(void **state)
{
    (void)state;
    const struct v6nf_env_pci_address other = {.bus = 2};
    assert_int_equal(v6nf_linux_pci_open(other), V6NF_LINUX_PCI_NO_DEVICE);
    assert_int_equal(files_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_device_is_open_once, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_group_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_container_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_memory_failed, set_up),
        cmocka_unit_test_setup(next_try_succeeds_after_the_device_failed, set_up),
        cmocka_unit_test_setup(there_is_no_other_device, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

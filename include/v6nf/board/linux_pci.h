/* linux_pci.h: PCI devices for a Linux process. The PCI functions of env.h work only for devices that are opened
 * here.
 *
 * With an IOMMU, the device is bound to the driver vfio-pci (Linux documentation, driver-api/vfio). It reaches no
 * memory but the program's, and the owner of its group's file in /dev/vfio may open it. The kernel resets the device
 * when the program ends in any way.
 *
 * Without an IOMMU, the device is used by the files of sysfs (PCI/sysfs-pci) and physical addresses, as root, with
 * huge pages. The program must ask for that by name: V6NF_LINUX_PCI_WITHOUT_IOMMU. The device then reaches all
 * memory of the machine. If it still receives after the end of the program, it writes to memory of the next owner.
 * Therefore:
 * - A program must stop its ports (port.h) before it ends.
 * - Bus mastering of every open device is turned off by exit(), quick_exit(), return from main(), and signals that
 *   end the program. These are the signals without a handler, and not ignored, at the time of the first open. The
 *   program may register handlers later.
 * - A stack overflow is such a signal in the thread that opens the first device. In other threads it is one only if
 *   the program has given them a signal stack (sigaltstack(2)); otherwise the program ends at once.
 * - Nothing can be done about SIGKILL, _exit() and execve(). When the device is opened again, its bus mastering is
 *   turned off before the program allocates memory for it. A program with several devices must open all of them
 *   before it sets up the first: until then, the others may still write to its memory.
 * A program that continues in a child (fork()) must open its devices there, even those that are open. From then on
 * the end of the child counts, and the parent must end by _exit(). */
#ifndef V6NF_BOARD_LINUX_PCI_H
#define V6NF_BOARD_LINUX_PCI_H

#include "../env.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum number of open devices. */
#define V6NF_LINUX_PCI_DEVICES 8u

/* Status of opening a device. */
enum v6nf_linux_pci_status {
    V6NF_LINUX_PCI_OPEN,          /* the device is open */
    V6NF_LINUX_PCI_NO_DEVICE,     /* no device has this address */
    V6NF_LINUX_PCI_DRIVER,        /* a driver of the kernel uses it */
    V6NF_LINUX_PCI_UNBOUND,       /* it is behind an IOMMU, but not bound to vfio-pci */
    V6NF_LINUX_PCI_UNPROTECTED,   /* there is no IOMMU, and V6NF_LINUX_PCI_WITHOUT_IOMMU is not given */
    V6NF_LINUX_PCI_BUSY,          /* another program has it open */
    V6NF_LINUX_PCI_GROUP,         /* the kernel uses another device of its IOMMU group */
    V6NF_LINUX_PCI_NO_PERMISSION, /* the process may not open it */
    V6NF_LINUX_PCI_LOCKED_MEMORY, /* the process may not lock enough memory (RLIMIT_MEMLOCK) */
    V6NF_LINUX_PCI_NO_ADDRESSES,  /* without IOMMU: no huge pages, or no right to read physical addresses */
    V6NF_LINUX_PCI_MIXED,         /* another open device is behind an IOMMU and this one is not, or conversely */
    V6NF_LINUX_PCI_TOO_MANY,      /* V6NF_LINUX_PCI_DEVICES are open */
    V6NF_LINUX_PCI_FAILED         /* any other error: see errno */
};

/* Flag of v6nf_linux_pci_open(): use a device that reaches all memory, if there is no IOMMU. */
#define V6NF_LINUX_PCI_WITHOUT_IOMMU 0x1u

/* Open a device for the rest of the program. Opening it again is harmless.
 * address: of the function.
 * flags: 0 or V6NF_LINUX_PCI_WITHOUT_IOMMU, which has no effect on a device behind an IOMMU.
 * Return V6NF_LINUX_PCI_OPEN, or the error.
 * Context: the loop, before other threads call env.h. */
enum v6nf_linux_pci_status v6nf_linux_pci_open(struct v6nf_env_pci_address address, uint32_t flags);

/* Return the meaning of `status`, and what to do about it, in English. The text is constant.
 * Context: any. */
const char *v6nf_linux_pci_status_text(enum v6nf_linux_pci_status status);

#ifdef __cplusplus
}
#endif

#endif

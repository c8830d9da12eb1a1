/* linux_pci.h: PCI devices for a Linux process. env.h's PCI functions answer for the devices that were opened here, and for no
 * others.
 *
 * By VFIO where the machine has an IOMMU (Linux documentation, driver-api/vfio): the device is bound to the driver
 * vfio-pci, reaches nothing but this program's memory, and can be opened by the owner of its group's file in /dev/vfio.
 * However the program ends, the kernel resets the device.
 *
 * Else by the files of sysfs (PCI/sysfs-pci) and physical addresses, as root, with huge pages, and only if the program
 * asks for that by name: V6NF_LINUX_PCI_WITHOUT_IOMMU. The device then reaches all of the machine's memory. One that
 * still receives when the program has ended writes into memory of the next, therefore:
 * - A program stops its ports (port.h) before it ends.
 * - Bus mastering of every open device is turned off at exit() and quick_exit(), at the return from main(), and at
 *   signals that end the program: those that it has not given a handler, or ignored, when it opens the first device.
 *   Later it may do so.
 * - A full stack is such a signal in the thread that opens the first device; in others it is where the program has given
 *   them a stack for signals (sigaltstack(2)), and else ends the program at once.
 * - Nothing can be done about SIGKILL, _exit() and execve(). When the device is opened again its bus mastering is turned
 *   off, before the program takes memory for it. A program with several devices opens all of them before it sets up the
 *   first: until then those that are not open may go on writing to memory that it has.
 * A program that goes on in a child (fork()) opens devices there, also those that are open already: from then on the end
 * of the child counts, and the parent ends by _exit(). */
#ifndef V6NF_BOARD_LINUX_PCI_H
#define V6NF_BOARD_LINUX_PCI_H

#include "../env.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Devices that can be open at a time. */
#define V6NF_LINUX_PCI_DEVICES 8u

enum v6nf_linux_pci_status {
    V6NF_LINUX_PCI_OPEN,
    V6NF_LINUX_PCI_NO_DEVICE,     /* there is none at this address */
    V6NF_LINUX_PCI_DRIVER,        /* a driver of the kernel has it */
    V6NF_LINUX_PCI_UNBOUND,       /* it is behind an IOMMU, and not bound to vfio-pci */
    V6NF_LINUX_PCI_UNPROTECTED,   /* there is no IOMMU before it, and the program has not asked to do without */
    V6NF_LINUX_PCI_BUSY,          /* another program has it open */
    V6NF_LINUX_PCI_GROUP,         /* a device that the IOMMU does not tell from it is used by the kernel */
    V6NF_LINUX_PCI_NO_PERMISSION,
    V6NF_LINUX_PCI_LOCKED_MEMORY, /* the process may not keep enough memory in place (RLIMIT_MEMLOCK) */
    V6NF_LINUX_PCI_NO_ADDRESSES,  /* without IOMMU: no huge pages, or no right to see physical addresses */
    V6NF_LINUX_PCI_MIXED,         /* one with an IOMMU and one without */
    V6NF_LINUX_PCI_TOO_MANY,
    V6NF_LINUX_PCI_FAILED         /* anything else; errno says what */
};

/* What v6nf_linux_pci_open() may do. */
#define V6NF_LINUX_PCI_WITHOUT_IOMMU 0x1u /* where there is none: take a device that reaches all memory */

/* Opens the device for the rest of the program; opening it again is harmless. `flags` is 0 or
 * V6NF_LINUX_PCI_WITHOUT_IOMMU, which changes nothing for a device behind an IOMMU. To be called before other threads
 * use env.h. */
enum v6nf_linux_pci_status v6nf_linux_pci_open(struct v6nf_env_pci_address address, uint32_t flags);

/* What `status` means, and what to do about it, in English. */
const char *v6nf_linux_pci_status_text(enum v6nf_linux_pci_status status);

#ifdef __cplusplus
}
#endif

#endif

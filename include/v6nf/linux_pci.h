/* linux_pci.h: PCI devices for a Linux process. env.h's PCI functions answer for the devices that were opened here, and for no
 * others.
 *
 * By VFIO where the machine has an IOMMU (Linux documentation, driver-api/vfio): the device is bound to the driver vfio-pci, reaches
 * nothing but this program's memory, and can be opened by whoever owns its group's file in /dev/vfio. Else by the files of sysfs
 * (PCI/sysfs-pci) and physical addresses, as root, with huge pages; the device then reaches all of the machine's memory. */
#ifndef V6NF_LINUX_PCI_H
#define V6NF_LINUX_PCI_H

#include "env.h"

/* Devices that can be open at a time. */
#define V6NF_LINUX_PCI_DEVICES 8u

enum v6nf_linux_pci_status {
    V6NF_LINUX_PCI_OPEN,
    V6NF_LINUX_PCI_NO_DEVICE,     /* there is none at this address */
    V6NF_LINUX_PCI_DRIVER,        /* a driver of the kernel has it */
    V6NF_LINUX_PCI_UNBOUND,       /* it is behind an IOMMU, and not bound to vfio-pci */
    V6NF_LINUX_PCI_GROUP,         /* a device that the IOMMU does not tell from it is used by the kernel */
    V6NF_LINUX_PCI_NO_PERMISSION,
    V6NF_LINUX_PCI_LOCKED_MEMORY, /* the process may not keep enough memory in place (RLIMIT_MEMLOCK) */
    V6NF_LINUX_PCI_NO_ADDRESSES,  /* without IOMMU: no huge pages, or no right to see physical addresses */
    V6NF_LINUX_PCI_MIXED,         /* one with an IOMMU and one without */
    V6NF_LINUX_PCI_TOO_MANY,
    V6NF_LINUX_PCI_FAILED         /* anything else; errno says what */
};

/* Opens the device for the rest of the program; opening it again is harmless. To be called before other threads use env.h. */
enum v6nf_linux_pci_status v6nf_linux_pci_open(struct v6nf_env_pci_address address);

/* What `status` means, and what to do about it, in English. */
const char *v6nf_linux_pci_explain(enum v6nf_linux_pci_status status);

#endif

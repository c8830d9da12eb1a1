/* sriov.h: what drivers of physical functions and their virtual functions share (SR-IOV). */
#ifndef DRIVERS_PCI_SRIOV_H
#define DRIVERS_PCI_SRIOV_H

#include "pci.h"
#include "v6nf/driver/nic.h"

/* Let the physical function at `address` show `count` virtual functions.
 * space: physical address of V6NF_NIC_VIRTUAL_SPACE bytes for their registers, used if the firmware has not placed
 * these; 0 for none.
 * Return V6NF_NIC_READY.
 * Errors: V6NF_NIC_NO_VIRTUAL, V6NF_NIC_COUNT_BAD (0, or too many), V6NF_NIC_NO_REGISTERS (no address for them).
 * Takes 0.1 s, or 1.1 s if there were virtual functions before. */
enum v6nf_nic_status v6nf_pci_enable_virtual(struct v6nf_env_pci_address address, uint32_t count, uint64_t space);

/* Remove all virtual functions: none of them reaches memory any more. Takes 1 s if there were some. */
void v6nf_pci_disable_virtual(struct v6nf_env_pci_address address);

/* Do what v6nf_pci_id() and v6nf_pci_open() do, for a virtual function. Its own configuration space has all ones for an
 * ID and no base addresses (SR-IOV 1.1, 3.4.1): both come from its physical function. `size` is also the distance
 * between the registers of two functions. In a virtual machine without the physical function, configuration space has
 * both. */
uint32_t v6nf_pci_virtual_id(struct v6nf_env_pci_address address);
volatile uint32_t *v6nf_pci_open_virtual(struct v6nf_env_pci_address address, uint32_t bar, size_t size);

#endif

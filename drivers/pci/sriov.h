/* sriov.h: what drivers of virtual functions share (SR-IOV), and those of physical functions that make some. */
#ifndef DRIVERS_PCI_SRIOV_H
#define DRIVERS_PCI_SRIOV_H

#include "pci.h"
#include "v6nf/driver/nic.h"

/* Has the physical function at `address` show `count` virtual ones, for the first time or anew. Their registers are
 * where the firmware put them; if it did not, somewhere in V6NF_NIC_VIRTUAL_SPACE bytes at the physical address
 * `space`, 0 for nowhere. Takes 0.1 s, or 1.1 s if there were some before. V6NF_NIC_NO_VIRTUAL or V6NF_NIC_COUNT_BAD
 * if it cannot have so many, V6NF_NIC_NO_REGISTERS if their registers have no address. */
enum v6nf_nic_status v6nf_pci_enable_virtual(struct v6nf_env_pci_address address, uint32_t count, uint64_t space);

/* Take away what virtual functions it has: none of them reaches memory any more. Takes 1 s if there were some, until
 * the physical function can have others. */
void v6nf_pci_disable_virtual(struct v6nf_env_pci_address address);

/* v6nf_pci_id() and v6nf_pci_open() of a virtual function. Its own configuration has all ones for an ID and no base
 * addresses (SR-IOV 1.1, 3.4.1): both are its physical function's to tell, `size` being what lies between two
 * functions' registers. In a virtual machine, where there is no physical function to be seen, its own configuration has
 * them. */
uint32_t v6nf_pci_virtual_id(struct v6nf_env_pci_address address);
volatile uint32_t *v6nf_pci_open_virtual(struct v6nf_env_pci_address address, uint32_t bar, size_t size);

#endif

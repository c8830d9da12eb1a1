/* find_pci.c: how a virtio device is found on PCI (4.1): see virtio_transport.h. A board without PCI does not link
 * it. */
#include "virtio_transport.h"

#include "../pci/pci.h"

#define PCI_ID_MODERN 0x10401AF4u       /* and the type (4.1.2) */
#define PCI_ID_TRANSITIONAL 0x0FFF1AF4u /* has both interfaces, or only the legacy one (4.1.2.1) */
#define ID_SHIFT 16u
#define COMMON_SIZE 0x38u /* bytes of the common configuration (4.1.4.3) */

#define CAPABILITY_VENDOR 0x09u
#define CAPABILITY_BAR 4u
#define CAPABILITY_OFFSET 8u
#define CAPABILITY_LENGTH 12u
#define CAPABILITY_MULTIPLIER 16u
#define MAX_CAPABILITIES 48u
#define TYPE_COMMON 1u
#define TYPE_NOTIFY 2u
#define TYPE_DEVICE 4u

/* Map the first structure of this type that is in memory, and has at least `min_size` bytes. Set *size, and *at to the
 * offset of its capability. Return NULL if there is none. */
static volatile uint8_t *map_structure(struct v6nf_env_pci_address address, uint32_t type, uint32_t min_size,
                                       uint32_t *size, uint16_t *at)
{
    *size = 0;
    *at = 0;
    for (uint32_t i = 0; i < MAX_CAPABILITIES; i++) {
        *at = v6nf_pci_find_capability(address, CAPABILITY_VENDOR, *at);
        if (*at == 0u) {
            return NULL;
        }
        if (v6nf_env_pci_read(address, *at) >> 24 != type) {
            continue;
        }
        const uint32_t bar = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_BAR)) & 0xFFu;
        const uint32_t offset = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_OFFSET));
        *size = v6nf_env_pci_read(address, (uint16_t)(*at + CAPABILITY_LENGTH));
        if (offset % 4u != 0u || offset > INT32_MAX || *size > INT32_MAX || *size < min_size) {
            continue;
        }
        volatile uint32_t *registers = v6nf_pci_open(address, bar, (size_t)offset + *size);
        if (registers != NULL) {
            return (volatile uint8_t *)registers + offset;
        }
    }
    return NULL;
}

/* The address of a static function needs no GOT in position-independent code. */
static bool set_pci_bus_master(struct v6nf_env_pci_address address, bool on)
{
    return v6nf_pci_set_bus_master(address, on);
}

enum v6nf_nic_status v6nf_virtio_find_pci(struct v6nf_virtio_transport *transport, struct v6nf_env_pci_address address,
                                          uint32_t type)
{
    const uint32_t id = v6nf_pci_id(address);
    if (id != PCI_ID_MODERN + (type << ID_SHIFT) && id != PCI_ID_TRANSITIONAL + (type << ID_SHIFT)) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    if (v6nf_pci_find_capability(address, CAPABILITY_VENDOR, 0u) == 0u) {
        return V6NF_NIC_LEGACY;
    }
    uint32_t size = 0;
    uint16_t at = 0;
    transport->address = address;
    transport->set_bus_master = set_pci_bus_master;
    transport->registers = map_structure(address, TYPE_COMMON, COMMON_SIZE, &size, &at);
    transport->device_registers = map_structure(address, TYPE_DEVICE, 0u, &transport->device_registers_size, &at);
    transport->notify = map_structure(address, TYPE_NOTIFY, 2u, &transport->notify_size, &at);
    if (transport->registers == NULL || transport->device_registers == NULL || transport->notify == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    transport->notify_multiplier = v6nf_env_pci_read(address, (uint16_t)(at + CAPABILITY_MULTIPLIER));
    return V6NF_NIC_READY;
}

/* find_mmio.c: how a virtio device is found whose registers are in memory (4.2): see virtio_transport.h. */
#include "virtio_transport.h"

#define MMIO_MAGIC 0x00u
#define MMIO_MAGIC_VALUE 0x74726976u
#define MMIO_VERSION 0x04u
#define MMIO_VERSION_LEGACY 1u
#define MMIO_VERSION_MODERN 2u
#define MMIO_DEVICE 0x08u
#define MMIO_NOTIFY 0x50u
#define MMIO_CONFIG 0x100u

static uint32_t read_mmio(const struct v6nf_virtio_transport *transport, uint32_t offset)
{
    return v6nf_env_read_register((volatile uint32_t *)(volatile void *)(transport->registers + offset));
}

enum v6nf_nic_status v6nf_virtio_find_mmio(struct v6nf_virtio_transport *transport, uint64_t address, uint32_t type,
                                           uint32_t config_size)
{
    transport->is_mmio = true;
    transport->registers = (volatile uint8_t *)v6nf_env_map_device(address, (size_t)MMIO_CONFIG + config_size);
    if (transport->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    transport->device_registers = transport->registers + MMIO_CONFIG;
    transport->device_registers_size = config_size;
    transport->notify = transport->registers + MMIO_NOTIFY;
    transport->notify_size = 4u;
    if (read_mmio(transport, MMIO_MAGIC) != MMIO_MAGIC_VALUE || read_mmio(transport, MMIO_DEVICE) != type) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    const uint32_t version = read_mmio(transport, MMIO_VERSION);
    return version == MMIO_VERSION_MODERN   ? V6NF_NIC_READY
           : version == MMIO_VERSION_LEGACY ? V6NF_NIC_LEGACY
                                            : V6NF_NIC_OTHER_DEVICE;
}

/* registers.c: the registers of a virtio device: see virtio_transport.h. */
#include "virtio_transport.h"

#define WAIT_STEP 10u /* microseconds */
#define WAIT_STEPS 100000u

/* -- Fields -------------------------------------------------------------------------------------------------------- */

/* A field has two offsets. In the registers of MMIO, all fields have 32 bits (4.2.2). In the common configuration of
 * PCI (4.1.4.3), each is accessed in its own size (4.1.3.1). */
struct layout {
    uint8_t mmio;
    uint8_t pci;
    uint8_t pci_size;
};

static const struct layout layouts[] = {
    [DEVICE_FEATURES_SELECT] = {0x14, 0x00, 4},
    [DEVICE_FEATURES] = {0x10, 0x04, 4},
    [DRIVER_FEATURES_SELECT] = {0x24, 0x08, 4},
    [DRIVER_FEATURES] = {0x20, 0x0C, 4},
    [DEVICE_STATUS] = {0x70, 0x14, 1},
    [CONFIG_GENERATION] = {0xFC, 0x15, 1},
    [QUEUE_SELECT] = {0x30, 0x16, 2},
    [QUEUE_SIZE_MAX] = {0x34, 0x18, 2},
    [QUEUE_SIZE] = {0x38, 0x18, 2},
    [QUEUE_ENABLE] = {0x44, 0x1C, 2},
    [QUEUE_NOTIFY_OFFSET] = {0, 0x1E, 2}, /* PCI only */
    [QUEUE_DESCRIPTORS] = {0x80, 0x20, 4},
    [QUEUE_AVAILABLE] = {0x90, 0x28, 4},
    [QUEUE_USED] = {0xA0, 0x30, 4},
};

static volatile uint32_t *register32(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint32_t *)(volatile void *)(registers + offset);
}

static volatile uint16_t *register16(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint16_t *)(volatile void *)(registers + offset);
}

uint32_t v6nf_virtio_read_field(const struct v6nf_virtio_transport *transport, enum virtio_field field)
{
    const struct layout *layout = &layouts[field];
    if (transport->is_mmio || layout->pci_size == 4u) {
        return v6nf_env_read_register(
            register32(transport->registers, transport->is_mmio ? layout->mmio : layout->pci));
    }
    if (layout->pci_size == 2u) {
        return v6nf_env_read_register16(register16(transport->registers, layout->pci));
    }
    return v6nf_env_read_register8(transport->registers + layout->pci);
}

void v6nf_virtio_write_field(const struct v6nf_virtio_transport *transport, enum virtio_field field, uint32_t value)
{
    const struct layout *layout = &layouts[field];
    if (transport->is_mmio || layout->pci_size == 4u) {
        v6nf_env_write_register(register32(transport->registers, transport->is_mmio ? layout->mmio : layout->pci),
                                value);
    } else if (layout->pci_size == 2u) {
        v6nf_env_write_register16(register16(transport->registers, layout->pci), (uint16_t)value);
    } else {
        v6nf_env_write_register8(transport->registers + layout->pci, (uint8_t)value);
    }
}

/* Write the two halves, the lower first. They are 4 bytes apart in both layouts. */
static void write_address(const struct v6nf_virtio_transport *transport, enum virtio_field field, uint64_t value)
{
    uint32_t offset = transport->is_mmio ? layouts[field].mmio : layouts[field].pci;
    v6nf_env_write_register(register32(transport->registers, offset), (uint32_t)(value & UINT32_MAX));
    v6nf_env_write_register(register32(transport->registers, offset + 4u), (uint32_t)(value >> 32));
}

uint64_t v6nf_virtio_read_features(const struct v6nf_virtio_transport *transport)
{
    v6nf_virtio_write_field(transport, DEVICE_FEATURES_SELECT, 0u);
    uint64_t features = v6nf_virtio_read_field(transport, DEVICE_FEATURES);
    v6nf_virtio_write_field(transport, DEVICE_FEATURES_SELECT, 1u);
    return features + ((uint64_t)v6nf_virtio_read_field(transport, DEVICE_FEATURES) << 32);
}

void v6nf_virtio_write_features(const struct v6nf_virtio_transport *transport, uint64_t features)
{
    v6nf_virtio_write_field(transport, DRIVER_FEATURES_SELECT, 0u);
    v6nf_virtio_write_field(transport, DRIVER_FEATURES, (uint32_t)(features & UINT32_MAX));
    v6nf_virtio_write_field(transport, DRIVER_FEATURES_SELECT, 1u);
    v6nf_virtio_write_field(transport, DRIVER_FEATURES, (uint32_t)(features >> 32));
}

uint32_t v6nf_virtio_read_config8(const struct v6nf_virtio_transport *transport, uint32_t offset)
{
    return offset < transport->device_registers_size ? v6nf_env_read_register8(transport->device_registers + offset)
                                                     : 0u;
}

uint32_t v6nf_virtio_read_config16(const struct v6nf_virtio_transport *transport, uint32_t offset)
{
    if (offset + 2u > transport->device_registers_size) {
        return 0;
    }
    return v6nf_env_read_register16(register16(transport->device_registers, offset));
}

/* -- Status and reset ---------------------------------------------------------------------------------------------- */

void v6nf_virtio_add_status(const struct v6nf_virtio_transport *transport, uint32_t bits)
{
    v6nf_virtio_write_field(transport, DEVICE_STATUS, v6nf_virtio_read_field(transport, DEVICE_STATUS) | bits);
}

bool v6nf_virtio_shows_no_device(const struct v6nf_virtio_transport *transport, uint32_t status)
{
    return status == (transport->is_mmio ? UINT32_MAX : UINT8_MAX);
}

bool v6nf_virtio_reset(const struct v6nf_virtio_transport *transport)
{
    v6nf_virtio_write_field(transport, DEVICE_STATUS, 0u);
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if (v6nf_virtio_read_field(transport, DEVICE_STATUS) == 0u) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

/* The call is by a pointer, so that a board without PCI does not link its target. */
bool v6nf_virtio_set_bus_master(const struct v6nf_virtio_transport *transport, bool on)
{
    return transport->set_bus_master == NULL || transport->set_bus_master(transport->address, on);
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static bool find_notify(struct v6nf_virtio_transport *transport, uint32_t number)
{
    uint64_t offset = 0;
    if (!transport->is_mmio) {
        offset = (uint64_t)v6nf_virtio_read_field(transport, QUEUE_NOTIFY_OFFSET) * transport->notify_multiplier;
    }
    if (offset % 2u != 0u || offset + 2u > transport->notify_size) {
        return false;
    }
    transport->notify_of[number] = transport->notify + offset;
    return true;
}

uint32_t v6nf_virtio_select_queue(struct v6nf_virtio_transport *transport, uint32_t number)
{
    v6nf_virtio_write_field(transport, QUEUE_SELECT, number);
    return find_notify(transport, number) ? v6nf_virtio_read_field(transport, QUEUE_SIZE_MAX) : 0u;
}

void v6nf_virtio_enable_queue(const struct v6nf_virtio_transport *transport, uint32_t size, const uint64_t *addresses)
{
    v6nf_virtio_write_field(transport, QUEUE_SIZE, size);
    write_address(transport, QUEUE_DESCRIPTORS, addresses[0]);
    write_address(transport, QUEUE_AVAILABLE, addresses[1]);
    write_address(transport, QUEUE_USED, addresses[2]);
    v6nf_virtio_write_field(transport, QUEUE_ENABLE, 1u);
}

/* registers.c: the registers of a virtio-net device: see registers.h. */
#include "registers.h"

#define WAIT_STEP 10u /* microseconds */
#define WAIT_STEPS 100000u

/* -- Fields -------------------------------------------------------------------------------------------------------- */

/* A field has an offset in the registers of MMIO, where all have 32 bits (4.2.2), and one in the common configuration
 * of PCI (4.1.4.3), where each is accessed in its own size (4.1.3.1). */
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

uint32_t v6nf_virtio_read_field(const struct v6nf_virtio *virtio, enum virtio_field field)
{
    const struct layout *layout = &layouts[field];
    if (virtio->is_mmio || layout->pci_size == 4u) {
        return v6nf_env_read_register(register32(virtio->registers, virtio->is_mmio ? layout->mmio : layout->pci));
    }
    if (layout->pci_size == 2u) {
        return v6nf_env_read_register16(register16(virtio->registers, layout->pci));
    }
    return v6nf_env_read_register8(virtio->registers + layout->pci);
}

void v6nf_virtio_write_field(const struct v6nf_virtio *virtio, enum virtio_field field, uint32_t value)
{
    const struct layout *layout = &layouts[field];
    if (virtio->is_mmio || layout->pci_size == 4u) {
        v6nf_env_write_register(register32(virtio->registers, virtio->is_mmio ? layout->mmio : layout->pci), value);
    } else if (layout->pci_size == 2u) {
        v6nf_env_write_register16(register16(virtio->registers, layout->pci), (uint16_t)value);
    } else {
        v6nf_env_write_register8(virtio->registers + layout->pci, (uint8_t)value);
    }
}

/* Write the two halves, the lower first. They are 4 bytes apart in both layouts. */
void v6nf_virtio_write_address(const struct v6nf_virtio *virtio, enum virtio_field field, uint64_t value)
{
    uint32_t offset = virtio->is_mmio ? layouts[field].mmio : layouts[field].pci;
    v6nf_env_write_register(register32(virtio->registers, offset), (uint32_t)(value & UINT32_MAX));
    v6nf_env_write_register(register32(virtio->registers, offset + 4u), (uint32_t)(value >> 32));
}

void v6nf_virtio_add_status(const struct v6nf_virtio *virtio, uint32_t bits)
{
    v6nf_virtio_write_field(virtio, DEVICE_STATUS, v6nf_virtio_read_field(virtio, DEVICE_STATUS) | bits);
}

uint32_t v6nf_virtio_read_config(const struct v6nf_virtio *virtio, uint32_t offset)
{
    if (offset + 2u > virtio->device_registers_size) {
        return 0;
    }
    return v6nf_env_read_register16(register16(virtio->device_registers, offset));
}

/* -- Stopping ------------------------------------------------------------------------------------------------------ */

/* The call is by a pointer, so that a board without PCI does not link its target. */
bool v6nf_virtio_set_bus_master(const struct v6nf_virtio *virtio, bool on)
{
    return virtio->set_bus_master == NULL || virtio->set_bus_master(virtio->address, on);
}

bool v6nf_virtio_reset(const struct v6nf_virtio *virtio)
{
    v6nf_virtio_write_field(virtio, DEVICE_STATUS, 0u);
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if (v6nf_virtio_read_field(virtio, DEVICE_STATUS) == 0u) {
            return true;
        }
        v6nf_env_sleep(WAIT_STEP);
    }
    return false;
}

/* Begin a reset (2.4). Stop and restart wait for its end. */
void v6nf_virtio_stop(struct v6nf_virtio *virtio, enum v6nf_virtio_state reason)
{
    virtio->state = reason;
    v6nf_virtio_write_field(virtio, DEVICE_STATUS, 0u);
    (void)v6nf_virtio_set_bus_master(virtio, false);
}

/* Return true if no device answers: a status of all ones has reserved bits (2.1). */
static bool shows_no_device(const struct v6nf_virtio *virtio, uint32_t status)
{
    return status == (virtio->is_mmio ? UINT32_MAX : UINT8_MAX);
}

enum v6nf_port_status v6nf_virtio_status(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state == V6NF_VIRTIO_RUNS || virtio->state == V6NF_VIRTIO_PARKED) {
        const uint32_t status = v6nf_virtio_read_field(virtio, DEVICE_STATUS);
        if (shows_no_device(virtio, status)) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_GONE);
        } else if ((status & STATUS_NEEDS_RESET) != 0u) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_NEEDS_RESET);
        }
    }
    return virtio->state == V6NF_VIRTIO_RUNS || virtio->state == V6NF_VIRTIO_PARKED ? V6NF_PORT_RUNNING
           : virtio->state == V6NF_VIRTIO_GONE                                      ? V6NF_PORT_GONE
                                                                                    : V6NF_PORT_STOPPED;
}

bool v6nf_virtio_is_reset(const struct v6nf_virtio *virtio)
{
    return v6nf_virtio_read_field(virtio, DEVICE_STATUS) == 0u;
}

bool v6nf_virtio_is_quiet(const struct v6nf_virtio *virtio)
{
    if (virtio->is_released || (virtio->set_bus_master != NULL && v6nf_virtio_set_bus_master(virtio, false))) {
        return true;
    }
    const uint32_t status = v6nf_virtio_read_field(virtio, DEVICE_STATUS);
    return status == 0u || shows_no_device(virtio, status);
}

/* Check the status last: it confirms what was read before. */
bool v6nf_virtio_link_up(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    const bool is_up = virtio->state == V6NF_VIRTIO_RUNS &&
                       ((virtio->features & NET_F_STATUS) == 0u ||
                        (v6nf_virtio_read_config(virtio, CONFIG_STATUS) & CONFIG_STATUS_LINK_UP) != 0u);
    return v6nf_virtio_status(port) == V6NF_PORT_RUNNING && is_up;
}

/* Wait for the end of the reset, even if the driver has stopped the device before. */
bool v6nf_virtio_stop_port(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (!virtio->is_found || virtio->is_released) {
        return true; /* another program may own the device */
    }
    /* A device that the driver has stopped can have gone since. */
    const bool is_gone_now = v6nf_virtio_status(port) == V6NF_PORT_GONE ||
                             shows_no_device(virtio, v6nf_virtio_read_field(virtio, DEVICE_STATUS));
    if (virtio->state == V6NF_VIRTIO_RUNS || virtio->state == V6NF_VIRTIO_PARKED) {
        virtio->state = V6NF_VIRTIO_STOPPED;
    }
    const bool is_reset = is_gone_now || v6nf_virtio_reset(virtio);
    virtio->is_released = v6nf_virtio_set_bus_master(virtio, false) && is_reset;
    return virtio->is_released;
}

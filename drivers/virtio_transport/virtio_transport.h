/* virtio_transport.h: how a virtio device is found, on PCI or in memory, and its registers: fields, status, reset, and
 * the set-up of queues. It knows no type of device. Sections are those of virtio 1.1. */
#ifndef DRIVERS_VIRTIO_TRANSPORT_VIRTIO_TRANSPORT_H
#define DRIVERS_VIRTIO_TRANSPORT_VIRTIO_TRANSPORT_H

#include "v6nf/driver/nic.h"
#include "v6nf/driver/virtio_transport.h"

/* Device Status (2.1). */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_FAILED 128u

enum virtio_field {
    DEVICE_FEATURES_SELECT,
    DEVICE_FEATURES,
    DRIVER_FEATURES_SELECT,
    DRIVER_FEATURES,
    DEVICE_STATUS,
    CONFIG_GENERATION,
    QUEUE_SELECT,
    QUEUE_SIZE_MAX,
    QUEUE_SIZE,
    QUEUE_ENABLE,
    QUEUE_NOTIFY_OFFSET,
    QUEUE_DESCRIPTORS, /* 64 bits */
    QUEUE_AVAILABLE,
    QUEUE_USED
};

/* Find a device in memory (4.2) or on PCI (4.1.4), of this type (5): its registers.
 * config_size: bytes of the device configuration that the driver reads.
 * Return V6NF_NIC_READY, _OTHER_DEVICE, _LEGACY or _NO_REGISTERS. */
enum v6nf_nic_status v6nf_virtio_find_mmio(struct v6nf_virtio_transport *transport, uint64_t address, uint32_t type,
                                           uint32_t config_size);
enum v6nf_nic_status v6nf_virtio_find_pci(struct v6nf_virtio_transport *transport, struct v6nf_env_pci_address address,
                                          uint32_t type);

uint32_t v6nf_virtio_read_field(const struct v6nf_virtio_transport *transport, enum virtio_field field);
void v6nf_virtio_write_field(const struct v6nf_virtio_transport *transport, enum virtio_field field, uint32_t value);

/* Return all features that the device offers; accept some of them (2.2). */
uint64_t v6nf_virtio_read_features(const struct v6nf_virtio_transport *transport);
void v6nf_virtio_write_features(const struct v6nf_virtio_transport *transport, uint64_t features);

/* Set bits of Device Status. */
void v6nf_virtio_add_status(const struct v6nf_virtio_transport *transport, uint32_t bits);

/* Return true if no device answers: a status of all ones has reserved bits (2.1). */
bool v6nf_virtio_shows_no_device(const struct v6nf_virtio_transport *transport, uint32_t status);

/* Reset the device. Return false if the reset does not end within a second. */
bool v6nf_virtio_reset(const struct v6nf_virtio_transport *transport);

/* Turn bus mastering of a PCI device on or off. Return true if it is as demanded. */
bool v6nf_virtio_set_bus_master(const struct v6nf_virtio_transport *transport, bool on);

/* Return 8 or 16 bits of the device configuration, 0 if the device does not have them. */
uint32_t v6nf_virtio_read_config8(const struct v6nf_virtio_transport *transport, uint32_t offset);
uint32_t v6nf_virtio_read_config16(const struct v6nf_virtio_transport *transport, uint32_t offset);

/* Select a queue. Return the maximum number of its descriptors, 0 if it cannot be used. */
uint32_t v6nf_virtio_select_queue(struct v6nf_virtio_transport *transport, uint32_t number);

/* Enable the selected queue, with `size` descriptors (4.1.5.1.3, 4.2.3.2).
 * addresses: of the descriptors, the available and the used ring. */
void v6nf_virtio_enable_queue(const struct v6nf_virtio_transport *transport, uint32_t size, const uint64_t *addresses);

/* Notify the device of what was added to a queue. */
static inline void virtio_notify(const struct v6nf_virtio_transport *transport, uint32_t number)
{
    volatile void *notify = transport->notify_of[number];
    if (transport->is_mmio) {
        v6nf_env_write_register((volatile uint32_t *)notify, number);
    } else {
        v6nf_env_write_register16((volatile uint16_t *)notify, (uint16_t)number);
    }
}

#endif

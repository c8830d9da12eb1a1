/* registers.h: the registers of a virtio-net device: fields, status, link, and how the device is stopped. Sections are
 * those of virtio 1.1. */
#ifndef DRIVERS_VIRTIO_REGISTERS_H
#define DRIVERS_VIRTIO_REGISTERS_H

#include "v6nf/driver/virtio_ring.h"

/* Feature bits (5.1.3, 6). Without VIRTIO_F_VERSION_1 there is only the legacy interface. */
#define NET_F_MTU (UINT64_C(1) << 3)
#define NET_F_MAC (UINT64_C(1) << 5)
#define NET_F_STATUS (UINT64_C(1) << 16)
#define F_EVENT_IDX (UINT64_C(1) << 29)
#define F_VERSION_1 (UINT64_C(1) << 32)
#define F_ACCESS_PLATFORM (UINT64_C(1) << 33) /* addresses are those of v6nf_env_device_address() */
#define F_IN_ORDER (UINT64_C(1) << 35)
#define F_ORDER_PLATFORM (UINT64_C(1) << 36) /* barriers are those of env.h */

/* Device Status (2.1). */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_FAILED 128u

/* The device configuration (5.1.4). */
#define CONFIG_MAC 0u
#define CONFIG_STATUS 6u
#define CONFIG_STATUS_LINK_UP 1u
#define CONFIG_MTU 10u
#define CONFIG_SIZE 12u /* of which the driver reads no more */

#define COMMON_SIZE 0x38u /* bytes of the common configuration (4.1.4.3) */

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

static inline struct v6nf_virtio *virtio_of(struct v6nf_port *port)
{
    return (struct v6nf_virtio *)(void *)port;
}

static inline volatile uint32_t *register32(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint32_t *)(volatile void *)(registers + offset);
}

static inline volatile uint16_t *register16(volatile uint8_t *registers, uint32_t offset)
{
    return (volatile uint16_t *)(volatile void *)(registers + offset);
}

uint32_t v6nf_virtio_read_field(const struct v6nf_virtio *virtio, enum virtio_field field);
void v6nf_virtio_write_field(const struct v6nf_virtio *virtio, enum virtio_field field, uint32_t value);

/* Write a field of 64 bits. */
void v6nf_virtio_write_address(const struct v6nf_virtio *virtio, enum virtio_field field, uint64_t value);

/* Set bits of Device Status. */
void v6nf_virtio_add_status(const struct v6nf_virtio *virtio, uint32_t bits);

/* Return 16 bits of the device configuration, 0 if the device does not have them. */
uint32_t v6nf_virtio_read_config(const struct v6nf_virtio *virtio, uint32_t offset);

/* Turn bus mastering of a PCI device on or off. Return true if it is as demanded. A device that is no bus master
 * reaches no memory, regardless of its status. */
bool v6nf_virtio_set_bus_master(const struct v6nf_virtio *virtio, bool on);

/* Reset the device. Return false if the reset does not end within a second. */
bool v6nf_virtio_reset(const struct v6nf_virtio *virtio);

/* Return true if a device that was stopped is known to reach no memory any more. Do not wait. */
bool v6nf_virtio_is_quiet(const struct v6nf_virtio *virtio);

/* Return true if the reset of a device has ended. Do not wait. */
bool v6nf_virtio_is_reset(const struct v6nf_virtio *virtio);

/* Operations of port.h. */
bool v6nf_virtio_link_up(struct v6nf_port *port);
enum v6nf_port_status v6nf_virtio_status(struct v6nf_port *port);
bool v6nf_virtio_stop_port(struct v6nf_port *port);

#endif

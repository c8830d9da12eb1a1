/* device.h: what device.c, which sets a device up, and virtio.c, which passes packets, have in common. Sections are those of virtio
 * 1.1. */
#ifndef DRIVERS_VIRTIO_DEVICE_H
#define DRIVERS_VIRTIO_DEVICE_H

#include "v6nf/driver/virtio.h"

/* In front of each frame (5.1.6). The driver negotiates nothing that would make a field of it other than 0 on sending. */
#define HEADER_SIZE 12u
#define FRAME_OFFSET 16u /* in a buffer: the header is before it */
#define HEADER_OFFSET (FRAME_OFFSET - HEADER_SIZE)
#define ETHER_HEADER 14u
#define VLAN_TAG 4u
#define FRAME_MIN (HEADER_SIZE + ETHER_HEADER)

/* Feature bits (5.1.3, 6). Without VIRTIO_F_VERSION_1 there is only the legacy interface. */
#define NET_F_MTU (UINT64_C(1) << 3)
#define NET_F_MAC (UINT64_C(1) << 5)
#define NET_F_STATUS (UINT64_C(1) << 16)
#define F_EVENT_IDX (UINT64_C(1) << 29)
#define F_VERSION_1 (UINT64_C(1) << 32)
#define F_ACCESS_PLATFORM (UINT64_C(1) << 33) /* addresses are those of v6nf_env_device_address() */
#define F_IN_ORDER (UINT64_C(1) << 35)
#define F_ORDER_PLATFORM (UINT64_C(1) << 36)  /* barriers are those of env.h */

/* Queues (2.6). */
#define DESCRIPTOR_WRITE (UINT64_C(2) << 32) /* VIRTQ_DESC_F_WRITE, beside the length */
#define AVAILABLE_NO_INTERRUPT 1u
#define AVAILABLE_INDEX 1u
#define AVAILABLE_RING 2u
#define USED_NO_NOTIFY 1u

#define RECEIVE_QUEUE 0u /* 5.1.2 */
#define TRANSMIT_QUEUE 1u
#define NO_QUEUE 2u
#define NO_SLOT 0xFFFFu

/* Has the device receive into the buffer of the slot, once it is published. */
void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot);

/* Tells the device what was added to its queues, and wakes it up if it sleeps. */
void v6nf_virtio_publish(struct v6nf_virtio *virtio);

/* Stops the port, and the device, until v6nf_virtio_restart(). */
void v6nf_virtio_stop(struct v6nf_virtio *virtio, enum v6nf_virtio_state reason);

bool v6nf_virtio_link_up(struct v6nf_port *port);
enum v6nf_port_status v6nf_virtio_status(struct v6nf_port *port);
bool v6nf_virtio_stop_port(struct v6nf_port *port);

extern const struct v6nf_port_operations v6nf_virtio_operations;

/* Where the device finds the buffer of the slot, from the header on. */
static inline uint64_t v6nf_virtio_device_address(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->device_buffers + (uint64_t)slot * virtio->buffer_size + HEADER_OFFSET;
}

static inline struct v6nf_virtio *virtio_of(struct v6nf_port *port)
{
    return (struct v6nf_virtio *)(void *)port;
}

#endif

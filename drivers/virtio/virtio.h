/* virtio.h: the data path of a virtio-net device, and what it shares with set-up (device.c) and with rings
 * (../virtio_ring). Sections are those of virtio 1.1. */
#ifndef DRIVERS_VIRTIO_VIRTIO_H
#define DRIVERS_VIRTIO_VIRTIO_H

#include "v6nf/driver/virtio.h"

#include "../paravirtual/paravirtual.h"
#include "../virtio_transport/virtio_transport.h"
#include "../virtqueue/virtqueue.h"

/* Feature bits (5.1.3, 6). Without VIRTIO_F_VERSION_1 there is only the legacy interface. */
#define NET_F_CSUM (UINT64_C(1) << 0)
#define NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define NET_F_MTU (UINT64_C(1) << 3)
#define NET_F_MAC (UINT64_C(1) << 5)
#define NET_F_STATUS (UINT64_C(1) << 16)
#define F_EVENT_IDX (UINT64_C(1) << 29)
#define F_VERSION_1 (UINT64_C(1) << 32)
#define F_ACCESS_PLATFORM (UINT64_C(1) << 33) /* addresses are those of v6nf_env_device_address() */
#define F_IN_ORDER (UINT64_C(1) << 35)
#define F_ORDER_PLATFORM (UINT64_C(1) << 36) /* barriers are those of env.h */

/* Before each frame (5.1.6). On sending all fields are 0, except of a frame whose checksum the device completes. */
#define HEADER_SIZE V6NF_VIRTIO_HEADER
#define FRAME_OFFSET V6NF_VIRTIO_FRAME /* in a buffer: the header is before it */
#define FRAME_MIN V6NF_VIRTIO_MIN

#define RECEIVE_QUEUE 0u /* 5.1.2 */
#define TRANSMIT_QUEUE 1u
#define NO_QUEUE 2u

/* How a device that serves rings shares buffers with others. */
struct v6nf_virtio_sharing {
    /* Take back what the device was given: it was reset. */
    void (*take_back)(struct v6nf_virtio *virtio);
    /* Give it its receive buffers again. Return V6NF_NIC_READY, or V6NF_NIC_NO_QUEUE if its queues have other sizes. */
    enum v6nf_nic_status (*share)(struct v6nf_virtio *virtio);
};

/* Operations of paravirtual.h. */
void v6nf_virtio_recycle(struct v6nf_paravirtual *common);
void v6nf_virtio_send(struct v6nf_paravirtual *common, uint32_t slot, uint32_t length);

/* poll() of port.h. */
uint32_t v6nf_virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context);

static inline struct v6nf_virtio *virtio_of(struct v6nf_paravirtual *common)
{
    return (struct v6nf_virtio *)(void *)common;
}

/* Return the device address of the slot's buffer, from the header on. */
INLINE uint64_t virtio_device_address(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->common.device_buffers + (uint64_t)slot * virtio->common.buffer_size + (FRAME_OFFSET - HEADER_SIZE);
}

/* Give the slot's buffer to the device, to receive into. The length was set once. The device sees it after
 * v6nf_virtio_publish(). */
INLINE void virtio_offer(struct v6nf_virtio *virtio, bool in_order, uint32_t slot)
{
    (void)virtqueue_add(&virtio->receive, in_order, slot, virtio_device_address(virtio, slot));
}

/* Return the number of used buffers that were not handled yet. If the device never had them, stop it and return 0. */
INLINE uint32_t virtio_count_used(struct v6nf_virtio *virtio, const struct v6nf_virtqueue *queue)
{
    const uint32_t count = virtqueue_count(queue);
    if (count == VIRTQUEUE_LIE) {
        v6nf_paravirtual_stop(&virtio->common, V6NF_PARAVIRTUAL_BAD_INDEX);
        return 0;
    }
    return count;
}

#endif

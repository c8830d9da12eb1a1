/* virtio.h: the data path of a virtio-net device, and the queues that it shares with set-up (device.c). Sections are
 * those of virtio 1.1. */
#ifndef DRIVERS_VIRTIO_VIRTIO_H
#define DRIVERS_VIRTIO_VIRTIO_H

#include "registers.h"

/* Before each frame (5.1.6). On sending all fields are 0, as no feature that uses them is negotiated. */
#define HEADER_SIZE V6NF_VIRTIO_HEADER
#define FRAME_OFFSET V6NF_VIRTIO_FRAME /* in a buffer: the header is before it */
#define HEADER_OFFSET (FRAME_OFFSET - HEADER_SIZE)
#define ETHER_HEADER 14u
#define VLAN_TAG 4u
#define FRAME_MIN V6NF_VIRTIO_MIN

/* Queues (2.6). */
#define DESCRIPTOR_WRITE (UINT64_C(2) << 32) /* VIRTQ_DESC_F_WRITE, in the word with the length */
#define AVAILABLE_NO_INTERRUPT 1u
#define AVAILABLE_INDEX 1u
#define AVAILABLE_RING 2u
#define USED_NO_NOTIFY 1u

#define RECEIVE_QUEUE 0u /* 5.1.2 */
#define TRANSMIT_QUEUE 1u
#define NO_QUEUE 2u
#define NO_SLOT 0xFFFFu

/* Give the slot's buffer to the device, to receive into. The device sees it after v6nf_virtio_publish(). */
void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot);

/* Take back what an output of rings has not sent, which was reset, and count it as dropped. */
void v6nf_virtio_take_back(struct v6nf_virtio *virtio);

/* Give an input of a ring all buffers that no output has. */
void v6nf_virtio_offer_free(struct v6nf_virtio *virtio);

/* Operations of port.h. */
uint32_t v6nf_virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context);
uint8_t *v6nf_virtio_reserve(struct v6nf_port *port);
void v6nf_virtio_commit(struct v6nf_port *port, uint32_t length);
void v6nf_virtio_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters);

/* Return the device address of the slot's buffer, from the header on. */
static inline uint64_t v6nf_virtio_device_address(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->device_buffers + (uint64_t)slot * virtio->buffer_size + HEADER_OFFSET;
}

#endif

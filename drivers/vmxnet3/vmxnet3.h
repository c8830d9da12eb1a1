/* vmxnet3.h: the data path of a vmxnet3 device, and the rings that it shares with set-up (device.c). */
#ifndef DRIVERS_VMXNET3_VMXNET3_H
#define DRIVERS_VMXNET3_VMXNET3_H

#include "registers.h"

/* There is one buffer less than a ring has descriptors, so that no ring is ever full: a device takes a full one for an
 * empty one. The last buffers are those of the originate queue. */
#define RECEIVE_SLOTS (V6NF_VMXNET3_SIZE - 1u - V6NF_VMXNET3_ORIGINATE)

/* Give the buffer of each slot to the receive ring. The device sees them after v6nf_vmxnet3_publish(). */
void v6nf_vmxnet3_offer_all(struct v6nf_vmxnet3 *vmxnet3);

/* Publish what was added to the rings, and notify the device. */
void v6nf_vmxnet3_publish(struct v6nf_vmxnet3 *vmxnet3);

/* Return the flags of a received frame (port.h), of a device that sums them. first, fourth: words of its completion. */
uint32_t v6nf_vmxnet3_checksum(uint32_t first, uint32_t fourth);

/* Let the device insert the checksum of UDP behind an IPv6 header, or not, into the frame that was added last. */
void v6nf_vmxnet3_insert(struct v6nf_vmxnet3_ring *ring, bool inserts);

/* Operations of paravirtual.h. */
void v6nf_vmxnet3_recycle(struct v6nf_paravirtual *common);
void v6nf_vmxnet3_send(struct v6nf_paravirtual *common, uint32_t slot, uint32_t length);

/* poll() of port.h. */
uint32_t v6nf_vmxnet3_poll(struct v6nf_port *port, v6nf_handler *handler, void *context);

#endif

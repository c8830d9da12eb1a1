/* paravirtual.h: what the network devices of hypervisors have in common as ports: virtio.h and vmxnet3.h. A program
 * uses those headers, and reads the fields of this one that may be read.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_PARAVIRTUAL_H
#define V6NF_DRIVER_PARAVIRTUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../env.h"
#include "nic.h"
#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum frames of an originate queue that can be under way. */
#define V6NF_PARAVIRTUAL_ORIGINATE 64u

/* State of a device. */
enum v6nf_paravirtual_state {
    V6NF_PARAVIRTUAL_STOPPED,     /* not initialized, or stopped by stop() */
    V6NF_PARAVIRTUAL_RUNS,        /* it works */
    V6NF_PARAVIRTUAL_BAD_INDEX,   /* the device gave back more buffers than it had, or one that it did not have */
    V6NF_PARAVIRTUAL_BAD_ID,      /* virtio: the device used a descriptor that it does not have */
    V6NF_PARAVIRTUAL_NEEDS_RESET, /* the device needs a reset; set by link_up(), status(), and watches */
    V6NF_PARAVIRTUAL_PARKED,      /* virtio: an output of a ring that used no buffer for a time (virtio_ring.h) */
    V6NF_PARAVIRTUAL_GONE         /* the device does not answer any more; set by the same */
};

struct v6nf_paravirtual_operations;

/* A device. Fields without a comment are private. */
struct v6nf_paravirtual {
    struct v6nf_port port;              /* the device as a port */
    enum v6nf_paravirtual_state state;  /* may be read */
    struct v6nf_port_counters counters; /* `sent`: frames given to the device */
    struct v6nf_nic_config config;
    struct v6nf_env_pci_address address;
    const struct v6nf_paravirtual_operations *device; /* what its driver does */
    bool is_found;            /* a device of this kind is there: a stop must reset it */
    bool returns;             /* a watch resets it if it needs that */
    bool is_released;         /* stopped, and known to reach no memory: another program may own it */
    uint8_t *buffers;         /* NULL until all memory is there */
    uint64_t device_buffers;
    size_t buffers_size;      /* bytes of all buffers */
    uint32_t buffer_size;
    uint32_t frame_offset;    /* where a frame begins in its buffer */
    uint32_t receive_size;    /* bytes that the device may write to a buffer */
    uint32_t slots;           /* buffers to receive into; those of the originate queue follow */
    uint32_t originates;      /* their number */
    uint64_t originates_free; /* bit i: buffer i of the originate queue is free */
    uint32_t originates_next; /* where the search for a free one begins */
    uint32_t reserved;        /* the originate buffer that is reserved, V6NF_PARAVIRTUAL_ORIGINATE for none */
};

/* Stop the device because it lied, or was lost. For drivers, and v6nf_virtio_ring_poll().
 * reason: its new state. */
void v6nf_paravirtual_stop(struct v6nf_paravirtual *common, enum v6nf_paravirtual_state reason);

#ifdef __cplusplus
}
#endif

#endif

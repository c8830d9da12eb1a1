/* virtio.h: the network device of hypervisors: virtio-net (OASIS Virtual I/O Device 1.1 and 1.2, section 5.1) by its modern
 * interface, with split virtqueues, on PCI (4.1) or as registers in memory (4.2).
 *
 * The way of a packet is that of ring.h, with one output: buffer i is that of slot i for good, what arrived in it leaves from it.
 *
 *     the device fills buffer i --> the handler says how many bytes leave --> transmit queue --> the device has sent it
 *             ^                                                    | 0                                |
 *             +----------------------------------------------------+---------------------------------+
 *
 * The device is not trusted. What it says is looked at once, and compared with what the driver itself knows:
 *   - a frame that is longer than its buffer, or too short to be one, is dropped and counted (receive_dropped): no harm is done
 *     to who owns what;
 *   - an index beyond what it was given, and a descriptor that it does not have, stop the port: whose the buffers are is
 *     no longer known. The device is reset, `state` says why, and v6nf_virtio_restart() begins again. */
#ifndef V6NF_DRIVER_VIRTIO_H
#define V6NF_DRIVER_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "../env.h"
#include "nic.h"
#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the same for the library and the program --------------------------------------------------------------- */

/* Descriptors of a queue, at most: devices may have fewer. A buffer has 16 bytes beside the longest frame, in steps of 64. */
#ifndef V6NF_VIRTIO_SIZE
#define V6NF_VIRTIO_SIZE 256u
#endif

/* Frames of the second way out that can be under way. They have their share of the transmit queue. */
#define V6NF_VIRTIO_ORIGINATE 8u

/* The smallest queue that will do. */
#define V6NF_VIRTIO_SIZE_MIN 16u

#if V6NF_VIRTIO_SIZE < V6NF_VIRTIO_SIZE_MIN || V6NF_VIRTIO_SIZE > 32768u || (V6NF_VIRTIO_SIZE & (V6NF_VIRTIO_SIZE - 1u)) != 0
#error "virtio.h: V6NF_VIRTIO_SIZE is a power of two, 16 to 32768 (virtio 2.6)"
#endif

/* -- The device ---------------------------------------------------------------------------------------------------- */

enum v6nf_virtio_state {
    V6NF_VIRTIO_STOPPED,     /* not initialized, or by stop() */
    V6NF_VIRTIO_RUNS,
    V6NF_VIRTIO_BAD_INDEX,   /* the device says that it used more than it was given */
    V6NF_VIRTIO_BAD_ID,      /* ... or a descriptor that it does not have */
    V6NF_VIRTIO_NEEDS_RESET, /* it reports that it cannot go on (2.1): seen by link_up() and status() */
    V6NF_VIRTIO_GONE         /* it does not answer any more: seen by link_up() and status() */
};

/* The fields of this and the next are the library's. */
struct v6nf_virtio_queue {
    volatile uint64_t *descriptors; /* two words each (2.6.5) */
    volatile uint16_t *available;   /* flags, index, a ring of descriptors, used_event (2.6.6) */
    volatile uint32_t *used;        /* flags and index (2.6.8) */
    volatile uint64_t *used_ring;   /* descriptors and lengths; then avail_event */
    volatile uint8_t *notify;       /* the register */
    uint32_t number;       /* 5.1.2: 0 to receive, 1 to transmit */
    uint32_t mask;         /* one less than the size, a power of two */
    uint32_t next;         /* the available index, with what the device does not know yet */
    uint32_t published;    /* what it knows */
    uint32_t seen;         /* the used index up to which it was looked at */
    uint32_t batch;        /* in order: how many are left of those that the last used entry stands for, */
    uint32_t batch_length; /* and what the last of them holds */
    uint16_t slots[V6NF_VIRTIO_SIZE]; /* in order: whose each descriptor is */
};

struct v6nf_virtio {
    struct v6nf_port port;
    enum v6nf_virtio_state state;       /* for reading */
    uint64_t features;                  /* for reading: what was negotiated, by feature bits (6, 5.1.3) */
    struct v6nf_port_counters counters; /* `sent`: what was given to the device */
    struct v6nf_nic_config config;
    struct v6nf_env_pci_address address;
    bool (*set_bus_master)(struct v6nf_env_pci_address address, bool on); /* NULL if it is_mmio */
    bool is_mmio;
    bool is_found;                      /* it is there, and of this kind: a stop has to see to it */
    bool is_released;                   /* stopped, and known to reach no memory: it may be another's by now */
    volatile uint8_t *registers;        /* of 4.2.2, or the common configuration (4.1.4.3) */
    volatile uint8_t *device_registers; /* the device configuration (5.1.4) */
    uint32_t device_registers_size;
    volatile uint8_t *notify;           /* 4.1.4.4 */
    uint32_t notify_size;
    uint32_t notify_multiplier;
    uint8_t *buffers;
    uint64_t device_buffers;
    uint32_t buffer_size;
    uint32_t receive_size;     /* bytes that the device may write to one */
    bool in_order;             /* VIRTIO_F_IN_ORDER: descriptors in the order of the ring; else each slot has its own */
    uint32_t slots;            /* buffers that are received into; those of the second way out are behind */
    uint32_t originates_free;  /* bit i: buffer i of those is not under way */
    uint32_t reserved;         /* which of them was given out last, V6NF_VIRTIO_ORIGINATE for none */
    uint8_t places[V6NF_VIRTIO_SIZE]; /* not in order: the number of the queue that each buffer is in, 2 for none */
    struct v6nf_virtio_queue receive;
    struct v6nf_virtio_queue transmit;
};

/* Resets and sets up the device at `address` on PCI, and opens *virtio as a port: virtio->port. Of the configuration, `mtu` and
 * `mac` count, and `inputs` is 0 or 1. Which frames come is the hypervisor's affair, all groups among them. The MTU is that of the
 * device if it offers a smaller one (VIRTIO_NET_F_MTU). A device without an address (VIRTIO_NET_F_MAC) gets one by chance, if the
 * configuration has none. *virtio is overwritten. On anything but V6NF_NIC_READY the device does nothing. */
enum v6nf_nic_status v6nf_virtio_init_pci(struct v6nf_virtio *virtio, struct v6nf_env_pci_address address,
                                          const struct v6nf_nic_config *config);

/* The same for a device whose registers begin at the physical address `address` (4.2). V6NF_NIC_OTHER_DEVICE also where a board
 * has a place for a device and none is there. */
enum v6nf_nic_status v6nf_virtio_init_mmio(struct v6nf_virtio *virtio, uint64_t address, const struct v6nf_nic_config *config);

/* Reset the device and start it again, in the same memory: after `state` has become another than V6NF_VIRTIO_RUNS, by
 * stop() too. What was under way is lost. Waits for the device, for a second at most. */
enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio);

#ifdef __cplusplus
}
#endif

#endif

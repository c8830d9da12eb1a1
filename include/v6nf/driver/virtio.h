/* virtio.h: the network device of hypervisors: virtio-net (OASIS Virtual I/O Device 1.1 and 1.2, 5.1). The driver uses
 * the modern interface with split virtqueues, on PCI (4.1) or as registers in memory (4.2).
 *
 * A packet takes the path of ring.h, with one output. Buffer i belongs to slot i: a frame that arrives in it is sent
 * from it.
 *
 *     the device fills buffer i --> the handler returns a length --> transmit queue --> the device has sent it
 *             ^                                  | 0                                            |
 *             +----------------------------------+----------------------------------------------+
 *
 * The device is not trusted. Each value of the device is read once, and compared with what the driver knows:
 *   - A frame longer than its buffer, or too short to be a frame, is dropped and counted (receive_dropped). The owners
 *     of buffers stay known.
 *   - An index beyond what the device was given, or a descriptor that it does not have, stops the port: the owners of
 *     buffers are no longer known. The device is reset, `state` has the reason, and v6nf_virtio_restart() begins
 *     again.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
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

/* -- Sizes: the library and the program must agree on them --------------------------------------------------------- */

/* Maximum descriptors of a queue: devices may have fewer. A buffer is the longest frame and 16 bytes, rounded up to
 * 64. */
#ifndef V6NF_VIRTIO_SIZE
#define V6NF_VIRTIO_SIZE 256u
#endif

/* Maximum frames of the originate queue that can be under way. They use a part of the transmit queue, at most half. */
#define V6NF_VIRTIO_ORIGINATE 64u

/* Minimum descriptors of a queue. */
#define V6NF_VIRTIO_SIZE_MIN 16u

#if V6NF_VIRTIO_SIZE < V6NF_VIRTIO_SIZE_MIN || V6NF_VIRTIO_SIZE > 32768u ||                                            \
    (V6NF_VIRTIO_SIZE & (V6NF_VIRTIO_SIZE - 1u)) != 0
#error "virtio.h: V6NF_VIRTIO_SIZE must be a power of two, 16 to 32768 (virtio 2.6)"
#endif

/* -- The device ---------------------------------------------------------------------------------------------------- */

/* State of a device. */
enum v6nf_virtio_state {
    V6NF_VIRTIO_STOPPED, /* not initialized, or stopped by stop() */
    V6NF_VIRTIO_RUNS,        /* it works */
    V6NF_VIRTIO_BAD_INDEX,   /* the device used more buffers than it was given */
    V6NF_VIRTIO_BAD_ID,      /* the device used a descriptor that it does not have */
    V6NF_VIRTIO_NEEDS_RESET, /* the device needs a reset (2.1); set by link_up() and status() */
    V6NF_VIRTIO_PARKED,      /* an output of a ring that used no buffer for a time (virtio_ring.h) */
    V6NF_VIRTIO_GONE         /* the device does not answer any more; set by link_up() and status() */
};

/* A queue of a device. The fields are private. */
struct v6nf_virtio_queue {
    volatile uint64_t *descriptors; /* two words each (2.6.5) */
    volatile uint16_t *available;   /* flags, index, a ring of descriptors, used_event (2.6.6) */
    volatile uint32_t *used;        /* flags and index (2.6.8) */
    volatile uint64_t *used_ring;   /* descriptors and lengths; then avail_event */
    volatile uint8_t *notify;       /* the register */
    uint32_t number;       /* 5.1.2: 0 to receive, 1 to transmit */
    uint32_t mask;         /* one less than the size, a power of two */
    uint32_t next;         /* the available index, buffers that are not published included */
    uint32_t published;    /* the available index that the device knows */
    uint32_t seen;         /* the used index up to which buffers were handled */
    uint32_t batch;        /* in order: buffers left of the batch in the last used entry */
    uint32_t batch_length; /* bytes in the last buffer of that batch */
    uint16_t slots[V6NF_VIRTIO_SIZE]; /* in order: the slot of each descriptor */
};

struct v6nf_virtio_ring;

/* A device. Fields without a comment are private. */
struct v6nf_virtio {
    struct v6nf_port port;              /* the device as a port */
    enum v6nf_virtio_state state;       /* may be read */
    uint64_t features;                  /* may be read: the negotiated feature bits (6, 5.1.3) */
    struct v6nf_port_counters counters; /* `sent`: frames given to the device */
    struct v6nf_nic_config config;
    struct v6nf_env_pci_address address;
    bool (*set_bus_master)(struct v6nf_env_pci_address address, bool on); /* NULL if it is_mmio */
    bool is_mmio;
    bool is_found;                      /* a device of this kind is there: a stop must reset it */
    bool is_released;                   /* stopped, and known to reach no memory: another program may own it */
    volatile uint8_t *registers;        /* of 4.2.2, or the common configuration (4.1.4.3) */
    volatile uint8_t *device_registers; /* the device configuration (5.1.4) */
    uint32_t device_registers_size;
    volatile uint8_t *notify;           /* 4.1.4.4 */
    uint32_t notify_size;
    uint32_t notify_multiplier;
    uint8_t *buffers;
    uint64_t device_buffers;
    uint32_t buffer_size;
    uint32_t receive_size;    /* bytes that the device may write to a buffer */
    bool in_order;            /* VIRTIO_F_IN_ORDER: descriptors in the order of the ring; else one for each slot */
    uint32_t slots;           /* buffers to receive into; those of the originate queue follow */
    uint32_t originates;      /* their number */
    uint64_t originates_free; /* bit i: buffer i of the originate queue is free */
    uint32_t originates_next; /* where the search for a free one begins */
    uint32_t reserved;        /* the originate buffer that is reserved, V6NF_VIRTIO_ORIGINATE for none */
    /* Not in order: the number of the queue that has the buffer, 2 for none. In a ring: the number of outputs that
     * have it; 0: the receive queue has it. */
    uint8_t queue_of[V6NF_VIRTIO_SIZE];
    struct v6nf_virtio_queue receive;
    struct v6nf_virtio_queue transmit;
    /* Of virtio_ring.h. */
    bool is_in_ring;               /* it serves rings, and is no port any more */
    bool is_late;                  /* it had buffers to send at the last look of a watch */
    uint32_t progress;             /* used buffers at that look */
    uint64_t since;                /* time of the last progress, or when it was parked */
    struct v6nf_virtio_ring *ring; /* whose input it is; NULL: of none */
    struct v6nf_virtio_ring *senders[V6NF_VIRTIO_SIZE]; /* of each transmit descriptor that it has */
    uint16_t free[V6NF_VIRTIO_SIZE];                    /* transmit descriptors, from `next` on */
};

/* Reset the PCI device at `address`, set it up, and open *virtio as a port: virtio->port (virtio 3.1, 4.1).
 * virtio: overwritten; the caller's, until the port has stopped. config: copied.
 * Of the configuration, `mtu` and `mac` have an effect; `inputs` must be 0 or 1. The hypervisor filters frames, and the
 * driver accepts them all. If the device offers a smaller MTU (VIRTIO_NET_F_MTU), the port has that. If neither the
 * configuration nor the device (VIRTIO_NET_F_MAC) has an address, the port gets a random one.
 * Return V6NF_NIC_READY. On any other status the device does nothing.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _DEVICE_MTU_BAD, _OTHER_DEVICE, _NO_REGISTERS, _LEGACY, _NO_RESET,
 * _NO_FEATURES, _NO_EEPROM (no valid address), _NO_MEMORY, _NO_QUEUE, _NO_START.
 * Waits for the device, a second at most. Memory comes from v6nf_env_memory(), and is never returned. */
enum v6nf_nic_status v6nf_virtio_init_pci(struct v6nf_virtio *virtio, struct v6nf_env_pci_address address,
                                          const struct v6nf_nic_config *config);

/* Do the same as v6nf_virtio_init_pci() for a device with registers in memory (virtio 4.2).
 * address: physical address of the registers.
 * config: copied.
 * Return V6NF_NIC_READY. V6NF_NIC_OTHER_DEVICE also for a slot of the board without a device. */
enum v6nf_nic_status v6nf_virtio_init_mmio(struct v6nf_virtio *virtio, uint64_t address,
                                           const struct v6nf_nic_config *config);

/* Reset the device, and start it again in the same memory. Frames that were under way are lost.
 * For a port whose `state` is not V6NF_VIRTIO_RUNS any more, after stop() too.
 * Return V6NF_NIC_READY, V6NF_NIC_NOT_OPEN if init failed, or a status of v6nf_virtio_init_pci().
 * Waits for the device, a second at most. Must not be called by a handler. */
enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio);

#ifdef __cplusplus
}
#endif

#endif

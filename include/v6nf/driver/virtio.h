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
#include "paravirtual.h"
#include "../port.h"
#include "virtio_transport.h"
#include "virtqueue.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A buffer is the longest frame and 16 bytes, rounded up to 64. There is one for each of V6NF_VIRTIO_SIZE
 * descriptors. */

/* Maximum frames of the originate queue that can be under way. They use a part of the transmit queue, at most half. */
#define V6NF_VIRTIO_ORIGINATE V6NF_PARAVIRTUAL_ORIGINATE

/* Bytes of the header before each frame (virtio 1.1, 5.1.6). */
#define V6NF_VIRTIO_HEADER 12u

/* Where a frame begins in a buffer. */
#define V6NF_VIRTIO_FRAME 16u

/* Minimum bytes of a received frame and its header. */
#define V6NF_VIRTIO_MIN (V6NF_VIRTIO_HEADER + 14u)

/* The header of a frame whose checksum the device completes, in the two words of a buffer before its frame (5.1.6.2).
 * The first word: VIRTIO_NET_HDR_F_NEEDS_CSUM. */
#define V6NF_VIRTIO_NEEDS_CHECKSUM (UINT64_C(1) << 32)

/* The second word: csum_start and csum_offset of UDP behind an IPv6 header. */
#define V6NF_VIRTIO_OF_UDP ((UINT64_C(54) << 16) + (UINT64_C(6) << 32))

/* Result of v6nf_virtio_checksum(): the device lied. */
#define V6NF_VIRTIO_LIE UINT32_MAX

struct v6nf_virtio_ring;
struct v6nf_virtio_sharing;

/* A device. Fields without a comment are private. */
struct v6nf_virtio {
    struct v6nf_paravirtual common; /* the device as a port, and its state */
    uint64_t features;              /* may be read: the negotiated feature bits (6, 5.1.3) */
    struct v6nf_virtio_transport transport;
    bool in_order;     /* VIRTIO_F_IN_ORDER */
    bool no_checksums; /* despite config.checksums: it serves rings whose handlers do not know flags */
    /* Not in order: the number of the queue that has the buffer, 2 for none. In a ring: the number of outputs that
     * have it; 0: the receive queue has it. */
    uint8_t queue_of[V6NF_VIRTIO_SIZE];
    struct v6nf_virtqueue receive;
    struct v6nf_virtqueue transmit;
    /* Of virtio_ring.h. */
    const struct v6nf_virtio_sharing *sharing; /* NULL: it is a port; otherwise it serves rings */
    bool is_late;                  /* it had buffers to send at the last look of a watch */
    uint32_t progress;             /* used buffers at that look */
    uint64_t since;                /* time of the last progress, or when it was parked */
    uint64_t looked; /* when a watch last read its status */
    struct v6nf_virtio_ring *ring; /* whose input it is; NULL: of none */
    struct v6nf_virtio_ring *senders[V6NF_VIRTIO_SIZE]; /* of each transmit descriptor that it has */
    uint16_t free[V6NF_VIRTIO_SIZE];                    /* transmit descriptors, from `next` on */
};

/* Reset the PCI device at `address`, set it up, and open *virtio as a port: virtio->common.port (virtio 3.1, 4.1).
 * virtio: overwritten; the caller's, until the port has stopped. config: copied.
 * Of the configuration, `mtu`, `mac` and `checksums` have an effect; `inputs` must be 0 or 1. The hypervisor filters
 * frames, and the driver accepts them all. If the device offers a smaller MTU (VIRTIO_NET_F_MTU), the port has that. If
 * neither the configuration nor the device (VIRTIO_NET_F_MAC) has an address, the port gets a random one.
 * With config.checksums, VIRTIO_NET_F_GUEST_CSUM and VIRTIO_NET_F_CSUM are V6NF_PORT_VERIFIES and V6NF_PORT_INSERTS of
 * the port. A partial checksum of a received frame that has no flag in port.h is completed by the driver. If it would
 * be outside of the frame, the frame is dropped and counted (receive_dropped).
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
 * For a port whose `state` is not V6NF_PARAVIRTUAL_RUNS any more, after stop() too. A device can offer other features
 * then: read `checksums` of the port again.
 * Return V6NF_NIC_READY, V6NF_NIC_NOT_OPEN if init failed, or a status of v6nf_virtio_init_pci().
 * Waits for the device, a second at most. Must not be called by a handler. */
enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio);

/* Return the flags of a received frame (port.h), of a device with VIRTIO_NET_F_GUEST_CSUM. Complete its checksum if the
 * device asks for that and there is no flag for it (5.1.6.4). For the driver, and v6nf_virtio_ring_poll_checksums().
 * frame: `length` bytes, behind the header of the device.
 * Return V6NF_VIRTIO_LIE if the checksum would be outside of the frame. */
uint32_t v6nf_virtio_checksum(uint8_t *frame, uint32_t length);

/* Write the header of a frame to send. For the driver, and v6nf_virtio_ring_poll().
 * buffer: begins V6NF_VIRTIO_FRAME before the frame. is_partial: the device completes the checksum. */
static inline void v6nf_virtio_write_header(uint64_t *buffer, bool is_partial)
{
    buffer[0] = is_partial ? v6nf_env_le64(V6NF_VIRTIO_NEEDS_CHECKSUM) : 0u;
    buffer[1] = is_partial ? v6nf_env_le64(V6NF_VIRTIO_OF_UDP) : 0u;
}

/* Publish what was added to the queues of a device, and notify it if it asks for that. For the driver, and
 * v6nf_virtio_ring_poll(). */
void v6nf_virtio_publish(struct v6nf_virtio *virtio);

#ifdef __cplusplus
}
#endif

#endif

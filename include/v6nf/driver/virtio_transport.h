/* virtio_transport.h: how the registers of a virtio device are reached (OASIS Virtual I/O Device 1.1 and 1.2, 4.1 and
 * 4.2), as a part of its structure: virtio.h. The fields are private.
 * Context: the loop: the thread of the device or port, not a handler. */
#ifndef V6NF_DRIVER_VIRTIO_TRANSPORT_H
#define V6NF_DRIVER_VIRTIO_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "../env.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum queues of a device that a driver uses. */
#define V6NF_VIRTIO_QUEUES 2u

/* The registers of a device, on PCI or in memory. Fields without a comment are private. */
struct v6nf_virtio_transport {
    bool is_mmio;
    struct v6nf_env_pci_address address;
    bool (*set_bus_master)(struct v6nf_env_pci_address address, bool on); /* NULL if it is_mmio */
    volatile uint8_t *registers;        /* of 4.2.2, or the common configuration (4.1.4.3) */
    volatile uint8_t *device_registers; /* the device configuration (5.1.4) */
    uint32_t device_registers_size;
    volatile uint8_t *notify;           /* 4.1.4.4 */
    uint32_t notify_size;
    uint32_t notify_multiplier;
    volatile uint8_t *notify_of[V6NF_VIRTIO_QUEUES]; /* the register of each queue */
};

#ifdef __cplusplus
}
#endif

#endif

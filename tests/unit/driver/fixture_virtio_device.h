/* fixture_virtio_device.h: virtio-net devices in memory, on PCI or as registers. A test decides when and in which order
 * they take and use buffers, and when they lie.
 *
 * A test with several devices selects the one that the functions are about. Two devices may have the same buffer only
 * if both send it.
 *
 * It checks the driver against the specification (virtio 1.1, whose sections are cited). `fault` is the first
 * violation. On PCI it reaches memory only while it is a bus master. It is a fault if the driver allows that before the
 * end of the reset, or if the device needs it while it is not allowed.
 *
 * A test that links this and fixture_device_memory.c gets env.h from here, with V6NF_ENV_REGISTER_CALLS. The address of
 * registers is inaccessible memory. */
#ifndef UNIT_DRIVER_FIXTURE_VIRTIO_DEVICE_H
#define UNIT_DRIVER_FIXTURE_VIRTIO_DEVICE_H

#include "fixture_device_memory.h"
#include "v6nf/driver/virtio.h"

#define VIRTIO_MMIO_ADDRESS UINT64_C(0x0A000000)
#define VIRTIO_MMIO_STEP 0x1000u
#define VIRTIO_RECEIVE 0u
#define VIRTIO_TRANSMIT 1u
#define VIRTIO_QUEUES 2u
#define VIRTIO_NONE UINT32_MAX

#define VIRTIO_NET_F_CSUM (UINT64_C(1) << 0)
#define VIRTIO_NET_F_GUEST_CSUM (UINT64_C(1) << 1)
#define VIRTIO_NET_F_MTU (UINT64_C(1) << 3)
#define VIRTIO_NET_F_MAC (UINT64_C(1) << 5)
#define VIRTIO_NET_F_STATUS (UINT64_C(1) << 16)
#define VIRTIO_F_EVENT_IDX (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1 (UINT64_C(1) << 32)
#define VIRTIO_F_ACCESS_PLATFORM (UINT64_C(1) << 33)
#define VIRTIO_F_IN_ORDER (UINT64_C(1) << 35)
#define VIRTIO_F_ORDER_PLATFORM (UINT64_C(1) << 36)

/* Properties of the device. Those whose name begins with pci_ or mmio_ are for one transport. */
struct virtio_knobs {
    uint64_t offers;
    uint32_t queue_max[VIRTIO_QUEUES];
    uint8_t mac[6];
    uint16_t link; /* `status` of 5.1.4 */
    uint16_t mtu;
    uint32_t reset_time; /* reads of the status until it is 0 */
    uint32_t torn_macs;  /* number of changes of the configuration while the address is read */
    bool refuses_features;
    bool fails_start;
    bool ignores_resets; /* it goes on with its queues, and shows that */
    bool no_entropy;
    uint32_t mmio_magic;
    uint32_t mmio_version;
    uint32_t mmio_device;
    uint32_t pci_id;
    bool pci_no_capabilities;
    bool pci_capabilities_loop; /* the last is followed by the first */
    bool pci_io;                /* all capabilities name a base address register of I/O ports */
    uint32_t pci_common_size;
    uint32_t pci_device_size;
    uint32_t pci_notify_size;
    uint32_t pci_notify_offset; /* of the transmit queue */
    uint32_t pci_multiplier;
};

struct virtio_queue {
    uint32_t size;
    bool enabled;
    uint64_t descriptors;
    uint64_t available;
    uint64_t used;
    uint16_t taken; /* the available index up to which the device has taken buffers */
    uint16_t used_index;
    uint32_t notifications;
    bool has[V6NF_VIRTIO_SIZE];       /* descriptors that the device has, */
    uint64_t begin[V6NF_VIRTIO_SIZE]; /* and the addresses of their buffers */
    uint64_t end[V6NF_VIRTIO_SIZE];
};

struct virtio_model {
    struct virtio_knobs knobs;
    const char *fault; /* NULL if there was none */
    uint8_t header[12]; /* before each received frame, and num_buffers */
    bool is_mmio;
    bool is_there;
    bool gone; /* all reads are all ones */
    uint32_t pci_command;
    uint32_t status;
    uint64_t accepted;
    uint32_t resets;
    uint32_t resetting;
    uint32_t generation;
    uint32_t feature_select;
    uint32_t driver_select;
    uint32_t selected;
    struct virtio_queue queues[VIRTIO_QUEUES];
};

#define VIRTIO_DEVICES 3u

extern struct virtio_model virtio_devices[VIRTIO_DEVICES];
extern uint32_t virtio_selected;
#define virtio_device virtio_devices[virtio_selected]

/* Start device 0 with all features of the driver, and memory for `allocations` calls. There are no other devices. */
void virtio_device_power_on(bool is_mmio, uint32_t allocations);

/* Start one more device. `number`: below VIRTIO_DEVICES. Its address on PCI is 01:(2 + number).0, in memory it is
 * VIRTIO_MMIO_ADDRESS + number * VIRTIO_MMIO_STEP. Select it. */
void virtio_device_add(bool is_mmio, uint32_t number);

static inline void virtio_device_select(uint32_t number)
{
    virtio_selected = number;
}

/* Take the next available buffer. Return its descriptor, VIRTIO_NONE if there is none. */
uint32_t virtio_device_take(uint32_t queue);

/* Return the bytes of a buffer that it has. Set *length. */
uint8_t *virtio_device_buffer(uint32_t queue, uint32_t id, uint32_t *length);

/* Use the buffer, with `length` bytes written. */
void virtio_device_use(uint32_t queue, uint32_t id, uint32_t length);

/* Report a buffer as used, even if the device does not have it. */
void virtio_device_claim(uint32_t queue, uint32_t id, uint32_t length);

void virtio_device_set_used_index(uint32_t queue, uint16_t index);

/* Go to sleep: ask to be notified of the next buffer; or wake up, and do not ask. */
void virtio_device_sleep(uint32_t queue, bool asleep);

/* Take a buffer, write a header and the frame, and use it. Return false if there is no buffer. */
bool virtio_device_receive(const uint8_t *frame, uint32_t length);

/* Write a frame to a buffer that it has. Return the number of bytes. */
uint32_t virtio_device_write(uint32_t id, const uint8_t *frame, uint32_t length);

/* Return the frame in a buffer to send, after its header. Set *length. */
const uint8_t *virtio_device_frame(uint32_t id, uint32_t *length);

/* Return the checksum that the device writes into the frame to send: 0 if the driver does not ask for that. */
uint32_t virtio_device_checksum(uint32_t id);

#endif

/* fixture_virtio_device.h: a virtio-net device in memory, on PCI or as registers: it takes and uses buffers when it is told to, in any
 * order, and lies when a test wants.
 *
 * It looks at what the driver does as the specification says (virtio 1.1, whose sections are named), and `fault` is the first
 * thing that is against it. On PCI it reaches memory only while it is a bus master: a driver that lets it before its
 * reset has ended is at fault, as is a device that tries when it is none.
 *
 * A test that links this and device_memory.c gets env.h from here, with V6NF_ENV_REGISTER_CALLS: registers are behind
 * memory that nothing can touch. */
#ifndef UNIT_DRIVER_FIXTURE_VIRTIO_DEVICE_H
#define UNIT_DRIVER_FIXTURE_VIRTIO_DEVICE_H

#include "fixture_device_memory.h"
#include "v6nf/driver/virtio.h"

#define VIRTIO_MMIO_ADDRESS UINT64_C(0x0A000000)
#define VIRTIO_RECEIVE 0u
#define VIRTIO_TRANSMIT 1u
#define VIRTIO_QUEUES 2u
#define VIRTIO_NONE UINT32_MAX

#define VIRTIO_NET_F_MTU (UINT64_C(1) << 3)
#define VIRTIO_NET_F_MAC (UINT64_C(1) << 5)
#define VIRTIO_NET_F_STATUS (UINT64_C(1) << 16)
#define VIRTIO_F_EVENT_IDX (UINT64_C(1) << 29)
#define VIRTIO_F_VERSION_1 (UINT64_C(1) << 32)
#define VIRTIO_F_ACCESS_PLATFORM (UINT64_C(1) << 33)
#define VIRTIO_F_IN_ORDER (UINT64_C(1) << 35)
#define VIRTIO_F_ORDER_PLATFORM (UINT64_C(1) << 36)

/* How the device is. Those whose name begins with pci_ or mmio_ are for one place alone. */
struct virtio_knobs {
    uint64_t offers;
    uint32_t queue_max[VIRTIO_QUEUES];
    uint8_t mac[6];
    uint16_t link; /* `status` of 5.1.4 */
    uint16_t mtu;
    uint32_t reset_time;  /* reads of the status until it is 0 */
    uint32_t torn_macs;   /* how often the configuration changes while the address is read */
    bool refuses_features;
    bool fails_start;
    bool ignores_resets;  /* it goes on with its queues, and says so */
    bool no_entropy;
    uint32_t mmio_magic;
    uint32_t mmio_version;
    uint32_t mmio_device;
    uint32_t pci_id;
    bool pci_no_capabilities;
    bool pci_capabilities_loop; /* the last is followed by the first */
    bool pci_io;                /* in all capabilities, the base address register is one of I/O ports */
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
    uint16_t taken;      /* the available index up to which the device has taken */
    uint16_t used_index;
    uint32_t notifications;
    bool has[V6NF_VIRTIO_SIZE];         /* descriptors that the device has, */
    uint64_t begin[V6NF_VIRTIO_SIZE];   /* and where their buffers are */
    uint64_t end[V6NF_VIRTIO_SIZE];
};

struct virtio_device {
    struct virtio_knobs knobs;
    const char *fault; /* NULL if there was none */
    bool is_mmio;
    bool gone;            /* everything reads as all ones from now on */
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

extern struct virtio_device virtio_device;

/* A device with everything that the driver knows, and memory for `allocations` calls. */
void virtio_device_power_on(bool is_mmio, uint32_t allocations);

/* Takes the next buffer that was made available: its descriptor, VIRTIO_NONE if there is none. */
uint32_t virtio_device_take(uint32_t queue);

/* The bytes of one that it has. Sets *length. */
uint8_t *virtio_device_buffer(uint32_t queue, uint32_t id, uint32_t *length);

/* Gives it back, `length` bytes written. */
void virtio_device_use(uint32_t queue, uint32_t id, uint32_t length);

/* Says that a buffer is used, whether or not it has it. */
void virtio_device_claim(uint32_t queue, uint32_t id, uint32_t length);

void virtio_device_set_used_index(uint32_t queue, uint16_t index);

/* Goes to sleep: it wants to know of the next buffer; or is awake, and does not. */
void virtio_device_sleep(uint32_t queue, bool asleep);

/* Takes a buffer, writes a header and the frame, and gives it back. False if there is none. */
bool virtio_device_receive(const uint8_t *frame, uint32_t length);

/* Writes a frame to a buffer that it has; returns how many bytes it wrote. */
uint32_t virtio_device_write(uint32_t id, const uint8_t *frame, uint32_t length);

/* The frame in a buffer to be sent, after its header. Sets *length. */
const uint8_t *virtio_device_frame(uint32_t id, uint32_t *length);

#endif

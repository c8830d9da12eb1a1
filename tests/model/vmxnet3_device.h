/* vmxnet3_device.h: a vmxnet3 device in memory, on PCI. A test decides when it takes and completes descriptors, and
 * when it lies.
 *
 * It checks the driver against what the drivers of others and QEMU's device agree on: VMware has published no data
 * sheet. `fault` is the first violation. It reaches memory only while it is a bus master. It is a fault if the driver
 * allows that before the end of the reset, or if the device needs it while it is not allowed.
 *
 * Nothing is shared with the driver: the numbers of registers and bits were written a second time. A test that links
 * this and fixture_device_memory.c gets env.h from here, with V6NF_ENV_REGISTER_CALLS. The address of registers is
 * inaccessible memory. */
#ifndef MODEL_VMXNET3_DEVICE_H
#define MODEL_VMXNET3_DEVICE_H

#include "../unit/driver/fixture_device_memory.h"
#include "v6nf/driver/vmxnet3.h"

#define VMXNET3_RECEIVE 0u
#define VMXNET3_TRANSMIT 1u
#define VMXNET3_RINGS 2u
#define VMXNET3_NONE UINT32_MAX

/* Bits of completions: of the first word, and of the third. */
#define VMXNET3_END (1u << 14)
#define VMXNET3_START (1u << 15)
#define VMXNET3_WHOLE (VMXNET3_START + VMXNET3_END)
#define VMXNET3_SECOND_RING (1u << 16) /* the number of receive queues, which is 1 */
#define VMXNET3_ERROR (1u << 14)

/* Bits about checksums: of the first word, and of the fourth. */
#define VMXNET3_NOT_SUMMED (1u << 30)
#define VMXNET3_RIGHT (1u << 16)
#define VMXNET3_UDP (1u << 17)
#define VMXNET3_TCP (1u << 18)
#define VMXNET3_IPV4_RIGHT (1u << 19)
#define VMXNET3_IPV6 (1u << 20)
#define VMXNET3_IPV4 (1u << 21)
#define VMXNET3_FRAGMENT (1u << 22)

/* Events. */
#define VMXNET3_RECEIVE_STOPPED 1u
#define VMXNET3_TRANSMIT_STOPPED 2u
#define VMXNET3_LINK_CHANGED 4u

/* Counters. */
enum { VMXNET3_OUT_OF_BUFFERS, VMXNET3_RECEIVE_ERRORS, VMXNET3_TRANSMIT_ERRORS, VMXNET3_DISCARDED, VMXNET3_COUNTERS };

/* Properties of the device. */
struct vmxnet3_knobs {
    uint32_t revisions;
    uint32_t upt_versions;
    uint8_t mac[6];      /* the hypervisor's */
    uint32_t link;       /* the result of the command */
    uint32_t reset_time; /* reads of the result until the reset has ended */
    uint32_t activation; /* the result of ACTIVATE: 0 if it runs */
    bool ignores_resets; /* it goes on with its rings, and shows that */
    bool no_rings;       /* base address register 0 is empty */
    bool no_control;     /* base address register 1 is empty */
    uint32_t pci_id;
};

struct vmxnet3_ring {
    uint64_t descriptors;
    uint32_t size;
    uint64_t completions;
    uint32_t completions_size;
    uint32_t taken;     /* descriptors that the device has taken */
    uint32_t done;      /* of these, completed or skipped */
    uint32_t completed; /* completions that it has written */
    uint32_t producer;  /* the register, and how often it was written */
    uint32_t writes;
    bool has[V6NF_VMXNET3_SIZE];       /* descriptors that the device has, */
    uint64_t begin[V6NF_VMXNET3_SIZE]; /* and the addresses of their buffers */
    uint64_t end[V6NF_VMXNET3_SIZE];
    bool inserts[V6NF_VMXNET3_SIZE]; /* it must insert a checksum */
};

struct vmxnet3_device {
    struct vmxnet3_knobs knobs;
    const char *fault; /* NULL if there was none */
    bool gone;         /* all reads are all ones, and nothing happens */
    uint32_t lives;    /* accesses until it is gone, 0 for no limit */
    bool lies;         /* it does not know any more which descriptors it has: their rules are not checked */
    uint32_t pci_command;
    bool has_revision;
    bool has_upt_version;
    bool is_active;
    bool is_reset;
    uint32_t resets;
    uint32_t resetting;
    uint32_t command; /* the last */
    uint64_t shared;
    uint64_t queues;
    bool sums;        /* received frames */
    uint32_t verdict; /* bits of the fourth word of the next completions */
    uint32_t mtu;
    uint8_t mac[6];
    uint32_t mode;
    uint32_t groups_count;
    uint8_t groups[V6NF_VMXNET3_GROUPS][6];
    uint32_t vlans[128];
    uint64_t counters[VMXNET3_COUNTERS];
    struct vmxnet3_ring rings[VMXNET3_RINGS];
};

extern struct vmxnet3_device vmxnet3_device;

/* Start a device that an earlier program has left running, and memory for `allocations` calls. */
void vmxnet3_device_power_on(uint32_t allocations);

/* Take the next descriptor. Return its index, VMXNET3_NONE if there is none. */
uint32_t vmxnet3_device_take(uint32_t ring);

/* Return the bytes of the buffer of a descriptor that it has. Set *length. */
uint8_t *vmxnet3_device_buffer(uint32_t ring, uint32_t index, uint32_t *length);

/* Send the frame of a descriptor that it has. Return its bytes as they are on the wire, and set *length. */
const uint8_t *vmxnet3_device_send(uint32_t index, uint32_t *length);

/* Complete the descriptor, and skip those before it. `start`: bits of the first word. `size`: the third. */
void vmxnet3_device_complete(uint32_t ring, uint32_t index, uint32_t start, uint32_t size);

/* Write a completion, even of a descriptor that the device does not have. */
void vmxnet3_device_claim(uint32_t ring, uint32_t start, uint32_t size);

/* Ask for the register of the receive ring, or not any more. */
void vmxnet3_device_ask(bool asks);

/* Report an event. */
void vmxnet3_device_report(uint32_t events);

/* Return true if the filters accept the frame. */
bool vmxnet3_device_accepts(const uint8_t *frame);

#endif

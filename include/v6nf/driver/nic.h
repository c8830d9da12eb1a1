/* nic.h: a PCI network card. The header of its driver has the call that initializes it (v6nf_ixgbe_init() in ixgbe.h,
 * ...). After that there are two ways to use it:
 *
 *   A network function opens rings over the `device` of one or several cards with v6nf_ring_open(). It runs them with
 *   v6nf_ring_poll(), and a handler that is compiled into the loop.
 *
 *   A node uses the card as a port: v6nf_nic_open_port() opens a ring from the card to itself, and the originate queue.
 *
 * In both, v6nf_nic_stop() is the last call. The card reaches memory only between its first queue, or its first virtual
 * function, and that call.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_NIC_H
#define V6NF_DRIVER_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "../env.h"
#include "../port.h"
#include "ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Configuration of a card. */
struct v6nf_nic_config {
    uint32_t mtu;       /* bytes of an IPv6 packet, 1280 to V6NF_NIC_MTU_MAX */
    const uint8_t *mac; /* 6 bytes, the address of one station; copied by init; NULL for the card's own */
    uint32_t inputs;    /* rings that receive from it, 0 for 1; several share packets by RSS, a hash of the addresses */
    /* Both directions of a flow share an input: for functions that keep a state for each flow, and several cores. A
     * sender can then choose which input its packets reach, as can anyone who knows that this is set. */
    bool symmetric;
    bool promiscuous;  /* accept frames for all stations */
    bool few_groups;   /* accept only groups that are added; default: all groups */
    bool flow_control; /* obey and send PAUSE frames (IEEE 802.3, annex 31B): a peer can then block all output */
    /* Let the card verify and insert checksums, where it and its driver can: see `checksums` of the port (port.h). The
     * handlers must know the flags of lengths. */
    bool checksums;
    /* Let the card remove and insert VLAN tags, where it and its driver can: see `tags` of the port (port.h). The
     * handlers must know the VLAN IDs of lengths, as those of a trunk do (vlan.h). */
    bool tags;
};

/* The frame also has an Ethernet header, a VLAN tag and the FCS. */
#define V6NF_NIC_MTU_MAX (V6NF_RING_FRAME_MAX - 22u)

/* Status of a card. */
enum v6nf_nic_status {
    V6NF_NIC_READY,           /* it is set up */
    V6NF_NIC_MTU_BAD,         /* config.mtu: below 1280, or more than the card supports */
    V6NF_NIC_MAC_BAD,         /* config.mac: a group, or 0 */
    V6NF_NIC_INPUTS_BAD,      /* config.inputs: more than the card has */
    V6NF_NIC_PROMISCUOUS_BAD, /* config.promiscuous: set for a virtual function */
    V6NF_NIC_DEVICE_MTU_BAD,  /* virtio: the device's own MTU is below 1280 */
    V6NF_NIC_BUFFERS_BAD,     /* the card does not support the buffer size of a ring */
    V6NF_NIC_COUNT_BAD,       /* virtual functions: 0, or more than the card supports */
    V6NF_NIC_NO_VIRTUAL,      /* the card has no virtual functions */
    V6NF_NIC_IN_USE,          /* the card already has rings, several inputs or virtual functions */
    V6NF_NIC_NOT_OPEN,        /* the device was never initialized, or was stopped, or is gone */
    V6NF_NIC_OTHER_DEVICE,    /* there is no device, or one of another family */
    V6NF_NIC_NO_REGISTERS,    /* its registers cannot be mapped, or have no address */
    V6NF_NIC_NO_RESET,        /* its reset does not end */
    V6NF_NIC_NO_EEPROM,       /* its EEPROM is missing or damaged, or has no address of a station */
    V6NF_NIC_NO_START,        /* its receive or transmit unit does not start */
    V6NF_NIC_NO_MEMORY,       /* env.h has no more memory that a device can reach */
    V6NF_NIC_NO_QUEUE,        /* it has no queue left, or does not start one */
    V6NF_NIC_LEGACY,          /* virtio: it has only the legacy interface, of before version 1.0 */
    V6NF_NIC_NO_FEATURES,     /* virtio: it refuses the features that the driver chose from its offer */
    V6NF_NIC_NO_REVISION,     /* vmxnet3: it offers no revision that the driver has */
    V6NF_NIC_REFUSED          /* the physical function of a virtual one does not answer, or refuses */
};

/* Return a text for the status: what failed, and what to do; "unknown status" for any other number. The text is
 * constant.
 * Context: any. */
const char *v6nf_nic_status_text(enum v6nf_nic_status status);

/* Groups that a virtual function can ask for, at most, unless it receives all. */
#define V6NF_NIC_GROUPS 30u

struct v6nf_nic;
struct v6nf_nic_family;
struct v6nf_nic_kind;

/* Virtual functions (SR-IOV). The header of a card's driver has a call that makes them, one that answers their
 * messages, and one that initializes one of them. After that, a virtual function is used like a card. Fields without a
 * comment are private. */
struct v6nf_nic_virtual {
    uint32_t count; /* of a physical function: virtual functions that it has made */
    enum v6nf_nic_status (*set_pools)(struct v6nf_nic *nic); /* sets up what they share, after a reset of the card */

    /* Of a virtual function. */
    const struct v6nf_nic_family *family;
    uint32_t outputs;          /* transmit queues */
    struct v6nf_nic *physical; /* served while this one waits for an answer; NULL if another thread serves it */
    void (*serve)(struct v6nf_nic *physical);
    uint32_t mailbox;  /* byte offset of its register, */
    uint32_t messages; /* of its buffer, */
    uint32_t queue;    /* and of the register that enables its receive queue */
    uint32_t groups_count;
    uint16_t groups[V6NF_NIC_GROUPS]; /* hashes of the groups that it asked for */
    uint64_t counted[4];              /* last values of its counters, which are not cleared when read */
    bool is_closed;                   /* its receive queue is off because this driver has turned it off */
};

#define V6NF_NIC_ADDRESSES 128u    /* exact filters of a card, at most */
#define V6NF_NIC_HASH_WORDS 128u   /* of the table of groups */
#define V6NF_NIC_RSS_KEY_WORDS 10u /* of the key of RSS */

/* What a card must be set up with again after a reset, in addition to its configuration. Private. */
struct v6nf_nic_kept {
    uint32_t addresses[V6NF_NIC_ADDRESSES][2]; /* as in the registers of the filters */
    uint32_t hash[V6NF_NIC_HASH_WORDS];        /* table of groups */
    uint32_t key[V6NF_NIC_RSS_KEY_WORDS];      /* of RSS */
    uint32_t addresses_count;                  /* of `addresses` */
    bool takes_all;                            /* stations, because there were too many addresses */
};

/* A card. A program may read the fields; the library writes them. Fields without a comment are private. */
struct v6nf_nic {
    struct v6nf_port port;          /* for v6nf_nic_open_port() */
    enum v6nf_port_status state;    /* RUNNING from init on, with or without rings */
    bool is_released;               /* stopped, and known to reach no memory: another program may own it */
    struct v6nf_ring_device device; /* for v6nf_ring_open() */
    uint32_t buffer_size;           /* bytes of a buffer in rings that receive from it */
    struct v6nf_env_pci_address address;
    volatile uint32_t *registers;
    const struct v6nf_nic_kind *kind; /* figures of the device */
    struct v6nf_nic_config config;
    uint32_t addresses_count; /* exact address filters in use, that of the card included */
    uint32_t inputs_count;
    uint32_t outputs_count;
    struct v6nf_port_counters counters; /* sums: the card's counters are cleared when they are read */
    uint64_t counted_at;                /* when they were last read by v6nf_nic_look() */
    uint32_t polls;                     /* of the port */
    struct v6nf_ring ring;              /* of the port */
    struct v6nf_originate originate;
    uint32_t idle_polls; /* of the port, since the last look at its outputs */
    bool is_polling;     /* a handler of the port is running */
    bool is_lost;        /* it must be reset before a queue can be opened: its last reset failed, or another's did it */
    uint64_t lost_at;    /* since when */
    bool is_kept;        /* `kept` has what the card must get again: during a reset, and after one that failed */
    struct v6nf_nic_kept kept;
    struct v6nf_nic_virtual virtual_functions;
};

/* Bytes of physical addresses that virtual functions need. */
#define V6NF_NIC_VIRTUAL_SPACE (UINT64_C(4) << 20)

/* Make a port of an initialized card without rings: nic->port. Frames are sent by the card that received them.
 * A port is one input. With several (config.inputs) the card shares the packets among all of them: what belongs to the
 * others is lost until the program opens their rings.
 * Return V6NF_NIC_READY. On any other status the card is stopped.
 * Errors: V6NF_NIC_NOT_OPEN (init failed, or was never called on *nic, which is then zeroed), _NO_MEMORY, _NO_QUEUE,
 * _BUFFERS_BAD.
 * *nic is the caller's, and must stay in memory until v6nf_nic_stop(). nic->port.mac and .mtu are valid from init
 * on. */
enum v6nf_nic_status v6nf_nic_open_port(struct v6nf_nic *nic);

/* Stop a card or a virtual function, and all its rings: it neither receives nor sends, and is no bus master any more.
 * For a card with an open port this is the port's stop(), with its contract (port.h).
 * Return true if the card reaches no memory any more. False: transactions are pending; call again later.
 * Takes a few seconds at most. Must not be called by a handler.
 * Rings that have the card as an input or output must not be polled any more. Before, stop all other cards of these
 * rings: otherwise they wait forever.
 * A physical function removes its virtual functions, which takes 1 s more: stop these first.
 * To use the card again, call its driver's init. Rings are then opened in new memory: v6nf_env_memory() takes none
 * back. */
bool v6nf_nic_stop(struct v6nf_nic *nic);

/* Check that the card is still there: the port's status(), also for a card that is not a port. Once a second, read its
 * counters, too.
 * Return its state.
 * Counters of a 10 Gb/s card are full after 55 s, and those of a gigabit virtual function after 34 s. A program that
 * polls rings by itself calls this for each card at least every 30 s. A port does it by itself. For a card that threads
 * share (device.is_shared), this reads no counters: one thread reads them as often, by the port's read_counters(). */
enum v6nf_port_status v6nf_nic_look(struct v6nf_nic *nic);

/* Get the PCI address of a virtual function.
 * physical: the card.
 * index: number of the function, from 0.
 * address: the result.
 * Return false if there is none. */
bool v6nf_nic_virtual_address(const struct v6nf_nic *physical, uint32_t index, struct v6nf_env_pci_address *address);

#ifdef __cplusplus
}
#endif

#endif

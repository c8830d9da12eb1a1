/* nic.h: a PCI network card, as its driver sets it up. Each driver has a header with the call that does that
 * (v6nf_ixgbe_init() in ixgbe.h, ...); from there on there are two ways to use it:
 *
 *   a network function opens rings with v6nf_ring_open(), over the `device` of one or several cards, and runs them with
 *   v6nf_ring_poll() and a handler that is compiled into the loop;
 *
 *   a node takes it as a port: v6nf_nic_open_port() opens a ring from the card to itself and the originate queue.
 *
 * In both, v6nf_nic_stop() comes last. The card reaches memory only from its first queue, or its first virtual
 * function, to that call. */
#ifndef V6NF_DRIVER_NIC_H
#define V6NF_DRIVER_NIC_H

#include <stdbool.h>
#include <stdint.h>

#include "../env.h"
#include "../port.h"
#include "ring.h"

struct v6nf_nic_config {
    uint32_t mtu;          /* bytes of an IPv6 packet: 1280 to V6NF_NIC_MTU_MAX */
    const uint8_t *mac;    /* 6 bytes of one station, copied by the call; NULL for the card's own */
    uint32_t inputs;       /* rings that receive from it, 0 for 1; more share what comes by RSS, a hash of the addresses */
    bool promiscuous;      /* takes frames for every station, too */
    bool few_groups;       /* takes only the multicast addresses that are added, not all */
    bool flow_control;     /* obeys and sends PAUSE frames (IEEE 802.3, annex 31B): a peer can then hold up all that is sent */
};

/* The Ethernet header, a VLAN tag and the FCS are beside it. */
#define V6NF_NIC_MTU_MAX (V6NF_RING_FRAME_MAX - 22u)

enum v6nf_nic_status {
    V6NF_NIC_READY,
    V6NF_NIC_MTU_BAD,         /* config.mtu: below 1280, or more than the card can have */
    V6NF_NIC_MAC_BAD,         /* config.mac: a group, or 0 */
    V6NF_NIC_INPUTS_BAD,      /* config.inputs: more than the card has */
    V6NF_NIC_PROMISCUOUS_BAD, /* config.promiscuous: asked of a virtual function */
    V6NF_NIC_DEVICE_MTU_BAD,  /* virtio: the device's own MTU is below 1280 */
    V6NF_NIC_BUFFERS_BAD,     /* the buffers of a ring are none that a card can have */
    V6NF_NIC_COUNT_BAD,       /* virtual functions: 0, or more than the card can have */
    V6NF_NIC_NO_VIRTUAL,      /* the card cannot have virtual functions */
    V6NF_NIC_IN_USE,          /* the card has rings, several inputs or virtual functions already */
    V6NF_NIC_NOT_OPEN,        /* the device was never set up, or was stopped, or is gone */
    V6NF_NIC_OTHER_DEVICE,    /* there is no device, or one of another family */
    V6NF_NIC_NO_REGISTERS,    /* its registers cannot be mapped, or have no address */
    V6NF_NIC_NO_RESET,        /* it does not come out of reset */
    V6NF_NIC_NO_EEPROM,       /* its EEPROM is missing or damaged */
    V6NF_NIC_NO_START,        /* its receive or transmit unit does not start */
    V6NF_NIC_NO_MEMORY,       /* env has no more memory that a device can reach */
    V6NF_NIC_NO_QUEUE,        /* it has no queue left */
    V6NF_NIC_LEGACY,          /* virtio: it has only the interface from before version 1.0 */
    V6NF_NIC_NO_FEATURES,     /* virtio: it does not accept the features that the driver chose among those it offers */
    V6NF_NIC_REFUSED          /* the physical function of a virtual one does not answer, or refuses */
};

/* What it is, and what to do about it. */
const char *v6nf_nic_explain(enum v6nf_nic_status status);

/* Groups that a virtual function can ask for, at most, unless it receives all. */
#define V6NF_NIC_GROUPS 30u

struct v6nf_nic;
struct v6nf_nic_family;

/* Virtual functions (SR-IOV). The header of a card's driver has a call that makes them, one that answers their
 * messages, and one that initializes one of them. After that, a virtual function is used like a card. */
struct v6nf_nic_virtual {
    uint32_t count; /* of a physical function: virtual functions that it has made */

    /* Of a virtual function. */
    const struct v6nf_nic_family *family;
    uint32_t outputs;          /* transmit queues */
    struct v6nf_nic *physical; /* served while this one waits for an answer; NULL if another thread serves it */
    void (*serve)(struct v6nf_nic *physical);
    uint32_t mailbox;          /* byte offset of its register, */
    uint32_t messages;         /* of its buffer, */
    uint32_t queue;            /* and of the register that enables its receive queue */
    uint32_t groups_count;
    uint16_t groups[V6NF_NIC_GROUPS]; /* hashes of the groups that it asked for */
    uint64_t counted[4];              /* last values of its counters, which are not cleared when read */
};

/* The fields are for reading; the library writes them. */
struct v6nf_nic {
    struct v6nf_port port;          /* for v6nf_nic_open_port() */
    enum v6nf_port_status state;    /* RUNNING from the driver's call on, with or without rings */
    bool is_released;               /* stopped, and known to reach no memory: it may be another's by now */
    struct v6nf_ring_device device; /* for v6nf_ring_open() */
    uint32_t buffer_size;           /* what the rings that it is the input of need */
    struct v6nf_env_pci_address address;
    volatile uint32_t *registers;
    struct v6nf_nic_config config;
    uint32_t addresses_count;       /* exact address filters in use, the card's own among them */
    uint32_t inputs_count;
    uint32_t outputs_count;
    struct v6nf_port_counters counters; /* what was read so far: the card's own start again from 0 when read */
    struct v6nf_ring ring;              /* of the port */
    struct v6nf_originate originate;
    struct v6nf_nic_virtual virtual_functions;
};

/* What making virtual functions takes, in bytes of physical addresses. */
#define V6NF_NIC_VIRTUAL_SPACE (UINT64_C(4) << 20)

/* Makes a port of a card that was initialized and has no rings: its own output is its input's. The port is nic->port.
 * On anything but V6NF_NIC_READY the card is stopped. V6NF_NIC_NOT_OPEN where the driver's init has failed or was never
 * called; *nic is then all zero, at least. */
enum v6nf_nic_status v6nf_nic_open_port(struct v6nf_nic *nic);

/* Stop a card, or a virtual function, and all its rings: it neither receives nor sends, and is no bus master any more.
 * For a card whose port is open this is the port's stop(), whose contract holds.
 * Do not poll rings of which it is the input or an output after this. Stop the other cards of these rings first:
 * otherwise they wait forever.
 * A physical function takes its virtual ones with it, and 1 s more: stop them before.
 * To use the card again, call its driver's init: rings are opened again, in new memory (v6nf_env_memory() takes none
 * back). */
bool v6nf_nic_stop(struct v6nf_nic *nic);

/* Check that the card is still there: the port's status(), for a card that is not opened as a port. */
enum v6nf_port_status v6nf_nic_look(struct v6nf_nic *nic);

/* The address of virtual function number `index`, from 0, of a physical one that made some. False if there is none. */
bool v6nf_nic_virtual_address(const struct v6nf_nic *physical, uint32_t index, struct v6nf_env_pci_address *address);

#endif

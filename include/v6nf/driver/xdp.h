/* xdp.h: queues of Linux network interfaces as ports, by AF_XDP (Linux documentation, networking/af_xdp). The kernel's
 * driver keeps the card. A short program on the interface passes the frames that it claims to the ports, and all other
 * frames to the kernel: an SSH connection over the same interface goes on.
 *
 * v6nf_xdp_attach() puts the program on an interface. v6nf_xdp_open() then opens a group of ports: one queue of up to
 * V6NF_PORT_OUTPUTS_MAX interfaces, which have their frames in common memory. A frame is sent from the buffer in which
 * it arrived, by any port of the group. Output i of each port is port i of the group. Each further queue is a group of
 * its own, of any thread.
 *
 * When the process ends, by SIGKILL too, the kernel removes all: program, sockets, memory.
 *
 * Who gets a frame that arrives:
 * - Claimed frames (enum v6nf_xdp_claim) go to the port of their queue, if it is open. The kernel does not see them.
 * - Frames to groups (33:33:...) reach both, unless V6NF_XDP_CLAIM_VLAN or V6NF_XDP_CLAIM_ALL claims them: the kernel
 *   keeps its neighbors and its routers, and a port of queue `groups_queue` gets a copy, by a packet socket. This
 *   costs a system call for each such frame. Of frames with the tag of a VLAN there is no copy.
 * - The kernel gets all others.
 * The kernel of this interface is no neighbor of the port: both send to the wire.
 *
 * Needs Linux 5.10, CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF (or CAP_SYS_ADMIN), and 4.2 MiB of memory lock for each port
 * (8.3 with an MTU above 1774). A frame must fit into one buffer: an MTU above V6NF_XDP_MTU_MAX is refused.
 *
 * Offloads: XDP sees frames as they are in memory. A card may have removed the VLAN tag: "ethtool -K NAME rxvlan off".
 * Frames of another program on the same machine (veth) may have no checksum yet: "ethtool -K PEER tx off".
 * Context: the loop: the thread of the group, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_XDP_H
#define V6NF_DRIVER_XDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_XDP_NAME_SIZE 16u  /* of an interface's name, with the terminating zero (IFNAMSIZ) */
#define V6NF_XDP_LOG_SIZE 4096u /* of the kernel's report about the program */
#define V6NF_XDP_MTU_MAX 3822u  /* a page, less 256 bytes of the kernel, the Ethernet header and a VLAN tag */
#define V6NF_XDP_QUEUES 64u     /* of an interface, at most */
#define V6NF_XDP_BURST 64u      /* maximum number of frames that one poll shows */
#define V6NF_XDP_RECEIVE 2048u  /* frames of a port for receiving, and descriptors of each ring */
#define V6NF_XDP_ORIGINATE 64u  /* frames of a port for what is originated, and for copies of frames to groups */
#define V6NF_XDP_FRAMES (V6NF_XDP_RECEIVE + V6NF_XDP_ORIGINATE) /* of a port */

/* What the program passes to the ports. */
enum v6nf_xdp_claim {
    V6NF_XDP_CLAIM_MAC,    /* frames to the MAC address of the port, which is another than that of the kernel */
    V6NF_XDP_CLAIM_PREFIX, /* IPv6 packets to an address of a prefix, in frames to the kernel's MAC address */
    V6NF_XDP_CLAIM_VLAN,   /* all frames of a VLAN: vlan.h makes a port of it */
    /* All frames. The kernel gets those of queues that have no port: a function that must see each frame needs a port
     * for each queue, or an interface with fewer of them ("ethtool -L NAME combined 1"). */
    V6NF_XDP_CLAIM_ALL
};

/* Where the program runs. */
enum v6nf_xdp_mode {
    V6NF_XDP_AUTO,   /* native if the driver of the interface can, else generic */
    V6NF_XDP_NATIVE, /* in the driver, before the kernel has made a packet of the frame */
    V6NF_XDP_GENERIC /* in the kernel's receive path: any interface can, and it costs more */
};

/* Configuration of an interface. Zero is the default of each member but the name. */
struct v6nf_xdp_config {
    const char *name;          /* of the interface, 1 to 15 characters */
    enum v6nf_xdp_claim claim; /* what its ports get */
    const uint8_t *mac;        /* 6 bytes, copied; NULL: random, or the kernel's with CLAIM_PREFIX and CLAIM_ALL */
    const uint8_t *prefix;     /* CLAIM_PREFIX: 16 bytes, used only during the call */
    uint32_t prefix_length;    /* bits of it, 1 to 128 */
    uint32_t vlan;             /* CLAIM_VLAN: 1 to 4094 */
    uint32_t groups_queue;     /* the queue whose port gets copies of frames to groups */
    bool without_groups;       /* no port gets such copies */
    enum v6nf_xdp_mode mode;   /* where the program runs */
    bool copy;                 /* let the kernel copy frames, also if the driver could do without (zero-copy) */
};

/* Status of attaching and opening. */
enum v6nf_xdp_status {
    V6NF_XDP_OPEN,           /* it is open */
    V6NF_XDP_CONFIG_BAD,     /* name, MAC address, prefix, VLAN, queue, number of interfaces, or one twice */
    V6NF_XDP_NO_INTERFACE,   /* no interface has this name */
    V6NF_XDP_NOT_ETHERNET,   /* it is of another kind */
    V6NF_XDP_MTU_BAD,        /* its MTU is below 1280 or above V6NF_XDP_MTU_MAX */
    V6NF_XDP_DOWN,           /* it is down, and its driver refuses that */
    V6NF_XDP_NOT_SUPPORTED,  /* this kernel has no AF_XDP, no packet sockets, or no links for XDP */
    V6NF_XDP_NO_PERMISSION,  /* a capability is missing */
    V6NF_XDP_MEMORY_LOCKED,  /* the limit of locked memory (RLIMIT_MEMLOCK) is too low */
    V6NF_XDP_REFUSED,        /* the kernel refuses the program: the reason is in `log` */
    V6NF_XDP_INTERFACE_BUSY, /* another program is on the interface */
    V6NF_XDP_NOT_NATIVE,     /* V6NF_XDP_NATIVE was asked for, and the driver cannot */
    V6NF_XDP_NO_QUEUE,       /* the interface has no such queue */
    V6NF_XDP_QUEUE_BUSY,     /* another socket has the queue */
    V6NF_XDP_FAILED          /* anything else; errno is the reason */
};

/* An interface with the program. Fields without a comment are private. Ports of several threads may use it. */
struct v6nf_xdp_interface {
    char name[V6NF_XDP_NAME_SIZE]; /* when it was attached */
    uint8_t mac[6];                /* of its ports */
    uint32_t mtu;                  /* when it was attached */
    bool is_native;                /* the program runs in the driver */
    char log[V6NF_XDP_LOG_SIZE];   /* of V6NF_XDP_REFUSED: what the kernel's verifier reported */

    uint32_t index;
    uint32_t groups_queue;
    bool copy;
    bool has_groups;
    int map;
    int program;
    int link;
    int control; /* packet socket that makes the interface receive what is claimed, and for requests about it */
};

/* A ring that is shared with the kernel. The fields are private. */
struct v6nf_xdp_ring {
    uint32_t *producer;
    uint32_t *consumer;
    uint32_t *flags;
    void *descriptors;
    uint32_t next;      /* the index of this side, which is never read from the memory */
    uint32_t published; /* the same, as the kernel sees it */
    void *mapped;
    size_t size;
};

/* Faults of the kernel's side, which no kernel should make: dropped and counted. */
struct v6nf_xdp_counters {
    uint64_t jumps;           /* indexes that are further ahead than the ring is long */
    uint64_t bad_frames;      /* received: not a frame that the kernel had for receiving, or too long */
    uint64_t bad_completions; /* sent: not a frame that this port was sending */
};

struct v6nf_xdp;

/* A port of a group. Fields without a comment are private. */
struct v6nf_xdp_port {
    struct v6nf_port port;           /* the queue as a port */
    bool is_zero_copy;               /* the card reads and writes the frames itself */
    struct v6nf_xdp_counters faults; /* of the kernel's side */

    struct v6nf_xdp *group;
    uint32_t interface_index;
    bool is_native;
    uint32_t number; /* in the group */
    int socket;
    int watch; /* packet socket: copies of frames to groups, the end of the interface, requests about it */
    bool gone;
    bool has_copies; /* of frames to groups */
    bool watch_ready;
    uint32_t polls;
    uint32_t sending; /* frames that the kernel has for sending */
    uint32_t reserved;
    uint32_t free_count;
    uint16_t free[V6NF_XDP_ORIGINATE];
    struct v6nf_xdp_ring receive;
    struct v6nf_xdp_ring transmit;
    struct v6nf_xdp_ring fill;
    struct v6nf_xdp_ring completion;
    struct v6nf_port_counters counters;
};

/* A group of ports with frames in common memory. Fields without a comment are private. */
struct v6nf_xdp {
    struct v6nf_xdp_port ports[V6NF_PORT_OUTPUTS_MAX]; /* as many as were opened, in this order */
    uint32_t count;                                    /* of ports */

    uint32_t frame_size;
    uint32_t sending_max; /* frames that one port may have for sending: a dead one keeps no more */
    uint8_t *memory;
    size_t memory_size;
    bool filled[V6NF_PORT_OUTPUTS_MAX * V6NF_XDP_FRAMES];     /* the kernel has the frame for receiving */
    uint8_t sending[V6NF_PORT_OUTPUTS_MAX * V6NF_XDP_FRAMES]; /* bit i: port i sends it */
};

/* Put the program on an interface, and make the interface receive what the program claims.
 * interface: the result. The caller keeps it, unchanged, until the ports on it are closed.
 * config: used only during the call, with all that it points to.
 * Return V6NF_XDP_OPEN. On any other status there is nothing to detach.
 * The interface may be down. Its MTU is that of this time: longer frames are dropped and counted. */
enum v6nf_xdp_status v6nf_xdp_attach(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config);

/* Remove the program from the interface, and undo what v6nf_xdp_attach() did. Stop the ports on it first.
 * interface: of v6nf_xdp_attach(), with any status. The call may be repeated. */
void v6nf_xdp_detach(struct v6nf_xdp_interface *interface);

/* Open a port on each of several interfaces, all with frames in common memory.
 * xdp: the result, of some 50 KiB.
 * interfaces: `count` different ones, attached. They may be down, unless their driver refuses that.
 * count: 1 to V6NF_PORT_OUTPUTS_MAX.
 * queue: of each of these interfaces, from 0.
 * Return V6NF_XDP_OPEN. On any other status there is nothing to close.
 * Either all ports are zero-copy, or none is. */
enum v6nf_xdp_status v6nf_xdp_open(struct v6nf_xdp *xdp, const struct v6nf_xdp_interface *const *interfaces,
                                   uint32_t count, uint32_t queue);

/* Close all ports of the group, as stop() of each port does.
 * xdp: of v6nf_xdp_open(), with any status. The call may be repeated. */
void v6nf_xdp_close(struct v6nf_xdp *xdp);

/* Return how frames pass between the interface and the port: one line of English, such as "native mode, copied".
 * Context: any. */
const char *v6nf_xdp_mode_text(const struct v6nf_xdp_port *port);

/* Return what `status` means, and what to do about it: one line of English.
 * Context: any. */
const char *v6nf_xdp_status_text(enum v6nf_xdp_status status);

#ifdef __cplusplus
}
#endif

#endif

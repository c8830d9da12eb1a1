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
#include "xdp_interface.h"
#include "xdp_socket.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_XDP_BURST 64u     /* maximum number of frames that one poll shows */
#define V6NF_XDP_ORIGINATE 64u /* frames of a port for what is originated, and for copies of frames to groups */
#define V6NF_XDP_FRAMES (V6NF_XDP_RECEIVE + V6NF_XDP_ORIGINATE) /* of a port */

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
    struct v6nf_xdp_socket socket;
    bool is_native;
    uint32_t number; /* in the group */
    bool has_copies; /* of frames to groups */
    bool watch_ready;
    uint32_t polls;
    uint32_t sending; /* frames that the kernel has for sending */
    uint32_t reserved;
    uint32_t free_count;
    uint16_t free[V6NF_XDP_ORIGINATE];
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
    uint32_t pause;  /* microseconds, of the first interface */
    uint32_t shown;  /* frames since the last wait */
    uint32_t trials; /* waits since the last trial of a pause */
    bool pauses;
    bool filled[V6NF_PORT_OUTPUTS_MAX * V6NF_XDP_FRAMES];     /* the kernel has the frame for receiving */
    uint8_t sending[V6NF_PORT_OUTPUTS_MAX * V6NF_XDP_FRAMES]; /* bit i: port i sends it */
};

/* Open a port on each of several interfaces, all with frames in common memory.
 * xdp: the result, of some 50 KiB.
 * interfaces: `count` different ones, attached. They may be down, unless their driver refuses that.
 * count: 1 to V6NF_PORT_OUTPUTS_MAX. The `pause` of the first one is that of the group.
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

#ifdef __cplusplus
}
#endif

#endif

/* xdp_socket.h: a socket of AF_XDP with its rings, as a part of the ports of xdp.h. The fields are private.
 * Context: the loop: the thread of the group, not a handler. */
#ifndef V6NF_DRIVER_XDP_SOCKET_H
#define V6NF_DRIVER_XDP_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_XDP_RECEIVE 2048u /* frames of a port for receiving, and descriptors of each ring */

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

/* A socket of one queue, and a packet socket next to it. The fields are private. */
struct v6nf_xdp_socket {
    int file;  /* -1 if it is closed */
    int watch; /* packet socket: copies of frames to groups, the end of the interface, requests about it */
    uint32_t interface_index;
    bool gone; /* the interface has ended */
    struct v6nf_xdp_ring receive;
    struct v6nf_xdp_ring transmit;
    struct v6nf_xdp_ring fill;
    struct v6nf_xdp_ring completion;
};

#ifdef __cplusplus
}
#endif

#endif

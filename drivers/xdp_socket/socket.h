/* socket.h: a socket of AF_XDP: its rings, and the calls that let the kernel go on with them. */
#ifndef V6NF_DRIVERS_XDP_SOCKET_H
#define V6NF_DRIVERS_XDP_SOCKET_H

#include "../xdp_interface/program.h"
#include "v6nf/driver/xdp_socket.h"

#include <linux/if_xdp.h>

#define XDP_RING_MASK (V6NF_XDP_RECEIVE - 1u)

/* -- Rings. Each has a descriptor for each frame that can be in it: none is ever full, and the kernel's indexes of them
 * need not be believed. ----------------------------------------------------------------------------------------- */

/* Return the number of descriptors that the kernel has written and this side has not read.
 * jumps: counts indexes that are further ahead than the ring is long. */
static inline uint32_t xdp_ring_waiting(const struct v6nf_xdp_ring *ring, uint64_t *jumps)
{
    const uint32_t waiting = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - ring->next;
    if (waiting > V6NF_XDP_RECEIVE) {
        (*jumps)++;
        return 0;
    }
    return waiting;
}

/* Let the kernel see what was written to the ring, or read from it. */
static inline void xdp_ring_publish(struct v6nf_xdp_ring *ring, uint32_t *index)
{
    if (ring->published != ring->next) {
        ring->published = ring->next;
        __atomic_store_n(index, ring->next, __ATOMIC_RELEASE);
    }
}

/* -- The socket ---------------------------------------------------------------------------------------------------- */

/* Return true if frames can pass. An interface that is gone never returns. */
static inline bool xdp_socket_is_usable(const struct v6nf_xdp_socket *socket)
{
    return socket->file >= 0 && !socket->gone;
}

/* Return true if the kernel has not yet read all frames to send. */
static inline bool xdp_socket_has_unsent(const struct v6nf_xdp_socket *socket)
{
    return __atomic_load_n(socket->transmit.consumer, __ATOMIC_RELAXED) != socket->transmit.next;
}

/* Let the kernel send what is in the transmit ring. What it does not take now, it gets again by the next call. */
void xdp_socket_flush(struct v6nf_xdp_socket *socket);

/* Give the kernel the frames in the fill ring. */
void xdp_socket_refill(struct v6nf_xdp_socket *socket);

/* Ask the kernel whether the interface is gone, and note it. */
void xdp_socket_look(struct v6nf_xdp_socket *socket);

/* Return what the kernel has counted since the socket was made; all zero if it cannot be asked. */
struct xdp_statistics xdp_socket_statistics(const struct v6nf_xdp_socket *socket);

/* Make the socket with its rings.
 * socket: file and watch are -1, interface_index is set. On any status the caller calls xdp_socket_close().
 * memory: of frames of `frame_size` bytes. NULL: the socket will use that of another one. */
enum v6nf_xdp_status xdp_socket_make(struct v6nf_xdp_socket *socket, const uint8_t *memory, size_t memory_size,
                                     uint32_t frame_size);

/* Bind the socket to the queue.
 * first: the socket whose memory this one uses, NULL if it has its own. copy: refuse zero-copy; only without `first`.
 * The kernel frees a queue a moment after its last socket was closed: the call waits for that. */
enum v6nf_xdp_status xdp_socket_bind(struct v6nf_xdp_socket *socket, const struct v6nf_xdp_socket *first,
                                     uint32_t queue, bool copy);

/* Return true if the card reads and writes the frames itself. */
bool xdp_socket_is_zero_copy(const struct v6nf_xdp_socket *socket);

/* Close both sockets, and unmap the rings. The call may be repeated. */
void xdp_socket_close(struct v6nf_xdp_socket *socket);

/* -- The packet socket --------------------------------------------------------------------------------------------- */

/* Open the packet socket. It ends a wait if the interface is gone, also if it receives nothing.
 * has_copies: it receives copies of IPv6 frames to groups. Return false if the kernel refuses. */
bool xdp_watch_open(struct v6nf_xdp_socket *socket, bool has_copies);

/* The packet socket has an error: the interface is down, or gone. Read the error, so that it ends no other wait. */
void xdp_watch_look(struct v6nf_xdp_socket *socket);

/* Return true if the interface can send and receive. */
bool xdp_watch_link_up(const struct v6nf_xdp_socket *socket);

#endif

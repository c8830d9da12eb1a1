/* port.c: a queue of an AF_XDP interface as a port: see xdp.h. Each frame has one owner: the kernel for receiving
 * (`filled`), the kernel for one or several sends (`sending`), or this side. */
#define _GNU_SOURCE
#include "port.h"

#include "../xdp_socket/socket.h"

#include "v6nf/env.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define WATCH_INTERVAL 64u /* polls between two looks for copies of frames to groups, unless wait() has found some */
#define WATCH_BURST 16u
#define UNSENT_INTERVAL 10000u /* microseconds of a wait while the kernel does not take frames: the link is down */
#define PAUSE_FRAMES 4u        /* that collect in a pause: with less the next wait is none */
#define PAUSE_TRIAL 256u       /* waits between two trials of a pause */
#define MICROSECONDS 1000000u
#define WAIT_MAX (UINT64_C(1000000) * MICROSECONDS) /* fits into any time_t; a wait may end early */

static struct v6nf_xdp_port *xdp_of(struct v6nf_port *port)
{
    return (struct v6nf_xdp_port *)(void *)port; /* its first member */
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void put_to_fill(struct v6nf_xdp_port *port, uint32_t frame)
{
    uint64_t *descriptors = port->socket.fill.descriptors;
    descriptors[port->socket.fill.next & XDP_RING_MASK] = (uint64_t)frame * port->group->frame_size;
    port->socket.fill.next++;
    port->group->filled[frame] = true;
}

/* Return a frame of this side to its port: to the kernel for receiving, or to the free ones. */
static void give_back(struct v6nf_xdp *xdp, uint32_t frame)
{
    struct v6nf_xdp_port *home = &xdp->ports[frame / V6NF_XDP_FRAMES];
    const uint32_t number = frame % V6NF_XDP_FRAMES;
    if (number >= V6NF_XDP_RECEIVE) {
        home->free[home->free_count] = (uint16_t)(number - V6NF_XDP_RECEIVE);
        home->free_count++;
    } else if (xdp_socket_is_usable(&home->socket)) {
        put_to_fill(home, frame);
    }
}

void xdp_port_hand_out(struct v6nf_xdp_port *port)
{
    for (uint32_t i = 0; i < V6NF_XDP_FRAMES; i++) {
        give_back(port->group, port->number * V6NF_XDP_FRAMES + i);
    }
    xdp_ring_publish(&port->socket.fill, port->socket.fill.producer);
}

/* Take a frame for what is originated. There is one: free_count is above 0. */
static uint32_t take_free(struct v6nf_xdp_port *port)
{
    port->free_count--;
    return port->number * V6NF_XDP_FRAMES + V6NF_XDP_RECEIVE + port->free[port->free_count];
}

/* Take back what the kernel has sent. */
static void recycle(struct v6nf_xdp_port *port)
{
    struct v6nf_xdp *xdp = port->group;
    const uint64_t *descriptors = port->socket.completion.descriptors;
    const uint8_t bit = (uint8_t)(1u << port->number);
    const uint32_t waiting = xdp_ring_waiting(&port->socket.completion, &port->faults.jumps);
    for (uint32_t i = 0; i < waiting; i++) {
        const uint64_t frame = descriptors[port->socket.completion.next & XDP_RING_MASK] / xdp->frame_size;
        port->socket.completion.next++;
        if (frame >= xdp->count * V6NF_XDP_FRAMES || (xdp->sending[frame] & bit) == 0u) {
            port->faults.bad_completions++;
            continue;
        }
        xdp->sending[frame] = (uint8_t)(xdp->sending[frame] & ~bit);
        port->sending--;
        if (xdp->sending[frame] == 0u) {
            give_back(xdp, (uint32_t)frame);
        }
    }
    xdp_ring_publish(&port->socket.completion, port->socket.completion.consumer);
}

/* Put a frame into the transmit ring, or count it as dropped.
 * address: of its first byte, in the memory of the group. */
static void put_to_transmit(struct v6nf_xdp_port *port, uint32_t frame, uint64_t address, uint32_t length,
                            uint32_t sending_max)
{
    if (!V6NF_PORT_IS_FRAME(length, port->port.capacity) || !xdp_socket_is_usable(&port->socket) ||
        port->sending >= sending_max) {
        port->counters.transmit_dropped++;
        return;
    }
    struct xdp_desc *descriptors = port->socket.transmit.descriptors;
    descriptors[port->socket.transmit.next & XDP_RING_MASK] = (struct xdp_desc){.addr = address, .len = length};
    port->socket.transmit.next++;
    port->group->sending[frame] = (uint8_t)(port->group->sending[frame] | 1u << port->number);
    port->sending++;
    port->counters.sent++;
    port->counters.sent_bytes += length;
}

/* Show a frame of this side to the handler, send it, and return it if no port sends it. */
static void handle_xdp_frame(struct v6nf_xdp_port *port, uint32_t frame, uint64_t address, uint32_t length,
                             v6nf_handler *handler, void *context)
{
    struct v6nf_xdp *xdp = port->group;
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX] = {0};
    port->counters.received++;
    port->counters.received_bytes += length;
    handler(context, xdp->memory + address, length, port->port.capacity, lengths);
    for (uint32_t i = 0; i < xdp->count; i++) {
        if (lengths[i] > 0u) {
            put_to_transmit(&xdp->ports[i], frame, address, lengths[i], xdp->sending_max);
        }
    }
    if (xdp->sending[frame] == 0u) {
        give_back(xdp, frame);
    }
}

/* Return true if the kernel had the frame of this descriptor for receiving, and the frame is in its buffer. */
static bool was_received(const struct v6nf_xdp_port *port, struct xdp_desc descriptor)
{
    const struct v6nf_xdp *xdp = port->group;
    const uint64_t frame = descriptor.addr / xdp->frame_size;
    return frame / V6NF_XDP_FRAMES == port->number && xdp->filled[frame] &&
           descriptor.addr % xdp->frame_size <= XDP_HEADROOM && descriptor.len <= port->port.capacity;
}

static uint32_t show_received(struct v6nf_xdp_port *port, v6nf_handler *handler, void *context)
{
    const struct xdp_desc *descriptors = port->socket.receive.descriptors;
    uint32_t shown = 0;
    uint32_t waiting = xdp_ring_waiting(&port->socket.receive, &port->faults.jumps);
    waiting = waiting < V6NF_XDP_BURST ? waiting : V6NF_XDP_BURST;
    for (uint32_t i = 0; i < waiting; i++) {
        const struct xdp_desc descriptor = descriptors[port->socket.receive.next & XDP_RING_MASK];
        port->socket.receive.next++;
        if (was_received(port, descriptor)) {
            const uint32_t frame = (uint32_t)(descriptor.addr / port->group->frame_size);
            port->group->filled[frame] = false;
            handle_xdp_frame(port, frame, descriptor.addr, descriptor.len, handler, context);
            shown++;
        } else {
            port->faults.bad_frames++;
        }
    }
    xdp_ring_publish(&port->socket.receive, port->socket.receive.consumer);
    return shown;
}

/* Show copies of frames to groups, which the kernel got. They go on like received frames. */
static uint32_t show_copies(struct v6nf_xdp_port *port, v6nf_handler *handler, void *context)
{
    const struct v6nf_xdp *xdp = port->group;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < WATCH_BURST && port->watch_ready && port->free_count > 0u; i++) {
        const uint32_t frame = take_free(port);
        const uint64_t address = (uint64_t)frame * xdp->frame_size + XDP_HEADROOM;
        const ssize_t length =
            recv(port->socket.watch, xdp->memory + address, port->port.capacity, MSG_DONTWAIT | MSG_TRUNC);
        if (length > 0 && length <= (ssize_t)port->port.capacity) {
            handle_xdp_frame(port, frame, address, (uint32_t)length, handler, context);
            shown++;
            continue;
        }
        give_back(port->group, frame);
        port->counters.receive_dropped += length > 0 ? 1u : 0u;
        port->watch_ready = length > 0; /* usually no frame is there (EAGAIN) */
    }
    return shown;
}

static uint32_t xdp_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    if (!xdp_socket_is_usable(&self->socket)) {
        return 0;
    }
    for (uint32_t i = 0; i < xdp->count; i++) {
        if (xdp_socket_is_usable(&xdp->ports[i].socket)) {
            recycle(&xdp->ports[i]);
        }
    }
    self->polls++;
    self->watch_ready = self->watch_ready || (self->has_copies && self->polls % WATCH_INTERVAL == 0u);
    uint32_t shown = show_copies(self, handler, context);
    shown += show_received(self, handler, context);
    xdp->shown += shown;
    for (uint32_t i = 0; i < xdp->count; i++) {
        if (xdp_socket_is_usable(&xdp->ports[i].socket)) {
            xdp_socket_flush(&xdp->ports[i].socket);
            xdp_socket_refill(&xdp->ports[i].socket);
        }
    }
    return shown;
}

static uint8_t *xdp_reserve(struct v6nf_port *port)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    if (!xdp_socket_is_usable(&self->socket)) {
        self->reserved = XDP_NOT_RESERVED;
        return NULL;
    }
    if (self->reserved == XDP_NOT_RESERVED) {
        recycle(self);
        self->reserved = self->free_count > 0u ? take_free(self) : XDP_NOT_RESERVED;
    }
    if (self->reserved == XDP_NOT_RESERVED) {
        return NULL;
    }
    return self->group->memory + (uint64_t)self->reserved * self->group->frame_size + XDP_HEADROOM;
}

/* Without a reserved buffer there is nothing to send. */
static void xdp_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    const uint32_t frame = self->reserved;
    if (frame == XDP_NOT_RESERVED || self->socket.file < 0) {
        return;
    }
    self->reserved = XDP_NOT_RESERVED;
    put_to_transmit(self, frame, (uint64_t)frame * xdp->frame_size + XDP_HEADROOM, length, V6NF_XDP_RECEIVE);
    if (xdp->sending[frame] == 0u) {
        give_back(xdp, frame);
    } else {
        xdp_socket_flush(&self->socket);
    }
}

/* Add what the kernel has counted. */
static void xdp_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    const struct v6nf_xdp_port *self = xdp_of(port);
    *counters = self->counters;
    if (self->socket.file >= 0) {
        const struct xdp_statistics statistics = xdp_socket_statistics(&self->socket);
        counters->receive_dropped += statistics.rx_dropped + statistics.rx_ring_full + self->faults.bad_frames;
        counters->transmit_dropped += statistics.tx_invalid_descs;
    }
}

/* -- The interface ------------------------------------------------------------------------------------------------- */

static bool xdp_link_up(struct v6nf_port *port)
{
    return xdp_watch_link_up(&xdp_of(port)->socket);
}

static enum v6nf_port_status xdp_status(struct v6nf_port *port)
{
    struct v6nf_xdp_socket *socket = &xdp_of(port)->socket;
    if (socket->file < 0) {
        return V6NF_PORT_STOPPED;
    }
    xdp_socket_look(socket);
    return socket->gone ? V6NF_PORT_GONE : V6NF_PORT_RUNNING;
}

/* Return the time from now to `until`, `limit` microseconds at most. */
static struct timespec bounded_time(uint64_t until, uint64_t limit)
{
    const uint64_t now = v6nf_env_clock();
    uint64_t left = until > now ? until - now : 0u;
    left = left < limit ? left : limit;
    return (struct timespec){.tv_sec = (time_t)(left / MICROSECONDS), .tv_nsec = (long)(left % MICROSECONDS * 1000u)};
}

/* Return true if this wait is a pause: the last one has collected several frames, or it is time for a trial. A sender
 * that waits for each reply is slowed by the trials only. */
static bool should_pause(struct v6nf_xdp *xdp)
{
    const uint32_t shown = xdp->shown;
    xdp->shown = 0;
    if (xdp->pauses) {
        xdp->pauses = shown >= PAUSE_FRAMES;
    } else if (xdp->pause > 0u && shown > 0u) {
        xdp->trials++;
        xdp->pauses = xdp->trials % PAUSE_TRIAL == 0u;
    }
    return xdp->pauses;
}

/* Sleep while frames collect, unless some are there. */
static void pause_briefly(struct v6nf_xdp *xdp, uint64_t until)
{
    const uint64_t now = v6nf_env_clock();
    const uint64_t left = until > now ? until - now : 0u;
    bool is_empty = true;
    for (uint32_t i = 0; i < xdp->count; i++) {
        struct v6nf_xdp_port *one = &xdp->ports[i];
        is_empty = is_empty && (!xdp_socket_is_usable(&one->socket) ||
                                xdp_ring_waiting(&one->socket.receive, &one->faults.jumps) == 0u);
    }
    if (is_empty && left > 0u) {
        v6nf_env_sleep(left < xdp->pause ? left : xdp->pause);
    }
}

/* Wait for a frame of any port of the group. */
static void xdp_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    struct pollfd files[2u * V6NF_PORT_OUTPUTS_MAX];
    uint64_t limit = WAIT_MAX;
    if (!xdp_socket_is_usable(&self->socket)) {
        v6nf_env_idle_briefly(until);
        return;
    }
    if (should_pause(xdp)) {
        pause_briefly(xdp, until);
        return;
    }
    for (uint32_t i = 0; i < xdp->count; i++) {
        const struct v6nf_xdp_port *one = &xdp->ports[i];
        const bool usable = xdp_socket_is_usable(&one->socket);
        files[2u * i] = (struct pollfd){.fd = usable ? one->socket.file : -1, .events = POLLIN};
        /* Without a free frame, no copy can be read now. */
        files[2u * i + 1u] =
            (struct pollfd){.fd = usable ? one->socket.watch : -1, .events = one->free_count > 0u ? POLLIN : 0};
        limit = usable && xdp_socket_has_unsent(&one->socket) ? UNSENT_INTERVAL : limit;
    }
    const struct timespec left = bounded_time(until, limit);
    const int ready = ppoll(files, 2u * xdp->count, until < UINT64_MAX || limit < WAIT_MAX ? &left : NULL, NULL);
    if (ready < 0 && errno != EINTR) { /* the process may not (RLIMIT_NOFILE 0, seccomp): its loop would spin */
        v6nf_env_idle_briefly(until);
    }
    for (uint32_t i = 0; ready > 0 && i < xdp->count; i++) {
        struct v6nf_xdp_port *one = &xdp->ports[i];
        one->watch_ready = one->watch_ready || files[2u * i + 1u].revents != 0;
        one->socket.gone = one->socket.gone || ((files[2u * i].revents | files[2u * i + 1u].revents) & POLLNVAL) != 0;
        if ((files[2u * i + 1u].revents & POLLERR) != 0) {
            xdp_watch_look(&one->socket);
        }
    }
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

/* The kernel keeps the memory of a socket until its device has ended: no one else gets it before. */
static bool xdp_stop(struct v6nf_port *port)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    bool has_others = false;
    if (self->socket.file >= 0) {
        xdp_read_counters(port, &self->counters);
    }
    xdp_socket_close(&self->socket);
    self->reserved = XDP_NOT_RESERVED;
    for (uint32_t i = 0; i < V6NF_PORT_OUTPUTS_MAX; i++) {
        has_others = has_others || xdp->ports[i].socket.file >= 0;
    }
    if (!has_others && xdp->memory != NULL) {
        (void)munmap(xdp->memory, xdp->memory_size);
        xdp->memory = NULL;
    }
    return true;
}

const struct v6nf_port_operations xdp_operations = {
    .poll = xdp_poll,
    .wait = xdp_wait,
    .reserve = xdp_reserve,
    .commit = xdp_commit,
    .link_up = xdp_link_up,
    .read_counters = xdp_read_counters,
    .status = xdp_status,
    .stop = xdp_stop,
};

/* xdp.c: groups of AF_XDP ports: see xdp.h. Each frame has one owner: the kernel for receiving (`filled`), the kernel
 * for one or several sends (`sending`), or this side. Rings have a descriptor for each frame that can be in them:
 * therefore none is ever full, and the kernel's indexes of them need not be believed. */
#define _GNU_SOURCE
#include "program.h"

#include "v6nf/env.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEADROOM 256u          /* bytes before a received frame, which the kernel keeps (XDP_PACKET_HEADROOM) */
#define FRAME_SIZE 2048u       /* bytes of a frame with its headroom: a power of two, a page at most */
#define FRAME_SIZE_LARGE 4096u /* the same, for an MTU that does not fit */
#define ETHER_TAGGED 18u       /* bytes of the Ethernet header with a VLAN tag */
#define RING_MASK (V6NF_XDP_RECEIVE - 1u)
#define WAKEUPS_MAX 8u     /* in a row: each sends up to 32 frames */
#define WATCH_INTERVAL 64u /* polls between two looks for copies of frames to groups, unless wait() has found some */
#define WATCH_BURST 16u
#define UNSENT_INTERVAL 10000u /* microseconds of a wait while the kernel does not take frames: the link is down */
#define BINDS_MAX 50u          /* to a queue that is busy */
#define BIND_INTERVAL 10000u   /* microseconds between two of them */
#define MICROSECONDS 1000000u
#define WAIT_MAX (UINT64_C(1000000) * MICROSECONDS) /* fits into any time_t; a wait may end early */
#define NOT_RESERVED UINT32_MAX
#define ETHER_TYPE_NONE 0x0060 /* below 0x0600 it is a length: no frame has this type */

static struct v6nf_xdp_port *xdp_of(struct v6nf_port *port)
{
    return (struct v6nf_xdp_port *)(void *)port; /* its first member */
}

/* Return true if frames can pass. An interface that is gone never returns. */
static bool is_usable(const struct v6nf_xdp_port *port)
{
    return port->socket >= 0 && !port->gone;
}

/* Note why a call on the socket failed. ENXIO alone means that it has lost its interface. */
static void look_at_xdp_error(struct v6nf_xdp_port *port, int error)
{
    port->gone = port->gone || error == ENXIO;
}

/* -- Rings --------------------------------------------------------------------------------------------------------- */

/* Return the number of descriptors that the kernel has written and this side has not read. */
static uint32_t ring_waiting(struct v6nf_xdp_port *port, const struct v6nf_xdp_ring *ring)
{
    const uint32_t waiting = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - ring->next;
    if (waiting > V6NF_XDP_RECEIVE) {
        port->faults.jumps++;
        return 0;
    }
    return waiting;
}

/* Let the kernel see what was written to the ring, or read from it. */
static void ring_publish(struct v6nf_xdp_ring *ring, uint32_t *index)
{
    if (ring->published != ring->next) {
        ring->published = ring->next;
        __atomic_store_n(index, ring->next, __ATOMIC_RELEASE);
    }
}

static bool ring_needs_wakeup(const struct v6nf_xdp_ring *ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index is visible before the flag is read */
    return (__atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) != 0u;
}

/* Return true if the kernel has not yet read all frames to send. */
static bool has_unsent(const struct v6nf_xdp_port *port)
{
    return __atomic_load_n(port->transmit.consumer, __ATOMIC_RELAXED) != port->transmit.next;
}

/* Let the kernel send what is in the transmit ring. What it does not take now, it gets again by the next call. */
static void flush_transmit(struct v6nf_xdp_port *port)
{
    ring_publish(&port->transmit, port->transmit.producer);
    bool again = has_unsent(port) && ring_needs_wakeup(&port->transmit);
    for (uint32_t i = 0; i < WAKEUPS_MAX && again; i++) {
        again = sendto(port->socket, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0;
        if (again) {
            look_at_xdp_error(port, errno);
            again = errno == EAGAIN;
        }
    }
}

/* Give the kernel the frames for receiving. */
static void refill(struct v6nf_xdp_port *port)
{
    ring_publish(&port->fill, port->fill.producer);
    if (ring_needs_wakeup(&port->fill) && recvfrom(port->socket, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0) {
        look_at_xdp_error(port, errno);
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void put_to_fill(struct v6nf_xdp_port *port, uint32_t frame)
{
    uint64_t *descriptors = port->fill.descriptors;
    descriptors[port->fill.next & RING_MASK] = (uint64_t)frame * port->group->frame_size;
    port->fill.next++;
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
    } else if (is_usable(home)) {
        put_to_fill(home, frame);
    }
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
    const uint64_t *descriptors = port->completion.descriptors;
    const uint8_t bit = (uint8_t)(1u << port->number);
    const uint32_t waiting = ring_waiting(port, &port->completion);
    for (uint32_t i = 0; i < waiting; i++) {
        const uint64_t frame = descriptors[port->completion.next & RING_MASK] / xdp->frame_size;
        port->completion.next++;
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
    ring_publish(&port->completion, port->completion.consumer);
}

/* Put a frame into the transmit ring, or count it as dropped.
 * address: of its first byte, in the memory of the group. */
static void put_to_transmit(struct v6nf_xdp_port *port, uint32_t frame, uint64_t address, uint32_t length,
                            uint32_t sending_max)
{
    if (!V6NF_PORT_IS_FRAME(length, port->port.capacity) || !is_usable(port) || port->sending >= sending_max) {
        port->counters.transmit_dropped++;
        return;
    }
    struct xdp_desc *descriptors = port->transmit.descriptors;
    descriptors[port->transmit.next & RING_MASK] = (struct xdp_desc){.addr = address, .len = length};
    port->transmit.next++;
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
           descriptor.addr % xdp->frame_size <= HEADROOM && descriptor.len <= port->port.capacity;
}

static uint32_t show_received(struct v6nf_xdp_port *port, v6nf_handler *handler, void *context)
{
    const struct xdp_desc *descriptors = port->receive.descriptors;
    uint32_t shown = 0;
    uint32_t waiting = ring_waiting(port, &port->receive);
    waiting = waiting < V6NF_XDP_BURST ? waiting : V6NF_XDP_BURST;
    for (uint32_t i = 0; i < waiting; i++) {
        const struct xdp_desc descriptor = descriptors[port->receive.next & RING_MASK];
        port->receive.next++;
        if (was_received(port, descriptor)) {
            const uint32_t frame = (uint32_t)(descriptor.addr / port->group->frame_size);
            port->group->filled[frame] = false;
            handle_xdp_frame(port, frame, descriptor.addr, descriptor.len, handler, context);
            shown++;
        } else {
            port->faults.bad_frames++;
        }
    }
    ring_publish(&port->receive, port->receive.consumer);
    return shown;
}

/* Show copies of frames to groups, which the kernel got. They go on like received frames. */
static uint32_t show_copies(struct v6nf_xdp_port *port, v6nf_handler *handler, void *context)
{
    const struct v6nf_xdp *xdp = port->group;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < WATCH_BURST && port->watch_ready && port->free_count > 0u; i++) {
        const uint32_t frame = take_free(port);
        const uint64_t address = (uint64_t)frame * xdp->frame_size + HEADROOM;
        const ssize_t length = recv(port->watch, xdp->memory + address, port->port.capacity, MSG_DONTWAIT | MSG_TRUNC);
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
    if (!is_usable(self)) {
        return 0;
    }
    for (uint32_t i = 0; i < xdp->count; i++) {
        if (is_usable(&xdp->ports[i])) {
            recycle(&xdp->ports[i]);
        }
    }
    self->polls++;
    self->watch_ready = self->watch_ready || (self->has_copies && self->polls % WATCH_INTERVAL == 0u);
    uint32_t shown = show_copies(self, handler, context);
    shown += show_received(self, handler, context);
    for (uint32_t i = 0; i < xdp->count; i++) {
        if (is_usable(&xdp->ports[i])) {
            flush_transmit(&xdp->ports[i]);
            refill(&xdp->ports[i]);
        }
    }
    return shown;
}

static uint8_t *xdp_reserve(struct v6nf_port *port)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    if (!is_usable(self)) {
        self->reserved = NOT_RESERVED;
        return NULL;
    }
    if (self->reserved == NOT_RESERVED) {
        recycle(self);
        self->reserved = self->free_count > 0u ? take_free(self) : NOT_RESERVED;
    }
    if (self->reserved == NOT_RESERVED) {
        return NULL;
    }
    return self->group->memory + (uint64_t)self->reserved * self->group->frame_size + HEADROOM;
}

/* Without a reserved buffer there is nothing to send. */
static void xdp_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    const uint32_t frame = self->reserved;
    if (frame == NOT_RESERVED || self->socket < 0) {
        return;
    }
    self->reserved = NOT_RESERVED;
    put_to_transmit(self, frame, (uint64_t)frame * xdp->frame_size + HEADROOM, length, V6NF_XDP_RECEIVE);
    if (xdp->sending[frame] == 0u) {
        give_back(xdp, frame);
    } else {
        flush_transmit(self);
    }
}

/* Add what the kernel has counted. */
static void xdp_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    const struct v6nf_xdp_port *self = xdp_of(port);
    struct xdp_statistics statistics;
    socklen_t size = sizeof statistics;
    memset(&statistics, 0, sizeof statistics);
    *counters = self->counters;
    if (self->socket >= 0 && getsockopt(self->socket, SOL_XDP, XDP_STATISTICS, &statistics, &size) == 0) {
        counters->receive_dropped += statistics.rx_dropped + statistics.rx_ring_full + self->faults.bad_frames;
        counters->transmit_dropped += statistics.tx_invalid_descs;
    }
}

/* -- The interface ------------------------------------------------------------------------------------------------- */

static bool xdp_link_up(struct v6nf_port *port)
{
    const struct v6nf_xdp_port *self = xdp_of(port);
    const int needed = IFF_UP | IFF_RUNNING;
    struct ifreq answer;
    memset(&answer, 0, sizeof answer);
    answer.ifr_ifindex = (int)self->interface_index;
    /* Its name may have changed. */
    return is_usable(self) && ioctl(self->watch, SIOCGIFNAME, &answer) == 0 &&
           ioctl(self->watch, SIOCGIFFLAGS, &answer) == 0 && (answer.ifr_flags & needed) == needed;
}

static enum v6nf_port_status xdp_status(struct v6nf_port *port)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    if (self->socket < 0) {
        return V6NF_PORT_STOPPED;
    }
    if (!self->gone && sendto(self->socket, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0) {
        look_at_xdp_error(self, errno);
    }
    return self->gone ? V6NF_PORT_GONE : V6NF_PORT_RUNNING;
}

/* Return the time from now to `until`, `limit` microseconds at most. */
static struct timespec bounded_time(uint64_t until, uint64_t limit)
{
    const uint64_t now = v6nf_env_clock();
    uint64_t left = until > now ? until - now : 0u;
    left = left < limit ? left : limit;
    return (struct timespec){.tv_sec = (time_t)(left / MICROSECONDS), .tv_nsec = (long)(left % MICROSECONDS * 1000u)};
}

/* The packet socket has an error: the interface is down, or gone. Read the error, so that it ends no other wait. */
static void look_at_interface(struct v6nf_xdp_port *port)
{
    int error = 0;
    socklen_t size = sizeof error;
    (void)getsockopt(port->watch, SOL_SOCKET, SO_ERROR, &error, &size);
    (void)xdp_status(&port->port);
}

/* Wait for a frame of any port of the group. */
static void xdp_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    struct pollfd files[2u * V6NF_PORT_OUTPUTS_MAX];
    uint64_t limit = WAIT_MAX;
    if (!is_usable(self)) {
        v6nf_env_idle_briefly(until);
        return;
    }
    for (uint32_t i = 0; i < xdp->count; i++) {
        const struct v6nf_xdp_port *one = &xdp->ports[i];
        const bool usable = is_usable(one);
        files[2u * i] = (struct pollfd){.fd = usable ? one->socket : -1, .events = POLLIN};
        /* Without a free frame, no copy can be read now. */
        files[2u * i + 1u] =
            (struct pollfd){.fd = usable ? one->watch : -1, .events = one->free_count > 0u ? POLLIN : 0};
        limit = usable && has_unsent(one) ? UNSENT_INTERVAL : limit;
    }
    const struct timespec left = bounded_time(until, limit);
    const int ready = ppoll(files, 2u * xdp->count, until < UINT64_MAX || limit < WAIT_MAX ? &left : NULL, NULL);
    if (ready < 0 && errno != EINTR) { /* the process may not (RLIMIT_NOFILE 0, seccomp): its loop would spin */
        v6nf_env_idle_briefly(until);
    }
    for (uint32_t i = 0; ready > 0 && i < xdp->count; i++) {
        struct v6nf_xdp_port *one = &xdp->ports[i];
        one->watch_ready = one->watch_ready || files[2u * i + 1u].revents != 0;
        one->gone = one->gone || ((files[2u * i].revents | files[2u * i + 1u].revents) & POLLNVAL) != 0;
        if ((files[2u * i + 1u].revents & POLLERR) != 0) {
            look_at_interface(one);
        }
    }
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void unmap_ring(struct v6nf_xdp_ring *ring)
{
    if (ring->mapped != NULL) {
        (void)munmap(ring->mapped, ring->size);
        ring->mapped = NULL;
    }
}

/* The kernel keeps the memory of a socket until its device has ended: no one else gets it before. */
static bool xdp_stop(struct v6nf_port *port)
{
    struct v6nf_xdp_port *self = xdp_of(port);
    struct v6nf_xdp *xdp = self->group;
    bool has_others = false;
    if (self->socket >= 0) {
        xdp_read_counters(port, &self->counters);
        (void)close(self->socket);
    }
    if (self->watch >= 0) {
        (void)close(self->watch);
    }
    self->socket = self->watch = -1;
    self->reserved = NOT_RESERVED;
    unmap_ring(&self->receive);
    unmap_ring(&self->transmit);
    unmap_ring(&self->fill);
    unmap_ring(&self->completion);
    for (uint32_t i = 0; i < V6NF_PORT_OUTPUTS_MAX; i++) {
        has_others = has_others || xdp->ports[i].socket >= 0;
    }
    if (!has_others && xdp->memory != NULL) {
        (void)munmap(xdp->memory, xdp->memory_size);
        xdp->memory = NULL;
    }
    return true;
}

static const struct v6nf_port_operations xdp_operations = {
    .poll = xdp_poll,
    .wait = xdp_wait,
    .reserve = xdp_reserve,
    .commit = xdp_commit,
    .link_up = xdp_link_up,
    .read_counters = xdp_read_counters,
    .status = xdp_status,
    .stop = xdp_stop,
};

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool set_option(int file, int option, const void *value, size_t size)
{
    return setsockopt(file, SOL_XDP, option, value, (socklen_t)size) == 0;
}

/* Make a ring, and map it. Its descriptors have `descriptor_size` bytes. */
static bool make_ring(int file, int option, struct v6nf_xdp_ring *ring, size_t descriptor_size, uint64_t page)
{
    const uint32_t count = V6NF_XDP_RECEIVE;
    struct xdp_mmap_offsets offsets;
    socklen_t size = sizeof offsets;
    memset(&offsets, 0, sizeof offsets);
    if (!set_option(file, option, &count, sizeof count) ||
        getsockopt(file, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &size) != 0) {
        return false;
    }
    const struct xdp_ring_offset *own = option == XDP_RX_RING          ? &offsets.rx
                                        : option == XDP_TX_RING        ? &offsets.tx
                                        : option == XDP_UMEM_FILL_RING ? &offsets.fr
                                                                       : &offsets.cr;
    ring->size = own->desc + count * descriptor_size;
    uint8_t *mapped = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, (off_t)page);
    if (mapped == MAP_FAILED) {
        return false;
    }
    ring->mapped = mapped;
    ring->producer = (uint32_t *)(void *)(mapped + own->producer);
    ring->consumer = (uint32_t *)(void *)(mapped + own->consumer);
    ring->flags = (uint32_t *)(void *)(mapped + own->flags);
    ring->descriptors = mapped + own->desc;
    return true;
}

static bool make_rings(struct v6nf_xdp_port *port)
{
    const int file = port->socket;
    return make_ring(file, XDP_UMEM_FILL_RING, &port->fill, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING) &&
           make_ring(file, XDP_UMEM_COMPLETION_RING, &port->completion, sizeof(uint64_t),
                     XDP_UMEM_PGOFF_COMPLETION_RING) &&
           make_ring(file, XDP_RX_RING, &port->receive, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING) &&
           make_ring(file, XDP_TX_RING, &port->transmit, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
}

/* Give all frames of the port to their users: the kernel, and the originate path. */
static void hand_out_frames(struct v6nf_xdp_port *port)
{
    for (uint32_t i = 0; i < V6NF_XDP_FRAMES; i++) {
        give_back(port->group, port->number * V6NF_XDP_FRAMES + i);
    }
    ring_publish(&port->fill, port->fill.producer);
}

/* Bind the socket to the queue. All ports use the memory that the first one has registered. The kernel frees a queue a
 * moment after its last socket was closed. */
static enum v6nf_xdp_status bind_socket(struct v6nf_xdp_port *port, uint32_t queue, bool copy)
{
    const uint32_t flags = XDP_USE_NEED_WAKEUP | (copy ? XDP_COPY : 0u);
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
                                   .sxdp_ifindex = port->interface_index,
                                   .sxdp_queue_id = queue,
                                   .sxdp_flags = (uint16_t)(port->number > 0u ? XDP_SHARED_UMEM : flags)};
    if (port->number > 0u) {
        address.sxdp_shared_umem_fd = (uint32_t)port->group->ports[0].socket;
    }
    int bound = bind(port->socket, (const struct sockaddr *)&address, sizeof address);
    for (uint32_t i = 0; i < BINDS_MAX && bound != 0 && errno == EBUSY; i++) {
        v6nf_env_sleep(BIND_INTERVAL);
        bound = bind(port->socket, (const struct sockaddr *)&address, sizeof address);
    }
    if (bound == 0) {
        return V6NF_XDP_OPEN;
    }
    if (errno == EBUSY || errno == EINVAL) {
        return errno == EBUSY ? V6NF_XDP_QUEUE_BUSY : V6NF_XDP_NO_QUEUE;
    }
    return xdp_status_of_error(errno);
}

/* Open the packet socket. It wakes the port if the interface is gone, also if it receives nothing. */
static bool open_watch(struct v6nf_xdp_port *port)
{
    /* The kernel has removed a tag, and a frame of a VLAN that it does not know is for other hosts. */
    struct sock_filter group_frames[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 3, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x3333, 0, 1), /* RFC 2464, 7 */
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {.len = sizeof group_frames / sizeof group_frames[0], .filter = group_frames};
    const struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                        .sll_protocol = htons(port->has_copies ? ETH_P_IPV6 : ETHER_TYPE_NONE),
                                        .sll_ifindex = (int)port->interface_index};
    port->watch = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return port->watch >= 0 && setsockopt(port->watch, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 &&
           bind(port->watch, (const struct sockaddr *)&address, sizeof address) == 0;
}

static void learn_mode(struct v6nf_xdp_port *port)
{
    struct xdp_options options = {.flags = 0};
    socklen_t size = sizeof options;
    port->is_zero_copy = getsockopt(port->socket, SOL_XDP, XDP_OPTIONS, &options, &size) == 0 &&
                         (options.flags & XDP_OPTIONS_ZEROCOPY) != 0u;
}

static enum v6nf_xdp_status open_port(struct v6nf_xdp_port *port, const struct v6nf_xdp_interface *interface,
                                      uint32_t queue, bool copy)
{
    struct v6nf_xdp *xdp = port->group;
    struct xdp_umem_reg region;
    memset(&region, 0, sizeof region);
    region.addr = (uint64_t)(uintptr_t)xdp->memory;
    region.len = xdp->memory_size;
    region.chunk_size = xdp->frame_size;
    port->has_copies = interface->has_groups && interface->groups_queue == queue;
    port->socket = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (port->socket < 0 || (port->number == 0u && !set_option(port->socket, XDP_UMEM_REG, &region, sizeof region)) ||
        !make_rings(port) || !open_watch(port)) {
        return xdp_status_of_error(errno);
    }
    hand_out_frames(port);
    const enum v6nf_xdp_status status = bind_socket(port, queue, copy);
    if (status != V6NF_XDP_OPEN) {
        return status;
    }
    learn_mode(port);
    return xdp_program_add(interface, queue, port->socket) ? V6NF_XDP_OPEN : xdp_status_of_error(errno);
}

/* Prepare the group: nothing is open yet, all ports are known. */
static void prepare(struct v6nf_xdp *xdp, const struct v6nf_xdp_interface *const *interfaces, uint32_t count)
{
    memset(xdp, 0, sizeof *xdp);
    xdp->count = count;
    xdp->frame_size = FRAME_SIZE;
    for (uint32_t i = 0; i < V6NF_PORT_OUTPUTS_MAX; i++) {
        struct v6nf_xdp_port *port = &xdp->ports[i];
        port->port.operations = &xdp_operations;
        port->group = xdp;
        port->number = i;
        port->socket = port->watch = -1;
        port->reserved = NOT_RESERVED;
        if (i < count && interfaces[i]->mtu + ETHER_TAGGED > FRAME_SIZE - HEADROOM) {
            xdp->frame_size = FRAME_SIZE_LARGE;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        struct v6nf_xdp_port *port = &xdp->ports[i];
        port->interface_index = interfaces[i]->index;
        port->is_native = interfaces[i]->is_native;
        port->port.mtu = interfaces[i]->mtu;
        port->port.capacity = xdp->frame_size - HEADROOM;
        port->port.outputs = count;
        memcpy(port->port.mac, interfaces[i]->mac, sizeof port->port.mac);
    }
}

/* Open all ports, or none. */
static enum v6nf_xdp_status open_group(struct v6nf_xdp *xdp, const struct v6nf_xdp_interface *const *interfaces,
                                       uint32_t count, uint32_t queue, bool copy)
{
    prepare(xdp, interfaces, count);
    xdp->sending_max = V6NF_XDP_RECEIVE / 2u / count;
    xdp->memory_size = (size_t)count * V6NF_XDP_FRAMES * xdp->frame_size;
    void *memory = mmap(NULL, xdp->memory_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return V6NF_XDP_FAILED;
    }
    xdp->memory = memory;
    enum v6nf_xdp_status status = V6NF_XDP_OPEN;
    for (uint32_t i = 0; i < count && status == V6NF_XDP_OPEN; i++) {
        status = open_port(&xdp->ports[i], interfaces[i], queue, copy);
    }
    if (status != V6NF_XDP_OPEN) {
        const int error = errno;
        v6nf_xdp_close(xdp);
        errno = error; /* belongs to V6NF_XDP_FAILED */
    }
    return status;
}

static bool has_interface_twice(const struct v6nf_xdp_interface *const *interfaces, uint32_t count)
{
    bool twice = false;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            twice = twice || interfaces[i]->index == interfaces[k]->index;
        }
    }
    return twice;
}

enum v6nf_xdp_status v6nf_xdp_open(struct v6nf_xdp *xdp, const struct v6nf_xdp_interface *const *interfaces,
                                   uint32_t count, uint32_t queue)
{
    bool copy = false;
    if (count - 1u >= V6NF_PORT_OUTPUTS_MAX || queue >= V6NF_XDP_QUEUES || has_interface_twice(interfaces, count)) {
        prepare(xdp, interfaces, 0);
        return V6NF_XDP_CONFIG_BAD;
    }
    for (uint32_t i = 0; i < count; i++) {
        copy = copy || interfaces[i]->copy || !interfaces[i]->is_native;
    }
    enum v6nf_xdp_status status = open_group(xdp, interfaces, count, queue, copy);
    if (status == V6NF_XDP_FAILED && !copy && errno == EOPNOTSUPP) { /* the first can zero-copy, another cannot */
        status = open_group(xdp, interfaces, count, queue, true);
    }
    return status;
}

void v6nf_xdp_close(struct v6nf_xdp *xdp)
{
    for (uint32_t i = 0; i < V6NF_PORT_OUTPUTS_MAX; i++) {
        (void)xdp_stop(&xdp->ports[i].port);
    }
}

const char *v6nf_xdp_mode_text(const struct v6nf_xdp_port *port)
{
    if (!port->is_native) {
        return "generic mode, copied";
    }
    return port->is_zero_copy ? "native mode, zero-copy" : "native mode, copied";
}

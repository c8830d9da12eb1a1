/* socket.c: the AF_XDP socket of a queue: see socket.h. */
#define _GNU_SOURCE
#include "socket.h"

#include "v6nf/env.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAKEUPS_MAX 8u       /* in a row: each sends up to 32 frames */
#define BINDS_MAX 50u        /* to a queue that is busy */
#define BIND_INTERVAL 10000u /* microseconds between two of them */

/* -- Wake-ups ------------------------------------------------------------------------------------------------------ */

/* Note why a call on the socket failed. ENXIO alone means that it has lost its interface. */
static void look_at_xdp_error(struct v6nf_xdp_socket *socket, int error)
{
    socket->gone = socket->gone || error == ENXIO;
}

static bool ring_needs_wakeup(const struct v6nf_xdp_ring *ring)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index is visible before the flag is read */
    return (__atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) != 0u;
}

void xdp_socket_flush(struct v6nf_xdp_socket *socket)
{
    xdp_ring_publish(&socket->transmit, socket->transmit.producer);
    bool again = xdp_socket_has_unsent(socket) && ring_needs_wakeup(&socket->transmit);
    for (uint32_t i = 0; i < WAKEUPS_MAX && again; i++) {
        again = sendto(socket->file, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0;
        if (again) {
            look_at_xdp_error(socket, errno);
            again = errno == EAGAIN;
        }
    }
}

void xdp_socket_refill(struct v6nf_xdp_socket *socket)
{
    xdp_ring_publish(&socket->fill, socket->fill.producer);
    if (ring_needs_wakeup(&socket->fill) && recvfrom(socket->file, NULL, 0, MSG_DONTWAIT, NULL, NULL) < 0) {
        look_at_xdp_error(socket, errno);
    }
}

void xdp_socket_look(struct v6nf_xdp_socket *socket)
{
    if (xdp_socket_is_usable(socket) && sendto(socket->file, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0) {
        look_at_xdp_error(socket, errno);
    }
}

struct xdp_statistics xdp_socket_statistics(const struct v6nf_xdp_socket *socket)
{
    struct xdp_statistics statistics;
    socklen_t size = sizeof statistics;
    memset(&statistics, 0, sizeof statistics);
    if (socket->file >= 0 && getsockopt(socket->file, SOL_XDP, XDP_STATISTICS, &statistics, &size) != 0) {
        memset(&statistics, 0, sizeof statistics);
    }
    return statistics;
}

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

static bool make_rings(struct v6nf_xdp_socket *socket)
{
    const int file = socket->file;
    return make_ring(file, XDP_UMEM_FILL_RING, &socket->fill, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING) &&
           make_ring(file, XDP_UMEM_COMPLETION_RING, &socket->completion, sizeof(uint64_t),
                     XDP_UMEM_PGOFF_COMPLETION_RING) &&
           make_ring(file, XDP_RX_RING, &socket->receive, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING) &&
           make_ring(file, XDP_TX_RING, &socket->transmit, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
}

enum v6nf_xdp_status xdp_socket_make(struct v6nf_xdp_socket *self, const uint8_t *memory, size_t memory_size,
                                     uint32_t frame_size)
{
    struct xdp_umem_reg region;
    memset(&region, 0, sizeof region);
    region.addr = (uint64_t)(uintptr_t)memory;
    region.len = memory_size;
    region.chunk_size = frame_size;
    self->file = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (self->file < 0 || (memory != NULL && !set_option(self->file, XDP_UMEM_REG, &region, sizeof region)) ||
        !make_rings(self)) {
        return xdp_status_of_error(errno);
    }
    return V6NF_XDP_OPEN;
}

enum v6nf_xdp_status xdp_socket_bind(struct v6nf_xdp_socket *socket, const struct v6nf_xdp_socket *first,
                                     uint32_t queue, bool copy)
{
    const uint32_t flags = XDP_USE_NEED_WAKEUP | (copy ? XDP_COPY : 0u);
    struct sockaddr_xdp address = {.sxdp_family = AF_XDP,
                                   .sxdp_ifindex = socket->interface_index,
                                   .sxdp_queue_id = queue,
                                   .sxdp_flags = (uint16_t)(first != NULL ? XDP_SHARED_UMEM : flags)};
    if (first != NULL) {
        address.sxdp_shared_umem_fd = (uint32_t)first->file;
    }
    int bound = bind(socket->file, (const struct sockaddr *)&address, sizeof address);
    for (uint32_t i = 0; i < BINDS_MAX && bound != 0 && errno == EBUSY; i++) {
        v6nf_env_sleep(BIND_INTERVAL);
        bound = bind(socket->file, (const struct sockaddr *)&address, sizeof address);
    }
    if (bound == 0) {
        return V6NF_XDP_OPEN;
    }
    if (errno == EBUSY || errno == EINVAL) {
        return errno == EBUSY ? V6NF_XDP_QUEUE_BUSY : V6NF_XDP_NO_QUEUE;
    }
    return xdp_status_of_error(errno);
}

bool xdp_socket_is_zero_copy(const struct v6nf_xdp_socket *socket)
{
    struct xdp_options options = {.flags = 0};
    socklen_t size = sizeof options;
    return getsockopt(socket->file, SOL_XDP, XDP_OPTIONS, &options, &size) == 0 &&
           (options.flags & XDP_OPTIONS_ZEROCOPY) != 0u;
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void unmap_ring(struct v6nf_xdp_ring *ring)
{
    if (ring->mapped != NULL) {
        (void)munmap(ring->mapped, ring->size);
        ring->mapped = NULL;
    }
}

void xdp_socket_close(struct v6nf_xdp_socket *socket)
{
    if (socket->file >= 0) {
        (void)close(socket->file);
    }
    if (socket->watch >= 0) {
        (void)close(socket->watch);
    }
    socket->file = socket->watch = -1;
    unmap_ring(&socket->receive);
    unmap_ring(&socket->transmit);
    unmap_ring(&socket->fill);
    unmap_ring(&socket->completion);
}

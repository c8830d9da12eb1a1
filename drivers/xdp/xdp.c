/* xdp.c: groups of AF_XDP ports: see xdp.h. */
#define _GNU_SOURCE
#include "port.h"

#include "../xdp_socket/socket.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define FRAME_SIZE 2048u       /* bytes of a frame with its headroom: a power of two, a page at most */
#define FRAME_SIZE_LARGE 4096u /* the same, for an MTU that does not fit */
#define ETHER_TAGGED 18u       /* bytes of the Ethernet header with a VLAN tag */

static enum v6nf_xdp_status open_port(struct v6nf_xdp_port *port, const struct v6nf_xdp_interface *interface,
                                      uint32_t queue, bool copy)
{
    const struct v6nf_xdp *xdp = port->group;
    const bool is_first = port->number == 0u;
    port->has_copies = interface->has_groups && interface->groups_queue == queue;
    enum v6nf_xdp_status status =
        xdp_socket_make(&port->socket, is_first ? xdp->memory : NULL, xdp->memory_size, xdp->frame_size);
    if (status != V6NF_XDP_OPEN) {
        return status;
    }
    if (!xdp_watch_open(&port->socket, port->has_copies)) {
        return xdp_status_of_error(errno);
    }
    xdp_port_hand_out(port);
    status = xdp_socket_bind(&port->socket, is_first ? NULL : &xdp->ports[0].socket, queue, copy);
    if (status != V6NF_XDP_OPEN) {
        return status;
    }
    port->is_zero_copy = xdp_socket_is_zero_copy(&port->socket);
    return xdp_program_add(interface, queue, port->socket.file) ? V6NF_XDP_OPEN : xdp_status_of_error(errno);
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
        port->socket.file = port->socket.watch = -1;
        port->reserved = XDP_NOT_RESERVED;
        if (i < count && interfaces[i]->mtu + ETHER_TAGGED > FRAME_SIZE - XDP_HEADROOM) {
            xdp->frame_size = FRAME_SIZE_LARGE;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        struct v6nf_xdp_port *port = &xdp->ports[i];
        port->socket.interface_index = interfaces[i]->index;
        port->is_native = interfaces[i]->is_native;
        port->port.mtu = interfaces[i]->mtu;
        port->port.capacity = xdp->frame_size - XDP_HEADROOM;
        port->port.outputs = count;
        memcpy(port->port.mac, interfaces[i]->mac, sizeof port->port.mac);
    }
}

/* Open all ports, or none. */
static enum v6nf_xdp_status open_group(struct v6nf_xdp *xdp, const struct v6nf_xdp_interface *const *interfaces,
                                       uint32_t count, uint32_t queue, bool copy)
{
    prepare(xdp, interfaces, count);
    xdp->pause = interfaces[0]->pause;
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
        (void)xdp_operations.stop(&xdp->ports[i].port);
    }
}

const char *v6nf_xdp_mode_text(const struct v6nf_xdp_port *port)
{
    if (!port->is_native) {
        return "generic mode, copied";
    }
    return port->is_zero_copy ? "native mode, zero-copy" : "native mode, copied";
}

/* run.h: one turn of the polling loop, for a program with a node on a port. */
#ifndef V6NF_RUN_H
#define V6NF_RUN_H

#include <stdint.h>

#include "dhcpv6.h"
#include "node.h"
#include "port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_run_context {
    struct v6nf_node *node;
    uint64_t now;
};

/* The handler that joins a port and a node. */
static inline void v6nf_run_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const struct v6nf_run_context *run = (const struct v6nf_run_context *)context;
    lengths[0] = v6nf_node_input(run->node, frame, length, capacity, run->now);
}

/* Sends what is due, while the port has buffers. Returns how many frames. */
static inline uint32_t v6nf_run_tick(struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    uint32_t sent = 0;
    while (v6nf_node_next_due(node) <= now) {
        uint8_t *frame = port->operations->reserve(port);
        uint32_t length = frame != 0 ? v6nf_node_tick(node, frame, port->capacity, now) : 0u;
        if (length == 0u) {
            break;
        }
        port->operations->commit(port, length);
        sent++;
    }
    return sent;
}

/* Handles a burst of received frames and sends what is due at `now`, microseconds. Returns how many frames came or went:
 * with 0 the program may sleep, until v6nf_node_next_due() at the latest. */
static inline uint32_t v6nf_run(struct v6nf_node *node, struct v6nf_port *port, uint64_t now)
{
    struct v6nf_run_context context = {node, now};
    uint32_t received = port->operations->poll(port, v6nf_run_handler, &context);
    return received + v6nf_run_tick(node, port, now);
}

#if V6NF_DHCPV6
/* Sends what the client has due, while the port has buffers. Returns how many frames. A program that sleeps does so
 * until v6nf_dhcpv6_next_due() at the latest. */
static inline uint32_t v6nf_run_dhcpv6(struct v6nf_dhcpv6 *client, struct v6nf_port *port, uint64_t now)
{
    uint32_t sent = 0;
    while (v6nf_dhcpv6_next_due(client) <= now) {
        uint8_t *frame = port->operations->reserve(port);
        uint32_t length = frame != 0 ? v6nf_dhcpv6_tick(client, frame, port->capacity, now) : 0u;
        if (length == 0u) {
            break;
        }
        port->operations->commit(port, length);
        sent++;
    }
    return sent;
}
#endif

#ifdef __cplusplus
}
#endif

#endif

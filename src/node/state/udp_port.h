/* udp_port.h: the UDP ports of the program. */
#ifndef V6NF_NODE_STATE_UDP_PORT_H
#define V6NF_NODE_STATE_UDP_PORT_H

#include "../base/packet.h"

/* Return the binding of the port, a free one for port 0, NULL if there is none. Inline: every datagram needs it. */
static inline struct v6nf_udp_binding *udp_find_port(struct v6nf_node *node, uint16_t port)
{
    struct v6nf_udp_binding *end = node->udp + V6NF_UDP_PORTS;
    for (struct v6nf_udp_binding *binding = node->udp; binding != end; binding++) {
        if (binding->port == port) {
            return binding;
        }
    }
    return NULL;
}

/* Return the bit of node->udp_sources for the port. Ports share bits: it is a filter. */
static inline uint32_t udp_source_bit(uint16_t port)
{
    return UINT32_C(1) << (port % 32u);
}

/* Report the error to the program if the packet's port has a handler for errors, and set *reported. Return true if the
 * packet is from a bound port, or from one that the program has sent from. */
bool v6nf_udp_port_error(struct v6nf_node *node, const struct packet_error *error, bool *reported);

#if V6NF_UDP_ZERO_CHECKSUM
/* Return true if datagrams of the port may lack a checksum in this direction (RFC 6936, 4). */
bool v6nf_udp_port_may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction);
#else
static inline bool v6nf_udp_port_may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction)
{
    (void)node, (void)port, (void)direction;
    return false;
}
#endif

#endif

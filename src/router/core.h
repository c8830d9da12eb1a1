/* core.h: what every module of the router needs. */
#ifndef V6NF_ROUTER_CORE_H
#define V6NF_ROUTER_CORE_H

#include "v6nf/router/router.h"

#if V6NF_FORWARDING
/* Where the IPv6 packet starts in a frame. */
#define PACKET V6NF_ETHER_HEADER_SIZE

/* A frame that is handled. */
struct frame {
    uint8_t *bytes;
    uint32_t length;    /* bytes received */
    uint32_t capacity;  /* bytes of the buffer */
    uint32_t interface; /* number of the interface that it was received on */
    uint32_t *lengths;  /* the result */
    uint64_t now;
};

static inline void count_frame(struct v6nf_router *router, const struct frame *frame, enum v6nf_router_counter counter)
{
    router->interfaces[frame->interface].counters[counter]++;
}

/* Return true if packets with this address, source or destination, stay on their link (RFC 4291, 2.5.2, 2.5.3, 2.5.6;
 * RFC 6890, 2.2.3). */
static inline bool stays_on_link(const uint8_t *address)
{
    return v6nf_address_is_link_local(address) || v6nf_address_is_unspecified(address) ||
           v6nf_address_is_loopback(address) || v6nf_address_is_ipv4_mapped(address);
}
#endif

#endif

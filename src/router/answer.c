/* answer.c: ICMPv6 errors of the router: by which interface, with which source (RFC 4443, 2.2). */
#include "answer.h"

#if V6NF_FORWARDING

/* Return true if packets from the source get as far as the destination: neither leaves its link (RFC 4007), or its site
 * (RFC 4193, 4.3). */
static bool reaches(const uint8_t *source, const uint8_t *destination)
{
    if (v6nf_address_is_link_local(source)) {
        return v6nf_address_is_link_local(destination);
    }
    return (source[0] & 0xFEu) != 0xFCu || (destination[0] & 0xFEu) == 0xFCu;
}

/* Return the source of an error to this address, NULL for none: an address of the interface, or of another one if that
 * does not get there, as on a link without global addresses (RFC 4443, 2.2; RFC 7404). */
static const uint8_t *source_for(const struct v6nf_router *router, uint32_t number, const uint8_t *address)
{
    const uint8_t *own = v6nf_node_source(router->interfaces[number].node, address);
    for (uint32_t i = 0; i < router->count && (own == NULL || !reaches(own, address)); i++) {
        const uint8_t *other = v6nf_node_source(router->interfaces[i].node, address);
        if (other != NULL && reaches(other, address)) {
            return other;
        }
    }
    return own;
}

/* Return true for an address of the router, anycast or not: it is sent no error (RFC 4443, 2.4 e.6). */
static bool is_address_of_router(const struct v6nf_router *router, const uint8_t *address)
{
    const struct v6nf_fib *fib = router->fib;
    const uint32_t number = v6nf_fib_find(fib, address);
    return number != V6NF_FIB_NONE && fib->hops[fib->routes[number].hop].kind == V6NF_FIB_DELIVER;
}

/* Make the frame an error from the interface. Return its length, 0 if none may be sent. */
static uint32_t write_answer(struct v6nf_router *router, const struct frame *frame, uint8_t type, uint8_t code,
                             uint32_t parameter)
{
    const struct v6nf_router_interface *in = &router->interfaces[frame->interface];
    const uint8_t *to = frame->bytes + PACKET + V6NF_IPV6_SOURCE;
    const uint8_t *source = source_for(router, frame->interface, to);
    const struct v6nf_icmpv6_error error = {
        .type = type,
        .code = code,
        .hop_limit = in->node->hop_limit,
        .parameter = parameter,
        .source = source,
        .mac = in->node->mac,
    };
    struct v6nf_chain chain;
    if (source == NULL || is_address_of_router(router, to)) {
        return 0;
    }
    (void)v6nf_chain_read(&chain, frame->bytes, frame->length);
    return v6nf_icmpv6_error_answer(&router->limit, &error, frame->bytes, frame->capacity, &chain, frame->now);
}

void v6nf_router_answer(struct v6nf_router *router, const struct frame *frame, uint8_t type, uint8_t code,
                        uint32_t parameter)
{
    frame->lengths[frame->interface] = write_answer(router, frame, type, code, parameter);
}

uint32_t v6nf_router_undelivered(struct v6nf_router *router, const struct frame *frame)
{
    return write_answer(router, frame, V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_ADDRESS_UNREACHABLE, 0);
}

uint32_t v6nf_router_too_big(struct v6nf_router *router, const struct frame *frame, uint32_t length, uint32_t mtu)
{
    const struct v6nf_node *node = router->interfaces[frame->interface].node;
    struct v6nf_address source; /* not in the frame: the node alone sees it */
    const struct v6nf_icmpv6_error error = {
        .type = V6NF_ICMPV6_PACKET_TOO_BIG,
        .hop_limit = node->hop_limit,
        .parameter = mtu,
        .source = source.bytes,
        .mac = node->mac,
    };
    struct v6nf_chain chain;
    v6nf_address_copy(source.bytes, frame->bytes + PACKET + V6NF_IPV6_DESTINATION);
    v6nf_ether_address_copy(frame->bytes + V6NF_ETHER_DESTINATION, node->mac);
    (void)v6nf_chain_read(&chain, frame->bytes, length);
    return v6nf_icmpv6_error_is_permitted(frame->bytes, &chain, error.type, error.code)
               ? v6nf_icmpv6_error_write(&error, frame->bytes, frame->capacity, &chain)
               : 0u;
}
#endif

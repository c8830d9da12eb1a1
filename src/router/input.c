/* input.c: a frame is received: for the router itself, or to be forwarded. Most packets are forwarded here; all others
 * by forward.c. */
#include "v6nf/wire/ext.h"

#include "forward.h"

#if V6NF_FORWARDING
#define UPPER (PACKET + V6NF_IPV6_HEADER_SIZE)

/* Return true if the frame is for the station of the node, and its content is IPv6. It has at least 14 bytes. */
static inline bool is_for_station(const struct v6nf_node *node, const uint8_t *bytes)
{
    const uint64_t first = v6nf_word64(bytes); /* with the destination in its lower 48 bits */
    return (first ^ v6nf_word64(node->source_and_type)) << 16 == 0u &&
           v6nf_load16(bytes + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_IPV6;
}

/* Return true if addresses that begin with this byte are unicast beyond a link: neither ::, ::1 and their like, nor
 * fe80::/10, nor ff00::/8. A few others are not either: forward.c looks at them. */
static inline bool is_usual(uint8_t first_byte)
{
    return (uint8_t)(first_byte - 1u) < 0xFDu;
}

/* Return true if the packet needs nothing but a route. */
static inline bool is_plain(const uint8_t *packet)
{
    return packet[0] >> 4 == 6u && packet[V6NF_IPV6_HOP_LIMIT] > 1u &&
           packet[V6NF_IPV6_NEXT_HEADER] != V6NF_EXT_HOP_BY_HOP && is_usual(packet[V6NF_IPV6_SOURCE]) &&
           is_usual(packet[V6NF_IPV6_DESTINATION]);
}

/* Forward a plain packet to a next hop that is known to be reachable, on another interface. Return false, with the
 * frame unchanged, if that is not possible. */
static inline bool forward_at_once(struct v6nf_router *router, uint32_t interface, uint8_t *bytes, uint32_t size,
                                   uint32_t *lengths, uint64_t now)
{
    const uint8_t *destination = bytes + PACKET + V6NF_IPV6_DESTINATION;
    const uint32_t number = v6nf_fib_find(router->fib, destination);
    if (number == V6NF_FIB_NONE) {
        return false;
    }
    struct v6nf_fib_route *route = &router->fib->routes[number];
    struct v6nf_fib_hop *hop = &router->fib->hops[route->hop];
    if (hop->kind > V6NF_FIB_NEXT_HOP || hop->interface == interface) {
        return false;
    }
    struct v6nf_router_interface *out = &router->interfaces[hop->interface];
    struct v6nf_node *node = out->node;
    const struct v6nf_neighbor *neighbor = hop->kind == V6NF_FIB_NEXT_HOP
                                               ? v6nf_node_adjacency(node, hop->neighbor, hop->address.bytes, now)
                                               : v6nf_node_find_adjacency(node, destination, &hop->neighbor, now);
    if (neighbor == NULL || PACKET + size > node->longest_frame) {
        return false;
    }
    bytes[PACKET + V6NF_IPV6_HOP_LIMIT]--;
    v6nf_node_write_ether(node, neighbor, bytes);
    lengths[hop->interface] = PACKET + size;
    route->packets++;
    route->bytes += size;
    out->sent++;
    out->sent_bytes += size;
    router->interfaces[interface].counters[V6NF_ROUTER_FORWARDED]++;
    return true;
}

/* Compare a Router Advertisement of another router with that of this one (RFC 4861, 6.2.7). */
static void compare_advertisement(struct v6nf_router *router, const struct frame *frame)
{
    const uint8_t *packet = frame->bytes + PACKET;
    if (frame->length > UPPER && packet[V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6 &&
        frame->bytes[UPPER] == V6NF_ICMPV6_ROUTER_ADVERTISEMENT) {
        (void)v6nf_advertiser_check(&router->interfaces[frame->interface].advertiser, packet, frame->length - PACKET,
                                    frame->now);
    }
}

/* Handle any frame. */
static __attribute__((noinline)) void input_any(struct v6nf_router *router, const struct frame *frame)
{
    const struct v6nf_node *node = router->interfaces[frame->interface].node;
    const uint8_t *packet = frame->bytes + PACKET;
    uint32_t size = 0;
    if (frame->length < UPPER || frame->length > frame->capacity ||
        v6nf_load16(frame->bytes + V6NF_ETHER_TYPE) != V6NF_ETHER_TYPE_IPV6) {
        v6nf_router_deliver(router, frame, frame->interface); /* the node counts why it drops it */
        return;
    }
    if (!v6nf_ether_is_group(frame->bytes) && !v6nf_ether_address_equal(frame->bytes, node->mac)) {
        count_frame(router, frame, V6NF_ROUTER_DROP_ETHER);
        return;
    }
    const uint8_t *destination = packet + V6NF_IPV6_DESTINATION;
    if (v6nf_ether_is_group(frame->bytes) || v6nf_address_is_multicast(destination) || stays_on_link(destination) ||
        v6nf_ipv6_check(packet, frame->length - PACKET, &size) != V6NF_IPV6_GOOD) {
        compare_advertisement(router, frame);
        v6nf_router_deliver(router, frame, frame->interface);
        return;
    }
    v6nf_router_forward(router, frame, size);
}

void v6nf_router_input(struct v6nf_router *router, uint32_t interface, uint8_t *frame, uint32_t length,
                       uint32_t capacity, uint32_t *lengths, uint64_t now)
{
    if (length >= UPPER && length <= capacity && is_for_station(router->interfaces[interface].node, frame) &&
        is_plain(frame + PACKET)) {
        const uint32_t size = V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(frame + PACKET + V6NF_IPV6_PAYLOAD_LENGTH);
        if (PACKET + size <= length && forward_at_once(router, interface, frame, size, lengths, now)) {
            return;
        }
    }
    const struct frame its = {frame, length, capacity, interface, lengths, now};
    input_any(router, &its);
}
#endif

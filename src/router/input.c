/* input.c: a frame is received: for the router itself, or to be forwarded. Most packets are forwarded here; all others
 * by forward.c. */
#include "v6nf/wire/ext.h"

#include "forward.h"

#if V6NF_FORWARDING
#define UPPER (PACKET + V6NF_IPV6_HEADER_SIZE)

/* Ethernet type IPv6 and version 6, in the bytes from the Ethernet type on, least significant byte first. */
#define IPV6_WORD 0x60DD86u
#define IPV6_WORD_MASK 0xF0FFFFu

/* Return true if the frame is for the station of the node, and its content is IPv6. It has at least 15 bytes. */
static inline bool is_for_station(const struct v6nf_node *node, const uint8_t *bytes)
{
    const uint64_t first = v6nf_word64(bytes); /* with the destination in its lower 48 bits */
    return (first ^ v6nf_word64(node->source_and_type)) << 16 == 0u &&
           (v6nf_word32(bytes + V6NF_ETHER_TYPE) & IPV6_WORD_MASK) == IPV6_WORD;
}

/* Return true if all addresses that begin with this byte are unicast beyond a link. Packets with any other address take
 * the complete path in forward.c, which passes those that may pass. These are ::/8 with ::, ::1, IPv4-mapped addresses
 * and 64:ff9b::/96 (RFC 6052), fe00::/8 with fe80::/10, and ff00::/8. */
static inline bool is_usual(uint8_t first_byte)
{
    return (uint8_t)(first_byte - 1u) < 0xFDu;
}

/* Return true if the packet needs nothing but a route. */
static inline bool is_plain(const uint8_t *packet)
{
    return packet[V6NF_IPV6_HOP_LIMIT] > 1u && packet[V6NF_IPV6_NEXT_HEADER] != V6NF_EXT_HOP_BY_HOP &&
           is_usual(packet[V6NF_IPV6_SOURCE]) && is_usual(packet[V6NF_IPV6_DESTINATION]);
}

/* Send the frame, of `end` bytes, to a neighbor. Counters of the route and of the interface alternate: of pairs,
 * compilers make more instructions. */
static inline void send_to(struct v6nf_router_interface *in, struct v6nf_router_interface *out,
                           struct v6nf_fib_route *route, const struct v6nf_neighbor *neighbor, uint8_t *bytes,
                           uint32_t end)
{
    v6nf_node_write_ether(out->node, neighbor, bytes);
    bytes[PACKET + V6NF_IPV6_HOP_LIMIT]--;
    route->packets++;
    out->sent++;
    route->bytes += end - PACKET;
    out->sent_bytes += end - PACKET;
    in->counters[V6NF_ROUTER_FORWARDED]++;
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
static void input_frame(struct v6nf_router *router, const struct frame *frame)
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

/* The same, as a handler does. */
static __attribute__((noinline)) void input_any(const struct v6nf_router_context *context, uint8_t *bytes,
                                                uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const struct frame frame = {bytes, length, capacity, context->interface, lengths, context->now};
    input_frame(context->router, &frame);
}

/* Handle a plain packet, of `end` bytes with its Ethernet header, on its way to a host on one of the links. */
static __attribute__((noinline)) void input_on_link(const struct v6nf_router_context *context, uint8_t *bytes,
                                                    uint32_t length, uint32_t capacity, uint32_t *lengths, uint32_t end,
                                                    struct v6nf_fib_route *route)
{
    struct v6nf_router *router = context->router;
    const struct v6nf_fib_hop *hop = &router->fib->hops[route->hop];
    const uint32_t number = hop->interface < router->count ? hop->interface : context->interface;
    struct v6nf_router_interface *in = &router->interfaces[context->interface];
    struct v6nf_router_interface *out = &router->interfaces[number];
    const uint8_t *destination = bytes + PACKET + V6NF_IPV6_DESTINATION;
    if (in != out && end <= out->node->longest_frame) {
        const struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(out->node, destination, context->now);
        if (neighbor != NULL) {
            send_to(in, out, route, neighbor, bytes, end);
            lengths[number] = end;
            return;
        }
    }
    input_any(context, bytes, length, capacity, lengths);
}

/* Return the length of the frame, without padding of the link, if it is IPv6 for the station of the node and needs
 * nothing but a route; else 0. */
static inline uint32_t plain_length(const struct v6nf_node *node, const uint8_t *bytes, uint32_t length,
                                    uint32_t capacity)
{
    if (length < UPPER || length > capacity || !is_for_station(node, bytes) || !is_plain(bytes + PACKET)) {
        return 0;
    }
    const uint32_t end = UPPER + v6nf_load16(bytes + PACKET + V6NF_IPV6_PAYLOAD_LENGTH);
    return end <= length ? end : 0u;
}

void v6nf_router_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const struct v6nf_router_context *its = (const struct v6nf_router_context *)context;
    struct v6nf_router_interface *in = &its->router->interfaces[its->interface];
    const uint32_t end = plain_length(in->node, frame, length, capacity);
    if (end != 0u) {
        const struct v6nf_fib *fib = its->router->fib;
        const uint32_t number = v6nf_fib_find(fib, frame + PACKET + V6NF_IPV6_DESTINATION);
        if (number != V6NF_FIB_NONE) {
            struct v6nf_fib_route *route = &fib->routes[number];
            const struct v6nf_fib_hop *hop = &fib->hops[route->hop];
            struct v6nf_neighbor *neighbor = hop->neighbor;
            struct v6nf_router_interface *out = hop->out;
            if (neighbor != NULL && v6nf_node_is_adjacency(neighbor, hop->ended, its->now) && out != in &&
                end <= out->node->longest_frame) {
                lengths[hop->interface] = end;
                send_to(in, out, route, neighbor, frame, end);
                return;
            }
            if (hop->kind == V6NF_FIB_ON_LINK) {
                input_on_link(its, frame, length, capacity, lengths, end, route);
                return;
            }
        }
    }
    input_any(its, frame, length, capacity, lengths);
}

void v6nf_router_input(struct v6nf_router *router, uint32_t interface, uint8_t *frame, uint32_t length,
                       uint32_t capacity, uint32_t *lengths, uint64_t now)
{
    struct v6nf_router_context its = {router, interface, now};
    v6nf_router_handler(&its, frame, length, capacity, lengths);
}
#endif

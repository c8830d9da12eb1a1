/* forward.c: packets are sent by a route, or answered with the reason why not (RFC 8200, 3 and 4.3; RFC 4443, 3). The
 * fast path of most packets is in input.c. */
#include "forward.h"

#include "v6nf/wire/ext.h"
#include "v6nf/wire/ndp.h"

#include "answer.h"

#if V6NF_FORWARDING
#define UPPER (PACKET + V6NF_IPV6_HEADER_SIZE)

struct v6nf_fib_hop *v6nf_router_find(struct v6nf_router *router, const uint8_t *address, uint32_t size)
{
    const uint32_t number = v6nf_fib_find(router->fib, address);
    if (number == V6NF_FIB_NONE) {
        return NULL;
    }
    struct v6nf_fib_route *route = &router->fib->routes[number];
    struct v6nf_fib_hop *hop = &router->fib->hops[route->hop];
    route->packets += size != 0u ? 1u : 0u;
    route->bytes += size;
    return hop->interface < router->count ? hop : NULL; /* the FIB does not know their number */
}

/* -- By an interface ----------------------------------------------------------------------------------------------- */

/* Send the frame of `length` bytes by a hop with an interface. Note where the next hop was found, for input.c. Return
 * what becomes of the frame. */
static enum v6nf_forward_status send_by_hop(struct v6nf_router *router, const struct frame *frame, uint32_t length,
                                            struct v6nf_fib_hop *hop)
{
    struct v6nf_router_interface *out = &router->interfaces[hop->interface];
    enum v6nf_forward_status status = V6NF_FORWARD_SENT;
    struct v6nf_address next_hop = hop->address; /* a copy: the frame may become a solicitation */
    if (hop->kind == V6NF_FIB_ON_LINK) {
        v6nf_address_copy(next_hop.bytes, frame->bytes + PACKET + V6NF_IPV6_DESTINATION);
    }
    struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(out->node, next_hop.bytes, frame->now);
    if (neighbor == NULL) {
        if (hop->kind == V6NF_FIB_NEXT_HOP) {
            v6nf_node_want_next_hop(out->node, next_hop.bytes, frame->now);
        }
        frame->lengths[hop->interface] =
            v6nf_node_forward(out->node, frame->bytes, length, frame->capacity, next_hop.bytes, &status, frame->now);
        return status;
    }
    if (hop->kind == V6NF_FIB_NEXT_HOP) {
        hop->neighbor = neighbor;
        hop->ended = neighbor->ended;
        hop->out = out;
    }
    v6nf_node_write_ether(out->node, neighbor, frame->bytes);
    frame->lengths[hop->interface] = length;
    return status;
}

/* -- Frames of the nodes ------------------------------------------------------------------------------------------- */

static bool is_unrouted(const uint8_t *bytes)
{
    return v6nf_word32(bytes) == 0u && v6nf_word16(bytes + 4) == 0u;
}

/* Let the node, which sent a packet that is too long for the next link, know that link's MTU (RFC 8201). */
static void refuse_own(struct v6nf_router *router, const struct frame *frame, uint32_t length, uint32_t mtu)
{
    length = v6nf_router_too_big(router, frame, length, mtu);
    if (length != 0u) {
        (void)v6nf_node_input(router->interfaces[frame->interface].node, frame->bytes, length, frame->capacity,
                              frame->now);
    }
}

/* Give the frame to a node that another interface received it for, or that another node of the router sent it to. It
 * comes from no neighbor of that node: with Hop Limit 255 a Neighbor Discovery message would say so (RFC 4861, 11.1).
 * Return the length of its answer. */
static uint32_t give(const struct v6nf_router *router, const struct frame *frame, uint32_t number, uint32_t length)
{
    struct v6nf_node *node = router->interfaces[number].node;
    if (number != frame->interface) {
        uint8_t *hop_limit = frame->bytes + PACKET + V6NF_IPV6_HOP_LIMIT;
        if (*hop_limit == V6NF_NDP_HOP_LIMIT) {
            (*hop_limit)--;
        }
        v6nf_ether_address_copy(frame->bytes + V6NF_ETHER_DESTINATION, node->mac);
    }
    return v6nf_node_input(node, frame->bytes, length, frame->capacity, frame->now);
}

/* Send a packet of the node of frame->interface that it found no route for. Return true, and the length, if it is for
 * the router itself: *number then is the interface with its destination. */
static bool route_own(struct v6nf_router *router, const struct frame *frame, uint32_t length, uint32_t *number)
{
    const uint8_t *packet = frame->bytes + PACKET;
    struct v6nf_fib_hop *hop = v6nf_router_find(router, packet + V6NF_IPV6_DESTINATION, 0u);
    if (hop == NULL || hop->kind > V6NF_FIB_DELIVER || stays_on_link(packet + V6NF_IPV6_SOURCE)) {
        router->interfaces[frame->interface].own_dropped++;
        return false;
    }
    *number = hop->interface;
    if (hop->kind == V6NF_FIB_DELIVER) {
        return true;
    }
    const uint32_t longest = router->interfaces[hop->interface].node->longest_frame;
    if (length > longest) {
        router->interfaces[frame->interface].own_dropped++;
        refuse_own(router, frame, length, longest - V6NF_ETHER_HEADER_SIZE);
    } else if (send_by_hop(router, frame, length, hop) == V6NF_FORWARD_DROPPED) {
        router->interfaces[frame->interface].own_dropped++;
    }
    return false;
}

/* Packets between the router's own nodes that one frame can cause: a request, its reply, an error. */
#define OWN_ROUNDS 3u

void v6nf_router_send_own(struct v6nf_router *router, const struct frame *frame, uint32_t number, uint32_t length)
{
    struct frame its = *frame;
    its.interface = number;
    for (uint32_t round = 0; round < OWN_ROUNDS && length != 0u; round++) {
        if (!is_unrouted(its.bytes)) {
            its.lengths[its.interface] = length;
            return;
        }
        uint32_t to = its.interface;
        if (!route_own(router, &its, length, &to)) {
            return;
        }
        /* The frame is from the node, to itself or to another node of the router. */
        v6nf_ether_address_copy(its.bytes + V6NF_ETHER_DESTINATION, router->interfaces[to].node->mac);
        length = give(router, &its, to, length);
        its.interface = to;
    }
    router->interfaces[its.interface].own_dropped += length != 0u ? 1u : 0u;
}

/* Give the frame to the node of another interface. Its reply to an anycast address is from an address of the interface
 * that received the request (RFC 4443, 4.2). DEVIATION: a reply in fragments is from one of the node.
 * Return the length of its answer. */
static uint32_t give_other(const struct v6nf_router *router, const struct frame *frame, uint32_t number)
{
    struct v6nf_address to;
    uint8_t *packet = frame->bytes + PACKET;
    uint8_t *message = frame->bytes + UPPER;
    v6nf_address_copy(to.bytes, packet + V6NF_IPV6_DESTINATION);
    const uint32_t length = give(router, frame, number, frame->length);
    if (length <= UPPER || packet[V6NF_IPV6_NEXT_HEADER] != V6NF_NEXT_HEADER_ICMPV6 ||
        message[V6NF_ICMPV6_TYPE] != V6NF_ICMPV6_ECHO_REPLY ||
        v6nf_address_equal(packet + V6NF_IPV6_SOURCE, to.bytes)) {
        return length;
    }
    const uint8_t *source = v6nf_node_source(router->interfaces[frame->interface].node, packet + V6NF_IPV6_DESTINATION);
    if (source != NULL && !stays_on_link(source)) {
        v6nf_address_copy(packet + V6NF_IPV6_SOURCE, source);
        v6nf_icmpv6_finish(packet, message, length - UPPER);
    }
    return length;
}

void v6nf_router_deliver(struct v6nf_router *router, const struct frame *frame, uint32_t number)
{
    count_frame(router, frame, V6NF_ROUTER_DELIVERED);
    const uint32_t length =
        number != frame->interface ? give_other(router, frame, number) : give(router, frame, number, frame->length);
    v6nf_router_send_own(router, frame, number, length);
}

/* -- Packets that pass --------------------------------------------------------------------------------------------- */

/* Count a packet that does not pass, and answer it with an error. */
static void refuse_packet(struct v6nf_router *router, const struct frame *frame, enum v6nf_router_counter cause,
                          uint8_t type, uint8_t code, uint32_t parameter)
{
    count_frame(router, frame, cause);
    v6nf_router_answer(router, frame, type, code, parameter);
}

/* Check source and destination (RFC 4007, 9; RFC 4443, 3.1). */
static bool has_scope(struct v6nf_router *router, const struct frame *frame)
{
    const uint8_t *source = frame->bytes + PACKET + V6NF_IPV6_SOURCE;
    if (v6nf_address_is_link_local(source)) {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_SCOPE, V6NF_ICMPV6_DESTINATION_UNREACHABLE,
                      V6NF_ICMPV6_BEYOND_SCOPE, 0);
        return false;
    }
    if (stays_on_link(source)) {
        count_frame(router, frame, V6NF_ROUTER_DROP_SCOPE);
        return false;
    }
    return true;
}

/* Check Hop-by-Hop options (RFC 8200, 4.2 and 4.3; RFC 9673). */
static bool has_good_options(struct v6nf_router *router, const struct frame *frame, uint32_t size)
{
    const uint8_t *packet = frame->bytes + PACKET;
    uint32_t where = 0;
    if (packet[V6NF_IPV6_NEXT_HEADER] != V6NF_EXT_HOP_BY_HOP) {
        return true;
    }
    const uint32_t end = v6nf_ext_end(packet, V6NF_IPV6_HEADER_SIZE, size);
    if (end == 0u) {
        count_frame(router, frame, V6NF_ROUTER_DROP_OPTION);
        return false;
    }
    const enum v6nf_ext_action action =
        v6nf_ext_check_options(packet + V6NF_IPV6_HEADER_SIZE, end - V6NF_IPV6_HEADER_SIZE, &where);
    if (action == V6NF_EXT_DISCARD) {
        count_frame(router, frame, V6NF_ROUTER_DROP_OPTION);
    } else if (action != V6NF_EXT_GO_ON) {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_OPTION, V6NF_ICMPV6_PARAMETER_PROBLEM,
                      V6NF_ICMPV6_UNRECOGNIZED_OPTION, V6NF_IPV6_HEADER_SIZE + where);
    }
    return action == V6NF_EXT_GO_ON;
}

/* Refuse a packet that no route lets pass. hop: NULL for none. */
static void refuse_by_route(struct v6nf_router *router, const struct frame *frame, const struct v6nf_fib_hop *hop)
{
    static const uint8_t codes[V6NF_FIB_KINDS] = {
        [V6NF_FIB_UNREACHABLE] = V6NF_ICMPV6_NO_ROUTE,
        [V6NF_FIB_PROHIBITED] = V6NF_ICMPV6_PROHIBITED,
        [V6NF_FIB_POLICY] = V6NF_ICMPV6_SOURCE_POLICY,
        [V6NF_FIB_REJECT] = V6NF_ICMPV6_REJECT_ROUTE,
    };
    if (hop == NULL) {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_NO_ROUTE, V6NF_ICMPV6_DESTINATION_UNREACHABLE,
                      V6NF_ICMPV6_NO_ROUTE, 0);
    } else if (hop->kind == V6NF_FIB_DISCARD) {
        count_frame(router, frame, V6NF_ROUTER_DROP_ROUTE);
    } else {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_ROUTE, V6NF_ICMPV6_DESTINATION_UNREACHABLE, codes[hop->kind], 0);
    }
}

/* Return true if the address is in an on-link prefix of the interface. */
static bool is_on_link(const struct v6nf_router_interface *interface, const uint8_t *address)
{
    for (uint32_t i = 0; i < interface->addresses_count; i++) {
        const struct v6nf_router_address *its = &interface->addresses[i];
        if (its->prefix_length < 128u &&
            v6nf_address_common_prefix(its->address.bytes, address) >= its->prefix_length) {
            return true;
        }
    }
    return false;
}

/* Note a Redirect for a packet that leaves by the interface that it was received on (RFC 4861, 8.2). */
static void note_redirect(struct v6nf_router *router, const struct frame *frame, uint32_t size,
                          const struct v6nf_fib_hop *hop)
{
    const uint8_t *packet = frame->bytes + PACKET;
    const struct v6nf_router_interface *in = &router->interfaces[frame->interface];
    const uint8_t *target = hop->kind == V6NF_FIB_NEXT_HOP ? hop->address.bytes : packet + V6NF_IPV6_DESTINATION;
    const struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(in->node, target, frame->now);
    const struct v6nf_redirect redirect = {
        .interface = frame->interface,
        .is_neighbor = is_on_link(in, packet + V6NF_IPV6_SOURCE),
        .sender_mac = frame->bytes + V6NF_ETHER_SOURCE,
        .target = target,
        .target_mac = neighbor != NULL ? neighbor->mac : NULL,
    };
    (void)v6nf_redirector_note(&router->redirector, &redirect, packet, size, frame->now);
}

/* Send the packet by a hop with an interface. */
static void pass(struct v6nf_router *router, const struct frame *frame, uint32_t size, struct v6nf_fib_hop *hop)
{
    struct v6nf_router_interface *out = &router->interfaces[hop->interface];
    const uint32_t mtu = out->node->longest_frame - V6NF_ETHER_HEADER_SIZE;
    if (size > mtu) {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_TOO_BIG, V6NF_ICMPV6_PACKET_TOO_BIG, 0, mtu);
        return;
    }
    if (hop->interface == frame->interface) {
        note_redirect(router, frame, size, hop);
    }
    frame->bytes[PACKET + V6NF_IPV6_HOP_LIMIT]--;
    switch (send_by_hop(router, frame, PACKET + size, hop)) {
    case V6NF_FORWARD_SENT:
        count_frame(router, frame, V6NF_ROUTER_FORWARDED);
        out->sent++;
        out->sent_bytes += size;
        break;
    case V6NF_FORWARD_WAITS:
        count_frame(router, frame, V6NF_ROUTER_WAITING);
        break;
    default:
        count_frame(router, frame, V6NF_ROUTER_DROP_NEXT_HOP);
        break;
    }
}

void v6nf_router_forward(struct v6nf_router *router, const struct frame *frame, uint32_t size)
{
    const uint8_t *packet = frame->bytes + PACKET;
    struct v6nf_fib_hop *hop = v6nf_router_find(router, packet + V6NF_IPV6_DESTINATION, size);
    const bool is_own = hop != NULL && hop->kind == V6NF_FIB_DELIVER;
    if ((!is_own || hop->interface != frame->interface) && !has_scope(router, frame)) {
        return;
    }
    if (is_own) {
        v6nf_router_deliver(router, frame, hop->interface);
        return;
    }
    if (!has_good_options(router, frame, size)) {
        return;
    }
    if (packet[V6NF_IPV6_HOP_LIMIT] <= 1u) {
        refuse_packet(router, frame, V6NF_ROUTER_DROP_HOP_LIMIT, V6NF_ICMPV6_TIME_EXCEEDED, V6NF_ICMPV6_HOP_LIMIT, 0);
    } else if (hop == NULL || hop->kind > V6NF_FIB_DELIVER) {
        refuse_by_route(router, frame, hop);
    } else {
        pass(router, frame, size, hop);
    }
}
#endif

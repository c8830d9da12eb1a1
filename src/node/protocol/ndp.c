/* ndp.c: Neighbor Solicitations and Advertisements received (RFC 4861, 7.2.3 to 7.2.5; RFC 4862, 5.4.3 and 5.4.4). */
#include "ndp.h"

#include "v6nf/wire/ndp.h"

#include "../output/admission.h"
#include "../output/deferred.h"
#include "../output/hops.h"
#include "../output/output.h"
#include "../output/resolve.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/pending.h"
#include "conflict.h"
#include "dad_input.h"

/* Answer the solicitation for the node's address `target` in its own buffer (RFC 4861, 7.2.4). neighbor: the entry of
 * its sender with this link-layer address, NULL without one. mac: offset of that address in the message, 0 without
 * one. */
static uint32_t advertise(struct v6nf_node *node, const struct packet *packet, const uint8_t *target,
                          struct v6nf_neighbor *neighbor, uint32_t mac)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint32_t flags = answer_flags(node);
    if (packet->capacity < UPPER + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE) {
        return drop_inline(node, V6NF_DROP_CAPACITY);
    }
    if (neighbor == NULL && v6nf_address_is_unspecified(ipv6 + V6NF_IPV6_SOURCE)) {
        /* The sender detects its address: answer to all nodes (RFC 4861, 7.2.4). */
        flags &= ~V6NF_NDP_SOLICITED;
        v6nf_address_all_nodes(ipv6 + V6NF_IPV6_DESTINATION);
    } else {
        v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, ipv6 + V6NF_IPV6_SOURCE);
    }
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, target);
    uint32_t length = PACKET + v6nf_ndp_write_advertisement(ipv6, target, flags, node->mac);
    count(node, V6NF_ADVERTISEMENTS);
    if (neighbor != NULL && neighbor_is_reachable(neighbor, packet->now)) {
        return finish_frame_to(node, neighbor, packet->frame, length, packet->now);
    }
#ifndef __OPTIMIZE_SIZE__
    if (neighbor != NULL) {
        if (neighbor->state != V6NF_NEIGHBOR_DELAY) { /* not noted yet */
            v6nf_neighbor_use(node, neighbor, target, packet->now);
        }
        v6nf_ether_address_copy(packet->frame + V6NF_ETHER_DESTINATION, neighbor->mac);
        return finish_frame(node, packet->frame, length);
    }
#endif
    return v6nf_resolve_solicitor(node, packet, length, mac);
}

uint32_t v6nf_ndp_solicitation(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    const uint8_t *source = ipv6 + V6NF_IPV6_SOURCE;
    uint32_t mac = v6nf_ndp_check_solicitation(ipv6, message, packet->end - packet->upper);
    if (mac == V6NF_NDP_INVALID) {
        return drop_inline(node, V6NF_DROP_NDP_INVALID);
    }
    const struct v6nf_interface_address *own = own_address_entry(node, message + V6NF_NDP_TARGET);
    if (own == NULL) {
        return drop_inline(node, V6NF_DROP_NDP_TARGET);
    }
    if (own->state < V6NF_ADDRESS_DEPRECATED || packet->now >= own->valid_until) {
        return v6nf_dad_input(node, packet, (uint32_t)(own - node->addresses), mac);
    }
    struct v6nf_neighbor *neighbor = mac != 0u ? neighbor_last_found(node, source) : NULL;
    if (mac != 0u && !neighbor_knows(neighbor, message + mac)) {
        neighbor = v6nf_admission_solicited(node, source, message + mac, own->address.bytes, packet->now);
        if (neighbor == NULL && v6nf_own_address_is_claimed(node, source)) {
            return drop_inline(node, V6NF_DROP_NDP_SPOOFED);
        }
    }
    return advertise(node, packet, own->address.bytes, neighbor, mac);
}

uint32_t v6nf_ndp_advertisement(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    const uint8_t *target = message + V6NF_NDP_TARGET;
    uint32_t mac = v6nf_ndp_check_advertisement(packet->frame + PACKET, message, packet->end - packet->upper);
    if (mac == V6NF_NDP_INVALID) {
        return drop_inline(node, V6NF_DROP_NDP_INVALID);
    }
    uint32_t own = own_address_find(node, target);
    if (own != NO_ADDRESS && (node->addresses[own].state == V6NF_ADDRESS_TENTATIVE ||
                              node->addresses[own].state == V6NF_ADDRESS_OPTIMISTIC)) {
        v6nf_conflict_found(node, own, packet->now);
        return deliver(node);
    }
    if (own != NO_ADDRESS && own_address_is_valid(node, own)) {
        return drop_inline(node, V6NF_DROP_NDP_SPOOFED);
    }
    struct v6nf_neighbor *neighbor = neighbor_find(node, target);
    if (neighbor == NULL) {
        return drop_inline(node, V6NF_DROP_NDP_TARGET);
    }
    uint32_t events = v6nf_neighbor_advertised(node, neighbor, mac != 0u ? message + mac : NULL,
                                               v6nf_load32(message + V6NF_ICMPV6_PARAMETER), packet->now);
    if ((events & NEIGHBOR_RESOLVED) != 0u) {
        v6nf_hops_resolved(node, neighbor);
    }
    if ((events & NEIGHBOR_NO_ROUTER) != 0u) {
        v6nf_hops_no_router(node, neighbor);
    }
    if (neighbor->state != V6NF_NEIGHBOR_INCOMPLETE && v6nf_pending_fits(node, neighbor, packet->capacity)) {
        /* Send the packet that waited in the buffer of the advertisement. */
        return v6nf_deferred_release(node, neighbor, packet->frame, packet->capacity, packet->now);
    }
    return deliver(node);
}

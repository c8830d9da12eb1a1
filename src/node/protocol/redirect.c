/* redirect.c: Redirects received (RFC 4861, 8.1 and 8.3). */
#include "redirect.h"

#include "../output/admission.h"
#include "../output/nexthop.h"
#include "../state/destination.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"

/* Make the neighbor the next hop for the destination, of packets from `source` only, if that is not NULL: the new first
 * hop may drop packets from other addresses (RFC 8028, 3.3). */
static void follow(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                   struct v6nf_neighbor *neighbor)
{
#if V6NF_ROUTER_MEMORY
    if (source != NULL) {
        v6nf_destination_set_from(node, destination, source, neighbor);
        return;
    }
#else
    (void)source;
#endif
    v6nf_destination_set(node, destination, neighbor, V6NF_DESTINATION_REDIRECTED);
}

uint32_t v6nf_redirect_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    const uint8_t *target = message + V6NF_NDP_TARGET;
    const uint8_t *destination = message + V6NF_NDP_REDIRECT_DESTINATION;
    uint32_t mac = v6nf_ndp_check_redirect(ipv6, message, packet->end - packet->upper);
    if (mac == V6NF_NDP_INVALID) {
        return drop(node, V6NF_DROP_NDP_INVALID);
    }
    /* It is sent to the source of the packet that was redirected (RFC 4861, 4.5). */
    const uint8_t *source = ipv6 + V6NF_IPV6_DESTINATION;
    bool depends = false;
    const uint8_t *router = v6nf_nexthop_first_hop(node, destination, source, &depends, packet->now);
    if (node->ignore_redirects || router == NULL || !v6nf_address_equal(router, ipv6 + V6NF_IPV6_SOURCE)) {
        return drop(node, V6NF_DROP_REDIRECT);
    }
    if (v6nf_own_address_is_claimed(node, target)) {
        return drop(node, V6NF_DROP_NDP_SPOOFED);
    }
    struct v6nf_neighbor *neighbor =
        v6nf_admission_advertised(node, target, mac != 0u ? message + mac : NULL, packet->now);
    if (neighbor == NULL && mac == 0u) {
        neighbor = v6nf_admission_create(node, target, V6NF_ORIGIN_REPLY, packet->now);
        if (neighbor != NULL) {
            v6nf_neighbor_keep_for_use(node, neighbor, packet->now);
        }
    }
    if (neighbor == NULL) {
        return drop(node, V6NF_DROP_NO_NEIGHBOR);
    }
    bool is_router = !v6nf_address_equal(target, destination);
    if (is_router) {
        neighbor->router = true;
    }
    follow(node, destination, depends && is_router ? source : NULL, neighbor);
    count(node, V6NF_REDIRECTS);
    return deliver(node);
}

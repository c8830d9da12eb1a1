/* dad_input.c: solicitations for addresses of the node that are not valid: tentative or optimistic (RFC 4862, 5.4.3;
 * RFC 4429), anycast, or duplicates. Not in ndp.c, which has the frequent ones. */
#include "dad_input.h"

#include "../output/admission.h"
#include "../output/resolve.h"
#include "../output/select.h"
#include "../output/solicit.h"
#include "../state/own_address.h"
#include "autoconf.h"
#include "conflict.h"
#include "dad.h"

#if V6NF_OPTIMISTIC || V6NF_ANYCAST
/* Answer a solicitation for an address that other nodes may have, without Override: an optimistic one (RFC 4429, 3.3)
 * or an anycast one. For anycast, answer from an own address, and without the random delay that RFC 4861, 7.2.7 SHOULD
 * have: the answer must be at least as fast as any other. */
static uint32_t advertise_with_care(struct v6nf_node *node, const struct packet *packet, uint32_t own, uint32_t mac)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    const struct v6nf_address target = node->addresses[own].address;
    uint32_t from = own;
    if (packet->capacity < UPPER + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, ipv6 + V6NF_IPV6_SOURCE);
    if (node->addresses[own].state == V6NF_ADDRESS_ANYCAST) {
        expire_in_time(node, packet->now); /* slots may change */
        from = v6nf_select_source(node, ipv6 + V6NF_IPV6_DESTINATION);
        if (from == NO_ADDRESS) {
            return drop(node, V6NF_DROP_NO_SOURCE);
        }
    }
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[from].address.bytes);
    const uint32_t flags = answer_flags(node) & ~V6NF_NDP_OVERRIDE;
    uint32_t length = PACKET + v6nf_ndp_write_advertisement(ipv6, target.bytes, flags, node->mac);
    count(node, V6NF_ADVERTISEMENTS);
    return v6nf_resolve_solicitor(node, packet, length, mac);
}
#endif

uint32_t v6nf_dad_input(struct v6nf_node *node, const struct packet *packet, uint32_t own, uint32_t mac)
{
    const uint8_t *source = packet->frame + PACKET + V6NF_IPV6_SOURCE;
    enum v6nf_address_state state = node->addresses[own].state;
    bool is_detection = v6nf_address_is_unspecified(source);
    if (is_detection && (state == V6NF_ADDRESS_TENTATIVE || state == V6NF_ADDRESS_OPTIMISTIC)) {
        if (v6nf_solicit_is_own(node, packet, own)) {
            v6nf_dad_looped_back(node, own);
        } else {
            /* Another node detects the same address: neither may use it (RFC 4862, 5.4.3). */
            v6nf_conflict_found(node, own, packet->now);
        }
        return deliver(node);
    }
#if V6NF_OPTIMISTIC || V6NF_ANYCAST
    if (!is_detection && own_address_takes_packets(node, own) && !own_address_is_expired(node, own, packet->now)) {
        const uint8_t *message = packet->frame + packet->upper;
        if (mac != 0u && v6nf_admission_solicited(node, source, message + mac, NULL, packet->now) == NULL &&
            v6nf_own_address_is_claimed(node, source)) {
            return drop(node, V6NF_DROP_NDP_SPOOFED);
        }
        return advertise_with_care(node, packet, own, mac);
    }
#else
    (void)mac;
#endif
    return drop(node, V6NF_DROP_NDP_TARGET);
}

/* uncommon.c: packets to optimistic and anycast addresses, and to groups that the program has joined. Not in input.c,
 * so that packets to other addresses have a fast path. */
#include "uncommon.h"

#include "v6nf/wire/mld.h"

#include "../state/group.h"
#include "../state/own_address.h"
#include "ext.h"

#if V6NF_GROUPS > 0u
/* Return true for a Query or a Report about a group, which is sent to the group: the node needs it for any filter. */
static bool is_mld(const uint8_t *ipv6, uint32_t size)
{
    uint32_t at = v6nf_mld_find(ipv6, size);
    return at != 0u && at < size && v6nf_mld_is_type(ipv6[at]);
}
#endif

/* Return why the node drops the packet, NO_DROP if it does not. */
static enum v6nf_counter reason_to_drop(const struct v6nf_node *node, const uint8_t *ipv6, uint32_t size, uint64_t now)
{
    const uint8_t *destination = ipv6 + V6NF_IPV6_DESTINATION;
#if V6NF_OPTIMISTIC || V6NF_ANYCAST
    uint32_t own = v6nf_own_address_find(node, destination);
    if (own != NO_ADDRESS && own_address_takes_packets(node, own) && !own_address_is_expired(node, own, now)) {
        return NO_DROP;
    }
#endif
#if V6NF_GROUPS > 0u
    uint32_t group = v6nf_group_find(node, destination);
    if (group >= V6NF_GROUPS || !v6nf_group_is_used(node, group) || interface_is_disabled(node)) {
        return V6NF_DROP_NOT_OURS;
    }
    bool is_wanted = v6nf_group_wants(node, group, ipv6 + V6NF_IPV6_SOURCE) || is_mld(ipv6, size);
    return is_wanted ? NO_DROP : V6NF_DROP_GROUP_SOURCE;
#else
    (void)node, (void)destination, (void)size, (void)now;
    return V6NF_DROP_NOT_OURS;
#endif
}

uint32_t v6nf_uncommon_input(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now)
{
    enum v6nf_counter cause = reason_to_drop(node, frame + PACKET, end - PACKET, now);
    if (cause != NO_DROP) {
        return drop(node, cause);
    }
    struct packet packet = packet_of(frame, end, capacity, now);
    return v6nf_ext_input(node, &packet);
}

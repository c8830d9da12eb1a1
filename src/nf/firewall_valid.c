/* firewall_valid.c: the invariant of a firewall, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

/* Return the number of flows of all lists, and add those whose endpoint is `endpoint` to *users. Return UINT32_MAX if
 * one is in the wrong list, or listed for too late a time. */
static uint32_t count_flows(const struct v6nf_firewall *firewall, uint32_t endpoint, uint32_t *users)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_FIREWALL_CLASSES; i++) {
        const struct v6nf_list *list = &firewall->lists[i];
        uint32_t before = V6NF_LINK_NONE;
        uint64_t due = 0;
        for (uint32_t at = list->oldest; at != V6NF_LINK_NONE; at = firewall->links[at].newer) {
            const struct v6nf_firewall_flow *flow = &firewall->flows[at];
            if (flow->of_class != i || flow->due < due || firewall->links[at].older != before ||
                count == firewall->map.capacity) {
                return UINT32_MAX;
            }
            due = flow->due;
            before = at;
            *users += flow->endpoint == endpoint ? 1u : 0u;
            count++;
        }
    }
    return count;
}

bool v6nf_firewall_is_valid(const struct v6nf_firewall *firewall)
{
    uint32_t users = 0;
    uint32_t endpoints = 0;
    uint64_t shared = 0;
    for (uint32_t at = firewall->map.ages.oldest; at != V6NF_LINK_NONE; at = firewall->map.links[at].newer) {
        if (firewall->flows[at].of_class == V6NF_FIREWALL_ENDPOINT) {
            uint32_t its = 0;
            endpoints++;
            if (count_flows(firewall, at, &its) == UINT32_MAX || its == 0u || its != firewall->flows[at].users) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < firewall->config.shares; i++) {
        shared += firewall->shares[i];
    }
    return count_flows(firewall, V6NF_LINK_NONE, &users) + endpoints == firewall->map.ages.count &&
           shared == firewall->map.ages.count;
}

#endif

/* parameter_valid.c: the invariant of values that routers advertise, for tests. */
#include "parameter.h"

#ifdef V6NF_INVARIANTS
bool v6nf_parameter_is_valid(const struct v6nf_node *node)
{
    return node->hop_limit >= MIN_HOP_LIMIT && node->mtu >= V6NF_IPV6_MTU_MIN && node->mtu <= node->max_mtu &&
           node->longest_frame == node->mtu + V6NF_ETHER_HEADER_SIZE &&
           node->retransmit_time >= MIN_RETRANS_TIMER * MICROSECONDS &&
           node->retransmit_time <= MAX_RETRANS_TIMER * MICROSECONDS && node->reachable_base != 0u &&
           node->reachable_base <= MAX_REACHABLE_TIME * MICROSECONDS &&
           node->reachable_time >= node->reachable_base / 2u && node->next_due <= v6nf_parameter_due(node);
}
#endif

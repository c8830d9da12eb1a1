/* core.c: counting, lifetimes, and the status of what the program sends. */
#include "core.h"

uint32_t v6nf_count(struct v6nf_node *node, enum v6nf_counter counter)
{
    node->counters[counter]++;
    return 0;
}

void v6nf_set_due(struct v6nf_node *node, uint64_t time)
{
    if (time < node->next_due) {
        node->next_due = time;
    }
}

uint64_t v6nf_lifetime_end(uint64_t now, uint32_t seconds)
{
    return seconds == V6NF_NDP_INFINITY ? V6NF_NEVER : now + (uint64_t)seconds * V6NF_SECOND;
}

enum v6nf_send_status v6nf_send_status_of(enum v6nf_counter cause)
{
    switch (cause) {
    case V6NF_DROP_UDP_PORT:
    case V6NF_DROP_UDP_CHECKSUM_ZERO:
        return V6NF_SEND_NOT_ALLOWED;
    case V6NF_DROP_CAPACITY:
    case V6NF_DROP_MTU:
        return V6NF_SEND_TOO_LONG;
    case V6NF_DROP_NO_ROUTE:
        return V6NF_SEND_NO_ROUTE;
    case V6NF_DROP_NO_SOURCE:
        return V6NF_SEND_NO_SOURCE;
    case V6NF_DROP_UNREACHABLE:
        return V6NF_SEND_UNREACHABLE;
    default:
        return V6NF_SEND_NO_BUFFER;
    }
}

uint32_t v6nf_refuse(struct v6nf_node *node, enum v6nf_counter cause, enum v6nf_send_status *status)
{
    if (status != NULL) {
        *status = v6nf_send_status_of(cause);
    }
    return drop(node, cause);
}

/* parameter.h: values that routers advertise for the node (RFC 4861, 6.3.2). */
#ifndef V6NF_NODE_PROTOCOL_PARAMETER_H
#define V6NF_NODE_PROTOCOL_PARAMETER_H

#include "../base/core.h"

#define MICROSECONDS 1000u /* in a millisecond */

#define MAX_REACHABLE_TIME 3600000u /* milliseconds (RFC 4861, 6.2.1) */

/* DEVIATION: a smaller Cur Hop Limit is ignored, because distant hosts would be out of reach. Paths are often longer
 * than 15 hops, but the IPv6 Ready test of hosts wants 15 to be used (v6LC.2.2.13). */
#define MIN_HOP_LIMIT 15u

/* DEVIATION: a Retrans Timer beyond these limits is replaced by the limit. With less than 10 ms, no neighbor could
 * answer in time. With more than 10 s, dead neighbors and duplicate addresses would be noticed too late. */
#define MIN_RETRANS_TIMER 10u    /* milliseconds */
#define MAX_RETRANS_TIMER 10000u /* milliseconds */

/* Set a parameter to what a router advertises: 0 leaves it as it is, and so does a value that would do harm. The value
 * is kept for the router's lifetime, in seconds, at least for 90 minutes. After that the parameter has its configured
 * value again. Each advertisement with a value begins that time again. */
void v6nf_parameter_advertised(struct v6nf_node *node, enum v6nf_parameter parameter, uint32_t value, uint32_t lifetime,
                               uint64_t now);

/* Set all parameters to their configured values. */
void v6nf_parameter_reset(struct v6nf_node *node, uint64_t now);

/* Choose the Reachable Time again, at random between half and one and a half times the base (RFC 4861, 6.3.2). */
void v6nf_parameter_randomize(struct v6nf_node *node, uint64_t now);

/* Do what is due: choose the Reachable Time again, end values. */
void v6nf_parameter_expire(struct v6nf_node *node, uint64_t now);

#if V6NF_ROUTER_MEMORY
uint64_t v6nf_parameter_due(const struct v6nf_node *node);
#else
static inline uint64_t v6nf_parameter_due(const struct v6nf_node *node)
{
    return node->reachable_due;
}
#endif

/* For tests: return true if the parameters are within their limits. */
bool v6nf_parameter_is_valid(const struct v6nf_node *node);

#endif

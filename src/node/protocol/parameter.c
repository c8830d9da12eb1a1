/* parameter.c: values that routers advertise for the node (RFC 4861, 6.3.2 and 6.3.4), within limits, and for a time.
 *
 * RFC 4861 lets the last advertisement win, of any router, forever. An unknown host could then slow the node down, or
 * cut it off, with one packet. So the node ignores values that would do so, and forgets those that no router repeats.
 * A router repeats its advertisements at least each half hour (RFC 4861, 6.2.1), or three times in its lifetime. */
#include "parameter.h"

#include "v6nf/forward.h"

#include "../base/random.h"
#include "../state/path_mtu.h"

#define DEFAULT_HOP_LIMIT 64u /* IANA (RFC 4861, 6.3.2) */
#define RETRANS_TIMER 1000u   /* milliseconds (RFC 4861, 10) */
#define REACHABLE_TIME 30000u /* milliseconds (RFC 4861, 10) */

/* Minimum time for which a value is kept, in seconds: three times the longest interval between advertisements
 * (RFC 4861, 6.2.1). */
#define MIN_KEPT 5400u

/* The reachable time is randomized again after this time (RFC 4861, 6.3.4: every few hours). */
#define REACHABLE_TIME_GOOD_FOR (7200u * V6NF_SECOND)

void v6nf_parameter_randomize(struct v6nf_node *node, uint64_t now)
{
    node->reachable_time = (uint64_t)(node->reachable_base / 2u) + v6nf_random(node, node->reachable_base);
    if (node->autoconfigure) {
        node->reachable_due = now + REACHABLE_TIME_GOOD_FOR;
        set_due(node, node->reachable_due);
    }
}

static void set_reachable_base(struct v6nf_node *node, uint32_t base, uint64_t now)
{
    if (node->reachable_base != base) {
        node->reachable_base = base;
        v6nf_parameter_randomize(node, now);
    }
}

static uint32_t limit(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

/* Set the parameter, unless the value is one to ignore. Return false for such a value. */
static bool set_parameter(struct v6nf_node *node, enum v6nf_parameter parameter, uint32_t value, uint64_t now)
{
    switch (parameter) {
    case V6NF_PARAMETER_HOP_LIMIT:
        if (value < MIN_HOP_LIMIT) {
            return false;
        }
        node->hop_limit = (uint8_t)value;
        return true;
    case V6NF_PARAMETER_MTU:
        if (value < V6NF_IPV6_MTU_MIN || value > node->max_mtu) {
            return false;
        }
        v6nf_path_mtu_set_link(node, value);
        return true;
    case V6NF_PARAMETER_RETRANS_TIMER:
        node->retransmit_time = limit(value, MIN_RETRANS_TIMER, MAX_RETRANS_TIMER) * MICROSECONDS;
        if (V6NF_TEMPORARY && node->temporary_addresses) {
            set_due(node, now); /* the next one depends on it (RFC 8981, 3.4) */
        }
        return true;
    default:
        set_reachable_base(node, limit(value, 1, MAX_REACHABLE_TIME) * MICROSECONDS, now);
        return true;
    }
}

#if V6NF_ROUTER_MEMORY
/* Ends are counted in 2^20 microseconds, about a second. */
#define END_SHIFT 20u

static uint64_t parameter_end(const struct v6nf_node *node, uint32_t parameter)
{
    uint32_t end = node->parameter_ends[parameter];
    return end != 0u ? (uint64_t)end << END_SHIFT : V6NF_NEVER;
}

static void keep(struct v6nf_node *node, enum v6nf_parameter parameter, uint32_t lifetime, uint64_t now)
{
    uint64_t kept = (uint64_t)(lifetime > MIN_KEPT ? lifetime : MIN_KEPT) * V6NF_SECOND;
    node->parameter_ends[parameter] = (uint32_t)((now + kept) >> END_SHIFT) + 1u;
    set_due(node, parameter_end(node, parameter));
}

static void end_parameters(struct v6nf_node *node, uint64_t now)
{
    const uint32_t configured[V6NF_PARAMETERS] = {DEFAULT_HOP_LIMIT, node->max_mtu, RETRANS_TIMER, REACHABLE_TIME};
    for (uint32_t i = 0; i < V6NF_PARAMETERS; i++) {
        if (now >= parameter_end(node, i)) {
            node->parameter_ends[i] = 0;
            (void)set_parameter(node, (enum v6nf_parameter)i, configured[i], now);
        }
    }
}

static void keep_none(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_PARAMETERS; i++) {
        node->parameter_ends[i] = 0;
    }
}

uint64_t v6nf_parameter_due(const struct v6nf_node *node)
{
    uint64_t due = node->reachable_due;
    for (uint32_t i = 0; i < V6NF_PARAMETERS; i++) {
        due = earlier(due, parameter_end(node, i));
    }
    return due;
}
#else
static void keep(struct v6nf_node *node, enum v6nf_parameter parameter, uint32_t lifetime, uint64_t now)
{
    (void)node, (void)parameter, (void)lifetime, (void)now;
}

static void end_parameters(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}

static void keep_none(struct v6nf_node *node)
{
    (void)node;
}
#endif

void v6nf_parameter_advertised(struct v6nf_node *node, enum v6nf_parameter parameter, uint32_t value, uint32_t lifetime,
                               uint64_t now)
{
    if (value != 0u && set_parameter(node, parameter, value, now)) {
        keep(node, parameter, lifetime, now);
    }
}

void v6nf_parameter_reset(struct v6nf_node *node, uint64_t now)
{
    node->hop_limit = DEFAULT_HOP_LIMIT;
    node->retransmit_time = RETRANS_TIMER * MICROSECONDS;
    v6nf_path_mtu_set_link(node, node->max_mtu);
    set_reachable_base(node, REACHABLE_TIME * MICROSECONDS, now);
    keep_none(node);
}

#if V6NF_FORWARDING
void v6nf_node_set_neighbor_times(struct v6nf_node *node, uint32_t reachable_time, uint32_t retrans_timer, uint64_t now)
{
    (void)set_parameter(node, V6NF_PARAMETER_REACHABLE_TIME, reachable_time != 0u ? reachable_time : REACHABLE_TIME,
                        now);
    (void)set_parameter(node, V6NF_PARAMETER_RETRANS_TIMER, retrans_timer != 0u ? retrans_timer : RETRANS_TIMER, now);
}
#endif

void v6nf_parameter_expire(struct v6nf_node *node, uint64_t now)
{
    end_parameters(node, now);
    if (now >= node->reachable_due) {
        v6nf_parameter_randomize(node, now);
    }
}

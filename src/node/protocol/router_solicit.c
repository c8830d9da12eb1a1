/* router_solicit.c: routers are solicited (RFC 4861, 6.3.7; RFC 7559), and the timers of router discovery. */
#include "router_solicit.h"

#include "../base/random.h"
#include "../output/hops.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "parameter.h"

/* RFC 7559, 2. */
#define IRT 4000000u    /* microseconds */
#define MRT 3600000000u /* microseconds */

void v6nf_router_solicit_init(struct v6nf_node *node, uint64_t now)
{
    node->reachable_due = V6NF_NEVER;
    node->solicit_due = V6NF_NEVER;
    v6nf_parameter_reset(node, now);
}

void v6nf_router_solicit_start(struct v6nf_node *node, uint64_t time)
{
    if (node->autoconfigure) {
        node->solicit_interval = 0;
        node->solicit_due = time;
        set_due(node, time);
    }
}

/* Return `time`, plus or minus up to a tenth (RFC 8415, 15: RAND). */
static uint32_t randomize_interval(struct v6nf_node *node, uint32_t time)
{
    return time - time / 10u + v6nf_random(node, time / 5u);
}

/* Schedule the next solicitation. Intervals grow, and solicitations never end (RFC 7559, 2). */
static void schedule_next(struct v6nf_node *node, uint64_t now)
{
    uint32_t before = node->solicit_interval;
    uint64_t interval =
        before == 0u ? randomize_interval(node, IRT) : (uint64_t)before + randomize_interval(node, before);
    node->solicit_interval = interval > MRT ? randomize_interval(node, MRT) : (uint32_t)interval;
    node->solicit_due = now + node->solicit_interval;
}

static uint32_t write_solicitation(struct v6nf_node *node, uint8_t *frame)
{
    static const struct v6nf_address unspecified = {{0}};
    uint8_t *packet = frame + PACKET;
    /* An optimistic address and the link-layer address must not be sent together (RFC 4429, 3.2). */
    bool is_certain = own_address_is_valid(node, 0u);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, is_certain ? node->addresses[0].address.bytes : unspecified.bytes);
    v6nf_address_all_routers(packet + V6NF_IPV6_DESTINATION);
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    count(node, V6NF_ROUTER_SOLICITATIONS);
    return finish_frame(node, frame,
                        PACKET + v6nf_ndp_write_router_solicitation(packet, is_certain ? node->mac : NULL));
}

uint32_t v6nf_router_solicit_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    (void)capacity; /* is enough: v6nf_node_tick() */
    v6nf_hops_expire(node, now);
    v6nf_parameter_expire(node, now);
    if (now < node->solicit_due) {
        return 0;
    }
    if (!own_address_takes_packets(node, 0u)) {
        node->solicit_due = V6NF_NEVER;
        return 0;
    }
    schedule_next(node, now);
    return write_solicitation(node, frame);
}

uint64_t v6nf_router_solicit_due(const struct v6nf_node *node)
{
    return earlier(v6nf_route_due(node), earlier(v6nf_parameter_due(node), node->solicit_due));
}

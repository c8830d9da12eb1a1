/* router.c: a router is initialized, and what is due on its interfaces is sent. */
#include "v6nf/router/router.h"

#include <string.h>

#include "addresses.h"
#include "answer.h"
#include "forward.h"

#if V6NF_FORWARDING

/* Rates of ICMPv6 errors, unless the program has its own. */
static const struct v6nf_icmpv6_rates default_rates = {
    .rate = 1000, .burst = 200, .source_rate = 100, .source_burst = 50};

static bool is_router_config_good(const struct v6nf_router_config *config)
{
    if (config->count < 1u || config->count > V6NF_ROUTER_INTERFACES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < config->count; i++) {
        if (!config->interfaces[i].node->router) {
            return false;
        }
    }
    return true;
}

static void init_interface(struct v6nf_router *router, uint32_t number, const uint8_t *secret, uint64_t now)
{
    struct v6nf_router_interface *interface = &router->interfaces[number];
    struct v6nf_node *node = interface->node;
    *interface = (struct v6nf_router_interface){.node = node};
    interface->solicited = v6nf_node_changes(node, V6NF_CHANGE_SOLICITED);
    v6nf_advertiser_init(&interface->advertiser, node->mac, interface->link_local.bytes, v6nf_word64(secret) + number);
    v6nf_router_addresses_update(router, number, now);
}

/* Forget where a router that had the routes before has found next hops. */
static void forget_neighbors(struct v6nf_fib *fib)
{
    for (uint32_t i = 0; i < fib->hop_map.capacity; i++) {
        fib->hops[i].neighbor = NULL;
    }
}

enum v6nf_status v6nf_router_init(struct v6nf_router *router, const struct v6nf_router_config *config, uint64_t now)
{
    const struct v6nf_icmpv6_rates *rates = config->rates != NULL ? config->rates : &default_rates;
    if (!is_router_config_good(config)) {
        return V6NF_INVALID;
    }
    router->interfaces = config->interfaces;
    router->count = config->count;
    router->turn = 0;
    router->ticks = 0;
    router->fib = config->fib;
    forget_neighbors(router->fib);
    (void)v6nf_icmpv6_limit_init(&router->limit, router->buckets, V6NF_ROUTER_BUCKETS, rates, config->secret, now);
    v6nf_redirector_init(&router->redirector, NULL, config->secret, now);
    for (uint32_t i = 0; i < router->count; i++) {
        init_interface(router, i, config->secret, now);
    }
    return V6NF_OK;
}

void v6nf_router_send(struct v6nf_router *router, uint32_t interface, uint8_t *frame, uint32_t length,
                      uint32_t capacity, uint32_t *lengths, uint64_t now)
{
    const struct frame its = {frame, length, capacity, interface, lengths, now};
    v6nf_router_send_own(router, &its, interface, length);
}

const char *v6nf_router_counter_text(enum v6nf_router_counter counter)
{
    static const char *const texts[] = {
#define COUNTER_TEXT(name, text) text,
        V6NF_ROUTER_COUNTERS(COUNTER_TEXT)
#undef COUNTER_TEXT
    };
    return (uint32_t)counter < V6NF_ROUTER_COUNTER_COUNT ? texts[counter] : NULL;
}

/* -- Router Advertisements ----------------------------------------------------------------------------------------- */

static bool may_advertise(const struct v6nf_router_interface *interface)
{
    return !v6nf_address_is_unspecified(interface->link_local.bytes);
}

/* Start the advertiser once the interface has a link-local address. */
static void start_advertiser(struct v6nf_router_interface *interface, uint64_t now)
{
    if (interface->advertises && may_advertise(interface) && interface->advertiser.state != V6NF_ADVERTISER_STARTED) {
        if (interface->advertiser.state == V6NF_ADVERTISER_STOPPED) {
            v6nf_advertiser_set_source(&interface->advertiser, interface->node->mac, interface->link_local.bytes);
        }
        v6nf_advertiser_start(&interface->advertiser, now);
    }
}

void v6nf_router_advertise(struct v6nf_router *router, uint32_t interface, bool advertises, uint64_t now)
{
    struct v6nf_router_interface *its = &router->interfaces[interface];
    its->advertises = advertises;
    if (advertises) {
        start_advertiser(its, now);
    } else {
        v6nf_advertiser_stop(&its->advertiser, now);
    }
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

/* Let the router itself have the times that it advertises (RFC 4861, 6.2.1). */
static void set_neighbor_times(struct v6nf_router_interface *interface, uint64_t now)
{
    const struct v6nf_advertisement *its = &interface->advertiser.config;
    const uint32_t reachable_time = interface->advertises ? its->reachable_time : 0u;
    const uint32_t retrans_timer = interface->advertises ? its->retrans_timer : 0u;
    if (interface->reachable_time != reachable_time || interface->retrans_timer != retrans_timer) {
        interface->reachable_time = reachable_time;
        interface->retrans_timer = retrans_timer;
        v6nf_node_set_neighbor_times(interface->node, reachable_time, retrans_timer, now);
    }
}

/* See what has changed in the node since the last time. */
static void look_at_interface(struct v6nf_router *router, uint32_t number, uint64_t now)
{
    struct v6nf_router_interface *interface = &router->interfaces[number];
    if (v6nf_router_addresses_changed(router, number, now)) {
        v6nf_router_addresses_update(router, number, now);
        start_advertiser(interface, now);
    }
    set_neighbor_times(interface, now);
    const uint32_t solicited = v6nf_node_changes(interface->node, V6NF_CHANGE_SOLICITED);
    if (solicited != interface->solicited) {
        interface->solicited = solicited;
        v6nf_advertiser_solicited(&interface->advertiser, now);
    }
}

/* Make an error of a packet that was not delivered, and send it to its source (RFC 4443, 3.1; RFC 4861, 7.2.2). Return
 * false if there is no such packet. */
static bool send_undelivered(struct v6nf_router *router, struct frame *frame, uint32_t number)
{
    struct v6nf_node *node = router->interfaces[number].node;
    if (v6nf_node_undelivered(node) == 0u) {
        return false;
    }
    frame->length = v6nf_node_take_undelivered(node, frame->bytes, frame->capacity);
    if (frame->length == 0u) {
        return true;
    }
    router->interfaces[number].unreachable++;
    const struct v6nf_fib_hop *back = v6nf_router_find(router, frame->bytes + PACKET + V6NF_IPV6_SOURCE, 0u);
    frame->interface = back != NULL ? back->interface : number;
    const uint32_t length = v6nf_router_undelivered(router, frame);
    memset(frame->bytes, 0, V6NF_ETHER_ADDRESS_SIZE); /* route it */
    v6nf_router_send_own(router, frame, frame->interface, length);
    return true;
}

/* Write one frame that is due on an interface. Return false if there is none. */
static bool tick_interface(struct v6nf_router *router, struct frame *frame, uint32_t number)
{
    struct v6nf_router_interface *interface = &router->interfaces[number];
    look_at_interface(router, number, frame->now);
    if (v6nf_node_next_due(interface->node) <= frame->now) {
        const uint32_t length = v6nf_node_tick(interface->node, frame->bytes, frame->capacity, frame->now);
        if (length != 0u) {
            v6nf_router_send_own(router, frame, number, length);
            return true;
        }
    }
    if (send_undelivered(router, frame, number)) {
        return true;
    }
    if (may_advertise(interface) && v6nf_advertiser_next_due(&interface->advertiser) <= frame->now) {
        frame->lengths[number] =
            v6nf_advertiser_write(&interface->advertiser, frame->bytes, frame->capacity, frame->now);
        return frame->lengths[number] != 0u;
    }
    return false;
}

/* Write a Redirect. Return false if there is none. */
static bool tick_redirects(struct v6nf_router *router, const struct frame *frame)
{
    uint32_t number = 0;
    if (!v6nf_redirector_next(&router->redirector, &number, frame->now)) {
        return false;
    }
    const struct v6nf_router_interface *interface = &router->interfaces[number];
    if (v6nf_address_is_unspecified(interface->link_local.bytes)) {
        v6nf_redirector_forget(&router->redirector);
        return false;
    }
    frame->lengths[number] = v6nf_redirector_write(&router->redirector, interface->node->mac,
                                                   interface->link_local.bytes, frame->bytes, frame->capacity);
    return true;
}

/* Write one frame that is due. Return false if there is none. */
static bool tick_any(struct v6nf_router *router, uint8_t *frame, uint32_t capacity, uint32_t *lengths, uint64_t now)
{
    struct frame its = {frame, 0, capacity, 0, lengths, now};
    for (uint32_t i = 0; i < router->count; i++) {
        lengths[i] = 0;
    }
    for (uint32_t i = 0; i < router->count; i++) {
        const uint32_t number = router->turn;
        router->turn = (number + 1u) % router->count;
        if (tick_interface(router, &its, number)) {
            return true;
        }
    }
    return tick_redirects(router, &its);
}

/* Frames that are due in a row until the routes have their turn: no flood keeps a change from its effect. */
#define TICKS_IN_A_ROW 32u

bool v6nf_router_tick(struct v6nf_router *router, uint8_t *frame, uint32_t capacity, uint32_t *lengths, uint64_t now)
{
    const bool was_due = tick_any(router, frame, capacity, lengths, now);
    router->ticks++;
    if (!was_due || router->ticks >= TICKS_IN_A_ROW) {
        router->ticks = 0;
        (void)v6nf_fib_step(router->fib); /* otherwise one step in each round of the loop */
    }
    return was_due;
}

uint64_t v6nf_router_next_due(const struct v6nf_router *router)
{
    uint64_t due = v6nf_fib_is_changing(router->fib) || router->redirector.count != 0u ? 0u : V6NF_NEVER;
    for (uint32_t i = 0; i < router->count && due != 0u; i++) {
        const struct v6nf_router_interface *interface = &router->interfaces[i];
        const uint64_t node_due = v6nf_node_next_due(interface->node);
        const uint64_t advertisement_due =
            may_advertise(interface) ? v6nf_advertiser_next_due(&interface->advertiser) : V6NF_NEVER;
        due = node_due < due ? node_due : due;
        due = advertisement_due < due ? advertisement_due : due;
        due = interface->retry < due ? interface->retry : due;
        if (v6nf_router_addresses_changed(router, i, 0u) || v6nf_node_undelivered(interface->node) != 0u ||
            v6nf_node_changes(interface->node, V6NF_CHANGE_SOLICITED) != interface->solicited) {
            due = 0;
        }
    }
    return due;
}
#endif

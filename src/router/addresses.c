/* addresses.c: the routes that the router has because of its own addresses: to each address, to its on-link prefix, and
 * the subnet-router anycast address of that prefix (RFC 4291, 2.6.1; RFC 6164, 5.1). */
#include "addresses.h"

#include "v6nf/address.h"

#if V6NF_FORWARDING
#define RETRY UINT64_C(1000000) /* microseconds after which a full table is tried again */
#define HOST 128u               /* bits of a route to one address */
#define ANYCAST_MAX 126u        /* longest prefix with a subnet-router anycast address: two routers share a /127 */

bool v6nf_router_addresses_changed(const struct v6nf_router *router, uint32_t number, uint64_t now)
{
    const struct v6nf_router_interface *its = &router->interfaces[number];
    return its->changes != v6nf_node_changes(its->node, V6NF_CHANGE_ADDRESSES) || now >= its->retry;
}

/* Write the first `length` bits of the address, followed by zeros. */
static void write_prefix(uint8_t *prefix, const uint8_t *address, uint32_t length)
{
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        const uint32_t bits = length > 8u * i ? length - 8u * i : 0u;
        const uint32_t mask = bits >= 8u ? 0xFFu : 0xFF00u >> bits;
        prefix[i] = (uint8_t)(address[i] & mask);
    }
}

/* -- Routes of one address ----------------------------------------------------------------------------------------- */

/* Return true if an interface has this address. *number: the interface. */
static bool find_address(const struct v6nf_router *router, const uint8_t *address, uint32_t *number)
{
    for (uint32_t i = 0; i < router->count; i++) {
        const struct v6nf_router_interface *its = &router->interfaces[i];
        for (uint32_t j = 0; j < its->addresses_count; j++) {
            if (v6nf_address_equal(its->addresses[j].address.bytes, address)) {
                *number = i;
                return true;
            }
        }
    }
    return false;
}

/* Remove the route to an address that is not listed. Another interface may have it. */
static void remove_host_route(struct v6nf_router *router, const struct v6nf_router_address *address)
{
    uint32_t other = 0;
    if (find_address(router, address->address.bytes, &other)) {
        (void)v6nf_fib_add(router->fib, address->address.bytes, HOST, V6NF_FIB_DELIVER, other, NULL);
    } else {
        (void)v6nf_fib_remove(router->fib, address->address.bytes, HOST);
    }
}

static bool add_routes(struct v6nf_router *router, uint32_t number, const struct v6nf_router_address *address)
{
    struct v6nf_address prefix;
    const uint32_t length = address->prefix_length;
    write_prefix(prefix.bytes, address->address.bytes, length);
    if (v6nf_fib_add(router->fib, address->address.bytes, HOST, V6NF_FIB_DELIVER, number, NULL) != V6NF_FIB_OK) {
        return false;
    }
    if (length < HOST &&
        v6nf_fib_add(router->fib, prefix.bytes, length, V6NF_FIB_ON_LINK, number, NULL) != V6NF_FIB_OK) {
        remove_host_route(router, address);
        return false;
    }
    return true;
}

/* Return true if an address that is known has this on-link prefix. *number: its interface. */
static bool find_prefix(const struct v6nf_router *router, const uint8_t *prefix, uint32_t length, uint32_t *number)
{
    for (uint32_t i = 0; i < router->count; i++) {
        const struct v6nf_router_interface *its = &router->interfaces[i];
        for (uint32_t j = 0; j < its->addresses_count; j++) {
            if (its->addresses[j].prefix_length == length &&
                v6nf_address_common_prefix(its->addresses[j].address.bytes, prefix) >= length) {
                *number = i;
                return true;
            }
        }
    }
    return false;
}

/* Remove the routes of an address that is no longer listed. Another one may have the same prefix. */
static void remove_routes(struct v6nf_router *router, struct v6nf_node *node, const struct v6nf_router_address *address)
{
    struct v6nf_address prefix;
    uint32_t other = 0;
    remove_host_route(router, address);
    if (address->prefix_length >= HOST) {
        return;
    }
    write_prefix(prefix.bytes, address->address.bytes, address->prefix_length);
    if (find_prefix(router, prefix.bytes, address->prefix_length, &other)) {
        (void)v6nf_fib_add(router->fib, prefix.bytes, address->prefix_length, V6NF_FIB_ON_LINK, other, NULL);
    } else {
        (void)v6nf_fib_remove(router->fib, prefix.bytes, address->prefix_length);
#if V6NF_ANYCAST
        (void)v6nf_node_remove_address(node, &prefix);
#else
        (void)node;
#endif
    }
}

/* -- All addresses of an interface --------------------------------------------------------------------------------- */

static bool is_listed(const struct v6nf_interface_address *its)
{
    return its->state != V6NF_ADDRESS_NONE && its->state != V6NF_ADDRESS_DUPLICATE &&
           !v6nf_address_is_link_local(its->address.bytes);
}

/* Find the address of the node in the list. */
static struct v6nf_router_address *find_listed(struct v6nf_router_interface *interface,
                                               const struct v6nf_interface_address *its)
{
    for (uint32_t i = 0; i < interface->addresses_count; i++) {
        struct v6nf_router_address *listed = &interface->addresses[i];
        if (v6nf_address_equal(listed->address.bytes, its->address.bytes) &&
            listed->prefix_length == its->prefix_length) {
            return listed;
        }
    }
    return NULL;
}

/* Remove from the list what the node no longer has. */
static void forget_unknown(struct v6nf_router *router, struct v6nf_router_interface *interface)
{
    for (uint32_t i = interface->addresses_count; i-- > 0u;) {
        if (!interface->addresses[i].is_known) {
            const struct v6nf_router_address gone = interface->addresses[i];
            interface->addresses_count--;
            interface->addresses[i] = interface->addresses[interface->addresses_count];
            remove_routes(router, interface->node, &gone);
        }
    }
}

/* Add the address of the node to the list, with its routes. */
static void list_address(struct v6nf_router *router, uint32_t number, const struct v6nf_interface_address *its,
                         uint64_t now)
{
    struct v6nf_router_interface *interface = &router->interfaces[number];
    const struct v6nf_router_address address = {
        .address = its->address,
        .prefix_length = its->prefix_length,
        .is_anycast = its->state == V6NF_ADDRESS_ANYCAST,
        .is_known = true,
    };
    if (interface->addresses_count >= V6NF_ADDRESSES || !add_routes(router, number, &address)) {
        interface->retry = now + RETRY;
        return;
    }
    interface->addresses[interface->addresses_count++] = address;
#if V6NF_ANYCAST
    if (address.prefix_length <= ANYCAST_MAX && !address.is_anycast) {
        struct v6nf_address prefix;
        write_prefix(prefix.bytes, address.address.bytes, address.prefix_length);
        (void)v6nf_node_add_anycast(interface->node, &prefix, now); /* it may be there already */
    }
#else
    (void)now;
#endif
}

/* Find the link-local address that may be used now. */
static void choose_link_local(struct v6nf_router_interface *interface)
{
    const struct v6nf_node *node = interface->node;
    interface->link_local = (struct v6nf_address){{0}};
    for (uint32_t i = 0; i < V6NF_ADDRESSES && v6nf_address_is_unspecified(interface->link_local.bytes); i++) {
        const struct v6nf_interface_address *its = &node->addresses[i];
        if (its->state >= V6NF_ADDRESS_DEPRECATED && v6nf_address_is_link_local(its->address.bytes)) {
            interface->link_local = its->address;
        }
    }
}

void v6nf_router_addresses_update(struct v6nf_router *router, uint32_t number, uint64_t now)
{
    struct v6nf_router_interface *interface = &router->interfaces[number];
    interface->changes = v6nf_node_changes(interface->node, V6NF_CHANGE_ADDRESSES);
    interface->retry = V6NF_NEVER;
    for (uint32_t i = 0; i < interface->addresses_count; i++) {
        interface->addresses[i].is_known = false;
    }
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        const struct v6nf_interface_address *its = &interface->node->addresses[i];
        struct v6nf_router_address *listed = is_listed(its) ? find_listed(interface, its) : NULL;
        if (listed != NULL) {
            listed->is_known = true;
        }
    }
    forget_unknown(router, interface);
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        const struct v6nf_interface_address *its = &interface->node->addresses[i];
        if (is_listed(its) && find_listed(interface, its) == NULL) {
            list_address(router, number, its, now);
        }
    }
    choose_link_local(interface);
}
#endif

/* router.c: Eva driver of the router messages in ndp.h: Router Advertisements, Redirects, their options, Router
 * Solicitations, and what routers write. */
#include "v6nf/wire/ndp.h"

#include "any.h"

#define ROUTER_TEXT_SIZE 64u

static char router_text[ROUTER_TEXT_SIZE];
static char router_label[300];
static uint8_t router_quoted[1600];

static void prove_router_message(uint32_t length)
{
    (void)v6nf_ndp_check_router_solicitation(any_ipv6(), any_bytes(length), length);
    (void)v6nf_ndp_check_router_advertisement(any_ipv6(), any_bytes(length), length);
    (void)v6nf_ndp_check_redirect(any_ipv6(), any_bytes(length), length);
}

/* Find the option at `offset`, whose Length is `units`; access each of its bytes. */
static void prove_router_walk(uint32_t offset, uint32_t length, uint8_t units)
{
    uint8_t *message = any_bytes(length);
    if (offset + 1u < length) {
        message[offset + 1u] = units;
    }
    uint32_t size = v6nf_ndp_option_size(message, offset, length);
    for (uint32_t at = 0; at < size; at++) {
        message[offset + at] = any8;
    }
}

static void prove_router_walks(uint32_t length)
{
    for (uint32_t offset = 0; offset <= length + 8u; offset += 8u) {
        for (uint8_t units = 0; units <= 6u; units++) {
            prove_router_walk(offset, length, units);
        }
        prove_router_walk(offset, length, 255);
    }
    for (uint32_t wrapped = 0xFFFFFFF7u; wrapped != 0u; wrapped++) {
        (void)v6nf_ndp_option_size(any_bytes(length), wrapped, length);
    }
}

/* Read an option of `size` bytes. Readers must refuse an incomplete option. */
static void prove_router_option(uint32_t size)
{
    struct v6nf_ndp_prefix prefix;
    struct v6nf_ndp_route route;
    (void)v6nf_ndp_read_prefix(any_bytes(size), size, &prefix);
    (void)v6nf_ndp_read_route(any_bytes(size), size, &route);
    (void)v6nf_ndp_read_mtu(any_bytes(size), size);
    (void)v6nf_ndp_dns_servers(size);
}

/* Read any names of `size` bytes into a text of `capacity` bytes. */
static void prove_router_domain(uint32_t size, uint32_t capacity)
{
    (void)v6nf_ndp_read_domain(any_bytes(size), size, router_text + (ROUTER_TEXT_SIZE - capacity), capacity);
}

static void prove_router_write(void)
{
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE] = {0};
    any_fill(mac, V6NF_ETHER_ADDRESS_SIZE);
    (void)v6nf_ndp_write_router_solicitation(any_bytes(56), mac);
    (void)v6nf_ndp_write_router_solicitation(any_bytes(48), NULL);
}

/* Write each option of a router into its exact size. Prefixes have any bits, and all lengths that there are. */
static void prove_router_write_options(uint32_t length)
{
    struct v6nf_ndp_prefix prefix = {.length = length, .on_link = any8 != 0u, .autonomous = any8 != 0u};
    struct v6nf_ndp_route route = {.length = length, .preference = (enum v6nf_ndp_preference)(any8 % 4u)};
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE] = {0};
    any_fill(mac, V6NF_ETHER_ADDRESS_SIZE);
    any_fill(prefix.prefix.bytes, V6NF_ADDRESS_SIZE);
    any_fill(route.prefix.bytes, V6NF_ADDRESS_SIZE);
    prefix.valid_lifetime = any32;
    (void)v6nf_ndp_write_prefix(any_bytes(V6NF_NDP_PREFIX_OPTION_SIZE), &prefix);
    const uint32_t size = v6nf_ndp_route_size(length);
    (void)v6nf_ndp_write_route(any_bytes(size), &route);
    (void)v6nf_ndp_write_mtu(any_bytes(V6NF_NDP_MTU_OPTION_SIZE), any32);
    (void)v6nf_ndp_write_link_layer(any_bytes(V6NF_NDP_LINK_LAYER_OPTION_SIZE), any8, mac);
}

/* Write any text of at most `length` characters as a name, into exactly `capacity` bytes. */
static void prove_router_write_domain(uint32_t length, uint32_t capacity)
{
    for (uint32_t i = 0; i <= length; i++) {
        router_text[i] = (char)any8;
    }
    router_text[length] = 0;
    (void)v6nf_ndp_write_domain(any_bytes(capacity), capacity, router_text);
}

/* Write a label of `length` characters, which may be too long. */
static void prove_router_write_label(uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        router_label[i] = 'a';
    }
    router_label[length] = 0;
    (void)v6nf_ndp_write_domain(any_bytes(300), 300, router_label); /* more than a name may have */
}

/* Quote a packet of exactly `length` bytes. */
static void prove_router_write_redirect(uint32_t length)
{
    uint8_t addresses[2u * V6NF_ADDRESS_SIZE] = {0};
    any_fill(addresses, sizeof addresses);
    (void)v6nf_ndp_write_redirect(any_bytes(V6NF_NDP_REDIRECT_PACKET_SIZE), addresses, addresses + V6NF_ADDRESS_SIZE,
                                  NULL, router_quoted + (sizeof router_quoted - length), length);
    (void)v6nf_ndp_write_redirect(any_bytes(V6NF_NDP_REDIRECT_PACKET_SIZE), addresses, addresses + V6NF_ADDRESS_SIZE,
                                  addresses, router_quoted + (sizeof router_quoted - length), length);
}

static void prove_router_writers(void)
{
    const uint32_t quoted[] = {0, 1, 40, 47, 48, 1183, 1184, 1185, 1191, 1192, 1193, 1500};
    for (uint32_t length = 0; length <= 128u; length++) {
        prove_router_write_options(length);
    }
    for (uint32_t capacity = 0; capacity <= 8u; capacity++) {
        prove_router_write_domain(5, capacity);
    }
    prove_router_write_label(63);
    prove_router_write_label(64);
    for (uint32_t i = 0; i < sizeof quoted / sizeof quoted[0]; i++) {
        prove_router_write_redirect(quoted[i]);
    }
}

static void prove_router_domains(uint32_t size)
{
    const uint32_t capacities[] = {1, 2, 3, 7, 16, 17, 64};
    for (uint32_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        prove_router_domain(size, capacities[i]);
    }
}

static void prove_router(void)
{
    const uint32_t large[] = {1240, 1460, 1500, 8960, 9000};
    for (uint32_t length = 0; length <= 112u; length++) {
        prove_router_message(length);
        prove_router_option(length);
    }
    for (uint32_t length = 0; length <= 40u; length++) {
        prove_router_walks(length);
    }
    for (uint32_t size = 0; size <= 24u; size++) {
        prove_router_domains(size);
    }
    for (uint32_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        prove_router_message(large[i]);
    }
    prove_router_option(2040);
    (void)v6nf_ndp_preference(any8);
    prove_router_write();
    prove_router_writers();
}

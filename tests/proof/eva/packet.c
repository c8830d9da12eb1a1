/* packet.c: Eva driver of ipv6.h, icmpv6.h, udp.h, and of the messages between hosts in ndp.h. */
#include <stddef.h>

#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ndp.h"
#include "v6nf/wire/udp.h"

#include "any.h"

static void prove_ipv6(void)
{
    uint32_t size;
    for (uint32_t available = 0; available <= 128u; available++) {
        (void)v6nf_ipv6_check(any_bytes(available), available, &size);
    }
    v6nf_ipv6_write(any_ipv6(), any32, any8, any8);
    v6nf_ipv6_swap_addresses(any_ipv6());
}

static void prove_icmpv6(uint32_t length)
{
    struct v6nf_icmpv6_quote quote;
    (void)v6nf_icmpv6_check(any_ipv6(), any_bytes(length), length);
    (void)v6nf_icmpv6_quoted(any_bytes(length), length, &quote);
    if (length >= V6NF_ICMPV6_HEADER_SIZE) {
        v6nf_icmpv6_finish(any_ipv6(), any_bytes(length), length);
    }
}

static void prove_ndp(uint32_t length)
{
    (void)v6nf_ndp_find_link_layer(any_bytes(length), any32, length, any8);
    (void)v6nf_ndp_check_solicitation(any_ipv6(), any_bytes(length), length);
    (void)v6nf_ndp_check_advertisement(any_ipv6(), any_bytes(length), length);
}

/* Read a solicitation with `count` options of any type and of `units` times 8 bytes each, perhaps past its end. WP
 * proves any size. */
static void prove_nonce(uint32_t count, uint32_t units)
{
    const uint32_t length = V6NF_NDP_NEIGHBOR_SIZE + 8u * count;
    uint8_t *message = any_bytes(length);
    for (uint32_t at = V6NF_NDP_NEIGHBOR_SIZE; at < length; at += 8u) {
        message[at + 1u] = (uint8_t)units;
    }
    (void)v6nf_ndp_find_nonce(message, length);
}

static void prove_nonces(void)
{
    for (uint32_t count = 0; count <= 3u; count++) {
        for (uint32_t units = 0; units <= 4u; units++) {
            prove_nonce(count, units);
        }
    }
    prove_nonce(V6NF_NDP_OPTIONS_MAX + 1u, 1u);
}

static void prove_ndp_write(void)
{
    uint8_t target[V6NF_ADDRESS_SIZE] = {0};
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE] = {0};
    const uint32_t with = V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE;
    const uint32_t without = V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_SIZE;
    any_fill(target, V6NF_ADDRESS_SIZE);
    any_fill(mac, V6NF_ETHER_ADDRESS_SIZE);
    (void)v6nf_ndp_write_solicitation(any_bytes(with), target, mac);
    (void)v6nf_ndp_write_advertisement(any_bytes(with), target, any32, mac);
    (void)v6nf_ndp_write_solicitation(any_bytes(without), target, NULL);
    (void)v6nf_ndp_write_detection(any_bytes(with), target, mac);
}

/* Check any datagram whose Length is `claimed`: lengths have one value in each state. */
static void prove_udp_claimed(uint32_t available, uint32_t claimed)
{
    uint32_t length;
    uint8_t *datagram = any_bytes(available);
    if (available >= V6NF_UDP_HEADER_SIZE) {
        v6nf_store16(datagram + V6NF_UDP_LENGTH, (uint16_t)claimed);
    }
    (void)v6nf_udp_check(any_ipv6(), datagram, available, &length);
}

static void prove_udp(uint32_t length)
{
    for (uint32_t claimed = length < 40u ? 0u : length - 1u; claimed <= length + 1u; claimed++) {
        prove_udp_claimed(length, claimed);
    }
    prove_udp_claimed(length, 0xFFFFu);
    if (length >= V6NF_UDP_HEADER_SIZE) {
        v6nf_udp_finish(any_ipv6(), any_bytes(length), length);
    }
}

static void prove_packets(void)
{
    const uint32_t large[] = {1240, 1280, 1460, 1500, 8960, 9000};
    for (uint32_t length = 0; length <= 112u; length++) {
        prove_icmpv6(length);
        prove_ndp(length);
        prove_udp(length);
    }
    for (uint32_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        prove_icmpv6(large[i]);
        prove_ndp(large[i]);
        prove_udp(large[i]);
    }
    (void)v6nf_icmpv6_is_error(any8);
    v6nf_icmpv6_change_type(any_bytes(V6NF_ICMPV6_HEADER_SIZE), any8, any8);
    v6nf_icmpv6_write(any_bytes(V6NF_ICMPV6_ERROR_SIZE), any8, any8, any32);
    prove_nonces();
    prove_ndp_write();
    prove_ipv6();
}

/* opaque.c: interface identifiers that a node forms: stable opaque ones (RFC 7217), or modified EUI-64 (RFC 2464, 4). */
#include "internal.h"

/* What is hashed: prefix, MAC address for Net_Iface, DAD_Counter. */
#define INPUT_SIZE 15u

/* More reserved identifiers in a row than there could be. */
#define TRIES 8u

/* RFC 5453 and IANA: Subnet-Router anycast, what is made of IANA's Ethernet block (RFC 9542), anycast (RFC 2526). */
static bool is_reserved(const uint8_t *identifier)
{
    uint32_t high = v6nf_load32(identifier);
    uint32_t low = v6nf_load32(identifier + 4);
    return (high == 0u && low == 0u) || (high == 0x02005EFFu && low >= 0xFE000000u && low <= 0xFEFFFFFFu) ||
           (high == 0xFDFFFFFFu && low >= 0xFFFFFF80u);
}

static void form_opaque(const struct v6nf_node *node, uint8_t *address, uint8_t dad_counter)
{
    uint8_t input[INPUT_SIZE];
    v6nf_copy8(input, address);
    v6nf_ether_address_copy(input + 8, node->mac);
    input[14] = dad_counter;
    v6nf_store_word64(address + 8, v6nf_siphash(node->secret, input, INPUT_SIZE));
}

void v6nf_identifier_form(const struct v6nf_node *node, uint8_t *address, uint8_t *dad_counter)
{
    if (!node->has_secret) {
        uint8_t link_local[V6NF_ADDRESS_SIZE];
        v6nf_address_link_local(link_local, node->mac);
        v6nf_copy8(address + 8, link_local + 8);
        return;
    }
    form_opaque(node, address, *dad_counter);
    for (uint32_t i = 0; i < TRIES && is_reserved(address + 8); i++) {
        *dad_counter = (uint8_t)(*dad_counter + 1u);
        form_opaque(node, address, *dad_counter);
    }
}

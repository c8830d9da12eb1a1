/* random.c: numbers that are unpredictable without a key, and interface identifiers: stable opaque ones made of them
 * (RFC 7217), or modified EUI-64 (RFC 2464, 4). */
#include "random.h"

#include "v6nf/table/siphash.h"

/* SipHash-2-4. Flow labels, which each datagram needs, take SipHash-1-3. */
#define WORD_ROUNDS 2u
#define LABEL_WORD_ROUNDS 1u
#define MORE_END_ROUNDS 2u

/* Input of an identifier: prefix, MAC address for Net_Iface, DAD_Counter. */
#define IDENTIFIER_INPUT 15u

/* Input of a flow label: both addresses, and ports, or type and code of ICMPv6. */
#define FLOW_INPUT (2u * V6NF_ADDRESS_SIZE + 4u)

/* More reserved identifiers in a row than can occur. */
#define IDENTIFIER_TRIES 8u

static uint64_t hash_rounds(const uint8_t *key, const uint8_t *input, uint32_t length, uint32_t rounds)
{
    struct v6nf_siphash hash;
    uint8_t last[8] = {0};
    const uint32_t end = length - length % 8u;
    for (uint32_t i = 0; i < length % 8u; i++) {
        last[i] = input[end + i];
    }
    last[7] = (uint8_t)(length & 0xFFu);
    v6nf_siphash_start(&hash, key);
    for (uint32_t at = 0; at <= end; at += 8u) {
        v6nf_siphash_word(&hash, v6nf_word64(at < end ? input + at : last), rounds);
    }
    return v6nf_siphash_end(&hash, rounds + MORE_END_ROUNDS);
}

uint64_t v6nf_keyed_hash(const uint8_t *key, const uint8_t *input, uint32_t length)
{
    return hash_rounds(key, input, length, WORD_ROUNDS);
}

void v6nf_key_init(struct v6nf_node *node, uint64_t seed)
{
    uint8_t input[16];
#if V6NF_HAS_INDEX
    uint8_t secret[V6NF_HASH_SECRET_SIZE];
#endif
    v6nf_store_word64(input, seed);
    v6nf_ether_address_copy(input + 8, node->mac);
    input[14] = 0;
    for (uint8_t half = 0; half < 2u; half++) {
        input[15] = half;
        v6nf_store_word64(node->key + 8u * half, v6nf_keyed_hash(node->secret, input, sizeof input));
    }
#if V6NF_HAS_INDEX
    /* Apart from `key`: no value that the node sends depends on it. */
    input[15] = 2;
    v6nf_store_word64(secret, v6nf_keyed_hash(node->secret, input, sizeof input));
    input[15] = 3;
    v6nf_store_word64(secret + 8, v6nf_keyed_hash(node->secret, input, sizeof input));
    v6nf_hash_key_init(&node->hash_key, secret);
#endif
}

uint64_t v6nf_random64(struct v6nf_node *node)
{
    uint8_t input[8];
    v6nf_store_word64(input, node->nonces);
    node->nonces++;
    return v6nf_keyed_hash(node->key, input, sizeof input);
}

uint32_t v6nf_random(struct v6nf_node *node, uint32_t range)
{
    uint64_t high = v6nf_random64(node) >> 32;
    return (uint32_t)((high * range) >> 32);
}

void v6nf_flow_label_write(const struct v6nf_node *node, uint8_t *ipv6)
{
    uint32_t label =
        (uint32_t)(hash_rounds(node->key, ipv6 + V6NF_IPV6_SOURCE, FLOW_INPUT, LABEL_WORD_ROUNDS) & 0xFFFFFu);
    v6nf_store32(ipv6, 0x60000000u + (label != 0u ? label : 1u));
}

/* RFC 5453 and IANA: Subnet-Router anycast, identifiers of IANA's Ethernet block (RFC 9542), anycast (RFC 2526). */
bool v6nf_identifier_is_reserved(const uint8_t *identifier)
{
    uint32_t high = v6nf_load32(identifier);
    uint32_t low = v6nf_load32(identifier + 4);
    return (high == 0u && low == 0u) || (high == 0x02005EFFu && low >= 0xFE000000u && low <= 0xFEFFFFFFu) ||
           (high == 0xFDFFFFFFu && low >= 0xFFFFFF80u);
}

static void form_opaque(const struct v6nf_node *node, uint8_t *address, uint8_t dad_counter)
{
    uint8_t input[IDENTIFIER_INPUT];
    v6nf_copy8(input, address);
    v6nf_ether_address_copy(input + 8, node->mac);
    input[14] = dad_counter;
    v6nf_store_word64(address + 8, v6nf_keyed_hash(node->secret, input, sizeof input));
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
    for (uint32_t i = 0; i < IDENTIFIER_TRIES && v6nf_identifier_is_reserved(address + 8); i++) {
        *dad_counter = (uint8_t)(*dad_counter + 1u);
        form_opaque(node, address, *dad_counter);
    }
}

#define ROUNDS 4u

/* Mix half of an identification, for one round of a Feistel network: a permutation of the numbers. */
static uint32_t mix(const struct v6nf_node *node, uint32_t half, uint8_t round)
{
    uint8_t input[3] = {round};
    v6nf_store16(input + 1, (uint16_t)half);
    return (uint32_t)(v6nf_keyed_hash(node->key, input, sizeof input) & 0xFFFFu);
}

uint32_t v6nf_identification(struct v6nf_node *node)
{
    uint32_t left = node->identifications >> 16;
    uint32_t right = node->identifications & 0xFFFFu;
    node->identifications++;
    for (uint8_t round = 0; round < ROUNDS; round++) {
        uint32_t mixed = left ^ mix(node, right, round);
        left = right;
        right = mixed;
    }
    return (left << 16) + right;
}

#if V6NF_FRAGMENTATIONS > 1u
uint32_t v6nf_identification_mask(const struct v6nf_node *node, const uint8_t *destination)
{
    return (uint32_t)v6nf_keyed_hash(node->key, destination, V6NF_ADDRESS_SIZE);
}

bool v6nf_identification_is_own(const struct v6nf_node *node, uint32_t identification, const uint8_t *destination)
{
    const uint32_t permuted = identification ^ v6nf_identification_mask(node, destination);
    uint32_t left = permuted >> 16;
    uint32_t right = permuted & 0xFFFFu;
    for (uint8_t round = ROUNDS; round > 0u; round--) {
        uint32_t mixed = right ^ mix(node, left, (uint8_t)(round - 1u));
        right = left;
        left = mixed;
    }
    return node->identifications - 1u - ((left << 16) + right) <= 0xFFFFu;
}
#endif

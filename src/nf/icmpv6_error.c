/* icmpv6_error.c: ICMPv6 errors about packets that pass through (RFC 4443, 2.4 (c), (e) and (f)). */
#include "v6nf/nf/icmpv6_error.h"

#include <string.h>

#define HEADERS_SIZE (V6NF_IPV6_HEADER_SIZE + V6NF_ICMPV6_ERROR_SIZE) /* of an error, before what it quotes */
#define SNAP_SIZE 6u                                                  /* LLC header and organization code */
#define WORD_ROUNDS 1u
#define END_ROUNDS 3u

bool v6nf_icmpv6_limit_init(struct v6nf_icmpv6_limit *limit, struct v6nf_token_bucket *sources, uint32_t count,
                            const struct v6nf_icmpv6_rates *rates, const uint8_t *secret, uint64_t now)
{
    *limit =
        (struct v6nf_icmpv6_limit){.sources = sources, .count = count, .half = rates->burst / 2u + (rates->burst & 1u)};
    limit->half = limit->half > 0u ? limit->half : 1u;
    v6nf_token_bucket_set_limit(&limit->all, rates->rate, rates->burst);
    v6nf_token_bucket_set_limit(&limit->each, rates->source_rate, rates->source_burst);
    v6nf_token_bucket_init(&limit->bucket, &limit->all, now);
    for (uint32_t i = 0; i < count; i++) {
        v6nf_token_bucket_init(&sources[i], &limit->each, now);
    }
    memcpy(limit->secret, secret, sizeof limit->secret);
    v6nf_hash_key_init(&limit->hash_key, secret);
    return count > 0u;
}

/* Draw a random number below `end`, which is not 0, and unpredictable without the secret. */
static uint32_t draw_number(struct v6nf_icmpv6_limit *limit, uint32_t end)
{
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, limit->secret);
    v6nf_siphash_word(&hash, limit->draws, WORD_ROUNDS);
    v6nf_siphash_word(&hash, UINT64_C(8) << 56, WORD_ROUNDS);
    limit->draws++;
    return v6nf_hash_index((uint32_t)(v6nf_siphash_end(&hash, END_ROUNDS) >> 32), end);
}

bool v6nf_icmpv6_limit_take(struct v6nf_icmpv6_limit *limit, const uint8_t *destination, uint64_t now)
{
    if (limit->count == 0u) {
        return false;
    }
    /* Without a token of all, that of the prefix is kept. */
    (void)v6nf_token_bucket_take(&limit->bucket, &limit->all, 0u, now); /* refilled */
    const uint64_t left = limit->bucket.tokens / V6NF_TOKEN_BUCKET_SECOND;
    if (left < limit->half && draw_number(limit, limit->half) >= left) {
        return false;
    }
    const uint64_t prefix = v6nf_word64(destination);
    const uint32_t index = v6nf_hash_index(v6nf_hash_words(&limit->hash_key, &prefix, 1u), limit->count);
    return v6nf_token_bucket_take(&limit->sources[index], &limit->each, 1u, now) &&
           v6nf_token_bucket_take(&limit->bucket, &limit->all, 1u, now);
}

/* Return true if the end of the chain permits this error: the packet is known not to be an error or a Redirect. */
static bool is_permitted_by_chain(const uint8_t *frame, const struct v6nf_chain *chain, uint8_t type, uint8_t code)
{
    if (chain->end == V6NF_CHAIN_LATER_FRAGMENT) { /* errors are not fragmented: they fit the minimum MTU */
        return type == V6NF_ICMPV6_PACKET_TOO_BIG;
    }
    if (chain->end == V6NF_CHAIN_INCOMPLETE) {
        return type == V6NF_ICMPV6_PARAMETER_PROBLEM && code == V6NF_ICMPV6_INCOMPLETE_CHAIN;
    }
    if (chain->end != V6NF_CHAIN_UPPER_LAYER || chain->upper_layer != V6NF_NEXT_HEADER_ICMPV6) {
        return chain->end == V6NF_CHAIN_UPPER_LAYER || chain->end == V6NF_CHAIN_NO_NEXT_HEADER;
    }
    return chain->upper < chain->packet_end && !v6nf_icmpv6_is_error(frame[chain->upper]) &&
           frame[chain->upper] != V6NF_ICMPV6_REDIRECT;
}

bool v6nf_icmpv6_error_is_permitted(const uint8_t *frame, const struct v6nf_chain *chain, uint8_t type, uint8_t code)
{
    const bool is_for_groups = type == V6NF_ICMPV6_PACKET_TOO_BIG ||
                               (type == V6NF_ICMPV6_PARAMETER_PROBLEM && code == V6NF_ICMPV6_UNRECOGNIZED_OPTION);
    if (chain->packet < V6NF_ETHER_HEADER_SIZE || chain->packet + V6NF_IPV6_HEADER_SIZE > chain->packet_end ||
        !is_permitted_by_chain(frame, chain, type, code)) {
        return false;
    }
    const uint8_t *packet = frame + chain->packet;
    const bool is_to_group = v6nf_ether_is_group(frame + V6NF_ETHER_DESTINATION) ||
                             v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION);
    /* The chain has no other source that cannot be answered. */
    return (!is_to_group || is_for_groups) && v6nf_ether_is_station(frame + V6NF_ETHER_SOURCE) &&
           !v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE);
}

/* Write the lengths before LLC headers (IEEE 802.3, 3.2.6) of a frame that now ends at `end`. */
static void write_llc_lengths(uint8_t *frame, uint32_t packet, uint32_t end)
{
    uint32_t at = V6NF_ETHER_TYPE;
    for (uint32_t i = 0; i < V6NF_ETHER_TAGS_MAX && at + 2u < packet; i++) {
        if (v6nf_load16(frame + at) >= V6NF_ETHER_TYPE_MIN) {
            at += V6NF_ETHER_TAG_SIZE;
        } else {
            v6nf_store16(frame + at, (uint16_t)((end - at - 2u) & 0xFFFFu));
            at += 2u + SNAP_SIZE;
        }
    }
}

uint32_t v6nf_icmpv6_error_write(const struct v6nf_icmpv6_error *error, uint8_t *frame, uint32_t capacity,
                                 const struct v6nf_chain *chain)
{
    const uint32_t quote = chain->packet + HEADERS_SIZE;
    if (quote + V6NF_IPV6_HEADER_SIZE > capacity) {
        return 0;
    }
    uint32_t end = quote + (chain->packet_end - chain->packet);
    end = end < chain->packet + V6NF_IPV6_MTU_MIN ? end : chain->packet + V6NF_IPV6_MTU_MIN;
    end = end < capacity ? end : capacity;
    uint8_t *packet = frame + chain->packet;
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    const uint32_t length = end - chain->packet - V6NF_IPV6_HEADER_SIZE;
    memmove(frame + quote, packet, end - quote);
    v6nf_icmpv6_write(message, error->type, error->code, error->parameter);
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, error->hop_limit);
    v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, packet + V6NF_IPV6_SOURCE);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, error->source);
    v6nf_icmpv6_finish(packet, message, length);
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + V6NF_ETHER_SOURCE);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, error->mac);
    write_llc_lengths(frame, chain->packet, end);
    return end;
}

uint32_t v6nf_icmpv6_error_answer(struct v6nf_icmpv6_limit *limit, const struct v6nf_icmpv6_error *error,
                                  uint8_t *frame, uint32_t capacity, const struct v6nf_chain *chain, uint64_t now)
{
    if (!v6nf_icmpv6_error_is_permitted(frame, chain, error->type, error->code)) {
        limit->forbidden++;
        return 0;
    }
    if (!v6nf_icmpv6_limit_take(limit, frame + chain->packet + V6NF_IPV6_SOURCE, now)) {
        limit->limited++;
        return 0;
    }
    const uint32_t length = v6nf_icmpv6_error_write(error, frame, capacity, chain);
    limit->sent += length != 0u ? 1u : 0u;
    limit->no_capacity += length == 0u ? 1u : 0u;
    return length;
}

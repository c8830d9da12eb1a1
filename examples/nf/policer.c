/* policer.c: forward a limited rate from each /64 of IPv6 sources, and drop the rest. Other protocols are forwarded.
 * IPv6 behind VLAN tags counts, too. Frames that may hide IPv6 are dropped. Tunnels are not inspected.
 *
 * A prefix expires when nothing arrived from it for a while. In a full table a new prefix evicts the oldest one. The
 * token bucket of such a prefix is full again by then, or nearly. */
#include "nf.h"
#include "v6nf/nf/token_bucket.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/wire/ether.h"
#include "v6nf/wire/ipv6.h"

const char nf_name[] = "policer";

#define PREFIXES 65536u
#define PREFIX_SIZE 8u
#define RATE 1250000u /* bytes a second: 10 Mbit/s */
#define BURST 125000u
#define LIFETIME UINT64_C(10000000) /* microseconds */
#define EXPIRE_MAX 16u              /* entries for each burst of packets: more than a burst can add */

struct policer {
    uint64_t now;
    struct v6nf_token_bucket_limit limit;
    struct v6nf_hash_map prefixes;
    struct v6nf_token_bucket buckets[PREFIXES];
    uint64_t memory[V6NF_HASH_MAP_WORDS(PREFIXES, PREFIX_SIZE)];
};

const uint32_t nf_state_size = sizeof(struct policer);
const struct nf_extra nf_extras = NF_NO_EXTRAS;

void nf_start(void *state, const uint8_t *secret)
{
    struct policer *its = (struct policer *)state;
    v6nf_token_bucket_set_limit(&its->limit, RATE, BURST);
    v6nf_hash_map_init(&its->prefixes, its->memory, PREFIXES, PREFIX_SIZE, secret);
}

/* Return the entry of the prefix. */
static uint32_t find_or_add(struct policer *its, const uint8_t *prefix)
{
    uint32_t entry = v6nf_hash_map_find_sized(&its->prefixes, prefix, PREFIX_SIZE);
    if (entry != V6NF_HASH_MAP_NONE) {
        v6nf_hash_map_touch(&its->prefixes, entry, its->now);
        return entry;
    }
    entry = v6nf_hash_map_add(&its->prefixes, prefix, its->now);
    if (entry == V6NF_HASH_MAP_NONE) {
        v6nf_hash_map_remove(&its->prefixes, v6nf_hash_map_victim(&its->prefixes, prefix));
        entry = v6nf_hash_map_add(&its->prefixes, prefix, its->now);
    }
    if (entry != V6NF_HASH_MAP_NONE) {
        v6nf_token_bucket_init(&its->buckets[entry], &its->limit, its->now);
    }
    return entry;
}

static inline void police(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct policer *its = (struct policer *)context;
    (void)capacity;
    uint32_t offset = 0;
    enum v6nf_ether_content content = v6nf_ether_find_ipv6(frame, length, &offset);
    if (content == V6NF_ETHER_OTHER) {
        nf_send_all(length, lengths);
        return;
    }
    if (content != V6NF_ETHER_IPV6 || offset + V6NF_IPV6_HEADER_SIZE > length) {
        return;
    }
    uint32_t entry = find_or_add(its, frame + offset + V6NF_IPV6_SOURCE);
    if (entry != V6NF_HASH_MAP_NONE && v6nf_token_bucket_take(&its->buckets[entry], &its->limit, length, its->now)) {
        nf_send_all(length, lengths);
    }
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct policer *its = (struct policer *)state;
    (void)input;
    its->now = now;
    v6nf_hash_map_expire(&its->prefixes, now > LIFETIME ? now - LIFETIME : 0u, EXPIRE_MAX);
    return NF_POLL(path, police, its);
}

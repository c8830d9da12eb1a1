/* firewall.c: proof of what a firewall reads of frames (src/nf/firewall*.c): any bytes at exact lengths, in both
 * directions, with any contents of tables, rule and prefix. */
#include "src/nf/firewall.c"
#include "src/nf/chain.c"
#undef MOBILITY
#undef HIP
#undef SHIM6
#include "src/nf/firewall_connection.c"
#include "src/nf/firewall_input.c"
#include "src/nf/firewall_policy.c"
#include "src/nf/firewall_table.c"
#include "src/nf/flow_key.c"
#include "src/table/hash.c"
#include "src/table/hash_map.c"
#include "src/table/links.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"
#include "src/wire/ether.c"
#include "src/wire/ext.c"

#include "any_links.h"

#define FLOWS 4u

/* The parts of the memory, apart: an index past the end of one is an alarm, not an access to the next one. */
struct map_memory {
    uint64_t touched[FLOWS];
    uint64_t keys[FLOWS * V6NF_FIREWALL_KEY_WORDS];
    struct v6nf_link links[FLOWS];
    uint32_t chains[FLOWS];
};

static struct v6nf_firewall firewall;
static struct map_memory maps[3];
static struct v6nf_firewall_flow flows[FLOWS];
static struct v6nf_link links[FLOWS];
static uint32_t shares[FLOWS];
static uint32_t fragment_ends[FLOWS];
static struct v6nf_firewall_rule rule;
static struct v6nf_firewall_prefix prefix;
static struct v6nf_firewall_prefix prefixes[V6NF_FIREWALL_PREFIXES_MAX];

/* Lists and chains may be cyclic. */
static void any_map(struct v6nf_hash_map *map, struct map_memory *its)
{
    map->capacity = FLOWS;
    map->key_size = V6NF_FLOW_KEY_SIZE;
    map->touched = its->touched;
    map->keys = its->keys;
    map->links = its->links;
    map->chains = its->chains;
    map->free = any_link(FLOWS);
    any_links(map->links, FLOWS);
    any_list(&map->ages, FLOWS);
    map->ages.newest = any_below(FLOWS); /* v6nf_list_renew() requires it; hash_map.c has all others */
    for (uint32_t i = 0; i < FLOWS; i++) {
        map->chains[i] = any_link(FLOWS);
        map->touched[i] = any64;
    }
    for (uint32_t i = 0; i < FLOWS * V6NF_FIREWALL_KEY_WORDS; i++) {
        map->keys[i] = any64;
    }
}

static void any_firewall(void)
{
    any_map(&firewall.map, &maps[0]);
    any_map(&firewall.fragments, &maps[1]);
    any_map(&firewall.requests, &maps[2]);
    firewall.flows = flows;
    firewall.links = links;
    firewall.shares = shares;
    firewall.fragment_ends = fragment_ends;
    any_links(links, FLOWS);
    for (uint32_t i = 0; i < V6NF_FIREWALL_LISTS; i++) {
        any_list(&firewall.lists[i], FLOWS);
        firewall.idle[i] = any64;
    }
    for (uint32_t i = 0; i < FLOWS; i++) {
        flows[i] = (struct v6nf_firewall_flow){.deadline = any64,
                                               .due = any64,
                                               .endpoint = any_link(FLOWS),
                                               .users = any32,
                                               .share = any_below(FLOWS),
                                               .of_class = (uint8_t)any_below(V6NF_FIREWALL_LISTS),
                                               .state = any8};
        shares[i] = any32;
        fragment_ends[i] = any32;
    }
    firewall.config = (struct v6nf_firewall_config){.flows = FLOWS,
                                                    .fragments = FLOWS,
                                                    .shares = FLOWS,
                                                    .share = any32,
                                                    .share_length = any_within(1, 128),
                                                    .scope = any8,
                                                    .prefixes = &prefix,
                                                    .prefixes_count = any_below(2),
                                                    .rules = &rule,
                                                    .rules_count = any_below(2),
                                                    .filtering = (enum v6nf_firewall_filtering)any_below(3),
                                                    .is_bridge = any_bool(),
                                                    .is_transparent = any_bool(),
                                                    .passes_unique_local = any_bool(),
                                                    .passes_documentation = any_bool(),
                                                    .drops_echo = any_bool()};
}

static void any_policy(void)
{
    rule = (struct v6nf_firewall_rule){.first_port = any16,
                                       .last_port = any16,
                                       .protocol = any8,
                                       .is_inbound = any_bool(),
                                       .is_outbound = any_bool(),
                                       .passes = any_bool()};
    any_fill(rule.source, V6NF_ADDRESS_SIZE);
    any_fill(rule.source_mask, V6NF_ADDRESS_SIZE);
    any_fill(rule.destination, V6NF_ADDRESS_SIZE);
    any_fill(rule.destination_mask, V6NF_ADDRESS_SIZE);
    any_fill(prefix.address, V6NF_ADDRESS_SIZE);
    prefix.length = any_within(0, 128);
    prefix.is_outside = any_bool();
}

/* Pass a frame of any content, but for its types. chain.c and flow_key.c have any headers, and quotations behind them.
 * next_header: of the IPv6 header, of a packet as long as the frame; V6NF_NEXT_HEADER_NONE: any packet. */
static void prove_frame(uint32_t length, bool has_tag, uint8_t next_header)
{
    uint8_t *frame = any_bytes(length);
    const uint32_t type = V6NF_ETHER_TYPE + (has_tag ? 4u : 0u);
    any_firewall();
    v6nf_store16(frame + V6NF_ETHER_TYPE, 0x8100u);
    v6nf_store16(frame + type, V6NF_ETHER_TYPE_IPV6);
    if (next_header != V6NF_NEXT_HEADER_NONE) {
        v6nf_store16(frame + type + 2u + V6NF_IPV6_PAYLOAD_LENGTH,
                     (uint16_t)(length - type - 2u - V6NF_IPV6_HEADER_SIZE));
        frame[type + 2u + V6NF_IPV6_NEXT_HEADER] = next_header;
    }
    must(v6nf_firewall_input(&firewall, frame, length, any_bool(), any64) < V6NF_FIREWALL_RESULTS);
}

/* Initialize in memory of exact size. */
static void prove_init(void)
{
    static uint64_t memory[V6NF_FIREWALL_WORDS(FLOWS, FLOWS, FLOWS)];
    uint8_t secret[V6NF_FIREWALL_SECRET_SIZE];
    struct v6nf_firewall_config config = firewall.config;
    any_fill(secret, sizeof secret);
    config.memory = memory;
    for (uint32_t i = 0; i < V6NF_FIREWALL_CLASSES; i++) {
        config.seconds[i] = any32;
    }
    config.flows = any_below(FLOWS + 1u);
    config.fragments = any_below(FLOWS + 1u);
    config.shares = any_below(FLOWS + 1u);
    config.share_length = any8;
    config.prefixes_count = any32;
    config.rules_count = any32;
    config.prefixes = prefixes;
    prefixes[0].length = any8;
    (void)v6nf_firewall_init(&firewall, &config, secret);
}

int main(void)
{
    uint32_t offset = 0;
    any_policy();
    prove_frame(50, false, V6NF_NEXT_HEADER_NONE);
    prove_frame(62, false, V6NF_NEXT_HEADER_NONE);
    prove_frame(76, false, V6NF_NEXT_HEADER_NONE);
    prove_frame(40, true, V6NF_NEXT_HEADER_NONE);
    prove_frame(110, false, V6NF_NEXT_HEADER_ICMPV6);
    prove_frame(118, false, V6NF_NEXT_HEADER_ICMPV6);
    prove_frame(122, true, V6NF_NEXT_HEADER_ICMPV6);
    (void)v6nf_firewall_input(&firewall, any_bytes(10), 10, any_bool(), any64);
    (void)v6nf_ether_find_tagged(any_bytes(60), 60, &offset);
    any_firewall();
    (void)v6nf_firewall_expire(&firewall, any64, FLOWS);
    prove_init();
    return 0;
}

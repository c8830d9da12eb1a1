/* firewall_table.c: flows, the endpoints that they open, first fragments and unsolicited requests. Each table has a
 * fixed size. A list of each class has its flows in the order in which they end, if they are idle: a flow that was used
 * since it was appended is appended again when it is the oldest. */
#include <string.h>

#include "firewall_parts.h"

#define IS_ENDPOINT 0x80u /* in the kind of a key */
#define SEARCH_MAX 16u    /* oldest flows among which one of the same source is searched */
#define EXPIRE_MAX 2u     /* flows of each class that a new flow looks at */
#define SECOND UINT64_C(1000000)
#define FRAGMENT_TIME (60u * SECOND) /* of reassembly (RFC 8200, 4.5) */
#define REQUEST_TIME (6u * SECOND)   /* RFC 6092, REC-34 */
#define REQUEST_END (60u * SECOND)   /* after that, a request is a new one */

static uint32_t find_in_map(const struct v6nf_hash_map *map, const uint8_t *key)
{
    return v6nf_hash_map_find_sized(map, key, V6NF_FLOW_KEY_SIZE);
}

/* Return the counter of the inside source of a key. */
static uint32_t share_of(const struct v6nf_firewall *firewall, const uint8_t *key)
{
    const uint32_t length = firewall->config.share_length;
    uint8_t address[V6NF_ADDRESS_SIZE] = {0};
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE && 8u * i < length; i++) {
        const uint32_t bits = length - 8u * i;
        address[i] = (uint8_t)(key[i] & (bits >= 8u ? 0xFFu : 0xFF00u >> bits));
    }
    return v6nf_hash_index(v6nf_hash_address(&firewall->map.hash_key, address), firewall->config.shares);
}

/* -- Flows --------------------------------------------------------------------------------------------------------- */

/* Append an entry to the list of its class, to be looked at when it is due. */
static void append_flow(struct v6nf_firewall *firewall, uint32_t entry, uint64_t due)
{
    struct v6nf_firewall_flow *flow = &firewall->flows[entry];
    flow->due = due;
    v6nf_list_append(firewall->links, &firewall->lists[flow->of_class], entry);
}

static void remove_entry(struct v6nf_firewall *firewall, uint32_t entry)
{
    v6nf_list_remove(firewall->links, &firewall->lists[firewall->flows[entry].of_class], entry);
    firewall->shares[firewall->flows[entry].share]--;
    v6nf_hash_map_remove(&firewall->map, entry);
}

/* Remove a flow, and its endpoint if it was the last one. */
static void remove_flow(struct v6nf_firewall *firewall, uint32_t entry)
{
    const uint32_t endpoint = firewall->flows[entry].endpoint;
    if (endpoint != V6NF_LINK_NONE && --firewall->flows[endpoint].users == 0u) {
        remove_entry(firewall, endpoint);
    }
    remove_entry(firewall, entry);
}

uint32_t v6nf_firewall_find(struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now)
{
    const uint32_t entry = find_in_map(&firewall->map, key);
    if (entry != V6NF_HASH_MAP_NONE && firewall->flows[entry].deadline <= now) {
        remove_flow(firewall, entry);
        firewall->expired++;
        return V6NF_HASH_MAP_NONE;
    }
    return entry;
}

/* Remove flows of a class whose time is over. Return their number. */
static uint32_t expire_class(struct v6nf_firewall *firewall, uint32_t of_class, uint64_t now, uint32_t limit)
{
    struct v6nf_list *list = &firewall->lists[of_class];
    uint32_t count = 0;
    for (uint32_t i = 0; i < limit && list->oldest != V6NF_LINK_NONE; i++) {
        const uint32_t entry = list->oldest;
        struct v6nf_firewall_flow *flow = &firewall->flows[entry];
        if (flow->due > now) {
            break;
        }
        if (flow->deadline <= now) {
            remove_flow(firewall, entry);
            count++;
        } else {
            v6nf_list_remove(firewall->links, list, entry);
            append_flow(firewall, entry, now + firewall->idle[of_class]);
        }
    }
    return count;
}

uint32_t v6nf_firewall_expire(struct v6nf_firewall *firewall, uint64_t now, uint32_t limit)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_FIREWALL_CLASSES; i++) {
        count += expire_class(firewall, i, now, limit);
    }
    firewall->expired += count;
    return count;
}

/* Evict the oldest transitory flow, of any source or of the one with a share. Return false if there is none. */
static bool evict_transitory(struct v6nf_firewall *firewall, bool is_any, uint32_t share)
{
    for (uint32_t of_class = V6NF_FIREWALL_TRANSITORY; of_class <= V6NF_FIREWALL_TRANSITORY_DCCP; of_class++) {
        uint32_t entry = firewall->lists[of_class].oldest;
        for (uint32_t i = 0; i < SEARCH_MAX && entry != V6NF_LINK_NONE; i++) {
            if (is_any || firewall->flows[entry].share == share) {
                remove_flow(firewall, entry);
                firewall->evicted++;
                return true;
            }
            entry = firewall->links[entry].newer;
        }
    }
    return false;
}

/* Write the key of the endpoint of a flow. */
static void write_endpoint(uint8_t *endpoint, const struct v6nf_firewall *firewall, const uint8_t *key)
{
    memcpy(endpoint, key, V6NF_FLOW_KEY_SIZE);
    if (firewall->config.filtering == V6NF_FIREWALL_ENDPOINT_INDEPENDENT) {
        memset(endpoint + V6NF_FLOW_KEY_DESTINATION, 0, V6NF_ADDRESS_SIZE);
    }
    v6nf_store16(endpoint + V6NF_FLOW_KEY_DESTINATION_PORT, 0);
    endpoint[V6NF_FLOW_KEY_KIND] |= IS_ENDPOINT;
}

/* Return true if flows with this key open an endpoint. */
static bool has_endpoint(const struct v6nf_firewall *firewall, const uint8_t *key)
{
    return firewall->config.filtering != V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT &&
           (key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_PORTS ||
            (key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_NO_PORTS && key[V6NF_FLOW_KEY_PROTOCOL] != V6NF_NEXT_HEADER_ICMPV6));
}

bool v6nf_firewall_is_open(const struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now)
{
    uint8_t endpoint[V6NF_FLOW_KEY_SIZE];
    if (!has_endpoint(firewall, key)) {
        return false;
    }
    write_endpoint(endpoint, firewall, key);
    const uint32_t entry = find_in_map(&firewall->map, endpoint);
    return entry != V6NF_HASH_MAP_NONE && firewall->flows[entry].deadline > now;
}

/* Open the endpoint of a flow, if there is an entry for it. Return its entry. */
static uint32_t open_endpoint(struct v6nf_firewall *firewall, const uint8_t *key, uint32_t share, uint64_t now)
{
    uint8_t endpoint[V6NF_FLOW_KEY_SIZE];
    write_endpoint(endpoint, firewall, key);
    uint32_t entry = find_in_map(&firewall->map, endpoint);
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = firewall->shares[share] < firewall->config.share ? v6nf_hash_map_add(&firewall->map, endpoint, now)
                                                                 : V6NF_HASH_MAP_NONE;
        if (entry == V6NF_HASH_MAP_NONE) {
            return V6NF_LINK_NONE;
        }
        firewall->shares[share]++;
        firewall->flows[entry] =
            (struct v6nf_firewall_flow){.endpoint = V6NF_LINK_NONE, .share = share, .of_class = V6NF_FIREWALL_ENDPOINT};
        append_flow(firewall, entry, 0);
    }
    firewall->flows[entry].users++;
    return entry;
}

/* Make the entry the flow of a packet. */
static void begin_flow(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet, uint32_t entry,
                       uint32_t share)
{
    const uint8_t *key = packet->flow.key;
    struct v6nf_firewall_flow *flow = &firewall->flows[entry];
    const enum v6nf_firewall_class of_class = v6nf_firewall_first_class(key, packet->is_inbound);
    *flow = (struct v6nf_firewall_flow){.endpoint = V6NF_LINK_NONE, .share = share, .of_class = (uint8_t)of_class};
    firewall->shares[share]++;
    if (!packet->is_inbound && has_endpoint(firewall, key)) {
        flow->endpoint = open_endpoint(firewall, key, share, packet->now);
    }
    (void)v6nf_firewall_advance(flow, key, packet->event, packet->is_inbound);
    v6nf_firewall_refresh(firewall, flow, packet->is_inbound, packet->now);
    append_flow(firewall, entry, flow->deadline);
}

enum v6nf_firewall_result v6nf_firewall_add(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    const uint32_t share = share_of(firewall, packet->flow.key);
    (void)v6nf_firewall_expire(firewall, packet->now, EXPIRE_MAX);
    if (firewall->shares[share] >= firewall->config.share && !evict_transitory(firewall, false, share)) {
        return V6NF_FIREWALL_SHARE;
    }
    if (firewall->map.free == V6NF_HASH_MAP_NONE && !evict_transitory(firewall, true, 0)) {
        return V6NF_FIREWALL_FULL;
    }
    const uint32_t entry = v6nf_hash_map_add(&firewall->map, packet->flow.key, packet->now);
    if (entry == V6NF_HASH_MAP_NONE) {
        return V6NF_FIREWALL_FULL; /* its chain: no host can bring this about (hash.h) */
    }
    begin_flow(firewall, packet, entry, share);
    return V6NF_FIREWALL_PASS;
}

void v6nf_firewall_renew(struct v6nf_firewall *firewall, uint32_t entry, enum v6nf_firewall_class of_class,
                         bool is_inbound, uint64_t now)
{
    struct v6nf_firewall_flow *flow = &firewall->flows[entry];
    const uint8_t before = flow->of_class;
    flow->of_class = (uint8_t)of_class;
    v6nf_firewall_refresh(firewall, flow, is_inbound, now);
    if (before != flow->of_class) {
        v6nf_list_remove(firewall->links, &firewall->lists[before], entry);
        append_flow(firewall, entry, flow->deadline);
    }
}

/* -- Fragments and requests ---------------------------------------------------------------------------------------- */

/* Add a key that is not in the map. The oldest entry makes space. Return V6NF_HASH_MAP_NONE if there is no space. */
static uint32_t add_newest(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now)
{
    const uint32_t victim = v6nf_hash_map_victim(map, key);
    if (victim != V6NF_HASH_MAP_NONE) {
        v6nf_hash_map_remove(map, victim);
    }
    return v6nf_hash_map_add(map, key, now);
}

/* Return how long ago an entry was touched, 0 if time went backwards. */
static uint64_t time_since(const struct v6nf_hash_map *map, uint32_t entry, uint64_t now)
{
    return now > map->touched[entry] ? now - map->touched[entry] : 0u;
}

void v6nf_firewall_pass_fragment(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    if (!v6nf_flow_key_fragment(key, packet->frame, &packet->chain)) {
        return;
    }
    const uint32_t end = packet->chain.packet_end - packet->chain.fragment - V6NF_FRAGMENT_HEADER_SIZE;
    uint32_t entry = find_in_map(&firewall->fragments, key);
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = add_newest(&firewall->fragments, key, packet->now);
        if (entry != V6NF_HASH_MAP_NONE) {
            firewall->fragment_ends[entry] = end;
        }
        return;
    }
    const bool is_larger =
        time_since(&firewall->fragments, entry, packet->now) > FRAGMENT_TIME || end > firewall->fragment_ends[entry];
    firewall->fragment_ends[entry] = is_larger ? end : firewall->fragment_ends[entry];
    v6nf_hash_map_touch(&firewall->fragments, entry, packet->now);
}

uint32_t v6nf_firewall_find_fragment(const struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now)
{
    const uint32_t entry = find_in_map(&firewall->fragments, key);
    return entry != V6NF_HASH_MAP_NONE && time_since(&firewall->fragments, entry, now) <= FRAGMENT_TIME
               ? entry
               : V6NF_HASH_MAP_NONE;
}

bool v6nf_firewall_may_pass_fragment(const struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    if (!v6nf_flow_key_fragment(key, packet->frame, &packet->chain)) {
        return false;
    }
    const uint32_t entry = v6nf_firewall_find_fragment(firewall, key, packet->now);
    return entry != V6NF_HASH_MAP_NONE &&
           v6nf_fragment_offset(packet->frame + packet->chain.fragment) >= firewall->fragment_ends[entry];
}

bool v6nf_firewall_is_repeated(struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now)
{
    const uint32_t entry = find_in_map(&firewall->requests, key);
    if (entry == V6NF_HASH_MAP_NONE) {
        (void)add_newest(&firewall->requests, key, now);
        return false;
    }
    const uint64_t age = time_since(&firewall->requests, entry, now);
    if (age >= REQUEST_END) {
        v6nf_hash_map_touch(&firewall->requests, entry, now);
        return false;
    }
    if (age >= REQUEST_TIME) {
        v6nf_hash_map_remove(&firewall->requests, entry);
        return true;
    }
    return false;
}

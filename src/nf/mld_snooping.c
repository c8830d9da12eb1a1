/* mld_snooping.c: which ports of a bridge have listeners and multicast routers (RFC 4541, 3). */
#include "v6nf/nf/mld_snooping.h"

#include "v6nf/wire/ether.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/mld.h"

#define SCOPE_LINK_LOCAL 2u /* the largest scope of groups that are flooded (RFC 4291, 2.7) */

/* A message about groups, and where it was heard. */
struct heard {
    uint32_t vlan;
    uint32_t port;
    uint64_t now;
};

bool v6nf_mld_snooping_init(struct v6nf_mld_snooping *snooping, uint64_t *memory, uint32_t groups,
                            const uint8_t *secret)
{
    *snooping = (struct v6nf_mld_snooping){0};
    if (!v6nf_hash_map_init(&snooping->map, memory, groups, V6NF_MLD_SNOOPING_KEY_SIZE, secret)) {
        return false;
    }
    memory += V6NF_HASH_MAP_WORDS(groups, V6NF_MLD_SNOOPING_KEY_SIZE);
    snooping->entries = (struct v6nf_mld_snooping_entry *)memory;
    return true;
}

/* -- The table ----------------------------------------------------------------------------------------------------- */

/* Write the key of a group. group: NULL for the routers of the VLAN. */
static void write_group_key(uint8_t *key, const uint8_t *group, uint32_t vlan)
{
    static const struct v6nf_address routers = {{0}};
    v6nf_address_copy(key, group != NULL ? group : routers.bytes);
    v6nf_store16(key + V6NF_ADDRESS_SIZE, (uint16_t)(vlan & 0xFFFFu));
}

/* Return the entry of a group, NULL if there is none. */
static const struct v6nf_mld_snooping_entry *find_group(const struct v6nf_mld_snooping *snooping, const uint8_t *group,
                                                        uint32_t vlan)
{
    uint8_t key[V6NF_MLD_SNOOPING_KEY_SIZE];
    write_group_key(key, group, vlan);
    const uint32_t entry = v6nf_hash_map_find_sized(&snooping->map, key, V6NF_MLD_SNOOPING_KEY_SIZE);
    return entry != V6NF_HASH_MAP_NONE ? &snooping->entries[entry] : NULL;
}

/* Return the bits of the ports of an entry. */
static uint32_t ports_of(const struct v6nf_mld_snooping_entry *entry, uint64_t now)
{
    uint32_t ports = 0;
    for (uint32_t i = 0; entry != NULL && i < V6NF_MLD_SNOOPING_PORTS; i++) {
        ports |= now < entry->until[i] ? 1u << i : 0u;
    }
    return ports;
}

/* Note that a group has a listener, or that the VLAN has a router, for some time. */
static void note_group(struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *group,
                       uint64_t lifetime)
{
    uint8_t key[V6NF_MLD_SNOOPING_KEY_SIZE];
    write_group_key(key, group, heard->vlan);
    uint32_t entry = v6nf_hash_map_find_sized(&snooping->map, key, V6NF_MLD_SNOOPING_KEY_SIZE);
    if (entry == V6NF_HASH_MAP_NONE) {
        (void)v6nf_hash_map_expire(
            &snooping->map, heard->now > V6NF_MLD_SNOOPING_LISTENER ? heard->now - V6NF_MLD_SNOOPING_LISTENER : 0u,
            V6NF_MLD_SNOOPING_EXPIRE_MAX);
        entry = v6nf_hash_map_add(&snooping->map, key, heard->now);
        if (entry == V6NF_HASH_MAP_NONE) {
            snooping->flooded_until = heard->now + V6NF_MLD_SNOOPING_LISTENER;
            snooping->full++;
            return;
        }
        snooping->entries[entry] = (struct v6nf_mld_snooping_entry){0};
    }
    struct v6nf_mld_snooping_entry *its = &snooping->entries[entry];
    if (ports_of(its, heard->now) == 0u) {
        its->from = heard->now;
    }
    its->until[heard->port] = heard->now + lifetime;
    v6nf_hash_map_touch(&snooping->map, entry, heard->now);
}

/* -- Messages ------------------------------------------------------------------------------------------------------ */

/* Return true for a group that is not flooded anyway. */
static bool is_snooped(const uint8_t *group)
{
    return v6nf_address_is_multicast(group) && (group[1] & 0x0Fu) > SCOPE_LINK_LOCAL;
}

static void note_listener(struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *group)
{
    if (is_snooped(group)) {
        note_group(snooping, heard, group, V6NF_MLD_SNOOPING_LISTENER);
    }
}

/* Return true if a record says that there is a listener of the group, and not that there is none any longer
 * (RFC 9777, 5.2.12). */
static bool is_listening(uint32_t type, uint32_t sources)
{
    return type == V6NF_MLD_IS_EXCLUDE || type == V6NF_MLD_TO_EXCLUDE ||
           (sources != 0u && (type == V6NF_MLD_IS_INCLUDE || type == V6NF_MLD_TO_INCLUDE || type == V6NF_MLD_ALLOW));
}

/* Read the records of a Report of version 2 (RFC 9777, 5.2), up to one that is cut off. */
static void read_records(struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *message,
                         uint32_t length)
{
    const uint32_t count = v6nf_load16(message + V6NF_MLD_RECORDS_COUNT);
    uint32_t at = V6NF_MLD_RECORDS;
    for (uint32_t i = 0; i < count && i < V6NF_MLD_SNOOPING_RECORDS_MAX && at + V6NF_MLD_RECORD_SIZE <= length; i++) {
        const uint8_t *record = message + at;
        const uint32_t sources = v6nf_load16(record + 2);
        at += V6NF_MLD_RECORD_SIZE + V6NF_ADDRESS_SIZE * sources + 4u * (uint32_t)record[1];
        if (at <= length && is_listening(record[0], sources)) {
            note_listener(snooping, heard, record + 4);
        }
    }
}

/* Learn from a Query, if all hosts of the link answer it soon: a General Query to ff02::1 (RFC 9777, 5.1.15). */
static void read_query(struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *packet,
                       const uint8_t *message, uint32_t length)
{
    static const struct v6nf_address all_nodes = {{0xFF, 2, [15] = 1}};
    struct v6nf_mld_query query;
    if (v6nf_address_equal(packet + V6NF_IPV6_DESTINATION, all_nodes.bytes) &&
        v6nf_address_is_link_local(packet + V6NF_IPV6_SOURCE) && v6nf_mld_read_query(message, length, &query) &&
        v6nf_address_is_unspecified(query.group) &&
        query.response_delay * UINT64_C(1000) <= V6NF_MLD_SNOOPING_RESPONSE) {
        note_group(snooping, heard, NULL, V6NF_MLD_SNOOPING_QUERIER);
        snooping->queries++;
    }
}

/* Learn from an MLD message. Return true for a Query, which goes to all. */
static bool read_message(struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *packet,
                         const uint8_t *message, uint32_t length)
{
    const uint8_t *group = v6nf_mld_read_v1(message, length);
    switch (message[V6NF_ICMPV6_TYPE]) {
    case V6NF_MLD_QUERY:
        read_query(snooping, heard, packet, message, length);
        return true;
    case V6NF_MLD_REPORT_V1:
        if (group != NULL) {
            note_listener(snooping, heard, group);
            snooping->reports++;
        }
        return false;
    case V6NF_MLD_REPORT:
        read_records(snooping, heard, message, length);
        snooping->reports++;
        return false;
    default:
        return message[V6NF_ICMPV6_TYPE] != V6NF_MLD_DONE;
    }
}

/* Return true if the Ethernet destination is that of the group (RFC 2464, 7): its receivers see the frame. */
static bool is_to_group(const uint8_t *frame, const uint8_t *group)
{
    return v6nf_load16(frame) == 0x3333u && v6nf_load32(frame + 2) == v6nf_load32(group + 12);
}

/* Return true if a packet is an MLD message, as its receivers accept it: on this link, with a correct checksum. The
 * source may be :: in a Report (RFC 3590). *at: offset of the message. */
static bool is_message(const uint8_t *packet, uint32_t size, uint32_t *at)
{
    const uint8_t *source = packet + V6NF_IPV6_SOURCE;
    *at = v6nf_mld_find(packet, size);
    return *at != 0u && *at + V6NF_ICMPV6_HEADER_SIZE <= size && packet[V6NF_IPV6_HOP_LIMIT] == V6NF_MLD_HOP_LIMIT &&
           v6nf_mld_is_type(packet[*at]) &&
           (v6nf_address_is_link_local(source) || v6nf_address_is_unspecified(source)) &&
           v6nf_icmpv6_check(packet, packet + *at, size - *at);
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

/* Return the ports that get a packet to a group. */
static uint32_t ports_for(const struct v6nf_mld_snooping *snooping, const struct heard *heard, const uint8_t *group,
                          bool is_report)
{
    const struct v6nf_mld_snooping_entry *queriers = find_group(snooping, NULL, heard->vlan);
    const uint32_t routers = ports_of(queriers, heard->now);
    if (routers == 0u || heard->now < queriers->from + V6NF_MLD_SNOOPING_SETTLE) {
        return V6NF_MLD_SNOOPING_ALL;
    }
    if (is_report) {
        return routers; /* a host that hears a Report of version 1 would send none itself (RFC 4541, 2.1.1) */
    }
    const struct v6nf_mld_snooping_entry *entry = find_group(snooping, group, heard->vlan);
    if (entry == NULL && heard->now < snooping->flooded_until) {
        return V6NF_MLD_SNOOPING_ALL;
    }
    return routers | ports_of(entry, heard->now);
}

uint32_t v6nf_mld_snooping_input(struct v6nf_mld_snooping *snooping, const uint8_t *frame, uint32_t length,
                                 uint32_t vlan, uint32_t port, uint64_t now)
{
    const struct heard heard = {vlan, port, now};
    uint32_t offset = 0;
    uint32_t size = 0;
    uint32_t at = 0;
    if (snooping->map.key_size == 0u || port >= V6NF_MLD_SNOOPING_PORTS ||
        v6nf_ether_find_ipv6(frame, length, &offset) != V6NF_ETHER_IPV6 ||
        offset != V6NF_ETHER_HEADER_SIZE + (vlan != 0u ? V6NF_ETHER_TAG_SIZE : 0u) ||
        v6nf_ipv6_check(frame + offset, length - offset, &size) != V6NF_IPV6_GOOD) {
        return V6NF_MLD_SNOOPING_ALL; /* a host may read a frame with other headers in another way */
    }
    const uint8_t *packet = frame + offset;
    const uint8_t *group = packet + V6NF_IPV6_DESTINATION;
    if (is_message(packet, size, &at) && is_to_group(frame, group)) {
        return read_message(snooping, &heard, packet, packet + at, size - at)
                   ? V6NF_MLD_SNOOPING_ALL
                   : ports_for(snooping, &heard, group, true);
    }
    return is_snooped(group) ? ports_for(snooping, &heard, group, false) : V6NF_MLD_SNOOPING_ALL;
}

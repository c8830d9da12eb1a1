/* mld_snooping.h: where a bridge sends multicast (RFC 4541, 3): to the ports that have a listener of the group, or a
 * multicast router, as Multicast Listener Discovery of both versions says (RFC 2710, RFC 9777).
 *
 * It prunes what it knows, and floods all else: any other protocol, groups of the scopes 0 to 2, such as those of
 * Neighbor Discovery, what cannot be read, everything while no router queries the link, and unknown groups after a
 * table was full. A forged message can thus send a group to more ports than need it, and never takes a listener its
 * group: listeners end by their time alone, after 260 seconds without Report, not by Done messages or by group-specific
 * Queries, and pruning begins when all hosts have had the time to answer a first Query. Sources of groups are one.
 *
 * State: one table of a fixed size, for all VLANs. A port that fills it makes the bridge flood unknown groups.
 * Context: the loop. */
#ifndef V6NF_NF_MLD_SNOOPING_H
#define V6NF_NF_MLD_SNOOPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../table/hash_map.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_MLD_SNOOPING_PORTS 8u        /* maximum ports */
#define V6NF_MLD_SNOOPING_KEY_SIZE 18u    /* bytes of a key: group, VLAN ID */
#define V6NF_MLD_SNOOPING_ALL UINT32_MAX  /* in place of bits of ports: all ports */
#define V6NF_MLD_SNOOPING_EXPIRE_MAX 4u   /* entries that a message makes free at most */
#define V6NF_MLD_SNOOPING_RECORDS_MAX 89u /* records of a Report that are read: as many as 1500 bytes hold */

/* Time for which a listener remains: Multicast Address Listening Interval (RFC 9777, 9.4), microseconds. */
#define V6NF_MLD_SNOOPING_LISTENER UINT64_C(260000000)

/* Time for which a router remains: Other Querier Present Timeout (RFC 9777, 9.5), microseconds. */
#define V6NF_MLD_SNOOPING_QUERIER UINT64_C(255000000)

/* Largest Maximum Response Delay of a Query that counts: three times the default (RFC 9777, 9.3), microseconds. */
#define V6NF_MLD_SNOOPING_RESPONSE UINT64_C(30000000)

/* Time from the first Query until groups are pruned, microseconds. */
#define V6NF_MLD_SNOOPING_SETTLE UINT64_C(40000000)

/* Memory that it needs, in uint64_t. groups: maximum number of groups, and of VLANs with a router. */
#define V6NF_MLD_SNOOPING_WORDS(groups)                                                                                \
    (V6NF_HASH_MAP_WORDS(groups, V6NF_MLD_SNOOPING_KEY_SIZE) + (V6NF_MLD_SNOOPING_PORTS + 1u) * (size_t)(groups))

/* Where the listeners of a group are, or, with :: as group, the routers of a VLAN. */
struct v6nf_mld_snooping_entry {
    uint64_t from;                           /* time of the first one, after all had ended */
    uint64_t until[V6NF_MLD_SNOOPING_PORTS]; /* time at which the port has none any longer */
};

/* The state. The fields are for reading: only the library writes them. */
struct v6nf_mld_snooping {
    struct v6nf_hash_map map;                /* groups */
    struct v6nf_mld_snooping_entry *entries; /* of the entries of `map` */
    uint64_t flooded_until;                  /* unknown groups are flooded: the table was full */
    uint64_t queries;                        /* General Queries */
    uint64_t reports;                        /* Reports, of both versions */
    uint64_t full;                           /* groups that found the table full */
};

/* Initialize without groups and routers.
 * snooping: any contents.
 * memory: V6NF_MLD_SNOOPING_WORDS(groups) words; owned by the caller, used as long as the state.
 * groups: 1 to V6NF_HASH_MAP_CAPACITY_MAX.
 * secret: V6NF_HASH_MAP_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if `groups` is out of range. Everything is flooded then. */
bool v6nf_mld_snooping_init(struct v6nf_mld_snooping *snooping, uint64_t *memory, uint32_t groups,
                            const uint8_t *secret);

/* Learn from a frame to an Ethernet group, and say where it must be sent.
 * frame: length bytes.
 * length: bytes of the frame.
 * vlan: VLAN ID of the frame, 0 for none.
 * port: number of the port that received it, below V6NF_MLD_SNOOPING_PORTS.
 * now: microseconds, monotonic.
 * Return bits: 1 << number of each port, or V6NF_MLD_SNOOPING_ALL. That of `port` may be among them. */
uint32_t v6nf_mld_snooping_input(struct v6nf_mld_snooping *snooping, const uint8_t *frame, uint32_t length,
                                 uint32_t vlan, uint32_t port, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif

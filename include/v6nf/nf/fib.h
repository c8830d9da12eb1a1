/* fib.h: the routes of a router, its Forwarding Information Base: which next hop a destination has (RFC 8200, 3;
 * RFC 7608), with counters for each prefix. Routes are added and removed while packets are forwarded: the look-up
 * (table/lookup.h) is built again in short steps, next to the one in use.
 *
 * A prefix has one route. A program with several for one prefix, of different metrics, adds the best one.
 * Context: the loop. */
#ifndef V6NF_NF_FIB_H
#define V6NF_NF_FIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../table/hash_map.h"
#include "../table/lookup.h"
#include "../wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_FIB_NONE V6NF_LOOKUP_NONE /* in place of the number of a route: none */
#define V6NF_FIB_HOP_KEY_SIZE 24u      /* bytes of a hop in the hash map */

struct v6nf_neighbor;
struct v6nf_router_interface;

/* What a router does with packets to a prefix. */
enum v6nf_fib_kind {
    V6NF_FIB_ON_LINK,     /* destinations are neighbors on an interface */
    V6NF_FIB_NEXT_HOP,    /* send to another router */
    V6NF_FIB_DELIVER,     /* an address of the router: give the packet to the node of an interface */
    V6NF_FIB_DISCARD,     /* drop in silence */
    V6NF_FIB_UNREACHABLE, /* answer with Destination Unreachable, code 0 (RFC 4443, 3.1) */
    V6NF_FIB_PROHIBITED,  /* the same, code 1 */
    V6NF_FIB_POLICY,      /* the same, code 5 */
    V6NF_FIB_REJECT,      /* the same, code 6 */
    V6NF_FIB_KINDS        /* number of kinds */
};

/* Where packets of routes go. Routes to the same next hop share it. */
struct v6nf_fib_hop {
    struct v6nf_address address;       /* of V6NF_FIB_NEXT_HOP; otherwise :: */
    struct v6nf_neighbor *neighbor;    /* for the router: the next hop in a Neighbor Cache; NULL: not found yet */
    struct v6nf_router_interface *out; /* for the router: the interface of `neighbor` */
    uint32_t ended;                    /* for the router: that of `neighbor`, while it was this next hop */
    uint32_t interface;                /* of V6NF_FIB_ON_LINK, V6NF_FIB_NEXT_HOP and V6NF_FIB_DELIVER; otherwise 0 */
    uint32_t uses;                     /* number of routes with it; 0 if it is free */
    uint8_t kind;                      /* enum v6nf_fib_kind */
};

/* A route. */
struct v6nf_fib_route {
    uint64_t packets;    /* that the router has handled by it; it may be set to 0 */
    uint64_t bytes;      /* of these packets */
    uint64_t free_after; /* of a removed route, which packets follow until then: a number of builds */
    uint32_t hop;        /* its hop */
    uint32_t next;       /* of the free routes, or of the removed ones */
};

/* Memory that a FIB needs, in words of 8 bytes: 8 times as many bytes. Of constants it is a constant expression, for a
 * static array of uint64_t.
 * routes: maximum number of routes; longs: of these, with more than 64 bits; hops: maximum number of next hops;
 * root_bits: 16 for a full table, 8 for a few routes (lookup.h).
 * A router adds a route of 128 bits for each address of its nodes, with subnet-router anycast addresses: they count in
 * `longs`. It adds a route for each on-link prefix, and two hops for each interface.
 * With 256 longs, 256 hops and 16 root bits, 4,096 routes need 1.5 MB, 100,000 need 19.1 MB, and 131,072 need 31.0 MB.
 * One route less than a power of two saves up to 29 %: 131,071 routes need 22.1 MB. */
#define V6NF_FIB_WORDS(routes, longs, hops, root_bits)                                                                 \
    (V6NF_LOOKUP_WORDS(routes, longs, root_bits) + 4u * (size_t)(routes) + 6u * (size_t)(hops) +                       \
     V6NF_HASH_MAP_WORDS(hops, V6NF_FIB_HOP_KEY_SIZE))

/* Results of a change. */
enum v6nf_fib_result {
    V6NF_FIB_OK,     /* done */
    V6NF_FIB_FULL,   /* no route, or no hop is free; those that were removed are so after a build that began later */
    V6NF_FIB_ABSENT, /* there is no route to the prefix */
    V6NF_FIB_INVALID /* not a prefix: length above 128, bits set after it; or not a kind, or not a next hop */
};

/* A FIB. The fields are for reading: only the library writes them. */
struct v6nf_fib {
    struct v6nf_lookup lookup;     /* prefixes to numbers of routes */
    struct v6nf_fib_route *routes; /* each has the number of its index */
    struct v6nf_fib_hop *hops;     /* each has the number of its entry in `hop_map` */
    struct v6nf_hash_map hop_map;  /* hops by what they are */
    uint32_t routes_max;           /* maximum number of routes */
    uint32_t used;                 /* routes that were never free or are in use, from the first on */
    uint32_t free;                 /* first free route, V6NF_FIB_NONE for none; `next` links them */
    uint32_t removed_first;        /* removed route that will be free first, V6NF_FIB_NONE for none */
    uint32_t removed_last;         /* removed route that will be free last */
};

/* Initialize a FIB without routes.
 * fib: any contents.
 * memory: V6NF_FIB_WORDS(routes, longs, hops, root_bits) words; owned by the caller, used as long as the FIB.
 * routes, longs, root_bits: as v6nf_lookup_init() has them.
 * hops: maximum number of next hops, 1 to V6NF_HASH_MAP_CAPACITY_MAX.
 * secret: V6NF_HASH_MAP_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if an argument is out of range. The FIB must not be used then. */
bool v6nf_fib_init(struct v6nf_fib *fib, uint64_t *memory, uint32_t routes, uint32_t longs, uint32_t hops,
                   uint32_t root_bits, const uint8_t *secret);

/* Add a route, or replace that of the prefix. A replaced route is in effect at once, a new one after the next build.
 * prefix: 16 bytes, copied; bits after the length must be 0.
 * length: bits, 0 to 128.
 * kind: what to do.
 * interface: of V6NF_FIB_ON_LINK, V6NF_FIB_NEXT_HOP and V6NF_FIB_DELIVER; ignored for others.
 * next_hop: 16 bytes, copied: a unicast address on the link of the interface. Used for V6NF_FIB_NEXT_HOP only; may be
 * NULL for others.
 * Return V6NF_FIB_OK, or an error: the route is then as it was.
 * Errors: V6NF_FIB_INVALID, V6NF_FIB_FULL. */
enum v6nf_fib_result v6nf_fib_add(struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length, enum v6nf_fib_kind kind,
                                  uint32_t interface, const uint8_t *next_hop);

/* Remove a route. Packets follow it until the next build.
 * prefix: 16 bytes.
 * length: bits.
 * Return V6NF_FIB_OK, or an error.
 * Errors: V6NF_FIB_INVALID, V6NF_FIB_ABSENT. */
enum v6nf_fib_result v6nf_fib_remove(struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length);

/* Do a part of the work of a build, at most about 60,000 instructions.
 * Return false if there was nothing to do: all changes are in effect. */
bool v6nf_fib_step(struct v6nf_fib *fib);

/* Return true if v6nf_fib_step() has something to do. */
static inline bool v6nf_fib_is_changing(const struct v6nf_fib *fib)
{
    return fib->lookup.is_changed || fib->lookup.build.phase != V6NF_LOOKUP_IDLE ||
           (fib->removed_first != V6NF_FIB_NONE && fib->routes[fib->removed_first].free_after <= fib->lookup.builds);
}

/* Return the number of the route of a prefix, as it was added last; V6NF_FIB_NONE if there is none.
 * prefix: 16 bytes.
 * length: bits. */
static inline uint32_t v6nf_fib_route_of(const struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length)
{
    return v6nf_lookup_value(&fib->lookup, prefix, length);
}

/* Return the number of the route with the longest prefix of a destination (RFC 7608), V6NF_FIB_NONE if no prefix
 * matches.
 * destination: 16 bytes. */
static inline uint32_t v6nf_fib_find(const struct v6nf_fib *fib, const uint8_t *destination)
{
    return v6nf_lookup_find(&fib->lookup, destination);
}

#ifdef __cplusplus
}
#endif

#endif

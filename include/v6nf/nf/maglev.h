/* maglev.h: the backend of a flow, by consistent hashing (Eisenbud et al., "Maglev", NSDI 2016, 3.4).
 *
 * A table maps the hash of a flow to the number of a backend. Backends own entries in proportion to their weights.
 * When one backend goes, its entries are divided among the others, and few other entries move. Balancers with the same
 * size, secret, backends and weights have the same table and the same hash of flows, in whichever order they learned of
 * the backends: a router in front may send each packet of a flow to another of them. A fragment without ports has
 * another key than its flow, and perhaps another backend.
 *
 * A table is made in steps next to the one in use, and is then used at once. The caller provides all memory.
 * Context: any. */
#ifndef V6NF_NF_MAGLEV_H
#define V6NF_NF_MAGLEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../table/hash.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_MAGLEV_ID_SIZE 16u         /* bytes of the identity of a backend: its IPv6 address */
#define V6NF_MAGLEV_BACKENDS_MAX 4096u  /* maximum number of backends */
#define V6NF_MAGLEV_SIZE_MAX (1u << 20) /* maximum size of a table */
#define V6NF_MAGLEV_WEIGHT_MAX 256u     /* maximum weight */
#define V6NF_MAGLEV_NONE 0xFFFFu        /* in place of the number of a backend: none */
#define V6NF_MAGLEV_SECRET_SIZE 16u     /* bytes of the secret that balancers share */

/* A backend. */
struct v6nf_maglev_backend {
    uint64_t rank;     /* hash of its identity: the order of turns */
    uint32_t offset;   /* first entry that it prefers */
    uint32_t skip;     /* distance from one preferred entry to the next, 1 to size - 1 */
    uint32_t position; /* entry that it prefers next, in the table that is being made */
    uint16_t number;   /* the caller's */
    uint16_t weight;   /* 1 to V6NF_MAGLEV_WEIGHT_MAX */
    uint32_t credit;   /* part of a turn that it has saved, in the table that is being made */
};

/* Memory that tables need, in uint64_t: two tables, and two lists of backends. */
#define V6NF_MAGLEV_WORDS(size, backends)                                                                              \
    (((size_t)(size) + 1u) / 2u + 2u * (size_t)(backends) * (sizeof(struct v6nf_maglev_backend) / sizeof(uint64_t)))

/* Tables. The fields are for reading: only the library writes them. */
struct v6nf_maglev {
    uint16_t *table;                         /* size entries: the table in use */
    uint16_t *made;                          /* size entries: the table that is being made */
    struct v6nf_maglev_backend *backends;    /* in the order of rank */
    struct v6nf_maglev_backend *turns;       /* backends of the table that is being made, in this order */
    uint32_t size;                           /* entries of a table, prime; 0 if the tables could not be initialized */
    uint32_t capacity;                       /* maximum number of backends */
    uint32_t count;                          /* number of backends */
    uint32_t turns_count;                    /* number of backends of the table that is being made */
    uint32_t turn;                           /* whose turn it is */
    uint32_t cleared;                        /* entries of that table that are cleared */
    uint32_t filled;                         /* entries of that table that have a backend */
    uint32_t weight_max;                     /* largest weight of that table: a turn */
    bool is_making;                          /* a table is being made */
    bool has_changed;                        /* backends have changed since it was begun */
    uint8_t secret[V6NF_MAGLEV_SECRET_SIZE]; /* shared by balancers */
    struct v6nf_hash_key hash_key;           /* of flows, derived from the secret */
};

/* Initialize tables without backends.
 * maglev: any contents.
 * memory: V6NF_MAGLEV_WORDS(size, capacity) words; owned by the caller, used as long as the tables.
 * size: entries of a table: a prime from 3 to V6NF_MAGLEV_SIZE_MAX, at least 100 times the number of backends for
 *       shares that differ by 1 %. 65537 is one.
 * capacity: backends, 1 to V6NF_MAGLEV_BACKENDS_MAX.
 * secret: V6NF_MAGLEV_SECRET_SIZE bytes, the same for all balancers of a service, unknown to other hosts.
 * Return false if an argument is out of range. The tables then have no backend, and accept none. */
bool v6nf_maglev_init(struct v6nf_maglev *maglev, uint64_t *memory, uint32_t size, uint32_t capacity,
                      const uint8_t *secret);

/* Add or change a backend, or remove it. The table in use stays as it is until v6nf_maglev_step() has made another one.
 * The cost is bounded by the number of backends.
 * maglev: initialized.
 * number: the caller's number of the backend, below V6NF_MAGLEV_NONE.
 * id: V6NF_MAGLEV_ID_SIZE bytes, the same on all balancers. Two backends must have different ones. Not read if weight
 *     is 0.
 * weight: its share; at most V6NF_MAGLEV_WEIGHT_MAX. 0 removes the backend.
 * Return false if an argument is out of range, or if there are `capacity` backends: nothing has changed. */
bool v6nf_maglev_set(struct v6nf_maglev *maglev, uint32_t number, const uint8_t *id, uint32_t weight);

/* Continue to make a table after v6nf_maglev_set(). A table is completed even if backends change in the meantime;
 * the next one has these changes. The first step of a table also copies the list of backends.
 * maglev: initialized.
 * work: maximum number of entries and backends to look at, at least 1.
 * Return true if there is more to do. */
bool v6nf_maglev_step(struct v6nf_maglev *maglev, uint32_t work);

/* Return the number of the backend of a flow, V6NF_MAGLEV_NONE if there are no backends. A backend that was removed is
 * returned until the next table is complete.
 * maglev: initialized.
 * hash: of the flow, from v6nf_hash_words() with maglev->hash_key. */
static inline uint32_t v6nf_maglev_find(const struct v6nf_maglev *maglev, uint32_t hash)
{
    return maglev->size == 0u ? V6NF_MAGLEV_NONE : maglev->table[v6nf_hash_index(hash, maglev->size)];
}

#ifdef __cplusplus
}
#endif

#endif

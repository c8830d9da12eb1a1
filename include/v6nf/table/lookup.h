/* lookup.h: longest-prefix match. It maps prefixes of keys of 16 bytes, such as IPv6 addresses, to numbers below
 * 2^31 - 1, such as next hops. Prefixes have any length from 0 to 128 bits (RFC 7608).
 *
 * Prefixes are compiled into a table, which v6nf_lookup_find() reads. They are added and removed at any time, and
 * v6nf_lookup_step() compiles them into a second table, a bounded part of the work in each call. The last step of a
 * build makes that table the one in use. A look-up therefore finds what the prefixes were when a build began: all of
 * them, never some of an earlier and some of a later time. A change is in the next build that begins. If a build runs,
 * that is the one after it: a table is at most two builds behind.
 *
 * A table divides the high 64 bits of a key into ranges, between which the longest match does not change. They are
 * found by the first bits of the key (the root), by up to V6NF_LOOKUP_DEPTH_MAX nodes, whose slots are equal parts of
 * what they cover, and by a search of the few ranges of a slot. Where prefixes longer than 64 bits follow, the low 64
 * bits are found in the same way. If a table has no memory for another node, the search of a slot is longer: at most
 * one step for each bit of the number of ranges.
 *
 * The caller provides all memory, which never grows. A hash map (hash_map.h) holds the prefixes. The work of each call
 * is bounded for any prefixes, except that of v6nf_lookup_init(), which grows with the capacity.
 * Context: any. */
#ifndef V6NF_TABLE_LOOKUP_H
#define V6NF_TABLE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/bytes.h"
#include "hash_map.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_LOOKUP_NONE 0x7FFFFFFFu               /* in place of a value: none */
#define V6NF_LOOKUP_PREFIXES_MAX ((1u << 22) - 1u) /* maximum capacity, in prefixes */
#define V6NF_LOOKUP_ROOT_BITS_MAX 16u              /* maximum bits of the root */
#define V6NF_LOOKUP_FEW 16u                        /* ranges that a look-up searches, unless memory is short */
#define V6NF_LOOKUP_DEPTH_MAX 4u                   /* maximum nodes between the root and a range */
#define V6NF_LOOKUP_STACK 66u                      /* prefixes of one half of a key that contain each other, and none */

#define V6NF_LOOKUP_KEY_SIZE 24u /* bytes of a prefix in the hash map: two halves and a length */

/* Parts of V6NF_LOOKUP_POWER(): the double of a bit below `x`, of four bits, of all of them. */
#define V6NF_LOOKUP_BIT(x, bit) ((x) > (1u << (bit)) ? 1u << ((bit) + 1u) : 0u)
/* See V6NF_LOOKUP_BIT(). */
#define V6NF_LOOKUP_BITS4(x, bit)                                                                                      \
    (V6NF_LOOKUP_BIT(x, bit) | V6NF_LOOKUP_BIT(x, (bit) + 1u) | V6NF_LOOKUP_BIT(x, (bit) + 2u) |                       \
     V6NF_LOOKUP_BIT(x, (bit) + 3u))
/* See V6NF_LOOKUP_BIT(). */
#define V6NF_LOOKUP_BITS(x)                                                                                            \
    (1u | V6NF_LOOKUP_BITS4(x, 0u) | V6NF_LOOKUP_BITS4(x, 4u) | V6NF_LOOKUP_BITS4(x, 8u) | V6NF_LOOKUP_BITS4(x, 12u) | \
     V6NF_LOOKUP_BITS4(x, 16u) | V6NF_LOOKUP_BITS4(x, 20u))
/* The least power of two that is at least `x`, 1 to 2^23. */
#define V6NF_LOOKUP_POWER(x) ((V6NF_LOOKUP_BITS(x) + 1u) / 2u)

/* Ranges of the high halves of keys in a table: a power of two. */
#define V6NF_LOOKUP_HIGH(prefixes) V6NF_LOOKUP_POWER((2u * (prefixes) + 1u) | (V6NF_LOOKUP_FEW - 1u))
/* Ranges of a table. */
#define V6NF_LOOKUP_RANGES(prefixes, longs) (V6NF_LOOKUP_HIGH(prefixes) + 4u * (longs))
/* Nodes of a table. */
#define V6NF_LOOKUP_NODES(ranges) ((ranges) / 32u + 1u)
/* Slots of a table. */
#define V6NF_LOOKUP_SLOTS(ranges, root_bits) ((1u << (root_bits)) + (ranges))
/* Memory of a table, in uint64_t: 17 bytes for each range, and 4 for each slot of the root. There are two tables. */
#define V6NF_LOOKUP_TABLE_WORDS(ranges, root_bits)                                                                     \
    ((size_t)(ranges) + 4u * (size_t)V6NF_LOOKUP_NODES(ranges) +                                                       \
     ((size_t)(ranges) + V6NF_LOOKUP_SLOTS(ranges, root_bits) + 1u) / 2u)

/* Memory that a look-up needs, in uint64_t: 64 bytes for each prefix, and two tables. The ranges of a table are the
 * least power of two above 2 * prefixes: a number of prefixes just below a power of two needs the least for each. */
#define V6NF_LOOKUP_WORDS(prefixes, longs, root_bits)                                                                  \
    (V6NF_HASH_MAP_WORDS(prefixes, V6NF_LOOKUP_KEY_SIZE) + 2u * (size_t)(prefixes) +                                   \
     2u * V6NF_LOOKUP_TABLE_WORDS(V6NF_LOOKUP_RANGES(prefixes, longs), root_bits))

/* A word in a slot, or in the value of a range, leads to the ranges of a key. */
#define V6NF_LOOKUP_LONGER 0x80000000u    /* in values: longer prefixes follow; the rest is a word for the low half */
#define V6NF_LOOKUP_NODE 0x40000000u      /* the index is that of a node */
#define V6NF_LOOKUP_LOG_SHIFT 25u         /* bits that follow: the logarithm of the number of ranges */
#define V6NF_LOOKUP_LOG_MASK 31u          /* 0 in the high half: V6NF_LOOKUP_FEW */
#define V6NF_LOOKUP_INDEX_MASK 0x1FFFFFFu /* the index of the first of these */

/* Results of a change. */
enum v6nf_lookup_result {
    V6NF_LOOKUP_OK,      /* done: the next build has it */
    V6NF_LOOKUP_FULL,    /* no entry is free, or none for more than 64 bits; rarely, a chain of the map is full */
    V6NF_LOOKUP_ABSENT,  /* the prefix is not there */
    V6NF_LOOKUP_INVALID, /* length above 128, bits set after it, or a value not below V6NF_LOOKUP_NONE */
};

/* A node. Slot n covers the keys from low + n * 2^shift on; slot 0 also those below, and the last one those above. */
struct v6nf_lookup_node {
    uint64_t low;   /* start of its second range */
    uint32_t base;  /* its first slot */
    uint32_t last;  /* number of its last slot */
    uint32_t first; /* its first range */
    uint32_t count; /* number of its other ranges */
    uint32_t end;   /* end of the ranges that are sorted together */
    uint8_t shift;  /* logarithm of the number of keys of a slot */
    uint8_t depth;  /* nodes on the path to it, and itself */
};

/* A table. The first slots are the root's. */
struct v6nf_lookup_table {
    uint32_t *slots;  /* words, those of a node one after another */
    uint64_t *starts; /* first key of each range; those of the high half are sorted, and those of each low half */
    uint32_t *values; /* value of each range */
    struct v6nf_lookup_node *nodes; /* the first is the root */
    uint32_t slots_used;            /* number of slots */
    uint32_t nodes_used;            /* number of nodes */
};

/* What a build must do next. */
enum v6nf_lookup_phase {
    V6NF_LOOKUP_IDLE,    /* nothing, unless something changed */
    V6NF_LOOKUP_TAKE,    /* take the prefixes and their values */
    V6NF_LOOKUP_COUNT,   /* count the digits of a pass of the sort */
    V6NF_LOOKUP_SCATTER, /* sort by these digits */
    V6NF_LOOKUP_DIVIDE,  /* turn prefixes into ranges */
    V6NF_LOOKUP_PAD,     /* pad ranges that are sorted together to a power of two */
    V6NF_LOOKUP_FILL,    /* fill the slots of nodes */
};

/* Ranges that are sorted together, while they are made. */
struct v6nf_lookup_segment {
    uint32_t base;                      /* first range */
    uint32_t end;                       /* end of the ranges */
    uint32_t limit;                     /* end of the memory for them */
    uint32_t open;                      /* prefixes of `ends` and `values` */
    uint64_t ends[V6NF_LOOKUP_STACK];   /* last key of the prefixes that contain the current one */
    uint32_t values[V6NF_LOOKUP_STACK]; /* their values */
};

/* The state of a build. */
struct v6nf_lookup_build {
    enum v6nf_lookup_phase phase;    /* what must be done next */
    uint32_t parity;                 /* changes with each build; see `taken` */
    uint32_t at;                     /* next entry, position, range or node */
    uint32_t count;                  /* number of prefixes */
    uint32_t pass;                   /* of the sort */
    uint32_t from;                   /* which of the two orders is the current one */
    uint64_t first_key[3];           /* key of one of the prefixes */
    uint64_t differences[3];         /* bits in which keys differ */
    uint32_t positions[256];         /* of digits */
    bool is_low;                     /* prefixes longer than 64 bits are being divided */
    uint64_t high_key;               /* their high half */
    struct v6nf_lookup_segment high; /* ranges of high halves */
    struct v6nf_lookup_segment low;  /* ranges of the current low half */
    uint32_t low_end;                /* end of the ranges of low halves */
    uint32_t pad;                    /* next range to pad */
    uint32_t slot;                   /* slot that is being filled */
    uint32_t first;                  /* range before those of the slot */
    uint32_t next;                   /* next range */
};

/* A look-up. The fields are for reading: only the library writes them. */
struct v6nf_lookup {
    struct v6nf_lookup_table active; /* in use */
    struct v6nf_lookup_table spare;  /* being made */
    uint32_t root_shift;             /* bits of the high half of a key that are not the root's */
    uint32_t high_max;               /* maximum ranges of high halves; those of low halves follow */
    uint32_t ranges_max;             /* maximum ranges of a table */
    uint32_t nodes_max;              /* maximum nodes of a table */
    uint32_t slots_max;              /* maximum slots of a table */
    uint32_t longs_max;              /* maximum prefixes longer than 64 bits */
    uint32_t longs;                  /* number of these, with those that are removed by the next build */
    uint32_t prefixes;               /* number of prefixes */
    bool is_changed;                 /* something changed since the last build began */
    uint64_t builds;                 /* number of builds that ended */
    struct v6nf_hash_map map;        /* the prefixes */
    uint32_t *values;                /* value of each entry; V6NF_LOOKUP_NONE: removed, until a build forgets it */
    uint32_t *taken;                 /* value of each entry in the current build; bit 31: the parity of that build */
    uint32_t *orders[2];             /* entries in order, of which one is being made of the other */
    struct v6nf_lookup_build build;  /* state of the build */
};

/* Initialize a look-up without prefixes.
 * lookup: any contents.
 * memory: V6NF_LOOKUP_WORDS(prefixes, longs, root_bits) words; owned by the caller, used as long as the look-up.
 * prefixes: maximum number of prefixes, 1 to V6NF_LOOKUP_PREFIXES_MAX.
 * longs: maximum number of these that are longer than 64 bits, 0 to `prefixes`.
 * root_bits: bits of a key that the root decides, 1 to V6NF_LOOKUP_ROOT_BITS_MAX: 16 for a full table, 8 for a few
 * prefixes.
 * secret: V6NF_HASH_MAP_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if an argument is out of range. The look-up must not be used then. */
bool v6nf_lookup_init(struct v6nf_lookup *lookup, uint64_t *memory, uint32_t prefixes, uint32_t longs,
                      uint32_t root_bits, const uint8_t *secret);

/* Add a prefix, or replace its value.
 * lookup: initialized.
 * prefix: 16 bytes, copied; bits after the length must be 0.
 * length: bits, 0 to 128.
 * value: below V6NF_LOOKUP_NONE.
 * Return V6NF_LOOKUP_OK if the next build has the prefix. It has a new value even if the look-up is full.
 * Errors: V6NF_LOOKUP_INVALID, V6NF_LOOKUP_FULL. A removed prefix has its entry until a build forgets it. */
enum v6nf_lookup_result v6nf_lookup_add(struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length,
                                        uint32_t value);

/* Remove a prefix.
 * lookup: initialized.
 * prefix: 16 bytes.
 * length: bits.
 * Return V6NF_LOOKUP_OK if the next build is without the prefix.
 * Errors: V6NF_LOOKUP_INVALID, V6NF_LOOKUP_ABSENT. */
enum v6nf_lookup_result v6nf_lookup_remove(struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length);

/* Return the value of a prefix, as it was added last, V6NF_LOOKUP_NONE if it is not there.
 * lookup: initialized.
 * prefix: 16 bytes.
 * length: bits. */
uint32_t v6nf_lookup_value(const struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length);

/* Do a part of the work of a build, or begin one if something changed. A part is at most about 60,000 instructions.
 * lookup: initialized.
 * Return false if there was nothing to do: look-ups find all changes. */
bool v6nf_lookup_step(struct v6nf_lookup *lookup);

/* Return the 64-bit number in the 8 bytes at `p`, most significant byte first. */
static inline uint64_t v6nf_lookup_load64(const uint8_t *p)
{
    return ((uint64_t)p[0] << 56) + ((uint64_t)p[1] << 48) + ((uint64_t)p[2] << 40) + ((uint64_t)p[3] << 32) +
           ((uint64_t)p[4] << 24) + ((uint64_t)p[5] << 16) + ((uint64_t)p[6] << 8) + (uint64_t)p[7];
}

/* Return the word of the slot that a half of a key is in.
 * table: in use.
 * word: of a node.
 * key: half of a key. */
static inline uint32_t v6nf_lookup_slot(const struct v6nf_lookup_table *table, uint32_t word, uint64_t key)
{
    const struct v6nf_lookup_node *node = &table->nodes[word & V6NF_LOOKUP_INDEX_MASK];
    uint64_t slot = (key - node->low) >> node->shift;
    if (__builtin_expect(slot > node->last, 0)) {
        slot = key < node->low ? 0u : node->last; /* a key below the first slot is far above the last one, too */
    }
    return table->slots[node->base + slot];
}

/* Return the word of the ranges that a half of a key is in, behind all nodes: V6NF_LOOKUP_DEPTH_MAX at most.
 * table: in use.
 * word: of the root's slot, or of a value.
 * key: half of a key. */
static inline uint32_t v6nf_lookup_descend(const struct v6nf_lookup_table *table, uint32_t word, uint64_t key)
{
    if (word >= V6NF_LOOKUP_NODE) {
        word = v6nf_lookup_slot(table, word, key);
        if (word >= V6NF_LOOKUP_NODE) {
            word = v6nf_lookup_slot(table, word, key);
            if (word >= V6NF_LOOKUP_NODE) {
                word = v6nf_lookup_slot(table, word, key);
                if (word >= V6NF_LOOKUP_NODE) {
                    word = v6nf_lookup_slot(table, word, key);
                }
            }
        }
    }
    return word;
}

/* Return the range that a half of a key is in.
 * starts: of the table.
 * at: first of the ranges that it can be in.
 * count: number of these, a power of two; one that is constant unrolls the loop.
 * key: half of a key. */
static inline uint32_t v6nf_lookup_range(const uint64_t *starts, uint32_t at, uint32_t count, uint64_t key)
{
    for (uint32_t half = count >> 1; half != 0u; half >>= 1) {
        at += starts[at + half] <= key ? half : 0u;
    }
    return at;
}

/* Return the range that a half of a key is in.
 * starts: of the table.
 * word: the first of the ranges that it can be in, and the logarithm of their number.
 * key: half of a key. */
static inline uint32_t v6nf_lookup_counted(const uint64_t *starts, uint32_t word, uint64_t key)
{
    const uint32_t log = (word >> V6NF_LOOKUP_LOG_SHIFT) & V6NF_LOOKUP_LOG_MASK;
    return v6nf_lookup_range(starts, word & V6NF_LOOKUP_INDEX_MASK, 1u << log, key);
}

/* Find the value of the longest prefix of a key.
 * lookup: initialized.
 * key: 16 bytes.
 * Return the value, V6NF_LOOKUP_NONE if no prefix matches. */
static inline uint32_t v6nf_lookup_find(const struct v6nf_lookup *lookup, const uint8_t *key)
{
    const uint64_t high = v6nf_lookup_load64(key);
    const struct v6nf_lookup_table *table = &lookup->active;
    uint32_t word = v6nf_lookup_descend(table, table->slots[high >> lookup->root_shift], high);
    const uint32_t value =
        table->values[word <= V6NF_LOOKUP_INDEX_MASK ? v6nf_lookup_range(table->starts, word, V6NF_LOOKUP_FEW, high)
                                                     : v6nf_lookup_counted(table->starts, word, high)];
    if ((value & V6NF_LOOKUP_LONGER) == 0u) {
        return value;
    }
    const uint64_t low = v6nf_lookup_load64(key + 8);
    word = v6nf_lookup_descend(table, value & ~V6NF_LOOKUP_LONGER, low);
    return table->values[v6nf_lookup_counted(table->starts, word, low)];
}

#ifdef __cplusplus
}
#endif

#endif

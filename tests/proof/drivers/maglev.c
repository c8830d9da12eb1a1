/* maglev.c: proof of the tables of a load balancer (src/nf/maglev.c) and of their invariant, with any backends and
 * entries. What is proved to be kept: indexes stay in the tables, and each entry is a number or none. */
#include "src/nf/maglev.c"
#include "src/nf/maglev_valid.c"

#undef WORD_ROUNDS
#undef END_ROUNDS
#include "src/table/hash.c"

#include "any_driver.h"

#define SIZE 7u
#define CAPACITY 3u

static uint64_t memory[V6NF_MAGLEV_WORDS(SIZE, CAPACITY)];

/* The parts of the memory, apart: an index past the end of one is an alarm, not an access to the next one. */
static uint16_t tables[2][SIZE];
static struct v6nf_maglev_backend backends[CAPACITY];
static struct v6nf_maglev_backend turns[CAPACITY];

static void any_backend(struct v6nf_maglev_backend *its)
{
    *its = (struct v6nf_maglev_backend){.rank = any64,
                                        .offset = any_below(SIZE),
                                        .skip = 1u + any_below(SIZE - 1u),
                                        .position = any_below(SIZE),
                                        .number = any16,
                                        .weight = (uint16_t)any_below(V6NF_MAGLEV_WEIGHT_MAX + 1u),
                                        .credit = any32};
}

static void any_maglev(struct v6nf_maglev *maglev)
{
    maglev->table = tables[0];
    maglev->made = tables[1];
    maglev->backends = backends;
    maglev->turns = turns;
    for (uint32_t i = 0; i < CAPACITY; i++) {
        any_backend(&backends[i]);
        any_backend(&turns[i]);
    }
    for (uint32_t i = 0; i < SIZE; i++) {
        tables[0][i] = any16;
        tables[1][i] = any16;
    }
    maglev->count = any_below(CAPACITY + 1u);
    maglev->turns_count = any_below(CAPACITY + 1u);
    maglev->turn = any_below(CAPACITY);
    maglev->cleared = any_below(SIZE + 1u);
    maglev->filled = any_below(SIZE + 1u);
    maglev->weight_max = any_below(V6NF_MAGLEV_WEIGHT_MAX + 1u);
    maglev->is_making = any_bool();
    maglev->has_changed = any_bool();
}

/* Check the invariant that any_maglev() establishes. */
static void check_maglev(const struct v6nf_maglev *maglev)
{
    must(maglev->count <= CAPACITY);
    must(maglev->turns_count <= CAPACITY);
    must(maglev->turn < CAPACITY);
    must(maglev->cleared <= SIZE);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        must(maglev->backends[i].offset < SIZE);
        must(maglev->turns[i].position < SIZE);
    }
}

static void refuse(struct v6nf_maglev *maglev, uint32_t size, uint32_t capacity, const uint8_t *secret)
{
    must(!v6nf_maglev_init(maglev, memory, size, capacity, secret));
}

int main(void)
{
    static struct v6nf_maglev maglev;
    uint8_t secret[V6NF_MAGLEV_SECRET_SIZE];
    uint8_t id[V6NF_MAGLEV_ID_SIZE];
    any_fill(secret, sizeof secret);
    any_fill(id, sizeof id);
    refuse(&maglev, 2u, CAPACITY, secret);
    refuse(&maglev, V6NF_MAGLEV_SIZE_MAX + 1u, CAPACITY, secret);
    refuse(&maglev, SIZE, 0u, secret);
    refuse(&maglev, SIZE, V6NF_MAGLEV_BACKENDS_MAX + 1u, secret);
    refuse(&maglev, SIZE - 1u, CAPACITY, secret);
    must(!v6nf_maglev_set(&maglev, any16, id, 1u + any_below(V6NF_MAGLEV_WEIGHT_MAX)));
    must(!v6nf_maglev_step(&maglev, any32));
    must(v6nf_maglev_find(&maglev, any32) == V6NF_MAGLEV_NONE);
    must(v6nf_maglev_is_valid(&maglev));
    maglev.capacity = any32;
    maglev.count = any32;
    maglev.is_making = any_bool();
    (void)v6nf_maglev_is_valid(&maglev);
    maglev.size = V6NF_MAGLEV_SIZE_MAX + 1u;
    must(!v6nf_maglev_is_valid(&maglev));
    must(v6nf_maglev_init(&maglev, memory, SIZE, CAPACITY, secret));
    check_maglev(&maglev);
    any_maglev(&maglev);
    (void)v6nf_maglev_is_valid(&maglev);
    (void)v6nf_maglev_find(&maglev, any32);
    if (any_bool()) {
        (void)v6nf_maglev_set(&maglev, any32, id, any32);
    } else {
        (void)v6nf_maglev_step(&maglev, any_below(SIZE + 4u));
    }
    check_maglev(&maglev);
    backends[1] = (struct v6nf_maglev_backend){any64, any32, any32, any32, any16, any16, any32};
    turns[1] = backends[1];
    maglev.cleared = any32;
    (void)v6nf_maglev_is_valid(&maglev);
    maglev.count = CAPACITY + 1u;
    (void)v6nf_maglev_is_valid(&maglev);
    maglev.capacity = V6NF_MAGLEV_BACKENDS_MAX + 1u;
    must(!v6nf_maglev_is_valid(&maglev));
    return 0;
}

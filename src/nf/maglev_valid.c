/* maglev_valid.c: the invariant of the tables of a load balancer, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

/* Return true if backends are in the order of rank, and each has one number, a weight and a permutation. */
static bool are_backends_valid(const struct v6nf_maglev *maglev, const struct v6nf_maglev_backend *backends,
                               uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct v6nf_maglev_backend *its = &backends[i];
        if ((i > 0u && backends[i - 1u].rank > its->rank) || its->number == V6NF_MAGLEV_NONE || its->weight == 0u ||
            its->weight > V6NF_MAGLEV_WEIGHT_MAX || its->offset >= maglev->size || its->skip == 0u ||
            its->skip >= maglev->size) {
            return false;
        }
        for (uint32_t other = 0; other < i; other++) {
            if (backends[other].number == its->number) {
                return false;
            }
        }
    }
    return true;
}

/* Return the number of entries that have a backend. */
static uint32_t count_filled(const uint16_t *table, uint32_t size)
{
    uint32_t filled = 0;
    for (uint32_t i = 0; i < size; i++) {
        filled += table[i] != V6NF_MAGLEV_NONE ? 1u : 0u;
    }
    return filled;
}

/* Return true if the table that is being made agrees with its counts. */
static bool is_making_valid(const struct v6nf_maglev *maglev)
{
    if (maglev->cleared > maglev->size || maglev->turns_count > maglev->capacity ||
        (maglev->turn != 0u && maglev->turn >= maglev->turns_count) ||
        (maglev->cleared < maglev->size && maglev->filled != 0u) ||
        !are_backends_valid(maglev, maglev->turns, maglev->turns_count)) {
        return false;
    }
    for (uint32_t i = 0; i < maglev->turns_count; i++) {
        const struct v6nf_maglev_backend *turn = &maglev->turns[i];
        if (turn->position >= maglev->size || turn->weight > maglev->weight_max ||
            turn->credit >= 2u * maglev->weight_max) {
            return false;
        }
    }
    return count_filled(maglev->made, maglev->cleared) == maglev->filled;
}

bool v6nf_maglev_is_valid(const struct v6nf_maglev *maglev)
{
    if (maglev->size == 0u) {
        return maglev->capacity == 0u && maglev->count == 0u && !maglev->is_making && !maglev->has_changed;
    }
    if (maglev->size > V6NF_MAGLEV_SIZE_MAX || maglev->capacity > V6NF_MAGLEV_BACKENDS_MAX ||
        maglev->count > maglev->capacity) {
        return false;
    }
    const uint32_t filled = count_filled(maglev->table, maglev->size);
    return (filled == 0u || filled == maglev->size) && are_backends_valid(maglev, maglev->backends, maglev->count) &&
           (!maglev->is_making || is_making_valid(maglev));
}

#endif

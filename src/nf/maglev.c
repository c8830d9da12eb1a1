/* maglev.c: backends take turns. In each, one takes the next entry of its own permutation that is free. */
#include "v6nf/nf/maglev.h"

#include "v6nf/table/siphash.h"
#include "v6nf/wire/bytes.h"

/* SipHash-2-4: the rank and the permutation are unpredictable without the secret. */
#define WORD_ROUNDS 2u
#define END_ROUNDS 4u

#define DIVISOR_MAX 1024u /* the square root of V6NF_MAGLEV_SIZE_MAX */

static uint64_t hash_id(const struct v6nf_maglev *maglev, const uint8_t *id, uint64_t purpose)
{
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, maglev->secret);
    v6nf_siphash_word(&hash, v6nf_word64(id), WORD_ROUNDS);
    v6nf_siphash_word(&hash, v6nf_word64(id + 8), WORD_ROUNDS);
    v6nf_siphash_word(&hash, purpose, WORD_ROUNDS);
    return v6nf_siphash_end(&hash, END_ROUNDS);
}

static bool is_prime(uint32_t number)
{
    for (uint32_t divisor = 2; divisor <= DIVISOR_MAX && divisor * divisor <= number; divisor++) {
        if (number % divisor == 0u) {
            return false;
        }
    }
    return number >= 2u;
}

bool v6nf_maglev_init(struct v6nf_maglev *maglev, uint64_t *memory, uint32_t size, uint32_t capacity,
                      const uint8_t *secret)
{
    *maglev = (struct v6nf_maglev){0};
    if (size < 3u || size > V6NF_MAGLEV_SIZE_MAX || !is_prime(size) || capacity < 1u ||
        capacity > V6NF_MAGLEV_BACKENDS_MAX) {
        return false;
    }
    maglev->size = size;
    maglev->capacity = capacity;
    maglev->backends = (struct v6nf_maglev_backend *)memory;
    maglev->turns = maglev->backends + capacity;
    maglev->table = (uint16_t *)(maglev->turns + capacity);
    maglev->made = maglev->table + size;
    for (uint32_t i = 0; i < V6NF_MAGLEV_SECRET_SIZE; i++) {
        maglev->secret[i] = secret[i];
    }
    v6nf_hash_key_init(&maglev->hash_key, secret);
    for (uint32_t i = 0; i < size; i++) {
        maglev->table[i] = V6NF_MAGLEV_NONE;
    }
    return true;
}

/* Remove the backend with this number, if there is one. */
static void remove_backend(struct v6nf_maglev *maglev, uint32_t number)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < maglev->count; i++) {
        if (maglev->backends[i].number != number) {
            maglev->backends[kept] = maglev->backends[i];
            kept++;
        }
    }
    maglev->has_changed = maglev->has_changed || kept != maglev->count;
    maglev->count = kept;
}

/* Return the backend with this number, NULL if there is none. */
static const struct v6nf_maglev_backend *find_backend(const struct v6nf_maglev *maglev, uint32_t number)
{
    for (uint32_t i = 0; i < maglev->count; i++) {
        if (maglev->backends[i].number == number) {
            return &maglev->backends[i];
        }
    }
    return NULL;
}

/* Insert a backend at its rank, if there is space for it. */
static void insert_backend(struct v6nf_maglev *maglev, const struct v6nf_maglev_backend *backend)
{
    uint32_t at = maglev->count;
    if (at >= maglev->capacity) {
        return;
    }
    for (; at > 0u && maglev->backends[at - 1u].rank > backend->rank; at--) {
        maglev->backends[at] = maglev->backends[at - 1u];
    }
    maglev->backends[at] = *backend;
    maglev->count++;
    maglev->has_changed = true;
}

bool v6nf_maglev_set(struct v6nf_maglev *maglev, uint32_t number, const uint8_t *id, uint32_t weight)
{
    const struct v6nf_maglev_backend *before = find_backend(maglev, number);
    if (number >= V6NF_MAGLEV_NONE || weight > V6NF_MAGLEV_WEIGHT_MAX ||
        (weight != 0u && before == NULL && maglev->count >= maglev->capacity)) {
        return false;
    }
    if (weight == 0u) {
        remove_backend(maglev, number);
        return true;
    }
    const struct v6nf_maglev_backend backend = {
        .rank = hash_id(maglev, id, 0),
        .offset = (uint32_t)(hash_id(maglev, id, 1) % maglev->size),
        .skip = (uint32_t)(hash_id(maglev, id, 2) % (maglev->size - 1u)) + 1u,
        .number = (uint16_t)number,
        .weight = (uint16_t)weight,
    };
    if (before == NULL || before->rank != backend.rank || before->weight != backend.weight) {
        remove_backend(maglev, number);
        insert_backend(maglev, &backend);
    }
    return true;
}

/* Begin a table for the backends of now. */
static void begin(struct v6nf_maglev *maglev)
{
    maglev->weight_max = 0;
    for (uint32_t i = 0; i < maglev->count; i++) {
        struct v6nf_maglev_backend *turn = &maglev->turns[i];
        *turn = maglev->backends[i];
        turn->position = turn->offset;
        turn->credit = 0;
        maglev->weight_max = turn->weight > maglev->weight_max ? turn->weight : maglev->weight_max;
    }
    maglev->turns_count = maglev->count;
    maglev->turn = 0;
    maglev->cleared = 0;
    maglev->filled = 0;
    maglev->is_making = true;
    maglev->has_changed = false;
}

static void pass_turn(struct v6nf_maglev *maglev)
{
    maglev->turn = maglev->turn + 1u < maglev->turns_count ? maglev->turn + 1u : 0u;
}

/* Let the backend whose turn it is look at the next entry that it prefers. A backend with less than the largest weight
 * saves for several rounds before it has a turn. */
static void look(struct v6nf_maglev *maglev)
{
    struct v6nf_maglev_backend *turn = &maglev->turns[maglev->turn];
    if (turn->credit < maglev->weight_max) {
        turn->credit += turn->weight;
    }
    if (turn->credit < maglev->weight_max) {
        pass_turn(maglev);
        return;
    }
    const uint32_t at = turn->position;
    turn->position = (at + turn->skip) % maglev->size;
    if (maglev->made[at] == V6NF_MAGLEV_NONE) {
        maglev->made[at] = turn->number;
        maglev->filled++;
        turn->credit -= maglev->weight_max;
        pass_turn(maglev);
    }
}

/* Clear entries of the table that is made, at most `work`. Return how many. */
static uint32_t clear(struct v6nf_maglev *maglev, uint32_t work)
{
    uint32_t done = 0;
    for (; done < work && maglev->cleared < maglev->size; done++) {
        maglev->made[maglev->cleared] = V6NF_MAGLEV_NONE;
        maglev->cleared++;
    }
    return done;
}

/* Use the table that was made. */
static void use_made_table(struct v6nf_maglev *maglev)
{
    uint16_t *before = maglev->table;
    maglev->table = maglev->made;
    maglev->made = before;
    maglev->is_making = false;
}

bool v6nf_maglev_step(struct v6nf_maglev *maglev, uint32_t work)
{
    if (!maglev->is_making) {
        if (!maglev->has_changed) {
            return false;
        }
        begin(maglev);
    }
    const uint32_t end = maglev->turns_count == 0u ? 0u : maglev->size;
    for (uint32_t i = clear(maglev, work); i < work && maglev->filled < end; i++) {
        look(maglev);
    }
    if (maglev->cleared == maglev->size && maglev->filled == end) {
        use_made_table(maglev);
    }
    return maglev->is_making || maglev->has_changed;
}

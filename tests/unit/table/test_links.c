/* test_links.c: lists and chains, compared with arrays after random calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_table.h"
#include "v6nf/table/links.h"

#define LISTS 3u

static struct v6nf_link links[TABLE_SIZE_MAX];
static uint32_t chains[TABLE_SIZE_MAX];

/* -- Lists --------------------------------------------------------------------------------------------------------- */

/* The model: the entries of each list by age, and the list of each entry. */
static uint32_t ordered[LISTS][TABLE_SIZE_MAX];
static uint32_t counts[LISTS];
static uint32_t list_of[TABLE_SIZE_MAX]; /* LISTS: none */

static void model_append(uint32_t list, uint32_t entry)
{
    ordered[list][counts[list]++] = entry;
    list_of[entry] = list;
}

static void model_remove(uint32_t entry)
{
    const uint32_t list = list_of[entry];
    uint32_t at = 0;
    while (ordered[list][at] != entry) {
        at++;
    }
    counts[list]--;
    memmove(&ordered[list][at], &ordered[list][at + 1u], (counts[list] - at) * sizeof ordered[0][0]);
    list_of[entry] = LISTS;
}

static void check_lists(const struct v6nf_list *lists, uint32_t size)
{
    for (uint32_t list = 0; list < LISTS; list++) {
        uint32_t at = lists[list].oldest;
        assert_true(v6nf_list_is_valid(links, &lists[list], size));
        assert_int_equal(lists[list].count, counts[list]);
        for (uint32_t i = 0; i < counts[list]; i++) {
            assert_int_equal(at, ordered[list][i]);
            at = links[at].newer;
        }
    }
}

static void try_lists(uint32_t size, uint32_t steps)
{
    struct v6nf_list lists[LISTS];
    memset(links, 0xA5, sizeof links);
    memset(counts, 0, sizeof counts);
    for (uint32_t i = 0; i < LISTS; i++) {
        v6nf_list_init(&lists[i]);
    }
    for (uint32_t i = 0; i < size; i++) {
        list_of[i] = LISTS;
    }
    for (uint32_t step = 0; step < steps; step++) {
        const uint32_t entry = table_below(size);
        if (list_of[entry] != LISTS && table_below(3) == 0u) {
            const uint32_t list = list_of[entry];
            v6nf_list_renew(links, &lists[list], entry);
            model_remove(entry);
            model_append(list, entry);
        } else if (list_of[entry] != LISTS) {
            v6nf_list_remove(links, &lists[list_of[entry]], entry);
            model_remove(entry);
        } else {
            const uint32_t list = table_below(LISTS);
            v6nf_list_append(links, &lists[list], entry);
            model_append(list, entry);
        }
        if (step % (size / 16u + 1u) == 0u) {
            check_lists(lists, size);
        }
    }
    check_lists(lists, size);
}

static void lists_behave_like_arrays(void **state)
{
    (void)state;
    static const uint32_t sizes[] = TABLE_SIZES;
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        table_seed(i);
        try_lists(sizes[i], sizes[i] < 1000u ? 20000u : 150000u);
    }
}

/* -- Chains -------------------------------------------------------------------------------------------------------- */

/* Check that the chain holds exactly these entries, the last one first. */
static void check_chain(uint32_t chain, const uint32_t *entries, uint32_t count)
{
    uint32_t at = chain;
    for (uint32_t i = count; i > 0u; i--) {
        assert_int_equal(at, entries[i - 1u]);
        at = links[at].next;
    }
    assert_int_equal(at, V6NF_LINK_NONE);
}

/* Remove an entry from an array that may contain it. Return the number of entries. */
static uint32_t forget(uint32_t *entries, uint32_t count, uint32_t entry)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        entries[kept] = entries[i];
        kept += entries[i] != entry ? 1u : 0u;
    }
    return kept;
}

/* Compare one of many chains with an array; the other entries come and go in the other chains. */
static void try_chains(uint32_t size, uint32_t steps)
{
    static uint32_t chain_of[TABLE_SIZE_MAX]; /* size: none */
    uint32_t watched[V6NF_CHAIN_MAX];
    uint32_t count = 0;
    memset(links, 0xA5, sizeof links);
    v6nf_chains_init(chains, size);
    for (uint32_t i = 0; i < size; i++) {
        assert_int_equal(chains[i], V6NF_LINK_NONE);
        chain_of[i] = size;
    }
    for (uint32_t step = 0; step < steps; step++) {
        const uint32_t entry = table_below(size);
        const uint32_t chain = table_below(4u) == 0u ? 0u : table_below(size);
        if (chain_of[entry] != size && table_below(2u) == 0u) {
            const uint32_t from = chain_of[entry];
            if (!v6nf_chain_move(links, &chains[from], &chains[chain], entry)) {
                assert_int_equal(v6nf_chain_length(links, chains[chain], size), V6NF_CHAIN_MAX);
            } else {
                count = from == 0u ? forget(watched, count, entry) : count;
                chain_of[entry] = chain;
                if (chain == 0u) {
                    watched[count++] = entry;
                }
            }
            assert_true(v6nf_chain_is_valid(links, chains[from], size));
        } else if (chain_of[entry] != size) {
            v6nf_chain_remove(links, &chains[chain_of[entry]], entry);
            count = forget(watched, count, entry);
            chain_of[entry] = size;
        } else if (v6nf_chain_add(links, &chains[chain], entry)) {
            chain_of[entry] = chain;
            if (chain == 0u) {
                assert_in_range(count, 0, V6NF_CHAIN_MAX - 1u);
                watched[count++] = entry;
            }
        } else {
            assert_int_equal(v6nf_chain_length(links, chains[chain], size), V6NF_CHAIN_MAX);
        }
        assert_true(v6nf_chain_is_valid(links, chains[chain], size));
        check_chain(chains[0], watched, count);
    }
}

static void chains_behave_like_arrays(void **state)
{
    (void)state;
    static const uint32_t sizes[] = TABLE_SIZES;
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        table_seed(i);
        try_chains(sizes[i], 200000u);
    }
}

static void full_chain_stays_as_it_is(void **state)
{
    (void)state;
    uint32_t chain = V6NF_LINK_NONE;
    uint32_t other = V6NF_LINK_NONE;
    uint32_t entries[V6NF_CHAIN_MAX];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX; i++) {
        entries[i] = i;
        assert_true(v6nf_chain_add(links, &chain, i));
    }
    assert_false(v6nf_chain_add(links, &chain, V6NF_CHAIN_MAX));
    assert_true(v6nf_chain_add(links, &other, V6NF_CHAIN_MAX));
    assert_false(v6nf_chain_move(links, &other, &chain, V6NF_CHAIN_MAX));
    check_chain(other, &(const uint32_t){V6NF_CHAIN_MAX}, 1u);
    v6nf_chain_remove(links, &chain, V6NF_CHAIN_MAX); /* not in it */
    check_chain(chain, entries, V6NF_CHAIN_MAX);
    v6nf_chain_remove(links, &other, V6NF_CHAIN_MAX);
    v6nf_chain_remove(links, &chain, entries[0]);
    assert_true(v6nf_chain_add(links, &chain, V6NF_CHAIN_MAX));
}

/* The invariants detect what they name. */
static void invariants_detect_faults(void **state)
{
    (void)state;
    struct v6nf_list list;
    uint32_t chain = V6NF_LINK_NONE;
    v6nf_list_init(&list);
    assert_true(v6nf_list_is_valid(links, &list, 0));
    for (uint32_t i = 0; i < 4u; i++) {
        v6nf_list_append(links, &list, i);
        assert_true(v6nf_chain_add(links, &chain, i));
    }
    assert_true(v6nf_list_is_valid(links, &list, 4));
    assert_false(v6nf_list_is_valid(links, &list, 3)); /* an index past the end */
    static const struct {
        uint32_t *at;
        uint32_t wrong;
    } faults[] = {{&links[1].older, 3}, {&links[1].newer, 3}, {&links[3].newer, 0}, {&links[2].newer, UINT32_MAX - 1u}};
    for (uint32_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const uint32_t right = *faults[i].at;
        *faults[i].at = faults[i].wrong;
        assert_false(v6nf_list_is_valid(links, &list, 4));
        *faults[i].at = right;
    }
    list.count = 3;
    assert_false(v6nf_list_is_valid(links, &list, 4));
    list.count = 4;
    list.newest = 2;
    assert_false(v6nf_list_is_valid(links, &list, 4));
    assert_true(v6nf_chain_is_valid(links, chain, 4));
    assert_false(v6nf_chain_is_valid(links, chain, 3));
    links[0].next = 3; /* a circle */
    assert_false(v6nf_chain_is_valid(links, chain, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_behave_like_arrays),
        cmocka_unit_test(chains_behave_like_arrays),
        cmocka_unit_test(full_chain_stays_as_it_is),
        cmocka_unit_test(invariants_detect_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* mld.c: Eva driver of mld.h. */
#include <stddef.h>

#include "v6nf/wire/mld.h"

#include "any.h"

static uint8_t mld_group[V6NF_ADDRESS_SIZE];
static uint8_t mld_source[V6NF_ADDRESS_SIZE];

static void prove_mld_packet(uint32_t size)
{
    uint8_t *packet = any_bytes(size);
    (void)v6nf_mld_find(packet, size);
    (void)v6nf_mld_check(packet, size, any32);
}

/* Read a message of `length` bytes of any content; access the group and the last source of a Query. */
static void prove_mld_message(uint32_t length)
{
    struct v6nf_mld_query query;
    uint8_t *message = any_bytes(length);
    (void)v6nf_mld_read_v1(message, length);
    (void)v6nf_mld_read_query(message, length, &query);
    if (query.group != NULL) {
        v6nf_address_copy(mld_group, query.group);
    }
    if (query.sources != NULL && query.sources_count != 0u) {
        v6nf_address_copy(mld_source, query.sources + V6NF_ADDRESS_SIZE * (query.sources_count - 1u));
    }
}

/* Write as many records with `sources` sources each as fit into `capacity` bytes. */
static void prove_mld_report(uint32_t capacity, uint32_t sources)
{
    struct v6nf_mld_report report;
    v6nf_mld_start(&report, any_bytes(capacity), capacity);
    while (v6nf_mld_has_room(&report, 1u, sources)) {
        v6nf_mld_add_record(&report, (enum v6nf_mld_record)any_within(V6NF_MLD_IS_INCLUDE, V6NF_MLD_BLOCK), mld_group);
        for (uint32_t i = 0; i < sources; i++) {
            v6nf_mld_add_source(&report, mld_source);
        }
    }
    (void)v6nf_mld_finish(&report, mld_source);
}

static void prove_mld(void)
{
    const uint32_t min = V6NF_MLD_OFFSET + V6NF_MLD_RECORDS;
    any_fill(mld_group, V6NF_ADDRESS_SIZE);
    any_fill(mld_source, V6NF_ADDRESS_SIZE);
    for (uint32_t size = 0; size <= 128u; size++) {
        prove_mld_packet(size);
        prove_mld_message(size);
    }
    prove_mld_packet(1500);
    prove_mld_message(1460);
    for (uint32_t capacity = min; capacity <= min + 64u; capacity++) {
        for (uint32_t sources = 0; sources <= 2u; sources++) {
            prove_mld_report(capacity, sources);
        }
    }
    prove_mld_report(1280, 0);
    prove_mld_report(1500, 3);
    (void)v6nf_mld_has_room(&(struct v6nf_mld_report){.at = min, .end = any32}, any16, any16);
    (void)v6nf_mld_write_v1(any_bytes(V6NF_MLD_OFFSET + V6NF_MLD_V1_SIZE), any8, mld_group, mld_source);
    (void)v6nf_mld_is_type(any8);
}

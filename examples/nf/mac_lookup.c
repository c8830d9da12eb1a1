/* mac_lookup.c: forward frames to the stations of a hash map, and drop all others. */
#include "nf.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/wire/ether.h"

const char nf_name[] = "mac_lookup";

#define CAPACITY 1024u
#define STATIONS 512u

struct mac_lookup {
    struct v6nf_hash_map stations;
    uint64_t memory[V6NF_HASH_MAP_WORDS(CAPACITY, V6NF_ETHER_ADDRESS_SIZE)];
};

const uint32_t nf_state_size = sizeof(struct mac_lookup);
const struct nf_extra nf_extras = NF_NO_EXTRAS;

/* Add 02:00:00:00:00:00 to 02:00:00:00:01:ff. */
void nf_start(void *state, const uint8_t *secret)
{
    struct mac_lookup *its = (struct mac_lookup *)state;
    v6nf_hash_map_init(&its->stations, its->memory, CAPACITY, V6NF_ETHER_ADDRESS_SIZE, secret);
    for (uint32_t i = 0; i < STATIONS; i++) {
        uint8_t address[V6NF_ETHER_ADDRESS_SIZE] = {0x02};
        v6nf_store16(address + 4, (uint16_t)i);
        (void)v6nf_hash_map_add(&its->stations, address, 0);
    }
}

static inline void mac_lookup(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const struct v6nf_hash_map *map = (const struct v6nf_hash_map *)context;
    (void)capacity;
    if (length < V6NF_ETHER_HEADER_SIZE) {
        return;
    }
    const uint8_t *destination = frame + V6NF_ETHER_DESTINATION;
    if (v6nf_hash_map_find_sized(map, destination, V6NF_ETHER_ADDRESS_SIZE) != V6NF_HASH_MAP_NONE) {
        nf_send_all(length, lengths);
    }
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct mac_lookup *its = (struct mac_lookup *)state;
    (void)input;
    (void)now;
    return NF_POLL(path, mac_lookup, &its->stations);
}

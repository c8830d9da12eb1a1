/* bridge.c: a learning bridge (IEEE 802.1Q, 8.7 and 8.8). It forwards a frame to the interface where its destination
 * was last heard, and to all others if it was never heard. There is no spanning tree: do not close a loop with it. */
#include "nf.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/wire/ether.h"

const char nf_name[] = "bridge";

#define STATIONS 8192u
#define AGEING UINT64_C(300000000) /* microseconds: the recommended Ageing Time (802.1Q, table 8-6) */
#define EXPIRE_MAX 16u             /* entries for each burst of packets: more than a burst can add */

struct bridge {
    uint64_t now;
    uint32_t input;
    struct v6nf_hash_map stations;
    uint8_t heard_by[STATIONS]; /* the input where each was heard last */
    uint64_t memory[V6NF_HASH_MAP_WORDS(STATIONS, V6NF_ETHER_ADDRESS_SIZE)];
};

const uint32_t nf_state_size = sizeof(struct bridge);
const struct nf_extra nf_extras = NF_NO_EXTRAS;

void nf_start(void *state, const uint8_t *secret)
{
    struct bridge *its = (struct bridge *)state;
    v6nf_hash_map_init(&its->stations, its->memory, STATIONS, V6NF_ETHER_ADDRESS_SIZE, secret);
}

/* Learn where a source is. A full table stays as it is until an entry expires: a flood of addresses evicts none. */
static void learn(struct bridge *its, const uint8_t *source)
{
    if (!v6nf_ether_is_station(source)) {
        return;
    }
    uint32_t entry = v6nf_hash_map_find_sized(&its->stations, source, V6NF_ETHER_ADDRESS_SIZE);
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = v6nf_hash_map_add(&its->stations, source, its->now);
    } else {
        v6nf_hash_map_touch(&its->stations, entry, its->now);
    }
    if (entry != V6NF_HASH_MAP_NONE) {
        its->heard_by[entry] = (uint8_t)its->input;
    }
}

/* Return true for 01:80:c2:00:00:00 to 0f, which no bridge forwards (802.1Q, 8.6.3). */
static bool is_reserved(const uint8_t *destination)
{
    return v6nf_load32(destination) == 0x0180C200u && v6nf_load16(destination + 4) <= 0x000Fu;
}

static inline void forward(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct bridge *its = (struct bridge *)context;
    const uint8_t *destination = frame + V6NF_ETHER_DESTINATION;
    (void)capacity;
    if (length < V6NF_ETHER_HEADER_SIZE || is_reserved(destination)) {
        return;
    }
    learn(its, frame + V6NF_ETHER_SOURCE);
    uint32_t entry = V6NF_HASH_MAP_NONE;
    if (!v6nf_ether_is_group(destination)) {
        entry = v6nf_hash_map_find_sized(&its->stations, destination, V6NF_ETHER_ADDRESS_SIZE);
    }
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        bool is_there = entry == V6NF_HASH_MAP_NONE || its->heard_by[entry] == (its->input + 1u + i) % NF_INPUTS;
        lengths[i] = is_there ? length : 0u;
    }
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct bridge *its = (struct bridge *)state;
    its->now = now;
    its->input = input;
    v6nf_hash_map_expire(&its->stations, now > AGEING ? now - AGEING : 0u, EXPIRE_MAX);
    return NF_POLL(path, forward, its);
}

/* bridge.c: a learning bridge (IEEE 802.1Q, 8.7 and 8.8) of VLANs. It forwards a frame to the interface where its
 * destination was last heard in its VLAN, and to all others if it was never heard. Multicast over IPv6 goes to the
 * interfaces with listeners and routers (nf/mld_snooping.h). All interfaces carry all VLANs, with their tags.
 * There is no spanning tree: do not close a loop with it. */
#include "nf.h"
#include "v6nf/nf/mld_snooping.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/wire/ether.h"

const char nf_name[] = "bridge";

#define STATIONS 8192u
#define STATION_SIZE 8u            /* bytes of a key: MAC address, VLAN ID */
#define GROUPS 4096u               /* of multicast, in all VLANs */
#define AGEING UINT64_C(300000000) /* microseconds: the recommended Ageing Time (802.1Q, table 8-6) */
#define EXPIRE_MAX 16u             /* entries for each burst of packets: more than a burst can add */
#define VLAN_MASK 0x0FFFu          /* VLAN ID in a tag; 0 is that of frames without tag (802.1Q, 9.6) */
#define VLAN_NONE 0x0FFFu          /* reserved: a frame with it is dropped */

struct bridge {
    uint64_t now;
    uint32_t input;
    struct v6nf_hash_map stations;
    struct v6nf_mld_snooping snooping;
    uint8_t heard_by[STATIONS]; /* the input where each was heard last */
    uint64_t memory[V6NF_HASH_MAP_WORDS(STATIONS, STATION_SIZE)];
    uint64_t group_memory[V6NF_MLD_SNOOPING_WORDS(GROUPS)];
};

const uint32_t nf_state_size = sizeof(struct bridge);
const struct nf_extra nf_extras = NF_NO_EXTRAS;

void nf_start(void *state, const uint8_t *secret)
{
    struct bridge *its = (struct bridge *)state;
    v6nf_hash_map_init(&its->stations, its->memory, STATIONS, STATION_SIZE, secret);
    (void)v6nf_mld_snooping_init(&its->snooping, its->group_memory, GROUPS, secret);
}

/* Return the VLAN ID of a frame, VLAN_NONE for one that has a truncated tag. It has at least 14 bytes. */
static inline uint32_t vlan_of(const uint8_t *frame, uint32_t length)
{
    const uint32_t type = v6nf_load16(frame + V6NF_ETHER_TYPE);
    if (type != V6NF_ETHER_TYPE_VLAN && type != V6NF_ETHER_TYPE_SERVICE_VLAN) {
        return 0;
    }
    return length >= V6NF_ETHER_HEADER_SIZE + V6NF_ETHER_TAG_SIZE
               ? v6nf_load16(frame + V6NF_ETHER_HEADER_SIZE) & VLAN_MASK
               : VLAN_NONE;
}

/* Write the key of a station: as one word, of the 8 bytes from its address on. */
static inline void write_station(uint8_t *key, const uint8_t *address, uint32_t vlan)
{
    v6nf_store_word64(key, v6nf_word64(address) << 16 >> 16 | (uint64_t)vlan << 48);
}

/* Learn where a source is. A full table stays as it is until an entry expires: a flood of addresses evicts none. */
static void learn(struct bridge *its, const uint8_t *source, uint32_t vlan)
{
    uint8_t key[STATION_SIZE];
    if (!v6nf_ether_is_station(source)) {
        return;
    }
    write_station(key, source, vlan);
    uint32_t entry = v6nf_hash_map_find_sized(&its->stations, key, STATION_SIZE);
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = v6nf_hash_map_add(&its->stations, key, its->now);
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

/* Return the interfaces that get a frame to a group: bits. */
static __attribute__((noinline)) uint32_t inputs_of_group(struct bridge *its, const uint8_t *frame, uint32_t length,
                                                          uint32_t vlan)
{
    return v6nf_load16(frame) == 0x3333u
               ? v6nf_mld_snooping_input(&its->snooping, frame, length, vlan, its->input, its->now)
               : V6NF_MLD_SNOOPING_ALL;
}

/* Return the interfaces where a destination is: bits. */
static inline uint32_t inputs_of(struct bridge *its, const uint8_t *frame, uint32_t length, uint32_t vlan)
{
    uint8_t key[STATION_SIZE];
    if (v6nf_ether_is_group(frame)) {
        return inputs_of_group(its, frame, length, vlan);
    }
    write_station(key, frame + V6NF_ETHER_DESTINATION, vlan);
    const uint32_t entry = v6nf_hash_map_find_sized(&its->stations, key, STATION_SIZE);
    return entry != V6NF_HASH_MAP_NONE ? 1u << its->heard_by[entry] : V6NF_MLD_SNOOPING_ALL;
}

static inline void forward(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct bridge *its = (struct bridge *)context;
    (void)capacity;
    if (length < V6NF_ETHER_HEADER_SIZE || is_reserved(frame + V6NF_ETHER_DESTINATION)) {
        return;
    }
    const uint32_t vlan = vlan_of(frame, length);
    if (vlan == VLAN_NONE) {
        return;
    }
    learn(its, frame + V6NF_ETHER_SOURCE, vlan);
    const uint32_t inputs = inputs_of(its, frame, length, vlan);
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        const bool is_there = (inputs >> (its->input + 1u + i) % NF_INPUTS & 1u) != 0u;
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

/* firewall_input.c: the fast path of a firewall, apart from the slow one, so that it saves few registers. */
#include "firewall_parts.h"

#define TCP_FLAGS 13u
#define TCP_OTHER_FLAGS 0x07u /* FIN, SYN and RST: not those of a segment in the middle of a connection */

/* Return true if a packet changes nothing of its flow but its deadline. */
static inline bool is_usual(const struct v6nf_firewall_flow *flow, const uint8_t *frame, uint32_t length,
                            uint32_t upper, uint64_t now)
{
    if (flow->deadline <= now) {
        return false;
    }
    if (flow->of_class == V6NF_FIREWALL_ESTABLISHED) {
        return upper + TCP_FLAGS < length && (frame[upper + TCP_FLAGS] & TCP_OTHER_FLAGS) == 0u;
    }
    return flow->of_class == V6NF_FIREWALL_UDP || flow->of_class == V6NF_FIREWALL_SHORT;
}

enum v6nf_firewall_result v6nf_firewall_input(struct v6nf_firewall *firewall, const uint8_t *frame, uint32_t length,
                                              bool is_inbound, uint64_t now)
{
    uint64_t words[V6NF_FIREWALL_KEY_WORDS];
    const uint32_t upper = v6nf_firewall_read_key(words, frame, length, is_inbound);
    if (upper != 0u) {
        const uint32_t entry = v6nf_hash_map_find_words(&firewall->map, words, V6NF_FIREWALL_KEY_WORDS);
        if (entry != V6NF_HASH_MAP_NONE && is_usual(&firewall->flows[entry], frame, length, upper, now)) {
            v6nf_firewall_refresh(firewall, &firewall->flows[entry], is_inbound, now);
            firewall->counts[V6NF_FIREWALL_PASS]++;
            return V6NF_FIREWALL_PASS;
        }
    }
    return v6nf_firewall_decide(firewall, frame, length, is_inbound, now);
}

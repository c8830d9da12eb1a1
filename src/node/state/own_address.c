/* own_address.c: the node's own addresses: questions about their states, and their lifetimes. */
#include "own_address.h"

#if V6NF_ADDRESSES_INDEXED
static uint32_t address_chain(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_hash_index(v6nf_hash_address(&node->hash_key, address), V6NF_ADDRESSES);
}

/* Return the chain of addresses that were formed with the first 64 bits of `prefix`. */
static uint32_t formed_chain(const struct v6nf_node *node, const uint8_t *prefix)
{
    const uint64_t word = v6nf_word64(prefix);
    return v6nf_hash_index(v6nf_hash_words(&node->hash_key, &word, 1u), V6NF_ADDRESSES);
}

uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
    const struct v6nf_address_index *index = &node->address_index;
    uint32_t own = index->chains[address_chain(node, address)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && own != V6NF_LINK_NONE; i++) {
        if (v6nf_address_equal(node->addresses[own].address.bytes, address)) {
            return own;
        }
        own = index->links[own].next;
    }
    return NO_ADDRESS;
}

uint32_t v6nf_own_address_next_formed(const struct v6nf_node *node, const uint8_t *prefix, uint32_t own)
{
    const struct v6nf_address_index *index = &node->address_index;
    uint32_t next = own == 0u ? index->formed_chains[formed_chain(node, prefix)] : index->formed_links[own].next;
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && next != V6NF_LINK_NONE; i++) {
        if (v6nf_word64(node->addresses[next].address.bytes) == v6nf_word64(prefix)) {
            return next;
        }
        next = index->formed_links[next].next;
    }
    return NO_ADDRESS;
}

/* -- Parts of own addresses: on-link prefixes, solicited-node groups ---------------------------------------------- */

/* Length of a part that is a solicited-node group. */
#define GROUP_PART 128u

/* Bits of an address that its solicited-node group has (RFC 4291, 2.7.1). */
#define GROUP_MASK 0xFFFFFFu

static uint64_t mask_of(uint32_t length)
{
    return length == 0u ? 0u : UINT64_MAX << (64u - length);
}

/* Return the first `length` bits of the address, less than 128. */
static struct v6nf_own_part prefix_of(const uint8_t *address, uint32_t length)
{
    const uint64_t high = ((uint64_t)v6nf_load32(address) << 32) + v6nf_load32(address + 4);
    const uint64_t low = ((uint64_t)v6nf_load32(address + 8) << 32) + v6nf_load32(address + 12);
    return (struct v6nf_own_part){
        .words = {high & mask_of(length < 64u ? length : 64u), low & mask_of(length < 64u ? 0u : length - 64u)},
        .length = length};
}

static struct v6nf_own_part group_of(const uint8_t *address)
{
    return (struct v6nf_own_part){.words = {v6nf_load32(address + 12) & GROUP_MASK, 0}, .length = GROUP_PART};
}

static uint32_t part_chain(const struct v6nf_node *node, const struct v6nf_own_part *part)
{
    const uint64_t words[3] = {part->words[0], part->words[1], part->length};
    return v6nf_hash_index(v6nf_hash_words(&node->hash_key, words, 3u), 2u * V6NF_ADDRESSES);
}

/* Return the slot of the part, V6NF_LINK_NONE if it has none. */
static uint32_t find_part(const struct v6nf_node *node, const struct v6nf_own_part *part)
{
    const struct v6nf_address_index *index = &node->address_index;
    uint32_t at = index->part_chains[part_chain(node, part)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; i++) {
        const struct v6nf_own_part *other = &index->parts[at];
        if (other->words[0] == part->words[0] && other->words[1] == part->words[1] && other->length == part->length) {
            return at;
        }
        at = index->part_links[at].next;
    }
    return V6NF_LINK_NONE;
}

bool v6nf_own_address_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    const struct v6nf_address_index *index = &node->address_index;
    for (uint32_t i = 0; i < index->lengths_used; i++) {
        const struct v6nf_own_part prefix = prefix_of(destination, index->lengths[i]);
        if (find_part(node, &prefix) != V6NF_LINK_NONE) {
            return true;
        }
    }
    return v6nf_own_address_find(node, destination) != NO_ADDRESS; /* of another node, if it is a duplicate */
}

static void use_length(struct v6nf_address_index *index, uint32_t length)
{
    if (index->length_uses[length] == 0u) {
        index->lengths[index->lengths_used] = (uint8_t)length;
        index->lengths_used++;
    }
    index->length_uses[length]++;
}

static void end_use_of_length(struct v6nf_address_index *index, uint32_t length)
{
    index->length_uses[length]--;
    if (index->length_uses[length] != 0u) {
        return;
    }
    index->lengths_used--;
    for (uint32_t i = 0; i < index->lengths_used; i++) {
        if (index->lengths[i] == length) {
            index->lengths[i] = index->lengths[index->lengths_used];
            return;
        }
    }
}

static void add_part(struct v6nf_node *node, const struct v6nf_own_part *part)
{
    struct v6nf_address_index *index = &node->address_index;
    uint32_t at = find_part(node, part);
    if (at == V6NF_LINK_NONE) {
        at = index->parts_used;
        if (!v6nf_chain_add(index->part_links, &index->part_chains[part_chain(node, part)], at)) {
            return; /* cannot happen: see links.h */
        }
        index->parts[at] = *part;
        index->parts_used++;
        if (part->length != GROUP_PART) {
            use_length(index, part->length);
        }
    }
    index->parts[at].count++;
}

static void remove_part(struct v6nf_node *node, const struct v6nf_own_part *part)
{
    struct v6nf_address_index *index = &node->address_index;
    const uint32_t at = find_part(node, part);
    if (at == V6NF_LINK_NONE) {
        return;
    }
    index->parts[at].count--;
    if (index->parts[at].count != 0u) {
        return;
    }
    const uint32_t last = index->parts_used - 1u;
    uint32_t *chain = &index->part_chains[part_chain(node, &index->parts[last])];
    v6nf_chain_remove(index->part_links, &index->part_chains[part_chain(node, part)], at);
    if (at != last) {
        v6nf_chain_remove(index->part_links, chain, last);
        index->parts[at] = index->parts[last];
        (void)v6nf_chain_add(index->part_links, chain, at);
    }
    index->parts_used = last;
    if (part->length != GROUP_PART) {
        end_use_of_length(index, part->length);
    }
}

/* -- Changes ------------------------------------------------------------------------------------------------------- */

void v6nf_own_address_init_index(struct v6nf_node *node)
{
    struct v6nf_address_index *index = &node->address_index;
    v6nf_chains_init(index->chains, V6NF_ADDRESSES);
    v6nf_chains_init(index->formed_chains, V6NF_ADDRESSES);
    v6nf_chains_init(index->part_chains, 2u * V6NF_ADDRESSES);
    index->parts_used = 0;
    index->lengths_used = 0;
    for (uint32_t i = 0; i < V6NF_ADDRESS_TIMERS; i++) {
        index->due[i] = V6NF_NEVER;
    }
}

/* A chain that is full would make an address unknown. Other hosts cannot make it so: see links.h. */
void v6nf_own_address_link(struct v6nf_node *node, uint32_t own)
{
    struct v6nf_address_index *index = &node->address_index;
    const struct v6nf_interface_address *row = &node->addresses[own];
    own_addresses_have_changed(node);
    (void)v6nf_chain_add(index->links, &index->chains[address_chain(node, row->address.bytes)], own);
    if (own_address_is_formed(node, own)) {
        (void)v6nf_chain_add(index->formed_links, &index->formed_chains[formed_chain(node, row->address.bytes)], own);
    }
    const struct v6nf_own_part group = group_of(row->address.bytes);
    add_part(node, &group);
    if (row->prefix_length < 128u) {
        const struct v6nf_own_part prefix = prefix_of(row->address.bytes, row->prefix_length);
        add_part(node, &prefix);
    }
}

void v6nf_own_address_unlink(struct v6nf_node *node, uint32_t own)
{
    struct v6nf_address_index *index = &node->address_index;
    const struct v6nf_interface_address *row = &node->addresses[own];
    own_addresses_have_changed(node);
    v6nf_chain_remove(index->links, &index->chains[address_chain(node, row->address.bytes)], own);
    if (own_address_is_formed(node, own)) {
        v6nf_chain_remove(index->formed_links, &index->formed_chains[formed_chain(node, row->address.bytes)], own);
    }
    const struct v6nf_own_part group = group_of(row->address.bytes);
    remove_part(node, &group);
    if (row->prefix_length < 128u) {
        const struct v6nf_own_part prefix = prefix_of(row->address.bytes, row->prefix_length);
        remove_part(node, &prefix);
    }
}
#else
uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
    return own_address_find(node, address);
}
#endif

/* -- Questions and states ------------------------------------------------------------------------------------------ */

bool v6nf_own_address_may_be_source(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = v6nf_own_address_find(node, address);
    return own != NO_ADDRESS && own_address_may_be_source(node, own);
}

bool v6nf_own_address_is_claimed(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = v6nf_own_address_find(node, address);
    return own != NO_ADDRESS && node->addresses[own].state != V6NF_ADDRESS_DUPLICATE;
}

#if V6NF_ADDRESSES_INDEXED
/* Return true if the group is the solicited-node group of an address of the node. */
static bool is_solicited_node_group(const struct v6nf_node *node, const uint8_t *group)
{
    const struct v6nf_own_part part = group_of(group);
    return find_part(node, &part) != V6NF_LINK_NONE;
}
#else
static bool is_solicited_node_group(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t low = v6nf_word32(group + 12) >> 8;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (v6nf_word32(node->addresses[i].address.bytes + 12) >> 8 == low) {
            return true;
        }
    }
    return false;
}
#endif

#if V6NF_FORWARDING
bool v6nf_own_address_is_of_routers(const struct v6nf_node *node, const uint8_t *group)
{
    struct v6nf_address routers;
    v6nf_address_all_routers(routers.bytes);
    if (group[1] == SCOPE_SITE_LOCAL) {
        routers.bytes[1] = SCOPE_SITE_LOCAL;
    }
    return node->router && v6nf_address_equal(routers.bytes, group);
}
#endif

bool v6nf_own_address_has_group(const struct v6nf_node *node, const uint8_t *group)
{
    if (interface_is_disabled(node)) {
        return false;
    }
    return (v6nf_address_is_solicited_node(group) && is_solicited_node_group(node, group)) ||
           v6nf_address_is_all_nodes(group) || v6nf_own_address_is_of_routers(node, group);
}

void v6nf_own_address_set_state(struct v6nf_node *node, struct v6nf_interface_address *own,
                                enum v6nf_address_state state)
{
    if (own->state != state) {
        own->state = state;
        count_change(node, V6NF_CHANGE_ADDRESSES);
        own_addresses_have_changed(node);
#if V6NF_ADDRESSES_INDEXED
        own_addresses_note_formation(node);
        if (state == V6NF_ADDRESS_PREFERRED) {
            own_address_set_due(node, V6NF_ADDRESS_LIFETIME, own->preferred_until);
        }
#endif
    }
}

void v6nf_own_address_set_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own,
                                    uint64_t preferred_until, uint64_t valid_until, uint64_t now)
{
    own->preferred_until = preferred_until;
    own->valid_until = valid_until;
    if (own->state >= V6NF_ADDRESS_DEPRECATED) {
        v6nf_own_address_set_state(node, own,
                                   now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED);
    }
    own_address_set_due(node, V6NF_ADDRESS_LIFETIME, earlier(own->valid_until, own->preferred_until));
    own_addresses_note_formation(node);
}

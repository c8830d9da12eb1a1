/* node.c: a node is initialized, and its activities are scheduled. */
#include "v6nf/node.h"

#include <string.h>

#include "base/random.h"
#include "input/loopback.h"
#include "output/admission.h"
#include "output/deferred.h"
#include "protocol/announce.h"
#include "protocol/autoconf.h"
#include "protocol/dad.h"
#include "protocol/interface.h"
#include "protocol/link.h"
#include "protocol/mld.h"
#include "protocol/multicast.h"
#include "protocol/nud.h"
#include "protocol/reassembly.h"
#include "protocol/router_solicit.h"
#include "protocol/temporary.h"
#include "state/destination.h"
#include "state/fragment.h"
#include "state/group.h"
#include "state/neighbor.h"
#include "state/path_mtu.h"
#include "state/pending.h"
#include "state/ping_operations.h"

#define DEFAULT_MULTICAST_HOP_LIMIT 1u /* RFC 3493, 5.2 */

/* The number of solicitations must fit a byte. */
#define MAX_DAD_TRANSMITS 200u

enum v6nf_status v6nf_node_init_sized(struct v6nf_node *node, size_t size, const struct v6nf_node_config *config,
                                      uint64_t now)
{
    if (size != sizeof *node || !v6nf_ether_is_station(config->mac) || config->mtu < V6NF_IPV6_MTU_MIN ||
        config->mtu > 65535u || config->dad_transmits > MAX_DAD_TRANSMITS ||
        (config->seed == 0u && !config->predictable) || (V6NF_FORWARDING && config->router && config->autoconfigure)) {
        return V6NF_INVALID;
    }
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE]; /* *config may point into *node */
    uint8_t secret[sizeof node->secret] = {0};
    v6nf_ether_address_copy(mac, config->mac);
    if (config->secret != NULL) {
        v6nf_copy16(secret, config->secret);
    }
    memset(node, 0, sizeof *node);
    v6nf_ether_address_copy(node->mac, mac);
    v6nf_ether_address_copy(node->source_and_type, mac);
    v6nf_store16(node->source_and_type + V6NF_ETHER_ADDRESS_SIZE, V6NF_ETHER_TYPE_IPV6);
    node->multicast_hop_limit = DEFAULT_MULTICAST_HOP_LIMIT;
    node->max_mtu = config->mtu;
    node->longest_packet = V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE;
    if (node->longest_packet < config->mtu + V6NF_ETHER_HEADER_SIZE) {
        node->longest_packet = config->mtu + V6NF_ETHER_HEADER_SIZE;
    }
    node->dad_transmits = config->dad_transmits;
    node->next_due = V6NF_NEVER;
    node->error_time = now;
    node->error_tokens = V6NF_ERROR_BURST;
    node->autoconfigure = config->autoconfigure;
    node->ignore_redirects = config->ignore_redirects;
    node->has_secret = config->secret != NULL;
    v6nf_copy16(node->secret, secret);
    v6nf_key_init(node, config->seed);
    node->temporary_addresses = V6NF_TEMPORARY && config->temporary_addresses;
    node->optimistic = V6NF_OPTIMISTIC && config->optimistic;
    node->announce = V6NF_ANNOUNCE && config->announce;
#if V6NF_CHECKSUM_OFFLOAD
    node->checksums = config->checksums;
#endif
#if V6NF_FORWARDING
    node->router = config->router;
    node->answer_flags = V6NF_NDP_SOLICITED | V6NF_NDP_OVERRIDE | (config->router ? V6NF_NDP_ROUTER : 0u);
    node->ignore_redirects = config->ignore_redirects || config->router;
#endif
    node->enhanced_detection = V6NF_ENHANCED_DETECTION && !config->plain_detection;
    v6nf_pending_init(node);
    v6nf_reassembly_init(node);
    v6nf_neighbor_table_init(node);
    v6nf_destination_forget_all(node);
#if V6NF_GROUPS > 0u
    v6nf_groups_init(node);
#endif
    v6nf_path_mtu_init(node);
    v6nf_mld_init(node);
    v6nf_router_solicit_init(node, now);
    v6nf_interface_init(node, now);
    if (is_router(node)) {
        v6nf_multicast_join_routers(node, now);
    }
    return V6NF_OK;
}

void v6nf_node_link_up(struct v6nf_node *node, uint64_t now)
{
    node->managed = false;
    node->other_configuration = false;
    memset(node->declined, 0, sizeof node->declined);
    v6nf_admission_end_all(node);
    v6nf_pending_drop_undelivered(node);
    v6nf_destination_forget_all(node);
    v6nf_link_forget_advertised(node, now);
    v6nf_path_mtu_init(node);
    v6nf_interface_restart(node, now);
    count_change(node, V6NF_CHANGE_LINK);
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

static uint32_t tick_ping(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    return node->ping != NULL ? node->ping_operations->tick(node, frame, capacity, now) : 0u;
}

static uint64_t due_ping(const struct v6nf_node *node)
{
    return node->ping != NULL ? node->ping_operations->due(node) : V6NF_NEVER;
}

/* An activity over time. tick: do what is due at `now`, at least one thing, and write at most one frame. due: return
 * when the next thing is due. */
struct activity {
    uint32_t (*tick)(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
    uint64_t (*due)(const struct v6nf_node *node);
};

/* In the order in which they may send: reports of groups before detection. */
static const struct activity activities[] = {
    {v6nf_autoconf_tick, v6nf_autoconf_due},
#if V6NF_MLD
    {v6nf_mld_tick, v6nf_mld_due},
#endif
    {v6nf_interface_tick, v6nf_dad_due},
#if V6NF_ANNOUNCE
    {v6nf_announce_tick, v6nf_announce_due},
#endif
    {v6nf_router_solicit_tick, v6nf_router_solicit_due},
    {v6nf_nud_tick, v6nf_neighbor_due},
    {v6nf_deferred_pending_tick, v6nf_pending_due},
    {v6nf_deferred_fragment_tick, v6nf_fragment_due},
    {v6nf_reassembly_tick, v6nf_reassembly_due},
    {tick_ping, due_ping},
#if V6NF_LOOPBACK > 0u
    {v6nf_loopback_tick, v6nf_loopback_due},
#endif
};

#define ACTIVITIES (sizeof activities / sizeof *activities)

/* More turns than one moment needs if an activity does one thing in each: packets that wait, fragments of 1232 bytes,
 * walks over all groups. */
#define TURNS_MAX (V6NF_WAITING + 64u * V6NF_FRAGMENTATIONS + 2u * V6NF_LOOPBACK + V6NF_GROUPS / 16u + 16u)

uint32_t v6nf_node_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    if (now >= node->next_due && capacity < FRAME_CAPACITY_MIN) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    for (uint32_t turn = 0; turn < TURNS_MAX && now >= node->next_due; turn++) {
        for (size_t i = 0; i < ACTIVITIES; i++) {
            uint32_t length = activities[i].tick(node, frame, capacity, now);
            if (length != 0u) {
                count(node, V6NF_ORIGINATED);
                return length;
            }
        }
        uint64_t due = v6nf_temporary_due(node, now);
        for (size_t i = 0; i < ACTIVITIES; i++) {
            due = earlier(due, activities[i].due(node));
        }
        node->next_due = due;
    }
    return 0;
}

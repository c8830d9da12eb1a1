/* tables.c: invariants of the node's tables, for any input.
 *
 * Not yet checked: unsolicited senders evict no solicited entry, and everything that one router configured expires. */
#include "../../src/node/output/nexthop.h"
#include "../../src/node/output/select.h"
#include "../../src/node/protocol/mld.h"
#include "../../src/node/protocol/parameter.h"
#include "../../src/node/protocol/reassembly.h"
#include "../../src/node/state/dns.h"
#include "../../src/node/state/fragment.h"
#include "../../src/node/state/group.h"
#include "../../src/node/state/neighbor_table.h"
#include "../../src/node/state/own_address.h"
#include "../../src/node/state/path_mtu.h"
#include "../../src/node/state/pending.h"
#include "../../src/node/state/route.h"
#include "../../src/table/valid.h"
#include "node_checks.h"

/* Check that no own address is a neighbor, and that no own address has a next hop. */
static void check_own_addresses(void)
{
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        const uint8_t *own = node.addresses[i].address.bytes;
        for (uint32_t j = 0; j < V6NF_NEIGHBORS && node.addresses[i].state != V6NF_ADDRESS_DUPLICATE; j++) {
            CHECK(node.neighbors[j].state == V6NF_NEIGHBOR_FREE || !is_same(node.neighbors[j].address.bytes, own));
        }
        for (uint32_t j = 0; j < V6NF_DESTINATIONS && node.addresses[i].state != V6NF_ADDRESS_DUPLICATE; j++) {
            CHECK((node.destinations[j].value & ~V6NF_DESTINATION_REDIRECTED) >= V6NF_NEIGHBORS ||
                  memcmp(node.destinations[j].key, own, 16) != 0);
        }
    }
}

/* Check that each outstanding Echo Request has a slot. */
static void check_ping(void)
{
    uint32_t waiting = 0;
    CHECK(ping.results_count <= V6NF_PING_RESULTS && ping.next - ping.oldest <= V6NF_PING_OUTSTANDING);
    CHECK(ping.received + ping.timeouts + ping.errors + ping.outstanding == ping.transmitted);
    for (uint64_t number = ping.oldest; number != ping.next; number++) {
        waiting += ping.requests[number % V6NF_PING_OUTSTANDING].waiting ? 1u : 0u;
    }
    CHECK(waiting == ping.outstanding);
}

static void check_groups(void)
{
#if V6NF_GROUPS > 0u
    CHECK(v6nf_groups_are_valid(&node));
#endif
#if V6NF_MLD
    CHECK(v6nf_mld_is_valid(&node));
#endif
}

void check_tables(void)
{
    CHECK(v6nf_own_address_table_is_valid(&node) && v6nf_route_is_valid(&node) && v6nf_dns_is_valid(&node));
    CHECK(v6nf_parameter_is_valid(&node) && node.max_mtu == link_mtu);
    check_own_addresses();
    CHECK(v6nf_select_is_valid(&node) && v6nf_nexthop_is_valid(&node));
    CHECK(v6nf_neighbor_table_is_valid(&node));
#if V6NF_HAS_INDEX
    CHECK(v6nf_cache_is_valid(node.destinations, V6NF_DESTINATIONS, &node.hash_key));
#endif
    CHECK(v6nf_path_mtu_is_valid(&node));
    remember_path_mtus();
    CHECK(v6nf_reassembly_is_valid(&node) && v6nf_pending_is_valid(&node) && v6nf_fragment_is_valid(&node));
    check_groups();
    CHECK(node.error_tokens <= V6NF_ERROR_BURST);
    check_ping();
}

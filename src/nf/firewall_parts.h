/* firewall_parts.h: what the files of the firewall call of each other.
 * Context: any. */
#ifndef V6NF_SRC_NF_FIREWALL_PARTS_H
#define V6NF_SRC_NF_FIREWALL_PARTS_H

#include "v6nf/nf/firewall.h"

/* What a packet does to its connection. */
enum v6nf_firewall_event {
    V6NF_FIREWALL_OPEN,         /* SYN, INIT, DCCP-Request */
    V6NF_FIREWALL_ACCEPT,       /* SYN and ACK, INIT ACK, DCCP-Response */
    V6NF_FIREWALL_DATA,         /* others */
    V6NF_FIREWALL_CLOSE,        /* FIN, SHUTDOWN, DCCP-CloseReq, DCCP-Close */
    V6NF_FIREWALL_RESET,        /* RST, ABORT, SHUTDOWN COMPLETE, DCCP-Reset */
    V6NF_FIREWALL_MALFORMED,    /* flags that exclude each other */
    V6NF_FIREWALL_NO_CONNECTION /* the upper layer has none */
};

/* A packet whose headers are read. */
struct v6nf_firewall_packet {
    const uint8_t *frame;
    uint64_t now;
    bool is_inbound;
    struct v6nf_chain chain;
    struct v6nf_flow flow; /* its key is outbound, as in the table */
    enum v6nf_firewall_event event;
    uint8_t type; /* of an ICMPv6 message: the first byte of the upper layer */
};

/* firewall_policy.c */

/* Return V6NF_FIREWALL_PASS if both addresses of a packet may pass, otherwise why not. */
enum v6nf_firewall_result v6nf_firewall_check_addresses(const struct v6nf_firewall *firewall,
                                                        const struct v6nf_firewall_packet *packet);

/* Return true if a packet belongs to the link, which both sides of a bridge share: Neighbor Discovery, Multicast
 * Listener Discovery, and DHCPv6 between a client inside and a server outside. */
bool v6nf_firewall_is_of_link(const struct v6nf_firewall_packet *packet);

/* Return the first rule that matches a packet, NULL if there is none. */
struct v6nf_firewall_rule *v6nf_firewall_find_rule(const struct v6nf_firewall *firewall,
                                                   const struct v6nf_firewall_packet *packet);

/* firewall_connection.c */

/* Return what a packet does to its connection. */
enum v6nf_firewall_event v6nf_firewall_read_event(const uint8_t *frame, const struct v6nf_chain *chain);

/* Return the class of a flow with this key that is not established.
 * is_unanswered: no host inside has sent a packet of it. */
enum v6nf_firewall_class v6nf_firewall_first_class(const uint8_t *key, bool is_unanswered);

/* Return the next class of a flow after an event, and write its state. */
enum v6nf_firewall_class v6nf_firewall_advance(struct v6nf_firewall_flow *flow, const uint8_t *key,
                                               enum v6nf_firewall_event event, bool is_inbound);

/* firewall_table.c */

/* Return the flow of a key, V6NF_HASH_MAP_NONE if there is none. A flow whose time is over is removed. */
uint32_t v6nf_firewall_find(struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now);

/* Return true if the inside endpoint of a key is open for its outside host. */
bool v6nf_firewall_is_open(const struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now);

/* Add the flow of a packet, which opens its endpoint if it is outbound.
 * Return V6NF_FIREWALL_PASS, or why it was not added. */
enum v6nf_firewall_result v6nf_firewall_add(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet);

/* Set the time at which a flow ends. Outbound packets also keep its endpoint open (REC-16). */
static inline void v6nf_firewall_refresh(struct v6nf_firewall *firewall, struct v6nf_firewall_flow *flow,
                                         bool is_inbound, uint64_t now)
{
    const uint64_t deadline = now + firewall->idle[flow->of_class];
    flow->deadline = deadline;
    if (!is_inbound && flow->endpoint != V6NF_LINK_NONE && firewall->flows[flow->endpoint].deadline < deadline) {
        firewall->flows[flow->endpoint].deadline = deadline;
    }
}

/* Renew a flow, as one of this class. */
void v6nf_firewall_renew(struct v6nf_firewall *firewall, uint32_t entry, enum v6nf_firewall_class of_class,
                         bool is_inbound, uint64_t now);

/* Remember a first fragment that passes. */
void v6nf_firewall_pass_fragment(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet);

/* Return the entry of the first fragment that passed, V6NF_HASH_MAP_NONE if there is none.
 * key: that of v6nf_flow_key_fragment(). */
uint32_t v6nf_firewall_find_fragment(const struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now);

/* Return true if a later fragment may pass. */
bool v6nf_firewall_may_pass_fragment(const struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet);

/* Remember an unsolicited connection request. Return true if the same one was first seen 6 seconds ago, or before: it
 * is then forgotten. */
bool v6nf_firewall_is_repeated(struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now);

/* firewall.c */

/* Decide about a frame, and count the result: the slow path of v6nf_firewall_input(), with the same contract. */
enum v6nf_firewall_result v6nf_firewall_decide(struct v6nf_firewall *firewall, const uint8_t *frame, uint32_t length,
                                               bool is_inbound, uint64_t now);

#endif

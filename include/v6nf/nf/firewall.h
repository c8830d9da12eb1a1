/* firewall.h: a stateful firewall between an inside and an outside: simple security (RFC 6092), and which ICMPv6
 * messages pass (RFC 4890).
 *
 * v6nf_firewall_input() decides about a frame, which stays as it is. Outbound flows pass, and their replies. Inbound
 * flows pass if a rule or an open endpoint permits them, and so do IPsec, HIP and Echo Requests. `src/nf/firewall.md`
 * has what is done for each of the 50 recommendations.
 *
 * A flow is a key of 40 bytes in its outbound direction, as v6nf_flow_key_read() reads it there, without the Security
 * Parameters Index (RFC 6092, REC-25). Only hosts inside and rules create flows: nothing that hosts outside send
 * without permission is remembered, except unsolicited connection requests, in a table of their own.
 * If the table is full, the oldest transitory flow is evicted. All others stay until their time is over, so that a new
 * flow may be refused. Each inside host or prefix has a share of the table, so that one cannot use all of it.
 *
 * A later fragment passes if its first fragment passed within 60 seconds, and if it does not overlap it. One that
 * overtakes its first fragment is dropped.
 * Context: any. */
#ifndef V6NF_NF_FIREWALL_H
#define V6NF_NF_FIREWALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../table/hash_map.h"
#include "../wire/address.h"
#include "../wire/ether.h"
#include "../wire/ipv6.h"
#include "chain.h"
#include "flow_key.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_FIREWALL_RULES_MAX 256u   /* maximum number of rules */
#define V6NF_FIREWALL_PREFIXES_MAX 64u /* maximum number of prefixes */
#define V6NF_FIREWALL_ANY 255u         /* protocol of a rule: any (255 is reserved) */

#define V6NF_FIREWALL_SECRET_SIZE V6NF_HASH_MAP_SECRET_SIZE /* bytes of the secret */

/* Words of a key. */
#define V6NF_FIREWALL_KEY_WORDS V6NF_HASH_MAP_KEY_WORDS(V6NF_FLOW_KEY_SIZE)

/* What is decided about a frame. All but V6NF_FIREWALL_PASS drop it. */
enum v6nf_firewall_result {
    V6NF_FIREWALL_PASS,        /* it passes */
    V6NF_FIREWALL_PROHIBITED,  /* a connection request that was repeated after 6 s without an answer from inside: answer
                                  with Destination Unreachable, code 1 (RFC 6092, REC-34) */
    V6NF_FIREWALL_OTHER,       /* it has another protocol than IPv6 */
    V6NF_FIREWALL_HEADERS,     /* headers that cannot be read, or that are malformed or incomplete */
    V6NF_FIREWALL_DEPRECATED,  /* a Routing header of type 0, or Hop-by-Hop Options after another header */
    V6NF_FIREWALL_ADDRESS,     /* an address that is not for packets on the Internet */
    V6NF_FIREWALL_SCOPE,       /* an address whose scope ends here */
    V6NF_FIREWALL_SPOOFED,     /* a source that is not on this side */
    V6NF_FIREWALL_FRAGMENT,    /* a fragment whose first fragment did not pass, or that overlaps it */
    V6NF_FIREWALL_ICMPV6,      /* an ICMPv6 message that is not forwarded, or an error about no flow */
    V6NF_FIREWALL_RULE,        /* a rule drops it */
    V6NF_FIREWALL_UNSOLICITED, /* nothing permits this flow */
    V6NF_FIREWALL_INVALID,     /* a packet with which no connection begins */
    V6NF_FIREWALL_SHARE,       /* the inside source has used its share of the table */
    V6NF_FIREWALL_FULL,        /* the table is full of flows whose time is not over */
    V6NF_FIREWALL_RESULTS      /* number of results */
};

/* Who may send to an endpoint inside, an address and a port, from which a flow has begun (RFC 6092, REC-11, REC-17 and
 * REC-33). */
enum v6nf_firewall_filtering {
    V6NF_FIREWALL_ENDPOINT_INDEPENDENT,      /* every host: the default of RFC 6092 */
    V6NF_FIREWALL_ADDRESS_DEPENDENT,         /* each host that it has sent to, from any port */
    V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT /* the flow alone */
};

/* States of flows, each with its own idle time. */
enum v6nf_firewall_class {
    V6NF_FIREWALL_TRANSITORY,      /* TCP and SCTP before the handshake ends, and after the end: 4 min (REC-35, 40) */
    V6NF_FIREWALL_TRANSITORY_DCCP, /* the same of DCCP: 8 min (REC-44) */
    V6NF_FIREWALL_SHORT,           /* UDP with a port below 1024: 2 min (REC-15) */
    V6NF_FIREWALL_UDP,             /* UDP and UDP-Lite: 5 min (REC-14) */
    V6NF_FIREWALL_GENERIC,         /* other upper layers: 5 min (REC-12) */
    V6NF_FIREWALL_ESTABLISHED,     /* TCP, SCTP and DCCP: 2 h 4 min (REC-35, 40, 44) */
    V6NF_FIREWALL_CLASSES,         /* number of classes with an idle time */
    V6NF_FIREWALL_ENDPOINT = V6NF_FIREWALL_CLASSES, /* an open endpoint, which ends with the last flow of it */
    V6NF_FIREWALL_LISTS                             /* number of lists */
};

/* A prefix. The first one of the list that has an address decides on which side that is. */
struct v6nf_firewall_prefix {
    uint8_t address[V6NF_ADDRESS_SIZE]; /* bits after the length are ignored */
    uint8_t length;                     /* bits, 0 to 128 */
    bool is_outside;                    /* hosts outside have these addresses: an exception from a later prefix */
};

/* A rule about packets without a flow. The first one that matches decides.
 * Ports are in host byte order. 0 to 65535 are all ports, 0 to 0 is port 0 alone. */
struct v6nf_firewall_rule {
    uint8_t source[V6NF_ADDRESS_SIZE];      /* of the packet */
    uint8_t source_mask[V6NF_ADDRESS_SIZE]; /* bits that are compared: any, such as those of the interface identifier */
    uint8_t destination[V6NF_ADDRESS_SIZE]; /* of the packet */
    uint8_t destination_mask[V6NF_ADDRESS_SIZE]; /* bits that are compared */
    uint16_t first_port;                         /* of the destination: first to last; of ICMPv6, the type */
    uint16_t last_port;                          /* with 0 to 65535, also packets without ports match */
    uint8_t protocol;                            /* Next Header value of the upper layer, V6NF_FIREWALL_ANY for any */
    bool is_inbound;                             /* it is about packets from outside */
    bool is_outbound;                            /* it is about packets from inside */
    bool passes;                                 /* packets that match pass; otherwise they are dropped */
    uint64_t hits;                               /* packets that it has decided about */
};

/* What a firewall is made of. Arrays are owned by the caller, and used as long as the firewall.
 * Rules may be changed between two calls, but not `rules_count`: reserve rules that are neither inbound nor outbound,
 * which match nothing. The next packet without a flow is decided by the changed rules. Flows that have begun remain,
 * also if a changed rule drops such packets. */
struct v6nf_firewall_config {
    uint64_t *memory;     /* V6NF_FIREWALL_WORDS() of the next three fields */
    uint32_t flows;       /* flows and open endpoints, 1 to V6NF_HASH_MAP_CAPACITY_MAX */
    uint32_t fragments;   /* fragmented packets at one time, and unsolicited requests, same range */
    uint32_t shares;      /* counters of inside sources, which share one by their hash; at least 1 */
    uint32_t share;       /* flows of an inside source; 0: half of `flows` */
    uint8_t share_length; /* prefix length of a source: 1 to 64, or 128; 0: 128 */
    uint8_t scope;        /* multicast scope that ends here; 0: 8, organization-local (REC-2) */
    const struct v6nf_firewall_prefix *prefixes; /* of inside; with none, sources are not checked (REC-5, REC-6) */
    uint32_t prefixes_count;                     /* at most V6NF_FIREWALL_PREFIXES_MAX */
    struct v6nf_firewall_rule *rules;            /* their `hits` are counted */
    uint32_t rules_count;                        /* at most V6NF_FIREWALL_RULES_MAX */
    uint32_t seconds[V6NF_FIREWALL_CLASSES];     /* idle times; 0: that of the class */
    enum v6nf_firewall_filtering filtering;      /* of endpoints inside */
    bool is_bridge;            /* both sides are one link: Neighbor Discovery, MLD, DHCPv6 of hosts inside pass */
    bool is_transparent;       /* unsolicited flows pass (REC-49) */
    bool passes_unique_local;  /* unique local addresses pass (REC-7) */
    bool passes_documentation; /* 2001:db8::/32 passes, for tests (REC-3) */
    bool drops_echo;           /* unsolicited Echo Requests are dropped (RFC 4890, 4.3.1 lets them pass) */
};

/* A flow, or an open endpoint. */
struct v6nf_firewall_flow {
    uint64_t deadline; /* time at which it ends, if it is idle until then */
    uint64_t due;      /* deadline when it was appended to its list */
    uint32_t endpoint; /* its endpoint, V6NF_LINK_NONE if it has none */
    uint32_t users;    /* of an endpoint: the number of its flows */
    uint32_t share;    /* its counter */
    uint8_t of_class;  /* enum v6nf_firewall_class */
    uint8_t state;     /* of a connection: what was seen */
};

/* Words of a flow and its links. */
#define V6NF_FIREWALL_FLOW_WORDS ((sizeof(struct v6nf_firewall_flow) + sizeof(struct v6nf_link) + 7u) / 8u)

/* Memory that a firewall needs, in uint64_t. */
#define V6NF_FIREWALL_WORDS(flows, fragments, shares)                                                                  \
    (V6NF_HASH_MAP_WORDS(flows, V6NF_FLOW_KEY_SIZE) + (size_t)(flows)*V6NF_FIREWALL_FLOW_WORDS +                       \
     2u * V6NF_HASH_MAP_WORDS(fragments, V6NF_FLOW_KEY_SIZE) + ((size_t)(fragments) + (shares) + 1u) / 2u + 1u)

/* A firewall. The fields are for reading: only the library writes them. */
struct v6nf_firewall {
    struct v6nf_hash_map map;                    /* keys of flows and endpoints */
    struct v6nf_firewall_flow *flows;            /* one for each entry of the map */
    uint64_t idle[V6NF_FIREWALL_LISTS];          /* microseconds; of an endpoint 0 */
    uint64_t counts[V6NF_FIREWALL_RESULTS];      /* frames with each result */
    struct v6nf_link *links;                     /* of `lists` */
    struct v6nf_list lists[V6NF_FIREWALL_LISTS]; /* flows of each class */
    uint32_t *shares;                            /* flows of each counter */
    struct v6nf_hash_map fragments;              /* first fragments that passed */
    uint32_t *fragment_ends;                     /* offset one past the data of each */
    struct v6nf_hash_map requests;               /* unsolicited connection requests, and when each was first seen */
    struct v6nf_firewall_config config;          /* with values for fields that were 0 */
    uint64_t evicted;                            /* transitory flows that were evicted */
    uint64_t expired;                            /* flows whose time was over */
};

/* Initialize a firewall without flows.
 * firewall: any contents.
 * config: copied.
 * secret: V6NF_FIREWALL_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if a size is out of range. The firewall then must not be used. */
bool v6nf_firewall_init(struct v6nf_firewall *firewall, const struct v6nf_firewall_config *config,
                        const uint8_t *secret);

/* Decide about a frame, and count the result. The frame is not changed.
 * firewall: initialized.
 * frame: length bytes.
 * length: bytes of the frame, at most INT32_MAX.
 * is_inbound: it was received from outside.
 * now: microseconds, monotonic.
 * Return V6NF_FIREWALL_PASS, or why it is dropped. */
enum v6nf_firewall_result v6nf_firewall_input(struct v6nf_firewall *firewall, const uint8_t *frame, uint32_t length,
                                              bool is_inbound, uint64_t now);

/* Remove flows whose time is over: such a flow lets nothing pass, but has its entry and its part of a share. Each new
 * flow removes up to two of each class. Call it from time to time, such as every 10 ms with a limit of 64, to free
 * entries without new flows.
 * firewall: initialized.
 * now: microseconds, monotonic.
 * limit: maximum number of flows of each class to look at.
 * Return the number of flows that were removed. */
uint32_t v6nf_firewall_expire(struct v6nf_firewall *firewall, uint64_t now, uint32_t limit);

/* Read the outbound key of a TCP segment or UDP datagram without VLAN tag and extension headers: the fast path. It is
 * the key that v6nf_flow_key_read() reads, and v6nf_flow_key_reverse() reverses if it is inbound.
 * words: V6NF_FIREWALL_KEY_WORDS words, the result, as v6nf_hash_map_load() loads them.
 * frame: length bytes.
 * length: bytes of the frame.
 * is_inbound: the packet is inbound.
 * Return the offset of the upper layer, 0 if the headers must be read. The source may be one that v6nf_chain_read()
 * refuses. */
static inline uint32_t v6nf_firewall_read_key(uint64_t *words, const uint8_t *frame, uint32_t length, bool is_inbound)
{
    const uint32_t upper = V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE;
    if (length < upper + 8u || v6nf_load16(frame + V6NF_ETHER_TYPE) != V6NF_ETHER_TYPE_IPV6) {
        return 0;
    }
    const uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    const uint32_t payload = v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    const uint32_t protocol = packet[V6NF_IPV6_NEXT_HEADER];
    if (packet[0] >> 4 != 6u || payload < 8u || payload > length - upper) {
        return 0;
    }
    if (protocol == V6NF_CHAIN_TCP) {
        const uint32_t header = payload < 20u ? 0u : ((uint32_t)frame[upper + 12u] >> 4) * 4u;
        if (header < 20u || header > payload) {
            return 0;
        }
    } else if (protocol != V6NF_NEXT_HEADER_UDP) {
        return 0;
    }
    const uint32_t ports = v6nf_word32(frame + upper);
    const uint32_t inside = is_inbound ? 2u : 0u;
    words[inside] = v6nf_word64(packet + V6NF_IPV6_SOURCE);
    words[inside + 1u] = v6nf_word64(packet + V6NF_IPV6_SOURCE + 8u);
    words[2u - inside] = v6nf_word64(packet + V6NF_IPV6_DESTINATION);
    words[3u - inside] = v6nf_word64(packet + V6NF_IPV6_DESTINATION + 8u);
    words[4] = (is_inbound ? ports << 16 | ports >> 16 : ports) | (uint64_t)(protocol | (uint32_t)V6NF_FLOW_PORTS << 8)
                                                                      << 32;
    return upper;
}

#ifdef __cplusplus
}
#endif

#endif

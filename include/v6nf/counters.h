/* counters.h: what a node counts. Each received frame is counted as RECEIVED. If nothing is sent in its buffer, it
 * is also counted once as DELIVERED (handled without an answer), as KEPT (the answer waits for address resolution)
 * or under the one reason for which it was dropped. KEPT and the reasons also count packets that the node
 * originates, or that pass through it (forward.h). The last seven reasons are counted separately: for packets that
 * were partly reassembled or sent, waited for address resolution, or are looped back to the node itself, and are
 * lost. */
#ifndef V6NF_COUNTERS_H
#define V6NF_COUNTERS_H

#ifdef __cplusplus
extern "C" {
#endif

/* All counters: X(name, text), where the text states what is counted. */
#define V6NF_COUNTERS(X)                                                                                               \
    X(RECEIVED, "frames received")                                                                                     \
    X(DELIVERED, "frames handled without an answer")                                                                   \
    X(ORIGINATED, "frames that the node originated")                                                                   \
    X(LOOPBACK_RECEIVED, "packets to own addresses, received by the node itself")                                      \
    X(ECHO_REPLIES, "Echo Replies written")                                                                            \
    X(ERRORS, "ICMPv6 errors written")                                                                                 \
    X(SOLICITATIONS, "Neighbor Solicitations written")                                                                 \
    X(ADVERTISEMENTS, "Neighbor Advertisements written")                                                               \
    X(ANNOUNCEMENTS, "unsolicited Neighbor Advertisements written")                                                    \
    X(LOOPED_BACK, "own solicitations that the link looped back")                                                      \
    X(GROUP_REPORTS, "MLD Reports and Dones written")                                                                  \
    X(DUPLICATE_ADDRESSES, "own addresses that another node uses")                                                     \
    X(NEIGHBORS_EVICTED, "neighbors evicted to make space")                                                            \
    X(NEIGHBORS_UNREACHABLE, "neighbors that did not answer")                                                          \
    X(ROUTER_SOLICITATIONS, "Router Solicitations written")                                                            \
    X(ROUTER_ADVERTISEMENTS, "Router Advertisements handled")                                                          \
    X(REDIRECTS, "Redirects followed")                                                                                 \
    X(ROUTES_FULL, "advertised routers and routes without a free slot")                                                \
    X(PREFIXES_FULL, "advertised on-link prefixes without a free slot")                                                \
    X(ADDRESSES_FULL, "advertised prefixes without a free slot for an address")                                        \
    X(KEPT, "packets to a neighbor whose address is being resolved")                                                   \
    X(DROP_ETHER_LENGTH, "dropped: shorter than an Ethernet header, or longer than its buffer")                        \
    X(DROP_ETHER_DESTINATION, "dropped: to another Ethernet address")                                                  \
    X(DROP_ETHER_TYPE, "dropped: not IPv6")                                                                            \
    X(DROP_IPV6_LENGTH, "dropped: shorter than its Payload Length")                                                    \
    X(DROP_IPV6_VERSION, "dropped: IP version is not 6")                                                               \
    X(DROP_IPV6_SOURCE, "dropped: impossible IPv6 source address")                                                     \
    X(DROP_NOT_OURS, "dropped: to an address or group that the node does not have")                                    \
    X(DROP_GROUP_SOURCE, "dropped: to a group of the node, from a source that no listener accepts")                    \
    X(DROP_EXTENSION_LENGTH, "dropped: truncated extension header")                                                    \
    X(DROP_EXTENSION_COUNT, "dropped: too many extension headers")                                                     \
    X(DROP_OPTION, "dropped: option that requires it")                                                                 \
    X(DROP_ROUTING, "dropped: Routing header, no ICMPv6 error allowed")                                                \
    X(DROP_FRAGMENT, "dropped: malformed fragment")                                                                    \
    X(DROP_FRAGMENT_OVERLAP, "dropped: fragments overlap or contradict each other")                                    \
    X(DROP_FRAGMENT_SIZE, "dropped: too long or in too many pieces for reassembly")                                    \
    X(DROP_FRAGMENTED_NDP, "dropped: Neighbor Discovery in fragments")                                                 \
    X(DROP_NEXT_HEADER, "dropped: unrecognized Next Header, no ICMPv6 error allowed")                                  \
    X(DROP_NO_NEXT_HEADER, "dropped: No Next Header")                                                                  \
    X(DROP_ICMPV6_LENGTH, "dropped: ICMPv6 message too short")                                                         \
    X(DROP_ICMPV6_CHECKSUM, "dropped: wrong ICMPv6 checksum")                                                          \
    X(DROP_ICMPV6_TYPE, "dropped: ICMPv6 type that is not used")                                                       \
    X(DROP_ICMPV6_ERROR, "dropped: ICMPv6 error about nothing that was sent, or with an MTU below 1280")               \
    X(DROP_ECHO_REPLY, "dropped: unexpected Echo Reply")                                                               \
    X(DROP_NDP_INVALID, "dropped: invalid Neighbor Discovery message")                                                 \
    X(DROP_NDP_TARGET, "dropped: Neighbor Discovery for an irrelevant target")                                         \
    X(DROP_NDP_SPOOFED, "dropped: Neighbor Discovery from an address of the node")                                     \
    X(DROP_MLD_INVALID, "dropped: invalid MLD message")                                                                \
    X(DROP_ROUTER_ADVERTISEMENT, "dropped: Router Advertisement, but routers do not configure the node")               \
    X(DROP_REDIRECT, "dropped: Redirect that is not from the first hop, or not followed")                              \
    X(DROP_UDP_LENGTH, "dropped: wrong UDP length")                                                                    \
    X(DROP_UDP_CHECKSUM_ZERO, "dropped: UDP without checksum, not allowed for the port")                               \
    X(DROP_UDP_CHECKSUM, "dropped: wrong UDP checksum")                                                                \
    X(DROP_UDP_PORT, "dropped: closed UDP port, no ICMPv6 error allowed; or port 0")                                   \
    X(DROP_UDP_REPLY, "dropped: UDP reply too long, or to port 0")                                                     \
    X(DROP_ERROR_RATE, "dropped: ICMPv6 error above the rate limit")                                                   \
    X(DROP_CAPACITY, "dropped: frame buffer too small for the packet to send")                                         \
    X(DROP_MTU, "dropped: too long to send, even in fragments")                                                        \
    X(DROP_FRAGMENTATION_FULL, "dropped: longer than the path MTU, while others were sent in fragments")               \
    X(DROP_NO_ROUTE, "dropped: no route to the destination")                                                           \
    X(DROP_NO_SOURCE, "dropped: no usable source address")                                                             \
    X(DROP_NO_NEIGHBOR, "dropped: Neighbor Cache full")                                                                \
    X(DROP_REASSEMBLY_FULL, "dropped: during reassembly, evicted by a later packet")                                   \
    X(DROP_REASSEMBLY_TIME, "dropped: during reassembly, fragments missing at the time limit")                         \
    X(DROP_FRAGMENTATION, "dropped: during fragmentation, the rest could not be sent")                                 \
    X(DROP_WAITING_SIZE, "dropped: too long to wait for address resolution")                                           \
    X(DROP_WAITING_FULL, "dropped: during address resolution, evicted by a later packet")                              \
    X(DROP_UNREACHABLE, "dropped: during address resolution, the neighbor did not answer")                             \
    X(DROP_LOOPBACK_FULL, "dropped: to an own address, while others waited to be received")

#define V6NF_COUNTER_NAME(name, text) V6NF_##name,
/* Counters of a node, in `counters` of struct v6nf_node. */
enum v6nf_counter { V6NF_COUNTERS(V6NF_COUNTER_NAME) V6NF_COUNTER_COUNT };
#undef V6NF_COUNTER_NAME

/* Return what `counter` counts, in English; "" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_counter_text(enum v6nf_counter counter);

#ifdef __cplusplus
}
#endif

#endif

/* counters.h: what a node counts. Every received frame is counted once as RECEIVED. If nothing leaves in its buffer, it is
 * counted once more: as DELIVERED (it was taken in, and nothing was to leave), as KEPT (its answer is to wait for address
 * resolution that is under way), or under the one cause it was dropped for. KEPT and the drop counters also count what the
 * node sends of its own accord. The last six drop counters stand apart: they count datagrams that were reassembled or sent in part,
 * and packets that were to wait for address resolution, and were lost. */
#ifndef V6NF_COUNTERS_H
#define V6NF_COUNTERS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, text) for every counter; the text says what one count means. */
#define V6NF_COUNTERS(X)                                                                                               \
    X(RECEIVED, "frames received")                                                                                     \
    X(DELIVERED, "frames taken in without an answer")                                                                  \
    X(ORIGINATED, "frames sent of the node's own accord")                                                              \
    X(ECHO_REPLIES, "Echo Replies written")                                                                            \
    X(ERRORS, "ICMPv6 errors written")                                                                                 \
    X(SOLICITATIONS, "Neighbor Solicitations written")                                                                 \
    X(ADVERTISEMENTS, "Neighbor Advertisements written")                                                               \
    X(ANNOUNCEMENTS, "unsolicited Neighbor Advertisements written")                                                    \
    X(LOOPED_BACK, "own solicitations that the link brought back")                                                     \
    X(GROUP_REPORTS, "MLD Reports and Dones written")                                                                  \
    X(DUPLICATE_ADDRESSES, "own addresses found to be another node's")                                                 \
    X(NEIGHBORS_EVICTED, "neighbors forgotten to make room")                                                           \
    X(NEIGHBORS_UNREACHABLE, "neighbors that did not answer")                                                          \
    X(ROUTER_SOLICITATIONS, "Router Solicitations written")                                                            \
    X(ROUTER_ADVERTISEMENTS, "Router Advertisements taken in")                                                         \
    X(REDIRECTS, "Redirects followed")                                                                                 \
    X(ROUTES_FULL, "advertised routers and routes for which there was no room")                                        \
    X(PREFIXES_FULL, "advertised on-link prefixes for which there was no room")                                        \
    X(ADDRESSES_FULL, "advertised prefixes for which there was no room for an address")                                \
    X(KEPT, "packets to a neighbor whose address resolution was under way")                                            \
    X(DROP_ETHER_LENGTH, "dropped: shorter than an Ethernet header, or longer than its buffer")                        \
    X(DROP_ETHER_DESTINATION, "dropped: for another Ethernet address")                                                 \
    X(DROP_ETHER_TYPE, "dropped: not IPv6")                                                                            \
    X(DROP_IPV6_LENGTH, "dropped: shorter than its IPv6 header says")                                                  \
    X(DROP_IPV6_VERSION, "dropped: IP version is not 6")                                                               \
    X(DROP_IPV6_SOURCE, "dropped: impossible IPv6 source address")                                                     \
    X(DROP_NOT_OURS, "dropped: for an address or group that is not ours")                                              \
    X(DROP_GROUP_SOURCE, "dropped: for a group of ours, from a source that nobody wants")                              \
    X(DROP_EXTENSION_LENGTH, "dropped: extension header cut short")                                                    \
    X(DROP_EXTENSION_COUNT, "dropped: too many extension headers")                                                     \
    X(DROP_OPTION, "dropped: an option says so")                                                                       \
    X(DROP_ROUTING, "dropped: on a route, and no error may be sent")                                                   \
    X(DROP_FRAGMENT, "dropped: malformed fragment")                                                                    \
    X(DROP_FRAGMENT_OVERLAP, "dropped: fragments overlap or contradict each other")                                    \
    X(DROP_FRAGMENT_SIZE, "dropped: too long, or in too many pieces, to be reassembled")                               \
    X(DROP_FRAGMENTED_NDP, "dropped: Neighbor Discovery in fragments")                                                 \
    X(DROP_NEXT_HEADER, "dropped: unrecognized next header, and no error may be sent")                                 \
    X(DROP_NO_NEXT_HEADER, "dropped: No Next Header")                                                                  \
    X(DROP_ICMPV6_LENGTH, "dropped: ICMPv6 message too short")                                                         \
    X(DROP_ICMPV6_CHECKSUM, "dropped: wrong ICMPv6 checksum")                                                          \
    X(DROP_ICMPV6_TYPE, "dropped: ICMPv6 type not in use here")                                                        \
    X(DROP_ICMPV6_ERROR, "dropped: ICMPv6 error about nothing that was sent here, or with an MTU below 1280")          \
    X(DROP_ECHO_REPLY, "dropped: Echo Reply that nobody waits for")                                                    \
    X(DROP_NDP_INVALID, "dropped: invalid Neighbor Discovery message")                                                 \
    X(DROP_NDP_TARGET, "dropped: Neighbor Discovery for a target of no concern")                                       \
    X(DROP_NDP_SPOOFED, "dropped: Neighbor Discovery from one of our own addresses")                                   \
    X(DROP_MLD_INVALID, "dropped: invalid MLD message")                                                                \
    X(DROP_ROUTER_ADVERTISEMENT, "dropped: Router Advertisement, and nothing is to be configured by it")               \
    X(DROP_REDIRECT, "dropped: Redirect not from the first hop, or not to be followed")                                \
    X(DROP_UDP_LENGTH, "dropped: wrong UDP length")                                                                    \
    X(DROP_UDP_CHECKSUM_ZERO, "dropped: UDP without checksum, which the port is not allowed")                          \
    X(DROP_UDP_CHECKSUM, "dropped: wrong UDP checksum")                                                                \
    X(DROP_UDP_PORT, "dropped: UDP port closed and no error allowed, or port 0 given")                                 \
    X(DROP_UDP_REPLY, "dropped: UDP reply too long, or to port 0")                                                     \
    X(DROP_ERROR_RATE, "dropped: an ICMPv6 error was due, and there were too many")                                    \
    X(DROP_CAPACITY, "dropped: no room in the frame for what was to be sent")                                          \
    X(DROP_MTU, "dropped: longer than can be sent, even in fragments")                                                 \
    X(DROP_FRAGMENTATION_FULL, "dropped: longer than the path MTU, while others were sent in fragments")               \
    X(DROP_NO_ROUTE, "dropped: no route to the destination")                                                           \
    X(DROP_NO_SOURCE, "dropped: no usable source address")                                                             \
    X(DROP_NO_NEIGHBOR, "dropped: no room in the Neighbor Cache")                                                      \
    X(DROP_REASSEMBLY_FULL, "dropped: was reassembled, and a later datagram took its place")                           \
    X(DROP_REASSEMBLY_TIME, "dropped: was reassembled, and not all of it came in time")                                \
    X(DROP_FRAGMENTATION, "dropped: was sent in fragments, and the rest had to be given up")                           \
    X(DROP_WAITING_SIZE, "dropped: too long to wait for address resolution")                                           \
    X(DROP_WAITING_FULL, "dropped: waited for address resolution, and a later packet took its place")                  \
    X(DROP_UNREACHABLE, "dropped: waited for a neighbor that did not answer")

#define V6NF_COUNTER_NAME(name, text) V6NF_##name,
enum v6nf_counter { V6NF_COUNTERS(V6NF_COUNTER_NAME) V6NF_COUNTER_COUNT };
#undef V6NF_COUNTER_NAME

/* What one count of `counter` means, in words; "" for a number that is no counter. */
const char *v6nf_counter_text(enum v6nf_counter counter);

#ifdef __cplusplus
}
#endif

#endif

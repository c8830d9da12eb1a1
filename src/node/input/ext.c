/* ext.c: extension headers (RFC 8200, 4), one after the other up to the upper layer. */
#include "ext.h"

#include <string.h>

#include "v6nf/wire/ext.h"

#include "../protocol/icmpv6_error.h"
#include "../protocol/mld.h"
#include "../protocol/reassembly.h"
#include "../protocol/udp.h"
#include "icmpv6.h"

/* GO_ON: the next header is processed. DONE: the packet is, and walk.frame_length is that of the frame to send. */
enum step { GO_ON, DONE };

/* State of a packet while its extension headers are processed. */
struct walk {
    bool fragmented;       /* there was a Fragment header */
    uint32_t frame_length; /* length of the frame to send, if it is done */
};

/* Advance to the header at `next`. */
static enum step go_on(struct packet *packet, uint32_t next)
{
    packet->next_header_at = packet->upper + V6NF_EXT_NEXT_HEADER;
    packet->upper = next;
    return GO_ON;
}

/* End the processing of the packet. */
static enum step finish_with(struct walk *walk, uint32_t frame_length)
{
    walk->frame_length = frame_length;
    return DONE;
}

/* Process Hop-by-Hop or Destination Options, which end at byte `next`. */
static enum step read_options(struct v6nf_node *node, struct packet *packet, uint32_t next, struct walk *walk)
{
    uint32_t where = 0;
    enum v6nf_ext_action action = v6nf_ext_check_options(packet->frame + packet->upper, next - packet->upper, &where);
    if (action == V6NF_EXT_GO_ON) {
        return go_on(packet, next);
    }
    if (action == V6NF_EXT_DISCARD || (action == V6NF_EXT_PROBLEM_UNICAST && is_to_group(packet))) {
        return finish_with(walk, drop(node, V6NF_DROP_OPTION));
    }
    return finish_with(walk,
                       v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_OPTION,
                                         packet->upper + where - PACKET, V6NF_DROP_OPTION));
}

/* Process a Routing header. A host accepts no route that continues (RFC 8200, 4.4; RFC 5095 for type 0). */
static enum step read_routing(struct v6nf_node *node, struct packet *packet, uint32_t next, struct walk *walk)
{
    if (packet->frame[packet->upper + V6NF_EXT_SEGMENTS_LEFT] == 0u) {
        return go_on(packet, next);
    }
    return finish_with(walk, v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_ERRONEOUS_FIELD,
                                               packet->upper + V6NF_EXT_ROUTING_TYPE - PACKET, V6NF_DROP_ROUTING));
}

static enum step read_fragment(struct v6nf_node *node, struct packet *packet, struct walk *walk)
{
    const uint8_t *header = packet->frame + packet->upper;
    if (walk->fragmented) {
        return finish_with(walk, drop(node, V6NF_DROP_FRAGMENT)); /* a fragment of a fragment */
    }
    walk->fragmented = true;
    if (v6nf_fragment_offset(header) == 0u && !v6nf_fragment_has_more(header)) {
        /* An atomic fragment is whole, even if there are others (RFC 6946, 4). */
        return go_on(packet, packet->upper + V6NF_FRAGMENT_HEADER_SIZE);
    }
    return v6nf_reassembly_add(node, packet, &walk->frame_length) ? GO_ON : DONE;
}

/* Return true if the current header is an extension header that is allowed here. Hop-by-Hop Options are allowed only as
 * the first header, and not after a Fragment header, which a reassembled packet no longer has. */
static bool is_extension_here(const struct packet *packet, const struct walk *walk)
{
    uint8_t next_header = packet->frame[packet->next_header_at];
    return next_header == V6NF_EXT_DESTINATION || next_header == V6NF_EXT_ROUTING || next_header == V6NF_EXT_FRAGMENT ||
           (next_header == V6NF_EXT_HOP_BY_HOP && packet->upper == UPPER && !walk->fragmented);
}

/* Process the current header, which is_extension_here(). */
static enum step read_header(struct v6nf_node *node, struct packet *packet, struct walk *walk)
{
    uint8_t next_header = packet->frame[packet->next_header_at];
    if (next_header == V6NF_EXT_FRAGMENT && packet->upper + V6NF_FRAGMENT_HEADER_SIZE <= packet->end) {
        return read_fragment(node, packet, walk);
    }
    uint32_t next = v6nf_ext_end(packet->frame, packet->upper, packet->end);
    if (next == 0u || next_header == V6NF_EXT_FRAGMENT) {
        return finish_with(walk, drop(node, V6NF_DROP_EXTENSION_LENGTH));
    }
    if (next_header == V6NF_EXT_ROUTING) {
        return read_routing(node, packet, next, walk);
    }
    return read_options(node, packet, next, walk);
}

/* Advance to the upper-layer header. */
static enum step read_headers(struct v6nf_node *node, struct packet *packet, struct walk *walk)
{
    for (uint32_t i = 0; i < V6NF_EXT_HEADERS_MAX && is_extension_here(packet, walk); i++) {
        if (read_header(node, packet, walk) == DONE) {
            return DONE;
        }
    }
    if (is_extension_here(packet, walk)) {
        return finish_with(walk, drop(node, V6NF_DROP_EXTENSION_COUNT));
    }
    return GO_ON;
}

static bool is_neighbor_discovery(const struct packet *packet)
{
    uint8_t type = packet->upper < packet->end ? packet->frame[packet->upper] : 0u;
    return type >= V6NF_ICMPV6_ROUTER_SOLICITATION && type <= V6NF_ICMPV6_REDIRECT;
}

/* Hand the packet to its upper layer, one line for each. input.c has those that are usual without extension headers. */
static uint32_t dispatch(struct v6nf_node *node, struct packet *packet, const struct walk *walk)
{
    switch (packet->frame[packet->next_header_at]) {
    case V6NF_NEXT_HEADER_ICMPV6:
        if (walk->fragmented && is_neighbor_discovery(packet)) {
            return drop(node, V6NF_DROP_FRAGMENTED_NDP); /* RFC 6980, 5 */
        }
        if (!v6nf_mld_is_message(packet)) {
            v6nf_packet_strip(packet); /* no error quotes it */
        }
        return v6nf_icmpv6_input(node, packet);
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_input(node, packet);
    case V6NF_NEXT_HEADER_NONE:
        return drop(node, V6NF_DROP_NO_NEXT_HEADER);
    default:
        /* The pointer is to the Next Header field (RFC 8200, 4). */
        return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER,
                                 packet->next_header_at - PACKET, V6NF_DROP_NEXT_HEADER);
    }
}

/* Copy an answer that was written in a reassembly's buffer to the last fragment's: that is the frame that is
 * transmitted. */
static uint32_t copy_back(struct v6nf_node *node, const struct packet *received, const struct packet *answer,
                          uint32_t length)
{
    if (answer->frame == received->frame || length == 0u) {
        return length;
    }
    if (length > received->capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    memcpy(received->frame, answer->frame, length);
    return length;
}

/* Every result passes through copy_back(), that of an error about a header, too. */
uint32_t v6nf_ext_input(struct v6nf_node *node, struct packet *packet)
{
    const struct packet received = *packet;
    struct walk walk = {.fragmented = false};
    bool goes_on = read_headers(node, packet, &walk) == GO_ON;
    uint32_t length = goes_on ? dispatch(node, packet, &walk) : walk.frame_length;
    return copy_back(node, &received, packet, length);
}

/* firewall_connection.c: connections of TCP, SCTP and DCCP. Sequence numbers are not followed, so that no window is
 * enforced (RFC 6092, REC-32). A reset therefore only shortens the idle time: a host inside that goes on sending makes
 * the flow an established one again. */
#include "firewall_parts.h"

#define TCP_FLAGS 13u
#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u
#define SCTP_CHUNK 12u /* offset of the type of the first chunk, which may be missing */
#define DCCP_TYPE 8u   /* offset of the type, in the bits from 1 to 4 */
#define WELL_KNOWN_END 1024u

/* Bits of the state. */
#define SEEN_OUTBOUND 0x01u
#define SEEN_INBOUND 0x02u
#define SEEN_BOTH 0x03u
#define CLOSED_OUTBOUND 0x04u
#define CLOSED_INBOUND 0x08u
#define CLOSED_BOTH 0x0Cu
#define WAS_RESET 0x10u

static enum v6nf_firewall_event read_tcp(uint8_t flags)
{
    const bool has_ack = (flags & TCP_ACK) != 0u;
    enum v6nf_firewall_event event = V6NF_FIREWALL_MALFORMED;
    switch (flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
    case 0:
        event = has_ack ? V6NF_FIREWALL_DATA : V6NF_FIREWALL_MALFORMED;
        break;
    case TCP_SYN:
        event = has_ack ? V6NF_FIREWALL_ACCEPT : V6NF_FIREWALL_OPEN;
        break;
    case TCP_FIN:
        event = V6NF_FIREWALL_CLOSE;
        break;
    case TCP_RST:
        event = V6NF_FIREWALL_RESET;
        break;
    default:
        break;
    }
    return event;
}

/* Read the first chunk. INIT and INIT ACK are alone in their packet (RFC 9260, 4.3). */
static enum v6nf_firewall_event read_sctp(uint8_t chunk)
{
    enum v6nf_firewall_event event = V6NF_FIREWALL_DATA;
    switch (chunk) {
    case 1: /* INIT */
        event = V6NF_FIREWALL_OPEN;
        break;
    case 2: /* INIT ACK */
        event = V6NF_FIREWALL_ACCEPT;
        break;
    case 7: /* SHUTDOWN */
    case 8: /* SHUTDOWN ACK */
        event = V6NF_FIREWALL_CLOSE;
        break;
    case 6:  /* ABORT */
    case 14: /* SHUTDOWN COMPLETE */
        event = V6NF_FIREWALL_RESET;
        break;
    default:
        break;
    }
    return event;
}

static enum v6nf_firewall_event read_dccp(uint8_t type)
{
    enum v6nf_firewall_event event = V6NF_FIREWALL_DATA;
    switch (type) {
    case 0: /* DCCP-Request */
        event = V6NF_FIREWALL_OPEN;
        break;
    case 1: /* DCCP-Response */
        event = V6NF_FIREWALL_ACCEPT;
        break;
    case 5: /* DCCP-CloseReq */
    case 6: /* DCCP-Close */
        event = V6NF_FIREWALL_CLOSE;
        break;
    case 7: /* DCCP-Reset */
        event = V6NF_FIREWALL_RESET;
        break;
    default:
        event = type < 10u ? V6NF_FIREWALL_DATA : V6NF_FIREWALL_MALFORMED; /* reserved types (RFC 4340, 5.1) */
        break;
    }
    return event;
}

enum v6nf_firewall_event v6nf_firewall_read_event(const uint8_t *frame, const struct v6nf_chain *chain)
{
    const uint32_t at = chain->upper;
    if (chain->upper_layer == V6NF_CHAIN_TCP && at + TCP_FLAGS < chain->packet_end) {
        return read_tcp(frame[at + TCP_FLAGS]);
    }
    if (chain->upper_layer == V6NF_CHAIN_SCTP) {
        return at + SCTP_CHUNK < chain->packet_end ? read_sctp(frame[at + SCTP_CHUNK]) : V6NF_FIREWALL_MALFORMED;
    }
    if (chain->upper_layer == V6NF_CHAIN_DCCP && at + DCCP_TYPE < chain->packet_end) {
        return read_dccp((frame[at + DCCP_TYPE] >> 1) & 0x0Fu);
    }
    return V6NF_FIREWALL_NO_CONNECTION;
}

enum v6nf_firewall_class v6nf_firewall_first_class(const uint8_t *key, bool is_unanswered)
{
    const uint8_t protocol = key[V6NF_FLOW_KEY_PROTOCOL];
    const bool has_ports = key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_PORTS;
    if (has_ports && protocol == V6NF_CHAIN_DCCP) {
        return V6NF_FIREWALL_TRANSITORY_DCCP;
    }
    if (is_unanswered || (has_ports && (protocol == V6NF_CHAIN_TCP || protocol == V6NF_CHAIN_SCTP))) {
        return V6NF_FIREWALL_TRANSITORY;
    }
    if (!has_ports) {
        return V6NF_FIREWALL_GENERIC;
    }
    return v6nf_load16(key + V6NF_FLOW_KEY_SOURCE_PORT) < WELL_KNOWN_END ||
                   v6nf_load16(key + V6NF_FLOW_KEY_DESTINATION_PORT) < WELL_KNOWN_END
               ? V6NF_FIREWALL_SHORT
               : V6NF_FIREWALL_UDP;
}

/* Return true if the connection has ended: both directions were closed, or it was reset. */
static bool has_ended(uint32_t state)
{
    return (state & WAS_RESET) != 0u || (state & CLOSED_BOTH) == CLOSED_BOTH;
}

/* Return the state after an event. */
static uint32_t next_state(uint32_t state, enum v6nf_firewall_event event, bool is_inbound)
{
    const uint32_t seen = is_inbound ? SEEN_INBOUND : SEEN_OUTBOUND;
    switch (event) {
    case V6NF_FIREWALL_OPEN: /* a new connection with the ports of an old one */
        return !is_inbound || has_ended(state) ? seen : state | seen;
    case V6NF_FIREWALL_DATA:
        return is_inbound ? state | seen : (state | seen) & ~WAS_RESET;
    case V6NF_FIREWALL_CLOSE:
        return state | seen | (is_inbound ? CLOSED_INBOUND : CLOSED_OUTBOUND);
    case V6NF_FIREWALL_RESET:
        return state | WAS_RESET;
    default:
        return state | seen;
    }
}

enum v6nf_firewall_class v6nf_firewall_advance(struct v6nf_firewall_flow *flow, const uint8_t *key,
                                               enum v6nf_firewall_event event, bool is_inbound)
{
    const uint32_t state = next_state(flow->state, event, is_inbound);
    flow->state = (uint8_t)state;
    if (event == V6NF_FIREWALL_NO_CONNECTION || (state & SEEN_BOTH) != SEEN_BOTH || has_ended(state)) {
        return v6nf_firewall_first_class(key, (state & SEEN_OUTBOUND) == 0u);
    }
    return event == V6NF_FIREWALL_DATA ? V6NF_FIREWALL_ESTABLISHED : (enum v6nf_firewall_class)flow->of_class;
}

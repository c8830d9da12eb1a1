/* notify.h: reports of errors to the program that sent a packet. */
#ifndef V6NF_NODE_STATE_NOTIFY_H
#define V6NF_NODE_STATE_NOTIFY_H

#include "../base/packet.h"

/* Report the error to the program that sent the packet, if it asked for that (RFC 4443, 2.4 (d)), and set *reported.
 * Return true if the node can have sent the packet, as far as the quotation shows. Else the error must be ignored (RFC
 * 8201, 4; RFC 4443, 5.2). */
bool v6nf_notify_sender(struct v6nf_node *node, const struct packet_error *error, bool *reported);

/* Report that the node lost this packet of `size` bytes, which waited. status: why; nothing is reported of a packet
 * that was sent or waits again; V6NF_SEND_UNREACHABLE if address resolution failed (RFC 4861, 7.2.2). */
void v6nf_notify_lost(struct v6nf_node *node, const uint8_t *ipv6, uint32_t size, enum v6nf_send_status status);

/* Count the packet in the frame of `length` bytes, which waited, as dropped for `cause`, and report it to its
 * sender. */
void v6nf_notify_dropped(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause);

#endif

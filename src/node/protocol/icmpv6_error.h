/* icmpv6_error.h: ICMPv6 errors that the node sends (RFC 4443, 2.4). */
#ifndef V6NF_NODE_PROTOCOL_ICMPV6_ERROR_H
#define V6NF_NODE_PROTOCOL_ICMPV6_ERROR_H

#include "../base/packet.h"

/* Answer the packet with an ICMPv6 error, if one may be sent (RFC 4443, 2.4 (e) and (f)). Else drop it, for `otherwise`
 * unless the rate limit is the cause. parameter: the four bytes after the checksum. */
uint32_t v6nf_icmpv6_error(struct v6nf_node *node, const struct packet *packet, uint8_t type, uint8_t code,
                           uint32_t parameter, enum v6nf_counter otherwise);

#endif

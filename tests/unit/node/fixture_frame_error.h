/* fixture_frame_error.h: the ICMPv6 error that the node must answer a frame with (RFC 4443, 3). */
#ifndef UNIT_NODE_FIXTURE_FRAME_ERROR_H
#define UNIT_NODE_FIXTURE_FRAME_ERROR_H

#include <arpa/inet.h>
#include <string.h>

#include "fixture_node.h"

#define ERROR_HEADERS 54u /* Ethernet and IPv6 */
#define ERROR_QUOTE (ERROR_HEADERS + 8u)

/* Build the error with which the node answers the packet in `in`: to its source, with `quoted` bytes of it.
 * `parameter` follows the checksum. */
static inline void frame_error_quoting(struct test_frame *frame, const struct test_frame *in, const char *mac_to,
                                       uint8_t type, uint8_t code, uint32_t parameter, uint32_t quoted)
{
    static uint8_t body[4u + 1500u];
    char from[INET6_ADDRSTRLEN];
    char to[INET6_ADDRSTRLEN];
    assert_true(quoted <= sizeof body - 4u);
    for (uint32_t i = 0; i < 4u; i++) {
        body[i] = (uint8_t)(parameter >> (24u - 8u * i) & 0xFFu);
    }
    memcpy(body + 4, in->bytes + 14, quoted);
    assert_non_null(inet_ntop(AF_INET6, in->bytes + 38, from, sizeof from));
    assert_non_null(inet_ntop(AF_INET6, in->bytes + 22, to, sizeof to));
    frame_icmpv6(frame, mac_to, NODE_MAC, from, to, 64, type, code, body, 4u + quoted);
}

/* Build the error with the whole packet, or as much of it as makes an error of 1280 bytes (RFC 4443, 2.4 (c)). */
static inline void frame_error(struct test_frame *frame, const struct test_frame *in, const char *mac_to, uint8_t type,
                               uint8_t code, uint32_t parameter)
{
    uint32_t size = 40u + 256u * in->bytes[18] + in->bytes[19];
    frame_error_quoting(frame, in, mac_to, type, code, parameter, size < 1280u - 48u ? size : 1280u - 48u);
}

#endif

/* fixture_frame_error.h: ICMPv6 errors that the node must send, and that it receives (RFC 4443, 3). */
#ifndef UNIT_NODE_FIXTURE_FRAME_ERROR_H
#define UNIT_NODE_FIXTURE_FRAME_ERROR_H

#include "fixture_node.h"

#define ERROR_HEADERS 54u /* Ethernet and IPv6 */
#define ERROR_QUOTE (ERROR_HEADERS + 8u)

/* Build the error with which the node answers the packet in `in`: to its source, with `quoted` bytes of it. `parameter`
 * follows the checksum. */
void frame_error_quoting(struct test_frame *frame, const struct test_frame *in, const char *mac_to, uint8_t type,
                         uint8_t code, uint32_t parameter, uint32_t quoted);

/* Build the error with the whole packet, or as much of it as makes an error of 1280 bytes (RFC 4443, 2.4 (c)). */
void frame_error(struct test_frame *frame, const struct test_frame *in, const char *mac_to, uint8_t type, uint8_t code,
                 uint32_t parameter);

/* Build an error from a station to the node's address `to`, about a packet of the node, with `quoted` bytes of it. */
void frame_error_from(struct test_frame *frame, const struct test_station *from, const char *to, uint8_t type,
                      uint8_t code, uint32_t parameter, const struct test_frame *about, uint32_t quoted);

#endif

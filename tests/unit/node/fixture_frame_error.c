/* fixture_frame_error.c: see fixture_frame_error.h. */
#include "fixture_frame_error.h"

#include <arpa/inet.h>
#include <string.h>

#include "fixture_bytes.h"

static void build_error(struct test_frame *frame, const char *mac_to, const struct test_station *from, const char *to,
                        uint8_t type, uint8_t code, uint32_t parameter, const struct test_frame *about, uint32_t quoted)
{
    static uint8_t body[4u + 1500u];
    assert_true(quoted <= sizeof body - 4u);
    put32(body, parameter);
    memcpy(body + 4, about->bytes + 14, quoted);
    frame_icmpv6(frame, mac_to, from->mac, from->address, to, 64, type, code, body, 4u + quoted);
}

void frame_error_quoting(struct test_frame *frame, const struct test_frame *in, const char *mac_to, uint8_t type,
                         uint8_t code, uint32_t parameter, uint32_t quoted)
{
    char from[INET6_ADDRSTRLEN];
    char to[INET6_ADDRSTRLEN];
    const struct test_station node = {.mac = NODE_MAC, .address = from};
    assert_non_null(inet_ntop(AF_INET6, in->bytes + 38, from, sizeof from));
    assert_non_null(inet_ntop(AF_INET6, in->bytes + 22, to, sizeof to));
    build_error(frame, mac_to, &node, to, type, code, parameter, in, quoted);
}

void frame_error(struct test_frame *frame, const struct test_frame *in, const char *mac_to, uint8_t type, uint8_t code,
                 uint32_t parameter)
{
    uint32_t size = 40u + read16(in->bytes + 18);
    frame_error_quoting(frame, in, mac_to, type, code, parameter, size < 1280u - 48u ? size : 1280u - 48u);
}

void frame_error_from(struct test_frame *frame, const struct test_station *from, const char *to, uint8_t type,
                      uint8_t code, uint32_t parameter, const struct test_frame *about, uint32_t quoted)
{
    build_error(frame, NODE_MAC, from, to, type, code, parameter, about, quoted);
}

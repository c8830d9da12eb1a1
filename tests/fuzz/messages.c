/* messages.c: received messages other than Neighbor Discovery and DHCPv6: Echo, errors, UDP, MLD, unknown protocols. */
#include "packets.h"

static void begin_any(uint8_t hop_limit)
{
    uint8_t source[16];
    uint8_t destination[16];
    any_source(source);
    any_destination(destination);
    begin(source, destination, hop_limit);
}

void build_echo(void)
{
    begin_any(64);
    put_headers();
    begin_upper(58);
    put8(128), put8(one_in(16) ? any8() : 0u), put16(0);
    put16(7), put16(below(4));
    put_filler(any_length());
    finish();
}

void build_datagram(void)
{
    static const uint16_t ports[8] = {ECHO_PORT,   ECHO_PORT,   ECHO_PORT, SILENT_PORT,
                                      LENGTH_PORT, LENGTH_PORT, 4242,      546};
    uint16_t port = ports[below(8)];
    uint32_t length = any_length();
    begin_any(64);
    put_headers();
    begin_upper(17);
    put16(one_in(16) ? 0u : 4000u + below(2)), put16(port), put16(8u + length), put16(0);
    if (port == LENGTH_PORT && length >= 2u) {
        put16(any_length());
        length -= 2u;
    }
    put_filler(length);
    finish();
}

void build_unknown(void)
{
    static const uint8_t kinds[8] = {59, 253, 6, 132, 50, 51, 0, 41};
    begin_any(64);
    put_headers();
    begin_upper(kinds[below(8)]);
    put_filler(any_length());
    finish();
}

/* -- Errors -------------------------------------------------------------------------------------------------------- */

bool quotation_is_foreign;

/* Quote a packet that the node sent, or one that it cannot have sent. */
static void put_quotation(void)
{
    uint32_t length = 0;
    const uint8_t *frame = frame_sent(below(SENT_FRAMES), &length);
    uint32_t start = built.length;
    quotation_is_foreign = false;
    if (frame == NULL || one_in(32)) {
        uint8_t address[16];
        quotation_is_foreign = one_in(2);
        put32(0x60000000), put16(1400), put8(quotation_is_foreign ? 6 : 17), put8(64);
        any_own(address);
        put(address, 16);
        any_remote(address);
        put(address, 16);
        put16(SILENT_PORT), put16(7), put16(1400), put16(1);
        return;
    }
    uint32_t max_length = one_in(8) ? 40u + below(60) : 1232u;
    put(frame + 14, length - 14u < max_length ? length - 14u : max_length);
    if (one_in(16)) {
        built.bytes[start + 6u] = 6;
        quotation_is_foreign = true;
    }
    if (one_in(8)) {
        put_filler(below(64)); /* padding, or extensions of the message (RFC 4884) */
    }
}

void build_error(void)
{
    static const uint8_t types[8] = {2, 2, 2, 2, 1, 3, 4, 100};
    static const uint16_t mtus[8] = {1280, 1280, 1281, 1300, 1400, 1499, 1279, 0};
    uint8_t source[16];
    uint8_t destination[16];
    uint8_t type = types[below(8)];
    any_source(source);
    any_own(destination);
    begin(source, destination, 64);
    if (one_in(8)) {
        put_headers();
    }
    begin_upper(58);
    put8(type), put8(type == 2u ? 0u : below(5)), put16(0);
    if (type == 2u) {
        put32(one_in(32) ? any_time() : mtus[below(8)]);
    } else {
        put32(one_in(4) ? (uint32_t)any8() << 24 : below(80));
    }
    put_quotation();
    finish();
}

/* Build an Echo Reply to the latest Echo Request of the node. */
void build_reply(void)
{
    uint32_t length = 0;
    const uint8_t *frame = NULL;
    for (uint32_t i = 0; i < SENT_FRAMES; i++) {
        frame = frame_sent(i, &length);
        if (frame != NULL && frame[20] == 58u && frame[54] == 128u) {
            begin_icmpv6(frame + 38, frame + 22, 64, 129, 0);
            put(frame + 58, length - 58u);
            finish();
            return;
        }
    }
    begin_any(64);
    begin_upper(58);
    put8(129), put8(0), put16(0), put32(any_time());
    finish();
}

/* -- MLD ----------------------------------------------------------------------------------------------------------- */

void build_query(void)
{
    static const uint8_t types[8] = {130, 130, 130, 130, 130, 131, 132, 143};
    uint8_t source[16];
    uint8_t group[16];
    uint8_t type = types[below(8)];
    any_router(source);
    any_group(group);
    bool is_general = type == 130u && one_in(2);
    uint8_t all_nodes[16] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    begin(source, is_general ? all_nodes : group, 1);
    put8(58), put8(0), put8(5), put8(2), put16(0), put8(1), put8(0); /* Hop-by-Hop Options with Router Alert */
    built.bytes[20] = 0;
    built.next_header_at = 54;
    begin_upper(58);
    put8(type), put8(0), put16(0);
    put16(type == 143u ? 0u : any_time()), put16(type == 143u ? 1u : 0u);
    if (is_general) {
        memset(group, 0, sizeof group);
    }
    if (type == 143u) {
        put8(1u + below(6)), put8(0), put16(0);
    }
    put(group, 16);
    if (type == 130u && !one_in(3)) {
        uint32_t sources = is_general ? 0u : below(4);
        put8(any8()), put8(any8()), put16(sources);
        for (uint32_t i = 0; i < sources; i++) {
            any_source(source);
            put(source, 16);
        }
    }
    finish();
}

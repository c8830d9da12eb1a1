/* chain.c: proof of the walk of headers (src/nf/chain.c), for any bytes at exact lengths. */
#include "src/nf/chain.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"
#include "src/wire/ether.c"
#include "src/wire/ext.c"

#include "any_driver.h"

/* Check that offsets are inside, and read the Fragment header. What else holds of them is proved by WP. */
static void use_chain(const struct v6nf_chain *chain, const uint8_t *bytes, uint32_t end)
{
    must(chain->packet <= end);
    must(chain->upper <= end);
    must(chain->packet_end <= end);
    if (chain->fragment != 0u) {
        (void)v6nf_load32(bytes + chain->fragment + V6NF_FRAGMENT_IDENTIFICATION);
    }
}

/* Read the packet at the beginning of the bytes, which are an exact number, as a packet and as a quotation. */
static void prove_packet(uint32_t length)
{
    struct v6nf_chain chain;
    const uint8_t *bytes = any_bytes(length);
    (void)v6nf_chain_read_packet(&chain, bytes, 0, length);
    use_chain(&chain, bytes, length);
    (void)v6nf_chain_read_quote(&chain, bytes, 0, length);
    use_chain(&chain, bytes, length);
}

/* Read a frame of any content, but for these bytes after its addresses. ../eva/packet.c has frames of any content. */
static void prove_frame(uint32_t length, const uint8_t *types, uint32_t size)
{
    struct v6nf_chain chain;
    uint8_t *frame = any_bytes(length);
    for (uint32_t i = 0; i < size; i++) {
        frame[V6NF_ETHER_TYPE + i] = types[i];
    }
    (void)v6nf_chain_read(&chain, frame, length);
    use_chain(&chain, frame, length);
}

int main(void)
{
    static const uint8_t tagged[] = {0x88, 0xA8, 0, 1, 0x91, 0, 0, 1, 0x81, 0, 0, 1, 0x81, 0, 0, 1, 0x81, 0};
    static const uint8_t snap[] = {0, 80, 0xAA, 0xAA, 3, 0, 0, 0, 0x86, 0xDD};
    static const uint8_t bridged[] = {0, 80, 0xAA, 0xAA, 3, 0, 0, 0xF8, 0x86, 0xDD};
    static const uint8_t unknown[] = {0, 80, 0xAA, 0xAA, 3, 0, 1, 1};
    static const uint8_t others[] = {8, 0, 0, 80, 0x42, 0x42, 3, 0, 0, 0};
    for (uint32_t length = 0; length <= 72u; length++) {
        prove_packet(length);
    }
    prove_packet(120);
    prove_packet(4000);
    prove_frame(12, snap, 0);
    prove_frame(15, snap, 3);
    prove_frame(100, snap + 8, 2);
    prove_frame(100, snap, sizeof snap);
    prove_frame(100, bridged, sizeof bridged);
    prove_frame(100, unknown, sizeof unknown);
    prove_frame(100, tagged, sizeof tagged);
    prove_frame(100, others, 2);
    prove_frame(100, others + 2, 8);
    return 0;
}

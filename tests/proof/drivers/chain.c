/* chain.c: proof of the walk of headers (src/nf/chain.c), for any bytes at exact lengths. */
#include "src/nf/chain.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"
#include "src/wire/ether.c"
#include "src/wire/ext.c"

#include "any_driver.h"

/* Read what a caller may read of the result. */
static void use_chain(const struct v6nf_chain *chain, const uint8_t *bytes, uint32_t end)
{
    must(chain->packet <= chain->upper && chain->upper <= chain->packet_end && chain->packet_end <= end);
    must(chain->end == V6NF_CHAIN_UPPER_LAYER || chain->upper == chain->packet_end);
    if (chain->end == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == V6NF_NEXT_HEADER_UDP) {
        (void)v6nf_load16(bytes + chain->upper + 6u);
    }
    if (chain->end == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6) {
        (void)v6nf_load16(bytes + chain->upper + 2u);
    }
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

/* Read a frame with these EtherTypes, the second one behind a VLAN tag. ../eva/packet.c has frames of any content. */
static void prove_frame(uint32_t length, uint16_t type, uint16_t inner)
{
    struct v6nf_chain chain;
    uint8_t *frame = any_bytes(length);
    if (length >= 18u) {
        v6nf_store16(frame + V6NF_ETHER_TYPE, type);
        v6nf_store16(frame + V6NF_ETHER_TYPE + V6NF_ETHER_TAG_SIZE, inner);
    }
    (void)v6nf_chain_read(&chain, frame, length);
    use_chain(&chain, frame, length);
}

int main(void)
{
    for (uint32_t length = 0; length <= 72u; length++) {
        prove_packet(length);
    }
    prove_packet(120);
    prove_packet(4000);
    prove_frame(12, 0, 0);
    prove_frame(100, V6NF_ETHER_TYPE_IPV6, 0);
    prove_frame(100, V6NF_ETHER_TYPE_VLAN, V6NF_ETHER_TYPE_IPV6);
    prove_frame(100, 0x0800, 0);
    return 0;
}

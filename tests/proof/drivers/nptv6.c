/* nptv6.c: proof of prefix translation (src/nf/nptv6.c), for any bytes at exact lengths and any prefixes. */
#include "src/nf/chain.c"
#include "src/nf/nptv6.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"
#include "src/wire/ether.c"
#include "src/wire/ext.c"

#include "any_driver.h"

static struct v6nf_nptv6_direction any_direction(bool is_long)
{
    return (struct v6nf_nptv6_direction){any64, any64, any64, any16, is_long};
}

/* Translate a packet at the beginning of the bytes, which are an exact number. */
static void prove_packet(struct v6nf_nptv6 *nptv6, uint32_t length)
{
    (void)v6nf_nptv6_outbound(nptv6, any_bytes(length), 0, length);
    (void)v6nf_nptv6_inbound(nptv6, any_bytes(length), 0, length);
}

int main(void)
{
    struct v6nf_nptv6 nptv6;
    struct v6nf_chain chain;
    uint8_t internal[16];
    uint8_t external[16];
    any_fill(internal, sizeof internal);
    any_fill(external, sizeof external);
    (void)v6nf_nptv6_init(&nptv6, internal, external, any32);
    nptv6.outward = any_direction(any_bool());
    nptv6.inward = any_direction(any_bool());
    for (uint32_t length = 36; length <= 52u; length++) {
        prove_packet(&nptv6, length);
    }
    for (uint32_t length = 85; length <= 90u; length++) {
        prove_packet(&nptv6, length);
    }
    prove_packet(&nptv6, 120);
    prove_packet(&nptv6, 1500);
    (void)v6nf_chain_read_quote(&chain, any_bytes(80), 0, 80); /* reaches what a translator does not */
    return 0;
}

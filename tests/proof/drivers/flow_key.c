/* flow_key.c: proof of the keys of flows (src/nf/flow_key.c), for any bytes and any chain that ends within them. */
#include "src/nf/flow_key.c"
#include "src/nf/chain.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"
#include "src/wire/ext.c"

#include "any_driver.h"

/* Read the flow of `length` bytes, with a chain that ends there, has these offsets and else any content. */
static void prove_flow(uint32_t length, uint32_t packet, uint32_t upper)
{
    const uint8_t *bytes = any_bytes(length);
    struct v6nf_chain chain = {.end = (enum v6nf_chain_end)(any8 % 10u),
                               .headers = any32,
                               .packet = packet,
                               .packet_end = length,
                               .fragment = any_below(4096u),
                               .authentication = any_below(4096u),
                               .upper = upper,
                               .upper_layer = any8};
    struct v6nf_chain whole;
    struct v6nf_flow flow;
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    must(v6nf_flow_key_read(&flow, bytes, &chain) <= V6NF_FLOW_LATER_FRAGMENT);
    (void)v6nf_flow_key_fragment(key, bytes, &chain);
    (void)v6nf_flow_key_sort(flow.key);
    v6nf_flow_key_reverse(flow.key);
    (void)flow.key[V6NF_FLOW_KEY_SIZE - 1u];
    (void)v6nf_chain_read_packet(&whole, bytes, 0, length);
}

int main(void)
{
    for (uint32_t length = 0; length <= 64u; length += 8u) {
        prove_flow(length, 0, 40);
    }
    prove_flow(92, 4, 44);
    prove_flow(100, 4, 44);
    prove_flow(108, 4, 52);
    prove_flow(124, 4, 52);
    prove_flow(100, 4000, 0);
    prove_flow(100, 0, 4000);
    return 0;
}

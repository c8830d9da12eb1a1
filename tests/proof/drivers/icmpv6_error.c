/* icmpv6_error.c: proof of the errors about packets that pass through (src/nf/icmpv6_error.c): any packet in a buffer
 * of exact size, any time. */
#include "src/nf/icmpv6_error.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"

#undef WORD_ROUNDS
#undef END_ROUNDS
#include "src/table/hash.c"

#include "any_driver.h"

#define SOURCES 5u

static struct v6nf_token_bucket sources[SOURCES];

/* Answer a packet from `packet` to `end`, with a chain of else any content, in a buffer of `capacity` bytes. */
static void prove_error(struct v6nf_icmpv6_limit *limit, uint32_t packet, uint32_t end, uint32_t capacity)
{
    const uint8_t address[V6NF_ADDRESS_SIZE] = {any8, any8};
    const uint8_t mac[V6NF_ETHER_ADDRESS_SIZE] = {any8, any8};
    const struct v6nf_icmpv6_error error = {
        .type = any8, .code = any8, .hop_limit = any8, .parameter = any32, .source = address, .mac = mac};
    struct v6nf_chain chain = {.end = (enum v6nf_chain_end)(any8 % 10u),
                               .packet = packet,
                               .packet_end = end,
                               .upper = any_below(4096u),
                               .upper_layer = any8};
    uint8_t *frame = any_bytes(capacity);
    must(v6nf_icmpv6_error_answer(limit, &error, frame, capacity, &chain, any64) <= capacity);
}

int main(void)
{
    static struct v6nf_icmpv6_limit limit;
    uint8_t secret[V6NF_ICMPV6_LIMIT_SECRET_SIZE];
    const struct v6nf_icmpv6_rates rates = {any32, any32, any32, any32};
    any_fill(secret, sizeof secret);
    must(!v6nf_icmpv6_limit_init(&limit, sources, 0u, &rates, secret, any64));
    must(!v6nf_icmpv6_limit_take(&limit, secret, any64));
    must(v6nf_icmpv6_limit_init(&limit, sources, SOURCES, &rates, secret, any64));
    prove_error(&limit, 14u, 54u, 54u);
    prove_error(&limit, 14u, 54u, 101u);
    prove_error(&limit, 14u, 54u, 102u);
    for (uint32_t length = 1; length < 64u; length += 6u) {
        prove_error(&limit, 14u, 54u + length, 200u);
    }
    prove_error(&limit, 14u, 80u, 110u);
    prove_error(&limit, 30u, 1400u, 1400u);
    prove_error(&limit, 22u, 1400u, 9000u);
    prove_error(&limit, 0u, 54u, 200u);
    return 0;
}

/* answer.c: see answer.h. */
#include "answer.h"

#include "nf.h"
#include "v6nf/wire/address.h"
#include "v6nf/wire/ether.h"

#define HOP_LIMIT 64u

_Static_assert(NF_SECRET_SIZE >= V6NF_ICMPV6_LIMIT_SECRET_SIZE, "a secret is long enough");

void answer_start(struct answers *answers, const uint8_t *secret)
{
    static const struct v6nf_icmpv6_rates rates = {.rate = 100, .burst = 100, .source_rate = 10, .source_burst = 10};
    (void)v6nf_icmpv6_limit_init(&answers->limit, answers->sources, ANSWER_SOURCES, &rates, secret, 0);
}

uint32_t answer_packet(struct answers *answers, uint8_t type, uint8_t code, uint32_t parameter, uint8_t *frame,
                       uint32_t length, uint32_t capacity, uint64_t now)
{
    struct v6nf_chain chain;
    struct v6nf_address source;
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    if (v6nf_chain_read(&chain, frame, length) < V6NF_CHAIN_LATER_FRAGMENT) {
        return 0;
    }
    v6nf_address_copy(source.bytes, frame + chain.packet + V6NF_IPV6_DESTINATION);
    v6nf_ether_address_copy(mac, frame + V6NF_ETHER_DESTINATION);
    const struct v6nf_icmpv6_error error = {type, code, HOP_LIMIT, parameter, source.bytes, mac};
    return v6nf_icmpv6_error_answer(&answers->limit, &error, frame, capacity, &chain, now);
}

/* siit.c: proof of the ICMP errors and the addresses of the translator between IPv6 and IPv4 (src/nf/siit_error.c,
 * src/nf/siit_map.c), for any bytes at exact lengths and any configuration. */
#include "src/nf/siit_error.c"
#include "src/nf/siit_map.c"
#include "src/table/hash.c"
#include "src/wire/address.c"
#include "src/wire/bytes.c"
#include "src/wire/checksum.c"

#include "any_driver.h"

static struct v6nf_siit_pair pairs[V6NF_SIIT_PAIRS_MAX];

/* Answer a packet at offset 14 in a buffer of exact size. */
static void prove_siit_error(const struct v6nf_siit *siit, uint32_t length, uint32_t capacity)
{
    const struct v6nf_siit_outcome outcome = {
        .result = any_bool() ? V6NF_SIIT_ERROR : V6NF_SIIT_DROPPED, .type = any8, .code = any8, .parameter = any32};
    const struct v6nf_token_bucket_limit limit = {.rate = 1, .burst = 2000000, .full = 2000000};
    struct v6nf_token_bucket bucket = {.filled = 0, .tokens = any_bool() ? 2000000u : 0u};
    uint8_t mac[6];
    any_fill(mac, sizeof mac);
    (void)v6nf_siit_error_answer(siit, &outcome, &bucket, &limit, any_bytes(capacity), 14, length, capacity, mac, 0);
}

int main(void)
{
    struct v6nf_siit siit;
    static const uint32_t lengths[] = {32, 40, 48, 56, 64, 96};
    struct siit_message message;
    uint8_t secret[V6NF_SIIT_SECRET_SIZE];
    uint8_t address[V6NF_ADDRESS_SIZE];
    struct v6nf_siit_config config = {.prefix_length = any32,
                                      .pool_length = any32,
                                      .pairs = pairs,
                                      .pairs_count = any32,
                                      .mtu6 = any32,
                                      .mtu4 = any32,
                                      .lowest_mtu6 = any32};
    any_fill(secret, sizeof secret);
    any_fill((uint8_t *)pairs, sizeof pairs);
    any_fill(config.prefix.bytes, sizeof config.prefix.bytes);
    any_fill(config.pool, sizeof config.pool);
    any_fill(config.router, sizeof config.router);
    (void)v6nf_siit_init(&siit, &config, secret);
    config.pairs_count = 2;
    config.mtu6 = 1500;
    config.mtu4 = 1500;
    for (uint32_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        config.prefix_length = lengths[i];
        config.lowest_mtu6 = i == 0u ? 1501u : 1280u;
        (void)v6nf_siit_init(&siit, &config, secret);
        siit.config = config;
        siit.is_ready = any_bool();
        siit.is_well_known = any_bool();
        (void)v6nf_siit_map_ipv4(&siit, address, any_bytes(4));
        (void)v6nf_siit_map_ipv6(&siit, address, any_bytes(16));
        (void)v6nf_siit_is_inside(&siit, any_bytes(4));
    }
    for (uint32_t type = 0; type <= 130u; type++) {
        message = (struct siit_message){(uint8_t)type, any8, any32};
        (void)v6nf_siit_message_to_ipv4(&siit, &message);
        message = (struct siit_message){(uint8_t)type, any8, any32};
        (void)v6nf_siit_message_to_ipv6(&siit, &message, any16);
    }
    prove_siit_error(&siit, 13, 20);
    prove_siit_error(&siit, 33, 62);
    prove_siit_error(&siit, 60, 87);
    prove_siit_error(&siit, 60, 88);
    prove_siit_error(&siit, 1000, 1028);
    return 0;
}

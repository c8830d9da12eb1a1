/* dhcpv6.c: Eva driver of wire/dhcpv6.h. */
#include "v6nf/wire/dhcpv6.h"

#include "any.h"

static uint8_t dhcpv6_duid[V6NF_DHCPV6_DUID_MAX];
static uint16_t dhcpv6_codes[V6NF_DHCPV6_OPTIONS_MAX];
static struct v6nf_address dhcpv6_addresses[V6NF_DHCPV6_OPTIONS_MAX];
static struct v6nf_dhcpv6_prefix dhcpv6_prefixes[V6NF_DHCPV6_PREFIXES_MAX];

/* Find an option of any code and length at `at`; access its data. */
static void prove_dhcpv6_option(uint32_t at, uint32_t length)
{
    struct v6nf_dhcpv6_option option;
    uint8_t *message = any_bytes(length);
    if (v6nf_dhcpv6_option(message, at, length, &option)) {
        for (uint32_t i = option.data; i < option.end; i++) {
            message[i] = any8;
        }
    }
}

/* Read a message of any content, and the lists in it. */
static void prove_dhcpv6_read(uint32_t length)
{
    struct v6nf_dhcpv6_message message;
    struct v6nf_dhcpv6_lease lease;
    uint8_t *bytes = any_bytes(length);
    if (!v6nf_dhcpv6_read(bytes, length, any32, &message)) {
        return;
    }
    uint32_t at = message.na.options.at;
    for (uint32_t i = 0; i < 4u && v6nf_dhcpv6_next_address(bytes, &at, message.na.options.end, &lease); i++) {
        at = at + 0u;
    }
    struct v6nf_dhcpv6_prefix prefix;
    at = message.pd.options.at;
    for (uint32_t i = 0; i < 2u && v6nf_dhcpv6_next_prefix(bytes, &at, message.pd.options.end, &prefix); i++) {
        at = at + 0u;
    }
    struct v6nf_dhcpv6_bytes name;
    at = message.domains.at;
    for (uint32_t i = 0; i < 4u && v6nf_dhcpv6_next_domain(bytes, &at, message.domains.end, &name); i++) {
        at = at + 0u;
    }
}

/* Read a message with one option: `code` and `size` have one value in each state. */
static void prove_dhcpv6_read_one(uint16_t code, uint32_t size)
{
    struct v6nf_dhcpv6_message message;
    uint32_t length = V6NF_DHCPV6_HEADER_SIZE + V6NF_DHCPV6_OPTION_SIZE + size;
    uint8_t *bytes = any_bytes(length);
    v6nf_store16(bytes + V6NF_DHCPV6_HEADER_SIZE, code);
    v6nf_store16(bytes + V6NF_DHCPV6_HEADER_SIZE + 2u, (uint16_t)size);
    (void)v6nf_dhcpv6_read(bytes, length, any32, &message);
}

/* Read an address from an IA_NA of any content. */
static void prove_dhcpv6_address(uint32_t at, uint32_t length)
{
    struct v6nf_dhcpv6_lease lease;
    (void)v6nf_dhcpv6_next_address(any_bytes(length), &at, length, &lease);
}

/* Read a prefix from an IA_PD of any content. */
static void prove_dhcpv6_prefix(uint32_t at, uint32_t length)
{
    struct v6nf_dhcpv6_prefix prefix;
    (void)v6nf_dhcpv6_next_prefix(any_bytes(length), &at, length, &prefix);
}

/* Read a name from a search list of any content. */
static void prove_dhcpv6_domain(uint32_t at, uint32_t length)
{
    struct v6nf_dhcpv6_bytes name;
    uint8_t *bytes = any_bytes(length);
    if (v6nf_dhcpv6_next_domain(bytes, &at, length, &name)) {
        for (uint32_t i = name.at; i < name.end; i++) {
            bytes[i] = any8;
        }
    }
}

static void prove_dhcpv6_write(uint32_t duid_size, uint32_t requested, uint32_t addresses, uint32_t prefixes, bool more)
{
    struct v6nf_dhcpv6_content content = {.type = any8,
                                          .rapid_commit = more,
                                          .has_ia = more,
                                          .has_pd = more,
                                          .elapsed = any16,
                                          .transaction = any32,
                                          .client_id = dhcpv6_duid,
                                          .client_id_size = duid_size,
                                          .server_id = dhcpv6_duid,
                                          .server_id_size = more ? duid_size : 0u,
                                          .requested = dhcpv6_codes,
                                          .requested_count = requested,
                                          .iaid = any32,
                                          .addresses = dhcpv6_addresses,
                                          .addresses_count = addresses,
                                          .prefixes = dhcpv6_prefixes,
                                          .prefixes_count = prefixes};
    uint32_t size = 10u + (duid_size != 0u ? 4u + duid_size : 0u) + (requested != 0u ? 4u + 2u * requested : 0u);
    if (more) {
        size += 20u + 28u * addresses + 16u + 29u * prefixes + (duid_size != 0u ? 4u + duid_size : 0u);
    }
    (void)v6nf_dhcpv6_write(any_bytes(size), size, &content);
    (void)v6nf_dhcpv6_write(any_bytes(size - 1u), size - 1u, &content);
}

/* Refuse contents of which one part is too long. */
static void prove_dhcpv6_write_nothing(void)
{
    struct v6nf_dhcpv6_content content[5] = {{.client_id_size = V6NF_DHCPV6_DUID_MAX + 1u},
                                             {.server_id_size = V6NF_DHCPV6_DUID_MAX + 1u},
                                             {.requested_count = V6NF_DHCPV6_OPTIONS_MAX + 1u},
                                             {.addresses_count = V6NF_DHCPV6_OPTIONS_MAX + 1u},
                                             {.prefixes_count = V6NF_DHCPV6_PREFIXES_MAX + 1u}};
    for (uint32_t i = 0; i < 5u; i++) {
        (void)v6nf_dhcpv6_write(any_bytes(0), 0, &content[i]);
    }
}

static void prove_dhcpv6_writes(void)
{
    const uint32_t sizes[] = {0, 3, 10, V6NF_DHCPV6_DUID_MAX};
    any_fill(dhcpv6_duid, V6NF_DHCPV6_DUID_MAX);
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        prove_dhcpv6_write(sizes[i], 0, 0, 0, false);
        prove_dhcpv6_write(sizes[i], 4, 0, 0, true);
        prove_dhcpv6_write(sizes[i], 3, 3, 1, true);
    }
    prove_dhcpv6_write(3, V6NF_DHCPV6_OPTIONS_MAX, V6NF_DHCPV6_OPTIONS_MAX, V6NF_DHCPV6_PREFIXES_MAX, true);
    prove_dhcpv6_write_nothing();
    v6nf_dhcpv6_write_duid_ll(any_bytes(V6NF_DHCPV6_DUID_LL_SIZE), dhcpv6_duid);
}

static void prove_dhcpv6_options(void)
{
    for (uint32_t length = 0; length <= 24u; length++) {
        for (uint32_t at = 0; at <= length; at += 4u) {
            prove_dhcpv6_option(at, length);
        }
    }
    prove_dhcpv6_option(0xFFFFFFFEu, 8);
}

static void prove_dhcpv6_reads(void)
{
    const uint16_t codes[] = {
        V6NF_DHCPV6_OPTION_CLIENT_ID,    V6NF_DHCPV6_OPTION_IA_NA,       V6NF_DHCPV6_OPTION_PREFERENCE,
        V6NF_DHCPV6_OPTION_STATUS,       V6NF_DHCPV6_OPTION_DNS_SERVERS, V6NF_DHCPV6_OPTION_DOMAINS,
        V6NF_DHCPV6_OPTION_REFRESH_TIME, V6NF_DHCPV6_OPTION_SOL_MAX_RT,  V6NF_DHCPV6_OPTION_IA_PD};
    const uint32_t large[] = {400, 1440, 8952};
    for (uint32_t length = 0; length <= 40u; length++) {
        prove_dhcpv6_read(length);
        prove_dhcpv6_address(0, length);
        prove_dhcpv6_address(4, length);
        prove_dhcpv6_prefix(0, length);
        prove_dhcpv6_domain(0, length);
        prove_dhcpv6_domain(length / 2u, length);
    }
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        for (uint32_t size = 0; size <= 18u; size++) {
            prove_dhcpv6_read_one(codes[i], size);
        }
    }
    for (uint32_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        prove_dhcpv6_read(large[i]);
    }
}

static void prove_dhcpv6(void)
{
    prove_dhcpv6_options();
    prove_dhcpv6_reads();
    prove_dhcpv6_writes();
}

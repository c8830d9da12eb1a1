/* settings.h: what the user of an example asked for, from arguments as main() gets them. It makes no difference whether
 * they come from a shell or from the command line of a kernel. */
#ifndef EXAMPLES_SETTINGS_H
#define EXAMPLES_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/wire/address.h"
#include "v6nf/config.h"
#include "v6nf/env.h"
#include "v6nf/ping.h"

/* The link-local address is one of the node's, and not set by the user. */
#define SETTINGS_ADDRESSES (V6NF_ADDRESSES - 1u)

/* Bytes of the secret that stable, opaque addresses are made with (RFC 7217). */
#define SETTINGS_SECRET_SIZE 16u

struct settings {
    bool help;
    const char *tap;  /* NULL if not given */
    bool has_pci;
    struct v6nf_env_pci_address pci;
    bool without_iommu; /* take the card where there is no IOMMU, too */
    const char *pcap; /* NULL if not given */
    bool virtual_function;
    bool has_virtio;
    uint32_t virtio; /* the physical address of its registers */
    bool has_lan9118;
    uint32_t lan9118; /* the same */
    bool has_mac;
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    uint32_t addresses_count;
    struct v6nf_address addresses[SETTINGS_ADDRESSES];
    uint32_t prefix_lengths[SETTINGS_ADDRESSES];
    bool no_slaac;
    bool temporary;
    bool dhcp;
    bool has_secret;
    bool no_secret;
    uint8_t secret[SETTINGS_SECRET_SIZE];
    bool has_gateway;
    struct v6nf_address gateway;
#if V6NF_GROUPS > 0u
    uint32_t groups_count;
    struct v6nf_address groups[V6NF_GROUPS];
#endif
    uint64_t stats; /* microseconds between printings of the counters; 0 for none */

    /* Of ping alone; the identifier is not set. */
    bool has_destination;
    struct v6nf_ping_config ping;
};

/* Why arguments were not understood: which one, its value (NULL if that is not what is wrong), and what to do. */
struct settings_error {
    const char *argument;
    const char *value;
    const char *problem;
};

/* Reads argv[1] to argv[argc - 1], which must outlive *settings; `pings` tells whether the options of ping are among
 * those that are known. Returns false, with *error filled, at the first that cannot be understood; error is all NULL
 * otherwise. */
bool settings_parse(struct settings *settings, bool pings, int argc, char *const *argv, struct settings_error *error);

/* Reads a secret, 32 hexadecimal digits and nothing after them, into settings->secret. Returns false for anything
 * else. */
bool settings_read_secret(struct settings *settings, const char *text);

/* Prints a line for each option that settings_parse() knows. */
void settings_print_options(bool pings);

#endif

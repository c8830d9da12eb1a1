/* settings.h: the options of an example, from the arguments of a shell or from a kernel's command line. */
#ifndef EXAMPLES_SETTINGS_H
#define EXAMPLES_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/wire/address.h"
#include "v6nf/config.h"
#include "v6nf/env.h"
#include "v6nf/ping.h"

/* The link-local address is one of the node's addresses, and is not set by the user. */
#define SETTINGS_ADDRESSES (V6NF_ADDRESSES - 1u)

/* Bytes of the secret from which stable, opaque addresses are formed (RFC 7217). */
#define SETTINGS_SECRET_SIZE 16u

struct settings {
    bool help;
    const char *tap;  /* NULL if not given */
    bool has_pci;
    struct v6nf_env_pci_address pci;
    bool without_iommu; /* drive the card even without an IOMMU */
    const char *pcap;   /* NULL if not given */
    bool virtual_function;
    bool has_virtio;
    uint32_t virtio; /* physical address of its registers */
    bool has_lan9118;
    uint32_t lan9118; /* physical address of its registers */
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
    uint64_t stats; /* microseconds between two prints of the counters, 0 for none */

    /* For ping alone. The identifier is not set. */
    bool has_destination;
    struct v6nf_ping_config ping;
};

/* A wrong argument, its value (NULL if the value is not the cause), and what to do. */
struct settings_error {
    const char *argument;
    const char *value;
    const char *problem;
};

/* Read argv[1] to argv[argc - 1], which must outlive *settings. pings: accept the options of ping, too.
 * Return false at the first wrong argument, and describe it in *error. Otherwise every pointer in *error is NULL. */
bool settings_parse(struct settings *settings, bool pings, int argc, char *const *argv, struct settings_error *error);

/* Read a secret of exactly 32 hexadecimal digits into settings->secret. Return false for any other text. */
bool settings_read_secret(struct settings *settings, const char *text);

/* Print the options that settings_parse() accepts. */
void settings_print_options(bool pings);

#endif

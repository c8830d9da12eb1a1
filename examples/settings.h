/* settings.h: the settings of an example, from arguments as main() gets them: those of a shell, or of the command line
 * of a kernel. */
#ifndef EXAMPLES_SETTINGS_H
#define EXAMPLES_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/config.h"
#include "v6nf/env.h"
#include "v6nf/ping.h"
#include "v6nf/wire/address.h"

/* Addresses that the user can set. The node forms its link-local address by itself. */
#define SETTINGS_ADDRESSES (V6NF_ADDRESSES - 1u)

/* Bytes of the secret of stable, opaque addresses (RFC 7217). */
#define SETTINGS_SECRET_SIZE 16u

struct settings {
    bool help;
    const char *tap;    /* NULL if not given */
    const char *xdp;    /* the same */
    uint32_t xdp_pause; /* microseconds */
    bool has_pci;
    struct v6nf_env_pci_address pci;
    bool without_iommu; /* use the card even without an IOMMU */
    uint32_t mtu;       /* of the card */
    bool checksums;     /* by the card */
    const char *pcap;   /* NULL if not given */
    bool virtual_function;
    bool has_virtio;
    uint32_t virtio; /* physical address of its registers */
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
#if V6NF_DHCPV6
    bool dhcp_prefix;
    uint32_t dhcp_prefix_length; /* 0: any */
#endif
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

    /* Of ping alone. The identifier is not set. */
    bool has_destination;
    struct v6nf_ping_config ping;
};

/* Argument that is not valid, its value (NULL if the value is not the problem), and the problem. */
struct settings_error {
    const char *argument;
    const char *value;
    const char *problem;
};

/* Read argv[1] to argv[argc - 1], which must outlive *settings.
 * pings: accept the options of ping, too.
 * Return false at the first argument that is not valid, with *error filled; otherwise *error is all NULL. */
bool settings_parse(struct settings *settings, bool pings, int argc, char *const *argv, struct settings_error *error);

/* Read a secret of exactly 32 hexadecimal digits into settings->secret. Return false for anything else. */
bool settings_read_secret(struct settings *settings, const char *text);

/* Print the name and the meaning of each option of settings_parse(). */
void settings_print_options(bool pings);

#endif

/* settings.c: read the options of the examples. */
#include "settings.h"

#include "v6nf/driver/nic.h"
#include "v6nf/driver/xdp_interface.h"
#include "v6nf/print.h"
#include "v6nf/text.h"
#include "v6nf/wire/ether.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */
#define MTU_DEFAULT 1500u
#define SECONDS_MAX 86400u /* a day, as v6nf_ping_start() takes */
#define NAME_MAX 15u       /* characters of an interface's name; IFNAMSIZ less one */

static bool is_unicast(const struct v6nf_address *address)
{
    return !v6nf_address_is_multicast(address->bytes) && !v6nf_address_is_unspecified(address->bytes) &&
           !v6nf_address_is_loopback(address->bytes);
}

/* -- One function for each option. Each returns the problem of the text, or NULL. --------------------------------- */

static bool read_seconds(uint64_t *microseconds, const char *text)
{
    return v6nf_text_parse_seconds(microseconds, text, SECONDS_MAX) && *microseconds > 0u;
}

static const char seconds_problem[] = "not a number of seconds, such as 0.5 (more than 0, at most 86400)";
static const char address_problem[] = "not a unicast IPv6 address, such as fd00::1";

static const char *read_interface(const char **name, const char *text)
{
    uint32_t length = 0;
    while (length <= NAME_MAX && text[length] != '\0') {
        length++;
    }
    *name = text;
    return length > 0u && length <= NAME_MAX ? NULL : "not an interface name: 1 to 15 characters";
}

static const char *read_tap(struct settings *settings, const char *text)
{
    return read_interface(&settings->tap, text);
}

static const char *read_xdp(struct settings *settings, const char *text)
{
    return read_interface(&settings->xdp, text);
}

static const char *read_xdp_pause(struct settings *settings, const char *text)
{
    bool valid = v6nf_text_parse_number(&settings->xdp_pause, text, V6NF_XDP_PAUSE_MAX);
    return valid ? NULL : "not a number of microseconds: 0 to 1000";
}

static const char *read_pci(struct settings *settings, const char *text)
{
    settings->has_pci = v6nf_text_parse_pci_address(&settings->pci, text);
    return settings->has_pci ? NULL : "not the address of a PCI device, such as 0000:01:00.0";
}

static const char *read_without_iommu(struct settings *settings, const char *text)
{
    (void)text;
    settings->without_iommu = true;
    return NULL;
}

static const char *read_mtu(struct settings *settings, const char *text)
{
    bool valid = v6nf_text_parse_number(&settings->mtu, text, V6NF_NIC_MTU_MAX) && settings->mtu >= MTU_MIN;
    return valid ? NULL : "not an MTU of a network card: 1280 to 9706";
}

static const char registers_problem[] = "not the address of registers, 1 to 8 hexadecimal digits";

static const char *read_virtio(struct settings *settings, const char *text)
{
    settings->has_virtio = v6nf_text_parse_hex(&settings->virtio, text);
    return settings->has_virtio ? NULL : registers_problem;
}

static const char *read_lan9118(struct settings *settings, const char *text)
{
    settings->has_lan9118 = v6nf_text_parse_hex(&settings->lan9118, text);
    return settings->has_lan9118 ? NULL : registers_problem;
}

static const char *read_mac(struct settings *settings, const char *text)
{
    settings->has_mac = true;
    if (!v6nf_ether_parse(settings->mac, text)) {
        return "not an Ethernet address, such as 02:00:00:00:00:01";
    }
    return v6nf_ether_is_station(settings->mac) ? NULL : "not the Ethernet address of one station: a group's, or 0";
}

static const char *read_virtual(struct settings *settings, const char *text)
{
    (void)text;
    settings->virtual_function = true;
    return NULL;
}

static const char *read_address(struct settings *settings, const char *text)
{
    uint32_t i = settings->addresses_count;
    if (i >= SETTINGS_ADDRESSES) {
        return "one address too many: V6NF_ADDRESSES in config.h is the limit";
    }
    settings->addresses_count++;
    bool valid = v6nf_address_parse_prefix(&settings->addresses[i], &settings->prefix_lengths[i], text);
    return valid && is_unicast(&settings->addresses[i])
               ? NULL
               : "not a unicast IPv6 address with its prefix length, such as fd00::2/64";
}

static const char *read_no_slaac(struct settings *settings, const char *text)
{
    (void)text;
    settings->no_slaac = true;
    return NULL;
}

static const char *read_temporary(struct settings *settings, const char *text)
{
    (void)text;
    settings->temporary = true;
    return V6NF_TEMPORARY ? NULL : "is not compiled in: V6NF_TEMPORARY in config.h";
}

static const char *read_dhcp(struct settings *settings, const char *text)
{
    (void)text;
    settings->dhcp = true;
    return V6NF_DHCPV6 ? NULL : "is not compiled in: V6NF_DHCPV6 in config.h";
}

#if V6NF_DHCPV6
static const char *read_dhcp_prefix(struct settings *settings, const char *text)
{
    settings->dhcp = true;
    settings->dhcp_prefix = true;
    bool valid = v6nf_text_parse_number(&settings->dhcp_prefix_length, text, 128);
    return valid ? NULL : "not the length of a prefix: 1 to 128, or 0 for any";
}
#endif

static const char *read_checksums(struct settings *settings, const char *text)
{
    (void)text;
    settings->checksums = true;
    return V6NF_CHECKSUM_OFFLOAD ? NULL : "is not compiled in: V6NF_CHECKSUM_OFFLOAD in config.h";
}

bool settings_read_secret(struct settings *settings, const char *text)
{
    settings->has_secret = v6nf_text_parse_bytes(settings->secret, SETTINGS_SECRET_SIZE, text);
    return settings->has_secret;
}

static const char *read_secret(struct settings *settings, const char *text)
{
    settings->no_secret = false; /* the last of the two counts */
    return settings_read_secret(settings, text) ? NULL : "not a secret of 16 bytes: 32 hexadecimal digits";
}

static const char *read_no_secret(struct settings *settings, const char *text)
{
    (void)text;
    settings->no_secret = true;
    settings->has_secret = false;
    return NULL;
}

static const char *read_gateway(struct settings *settings, const char *text)
{
    settings->has_gateway = true;
    return v6nf_address_parse(&settings->gateway, text) && is_unicast(&settings->gateway) ? NULL : address_problem;
}

#if V6NF_GROUPS > 0u
static const char *read_group(struct settings *settings, const char *text)
{
    uint32_t i = settings->groups_count;
    if (i >= V6NF_GROUPS) {
        return "one group too many: V6NF_GROUPS in config.h is the limit";
    }
    settings->groups_count++;
    return v6nf_address_parse(&settings->groups[i], text) && v6nf_address_is_multicast(settings->groups[i].bytes)
               ? NULL
               : "not a multicast group, such as ff02::1234";
}
#endif

static const char *read_pcap(struct settings *settings, const char *text)
{
    settings->pcap = text;
    return text[0] != '\0' ? NULL : "not the name of a file";
}

static const char *read_stats(struct settings *settings, const char *text)
{
    return read_seconds(&settings->stats, text) ? NULL : seconds_problem;
}

static const char *read_count(struct settings *settings, const char *text)
{
    bool valid = v6nf_text_parse_number(&settings->ping.count, text, UINT32_MAX) && settings->ping.count > 0u;
    return valid ? NULL : "not a number of requests: 1 to 4294967295";
}

static const char *read_size(struct settings *settings, const char *text)
{
    return v6nf_text_parse_number(&settings->ping.size, text, UINT16_MAX) ? NULL : "not a number of bytes: 0 to 65535";
}

static const char *read_interval(struct settings *settings, const char *text)
{
    return read_seconds(&settings->ping.interval, text) ? NULL : seconds_problem;
}

static const char *read_timeout(struct settings *settings, const char *text)
{
    return read_seconds(&settings->ping.timeout, text) ? NULL : seconds_problem;
}

/* -- The options --------------------------------------------------------------------------------------------------- */

struct option {
    const char *name;
    const char *value; /* its argument; NULL for none */
    const char *help;
    const char *(*read)(struct settings *settings, const char *text);
    bool pings; /* an option of ping alone */
};

static const struct option options[] = {
    {"--tap", "NAME", "the TAP interface to run on", read_tap, false},
    {"--xdp", "NAME",
     "on Linux: the network interface to run on, by AF_XDP, with a MAC address of its own; the kernel keeps all other"
     " frames",
     read_xdp, false},
    {"--xdp-pause", "MICROSECONDS",
     "with --xdp: let frames collect for so long while many arrive: less CPU, more latency (0)", read_xdp_pause, false},
    {"--pci", "ADDRESS", "the network card to run on, such as 0000:01:00.0", read_pci, false},
    {"--pci-without-iommu", NULL,
     "on Linux, without an IOMMU: use the card nevertheless; it can then write to any memory, and continues to if the"
     " program is killed",
     read_without_iommu, false},
    {"--mtu", "BYTES", "the MTU of the network card (1500)", read_mtu, false},
    {"--checksums", NULL, "let the network card verify and insert checksums, as far as it can", read_checksums, false},
    {"--virtio", "ADDRESS",
     "without operating system: the virtio-net device to run on, by its registers, such as 0a003e00", read_virtio,
     false},
    {"--lan9118", "ADDRESS", "the same for a LAN9118 or one of its family, such as 40200000", read_lan9118, false},
    {"--virtual", NULL, "without operating system: run on a virtual function (SR-IOV) that the first igb card makes",
     read_virtual, false},
    {"--mac", "MAC", "the node's Ethernet address", read_mac, false},
    {"--address", "ADDRESS/LENGTH", "an address of the node, and how many bits of it are on-link; any number of times",
     read_address, false},
    {"--no-slaac", NULL, "routers do not configure the node; without this they do (RFC 4862)", read_no_slaac, false},
    {"--temporary", NULL, "in addition to stable addresses, temporary ones as sources (RFC 8981)", read_temporary,
     false},
    {"--dhcp", NULL, "DHCPv6 servers give addresses and DNS servers, as the router says; with --no-slaac, in any case",
     read_dhcp, false},
#if V6NF_DHCPV6
    {"--dhcp-prefix", "LENGTH",
     "the same, and they delegate a prefix of this length, or of another if they want to; 0: of any", read_dhcp_prefix,
     false},
#endif
    {"--secret", "HEX",
     "16 bytes that stay the same, from which the node forms addresses that do not reveal its Ethernet address"
     " (RFC 7217); without it, the machine's own (/etc/machine-id on Linux), if it has one",
     read_secret, false},
    {"--no-secret", NULL, "form the node's addresses from its Ethernet address", read_no_secret, false},
    {"--gateway", "ADDRESS", "the router for what is not on-link", read_gateway, false},
#if V6NF_GROUPS > 0u
    {"--group", "ADDRESS", "a multicast group to join; any number of times", read_group, false},
#endif
    {"--pcap", "FILE", "write every frame to FILE, for Wireshark or tcpdump", read_pcap, false},
    {"--stats", "SECONDS", "print the counters every so often", read_stats, false},
    {"--count", "N", "stop after N requests; without it, continue until interrupted", read_count, true},
    {"--size", "BYTES", "bytes of data in a request (56)", read_size, true},
    {"--interval", "SECONDS", "time between requests (1)", read_interval, true},
    {"--timeout", "SECONDS", "how long to wait for a reply (5)", read_timeout, true},
};

#define OPTIONS_COUNT (sizeof options / sizeof options[0])

static const struct option *find_option(const char *name, bool pings)
{
    for (uint32_t i = 0; i < OPTIONS_COUNT; i++) {
        if (v6nf_text_equals(options[i].name, name) && (pings || !options[i].pings)) {
            return &options[i];
        }
    }
    return NULL;
}

static bool fail(struct settings_error *error, const char *argument, const char *value, const char *problem)
{
    error->argument = argument;
    error->value = value;
    error->problem = problem;
    return false;
}

/* Read an argument that is no option: the address to ping. */
static bool read_destination(struct settings *settings, bool pings, const char *text, struct settings_error *error)
{
    if (!pings || text[0] == '-') {
        return fail(error, text, NULL, "unknown option; --help lists the options");
    }
    if (settings->has_destination) {
        return fail(error, text, NULL, "one address is enough");
    }
    settings->has_destination = true;
    if (!v6nf_address_parse(&settings->ping.destination, text)) {
        return fail(error, text, NULL,
                    "not an IPv6 address, such as fd00::1 (without %zone: a node has one interface)");
    }
    if (!is_unicast(&settings->ping.destination) && !v6nf_address_is_multicast(settings->ping.destination.bytes)) {
        return fail(error, text, NULL, "not an address that another node can have");
    }
    return true;
}

bool settings_parse(struct settings *settings, bool pings, int argc, char *const *argv, struct settings_error *error)
{
    *error = (struct settings_error){.argument = NULL};
    *settings = (struct settings){.mtu = MTU_DEFAULT,
                                  .ping = {.size = 56u, .interval = V6NF_SECOND, .timeout = 5u * V6NF_SECOND}};
    for (int i = 1; i < argc; i++) {
        const struct option *option = find_option(argv[i], pings);
        if (v6nf_text_equals(argv[i], "--help")) {
            settings->help = true;
        } else if (option == NULL) {
            if (!read_destination(settings, pings, argv[i], error)) {
                return false;
            }
        } else if (option->value != NULL && i + 1 == argc) {
            return fail(error, option->name, NULL, "needs a value after it; --help lists the values");
        } else {
            const char *value = option->value != NULL ? argv[++i] : NULL;
            const char *problem = option->read(settings, value);
            if (problem != NULL) {
                return fail(error, option->name, value, problem);
            }
        }
    }
    if (pings && !settings->has_destination && !settings->help) {
        return fail(error, "the address to ping", NULL, "is missing");
    }
    return true;
}

void settings_print_options(bool pings)
{
    for (uint32_t i = 0; i < OPTIONS_COUNT; i++) {
        if (pings || !options[i].pings) {
            v6nf_print_text("  ");
            v6nf_print_text(options[i].name);
            v6nf_print_text(options[i].value != NULL ? " " : "");
            v6nf_print_text(options[i].value != NULL ? options[i].value : "");
            v6nf_print_text("\n        ");
            v6nf_print_text(options[i].help);
            v6nf_print_text("\n");
        }
    }
    v6nf_print_text("  --help\n        print this\n");
}

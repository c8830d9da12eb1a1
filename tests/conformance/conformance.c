/* conformance.c: the IPv6 conformance cases of a host, run by number: see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct section {
    const char *name;
    const struct conformance_case *cases;
    bool more; /* beyond the test specification */
} sections[] = {
    {"1.1 and 1.2: IPv6 header and extension headers", section_1_1, false},
    {"1.3: fragments", section_1_3, false},
    {"2.1: address resolution and unreachability detection", section_2_1, false},
    {"2.2: routers and prefixes", section_2_2, false},
    {"2.3: Redirect", section_2_3, false},
    {"3: stateless address autoconfiguration", section_3, false},
    {"4: path MTU discovery", section_4, false},
    {"5: ICMPv6", section_5, false},
    {"RFC 4429: optimistic addresses", rfc4429, true},
    {"RFC 4443: ICMPv6 errors", rfc4443, true},
    {"RFC 4861: answers to solicitations", rfc4861, true},
    {"RFC 6583: Neighbor Discovery under attack", rfc6583, true},
    {"RFC 6724: source address selection", rfc6724, true},
    {"RFC 7217: stable opaque identifiers", rfc7217, true},
    {"RFC 7527: detection on links that loop back", rfc7527, true},
    {"RFC 7559: packet loss and Router Solicitations", rfc7559, true},
    {"RFC 8415: DHCPv6", rfc8415, true},
    {"RFC 8981: temporary addresses", rfc8981, true},
    {"RFC 9131: new addresses advertised to routers", rfc9131, true},
};

#define SECTIONS (sizeof sections / sizeof sections[0])

struct options {
    const struct link *link;
    bool list;
    char **numbers;
    int number_count;
};

/* Return true if `wanted` ("2.1", "v6LC.2.1.9.B", "rfc6724") is the number or a prefix of it. */
static bool begins_with(const char *number, const char *wanted)
{
    const char *prefix = "v6LC.";
    if (strncmp(number, prefix, strlen(prefix)) == 0 && strncmp(wanted, prefix, strlen(prefix)) != 0) {
        number += strlen(prefix);
    }
    size_t length = strlen(wanted);
    return strncmp(number, wanted, length) == 0 && (number[length] == '\0' || number[length] == '.');
}

static bool is_wanted(const struct options *options, const char *number)
{
    for (int i = 0; i < options->number_count; i++) {
        if (begins_with(number, options->numbers[i])) {
            return true;
        }
    }
    return options->number_count == 0;
}

struct totals {
    unsigned passed;
    unsigned failed;
    unsigned skipped;
};

static void run_case(const struct options *options, const struct conformance_case *c, struct totals *totals)
{
    bool skipped = false;
    if (options->list) {
        printf("%s %s%s%s\n", c->number, c->group, c->part[0] != '\0' ? ": " : "", c->part);
    } else if (!suite_run(c, options->link, &skipped)) {
        totals->failed++;
    } else if (skipped) {
        totals->skipped++;
    } else {
        totals->passed++;
    }
    fflush(stdout);
}

static unsigned count_all(const struct totals *totals)
{
    return totals->passed + totals->failed + totals->skipped;
}

static void print_totals(const char *name, const struct totals *totals)
{
    printf("%s: %u passed, %u failed", name, totals->passed, totals->failed);
    if (totals->skipped > 0u) {
        printf(", %u skipped", totals->skipped);
    }
    printf("\n");
}

static struct totals run_section(const struct options *options, const struct section *section)
{
    struct totals totals = {0};
    for (const struct conformance_case *c = section->cases; c->number != NULL; c++) {
        if (is_wanted(options, c->number)) {
            run_case(options, c, &totals);
        }
    }
    if (count_all(&totals) > 0u) {
        print_totals(section->name, &totals);
    }
    return totals;
}

static int usage(void)
{
    fputs("usage: conformance [--list] [--interface NAME --mac MAC [--restart COMMAND] [--ping COMMAND]] [NUMBER...]\n"
          "  NUMBER is a case (v6LC.2.1.9.B) or the beginning of its number (2.1, rfc6724); all cases without\n"
          "  --interface: not a node on virtual time, but the device at the other end of that interface; --mac is its\n"
          "  Ethernet address, --restart takes its interface down and up, and --ping lets it send an Echo Request of\n"
          "  $SIZE bytes of data to $DESTINATION\n",
          stderr);
    return 2;
}

/* Return where the value of the option is stored; NULL if there is no such option. */
static const char **value_of(struct device *device, const char *option)
{
    const struct {
        const char *option;
        const char **value;
    } values[] = {
        {"--interface", &device->interface},
        {"--mac", &device->mac},
        {"--restart", &device->restart},
        {"--ping", &device->ping},
    };
    for (unsigned i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(option, values[i].option) == 0) {
            return values[i].value;
        }
    }
    return NULL;
}

/* Return false if the arguments are wrong. */
static bool read_arguments(int count, char **arguments, struct options *options, struct device *device)
{
    int i = 1;
    for (; i < count && arguments[i][0] == '-'; i++) {
        const char **value = value_of(device, arguments[i]);
        if (value != NULL && i + 1 < count) {
            i++;
            *value = arguments[i];
        } else if (strcmp(arguments[i], "--list") == 0) {
            options->list = true;
        } else {
            return false;
        }
    }
    options->numbers = arguments + i;
    options->number_count = count - i;
    return (device->interface == NULL) == (device->mac == NULL);
}

static void add(struct totals *to, const struct totals *totals)
{
    to->passed += totals->passed;
    to->failed += totals->failed;
    to->skipped += totals->skipped;
}

static int run_all(const struct options *options)
{
    struct totals all = {0};
    struct totals more = {0};
    for (unsigned i = 0; i < SECTIONS; i++) {
        struct totals totals = run_section(options, &sections[i]);
        add(sections[i].more ? &more : &all, &totals);
    }
    if (options->list) {
        return 0;
    }
    if (count_all(&all) > 0u) {
        print_totals("all", &all);
    }
    if (count_all(&more) > 0u) {
        print_totals("more", &more);
    }
    if (count_all(&all) + count_all(&more) == 0u) {
        fputs("conformance: no case has that number\n", stderr);
        return 2;
    }
    return all.failed + more.failed == 0u ? 0 : 1;
}

int main(int count, char **arguments)
{
    static struct device device;
    struct options options = {.link = &virtual_link};
    if (!read_arguments(count, arguments, &options, &device)) {
        return usage();
    }
    if (device.interface != NULL) {
        options.link = device_link_open(&device);
    }
    return options.link != NULL ? run_all(&options) : 2;
}

/* conformance.c: the IPv6 conformance cases of a host, run by number: see README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const struct section {
    const char *name;
    const struct conformance_case *cases;
} sections[] = {
    {"1.1 and 1.2: IPv6 header and extension headers", section_1_1},
    {"1.3: fragments", section_1_3},
    {"2.1: address resolution and unreachability detection", section_2_1},
    {"2.2: routers and prefixes", section_2_2},
    {"2.3: Redirect", section_2_3},
    {"3: stateless address autoconfiguration", section_3},
    {"4: path MTU discovery", section_4},
    {"5: ICMPv6", section_5},
};

/* Cases of what the test specification above does not cover, by RFC: counted apart. */
static const struct section further[] = {
    {"RFC 8415: DHCPv6", rfc_8415},
};

#define SECTIONS (sizeof sections / sizeof sections[0])
#define FURTHER (sizeof further / sizeof further[0])

struct options {
    const struct link *link;
    bool list;
    char **numbers;
    int number_count;
};

/* True if `wanted` ("2.1", "v6LC.2.1.9.B", "rfc8415") is the number or the beginning of it. */
static bool begins_with(const char *number, const char *wanted)
{
    const char *prefix = "v6LC.";
    number += strncmp(number, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0u;
    wanted += strncmp(wanted, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0u;
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
    if (totals.passed + totals.failed + totals.skipped > 0u) {
        print_totals(section->name, &totals);
    }
    return totals;
}

static int usage(void)
{
    fputs("usage: conformance [--list] [--interface NAME --mac MAC [--restart COMMAND] [--ping COMMAND]] [NUMBER...]\n"
          "  NUMBER is a case (v6LC.2.1.9.B) or the beginning of its number (2.1); all cases without\n"
          "  --interface: not a node on virtual time, but the device at the other end of that interface; --mac is its\n"
          "  Ethernet address, --restart takes its interface down and up, and --ping has it send an Echo Request of\n"
          "  $SIZE bytes of data to $DESTINATION\n",
          stderr);
    return 2;
}

/* Where the value of the option goes; NULL if there is no such option. */
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

/* Returns false if the arguments are wrong. */
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

/* Runs these sections. */
static struct totals run_sections(const struct options *options, const struct section *first, size_t count)
{
    struct totals all = {0};
    for (size_t i = 0; i < count; i++) {
        struct totals totals = run_section(options, &first[i]);
        all.passed += totals.passed;
        all.failed += totals.failed;
        all.skipped += totals.skipped;
    }
    return all;
}

static unsigned sum(const struct totals *totals)
{
    return totals->passed + totals->failed + totals->skipped;
}

static int run_all(const struct options *options)
{
    struct totals all = run_sections(options, sections, SECTIONS);
    struct totals more = run_sections(options, further, FURTHER);
    if (options->list) {
        return 0;
    }
    if (sum(&all) != 0u) {
        print_totals("all", &all);
    }
    if (sum(&more) != 0u) {
        print_totals("further", &more);
    }
    if (sum(&all) + sum(&more) == 0u) {
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

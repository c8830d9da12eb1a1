/* linux.c: run a network function on Linux, on TAP interfaces, network interfaces (AF_XDP) and network cards that the
 * command line names. SIGINT and SIGTERM end it. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "run.h"
#include "threads.h"
#include "v6nf/board/linux_pci.h"
#include "v6nf/driver/tap.h"
#include "v6nf/driver/xdp.h"
#include "v6nf/print.h"
#include "v6nf/text.h"

#define MTU 1500u
#define STATS_MAX 86400u /* seconds */
#define CORE_TEXT_SIZE 24u

static struct v6nf_nic_config config = {.mtu = MTU, .promiscuous = true};

/* An interface of the command line. */
struct interface {
    const char *text; /* its name or address */
    const char *tap;  /* NULL: something else */
    const char *xdp;  /* the same; without both, it is a card */
    struct v6nf_env_pci_address pci;
    struct v6nf_port *port; /* NULL: not open */
};

static struct interface interfaces[NF_INPUTS];
static struct v6nf_xdp_interface attached[NF_INPUTS];
static uint32_t count;
static uint32_t flags; /* of v6nf_linux_pci_open() */

static void request_stop(int number)
{
    (void)number;
    nf_stop_agents();
}

/* Pages of their own. */
void *nf_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static int fail(const char *subject, const char *problem)
{
    (void)fprintf(stderr, "%s: %s: %s\n", nf_name, subject, problem);
    return 1;
}

/* -- The command line ---------------------------------------------------------------------------------------------- */

static void print_usage(void)
{
    (void)printf("usage: nf_%s_%u INTERFACE...   (%u of them, of any kind)\n"
                 "  --tap NAME\n        a TAP interface\n"
                 "  --xdp NAME\n        a network interface, by AF_XDP: the function gets all of its frames, and the"
                 " kernel none\n"
                 "  --pci ADDRESS\n        a network card, such as 0000:01:00.0\n"
                 "  --pci-without-iommu\n        use cards without an IOMMU: they can then write to any memory, and"
                 " continue to if the program is killed\n"
                 "  --cores LIST\n        run an agent on each of these cores, such as 0,1: each has queues of its own"
                 " on the same cards or network interfaces\n"
                 "  --stats SECONDS\n        print so often how many packets each agent has handled\n"
                 "  --help\n        print this\n",
                 nf_name, NF_OUTPUTS, NF_INPUTS);
    for (const struct nf_option *its = nf_extras.options; its != NULL && its->name != NULL; its++) {
        (void)printf("  %s %s\n", its->name, its->usage);
    }
}

static bool is_card(const struct interface *interface)
{
    return interface->tap == NULL && interface->xdp == NULL;
}

/* Return true if both are the same interface. An address can be written in several ways. */
static bool is_same(const struct interface *one, const struct interface *other)
{
    const struct v6nf_env_pci_address *its = &one->pci;
    if (!is_card(one) || !is_card(other)) {
        return !is_card(one) && !is_card(other) && v6nf_text_equals(one->text, other->text);
    }
    return its->segment == other->pci.segment && its->bus == other->pci.bus && its->device == other->pci.device &&
           its->function == other->pci.function;
}

/* Read an interface and its value. Return 0, or 1 after an error message. */
static int read_interface(const char *option, const char *value)
{
    struct interface its = {.text = value};
    if (value == NULL) {
        return fail(option, "needs a value after it; --help lists the options");
    }
    if (count == NF_INPUTS) {
        return fail(value, "is one interface too many; --help says how many the function needs");
    }
    if (v6nf_text_equals(option, "--tap")) {
        its.tap = value;
    } else if (v6nf_text_equals(option, "--xdp")) {
        its.xdp = value;
    } else if (!v6nf_text_parse_pci_address(&its.pci, value)) {
        return fail(value, "is not the address of a PCI device, such as 0000:01:00.0");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_same(&interfaces[i], &its)) {
            return fail(value, "is named twice");
        }
    }
    interfaces[count++] = its;
    return 0;
}

/* Print a problem with an option of the function. Return 1. */
static int fail_option(const char *option, const char *value, const char *problem)
{
    (void)fprintf(stderr, "%s: %s%s%s: %s; --help lists the options\n", nf_name, option, value == NULL ? "" : " ",
                  value == NULL ? "" : value, problem);
    return 1;
}

/* Read an option that takes a value. Return 0, or 1 after an error message. */
static int read_option(const char *option, const char *value)
{
    uint32_t seconds = 0;
    if (v6nf_text_equals(option, "--tap") || v6nf_text_equals(option, "--xdp") || v6nf_text_equals(option, "--pci")) {
        return read_interface(option, value);
    }
    if (!v6nf_text_equals(option, "--cores") && !v6nf_text_equals(option, "--stats")) {
        const char *problem = nf_read_option(option, value);
        return problem == NULL ? 0 : fail_option(option, value, problem);
    }
    if (value == NULL) {
        return fail(option, "needs a value after it; --help lists the options");
    }
    if (v6nf_text_equals(option, "--cores")) {
        const char *problem = threads_read_cores(value);
        return problem == NULL ? 0 : fail(value, problem);
    }
    if (!v6nf_text_parse_number(&seconds, value, STATS_MAX) || seconds == 0u) {
        return fail(value, "is not a number of seconds, 1 to 86400");
    }
    nf_set_statistics(seconds);
    return 0;
}

/* Return 0, or 1 after an error message. Set *help if that is all that the user wants. */
static int read_arguments(int arguments, char **texts, bool *help)
{
    *help = false;
    for (int i = 1; i < arguments; i++) {
        if (v6nf_text_equals(texts[i], "--help")) {
            *help = true;
            return 0;
        }
        if (v6nf_text_equals(texts[i], "--pci-without-iommu")) {
            flags = V6NF_LINUX_PCI_WITHOUT_IOMMU;
        } else {
            const char *option = texts[i++];
            if (read_option(option, i < arguments ? texts[i] : NULL) != 0) {
                return 1;
            }
        }
    }
    return count == NF_INPUTS ? 0
                              : fail("--tap, --xdp or --pci", "too few interfaces; --help says how many are needed");
}

/* -- Interfaces ---------------------------------------------------------------------------------------------------- */

/* Let the program use all cards, before it sets up the first (linux_pci.h). */
static int allow_cards(void)
{
    for (uint32_t i = 0; i < count; i++) {
        if (is_card(&interfaces[i])) {
            enum v6nf_linux_pci_status status = v6nf_linux_pci_open(interfaces[i].pci, flags);
            if (status != V6NF_LINUX_PCI_OPEN) {
                return fail(interfaces[i].text,
                            status == V6NF_LINUX_PCI_FAILED ? strerror(errno) : v6nf_linux_pci_status_text(status));
            }
        }
    }
    return 0;
}

static bool all_are_cards(void)
{
    bool are_cards = true;
    for (uint32_t i = 0; i < count; i++) {
        are_cards = are_cards && is_card(&interfaces[i]);
    }
    return are_cards;
}

static bool all_are_xdp(void)
{
    bool are_xdp = true;
    for (uint32_t i = 0; i < count; i++) {
        are_xdp = are_xdp && interfaces[i].xdp != NULL;
    }
    return are_xdp;
}

/* Check the cores of the command line. Give each card a queue for each of them. Return 0, or 1 after an error
 * message. */
static int use_cores(void)
{
    uint32_t core = 0;
    if (threads_count() == 0u) {
        return 0;
    }
    if (!all_are_cards() && !all_are_xdp()) {
        return fail("--cores", "needs cards: a TAP interface is one queue; use --pci only or --xdp only, or leave "
                               "--cores out");
    }
    const char *problem = threads_check_cores(&core);
    if (problem != NULL) {
        char text[CORE_TEXT_SIZE];
        (void)snprintf(text, sizeof text, "core %u", core);
        return fail(text, problem);
    }
    config.inputs = threads_count();
    config.symmetric = true;
    return 0;
}

/* Run one agent in this thread, or one on each core. Return the exit status. */
static int run_agents(void)
{
    nf_start_agents();
    if (threads_count() == 0u) {
        nf_run_agent_and_look(0);
        return nf_end();
    }
    const char *problem = threads_run();
    return problem == NULL ? nf_end() : fail("--cores", problem);
}

static const char *problem_of_card(enum v6nf_nic_status status)
{
    return status == V6NF_NIC_INPUTS_BAD ? "has fewer queues than --cores names cores (82599, 82576: 16, I350: 8, "
                                           "I210, I225, I226: 4, I211: 2, others: 1): name fewer"
                                         : v6nf_nic_status_text(status);
}

/* Run on rings. Return false, with all cards stopped, if the cards have none, or not of one kind. */
static bool run_on_rings(int *exit_status)
{
    static struct v6nf_nic cards[NF_INPUTS];
    bool have_rings = true;
    for (uint32_t i = 0; i < count && have_rings; i++) {
        enum v6nf_nic_status status = v6nf_card_init(&cards[i], interfaces[i].pci, &config);
        have_rings = status == V6NF_NIC_READY;
        if (!have_rings && status != V6NF_NIC_OTHER_DEVICE) {
            *exit_status = fail(interfaces[i].text, problem_of_card(status));
        }
    }
    const uint32_t agents = threads_count() > 0u ? threads_count() : 1u;
    enum v6nf_ring_status opened = have_rings ? nf_use_cards(cards, agents) : V6NF_RING_MIXED;
    if (opened == V6NF_RING_OPEN) {
        *exit_status = run_agents();
    } else if (opened != V6NF_RING_MIXED) {
        *exit_status = nf_fail(v6nf_ring_status_text(opened));
    }
    for (uint32_t i = 0; i < count; i++) {
        if (cards[i].registers != NULL && !v6nf_nic_stop(&cards[i])) {
            *exit_status =
                fail(interfaces[i].text, "did not confirm that it has stopped: it may still write to memory");
        }
    }
    return opened != V6NF_RING_MIXED || *exit_status != 0;
}

/* Return 0, or 1 after an error message. */
static int check_xdp(uint32_t i, enum v6nf_xdp_status status)
{
    if (status == V6NF_XDP_OPEN) {
        return 0;
    }
    if (status == V6NF_XDP_REFUSED) {
        (void)fail(interfaces[i].text, attached[i].log);
    }
    return fail(interfaces[i].text, status == V6NF_XDP_FAILED ? strerror(errno) : v6nf_xdp_status_text(status));
}

/* Put the program on an interface, with all frames for the function. */
static int attach_xdp(uint32_t i)
{
    const struct v6nf_xdp_config all = {.name = interfaces[i].xdp, .claim = V6NF_XDP_CLAIM_ALL};
    return check_xdp(i, v6nf_xdp_attach(&attached[i], &all));
}

static void print_mode(uint32_t i, const struct v6nf_xdp_port *port)
{
    v6nf_print_text(nf_name);
    v6nf_print_text(": AF_XDP on ");
    v6nf_print_text(interfaces[i].text);
    v6nf_print_text(": ");
    v6nf_print_text(v6nf_xdp_mode_text(port));
    v6nf_print_text("\n");
}

/* Open a queue of each interface, for one agent. Return NULL after an error message. */
static struct v6nf_xdp *open_group(uint32_t queue)
{
    const struct v6nf_xdp_interface *its[NF_INPUTS];
    struct v6nf_port *ports[NF_INPUTS];
    struct v6nf_xdp *group = nf_memory(sizeof *group);
    if (group == NULL) {
        (void)nf_fail(v6nf_ring_status_text(V6NF_RING_NO_MEMORY));
        return NULL;
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        its[i] = &attached[i];
        ports[i] = &group->ports[i].port;
    }
    if (check_xdp(0, v6nf_xdp_open(group, its, NF_INPUTS, queue)) != 0) {
        return NULL;
    }
    const enum v6nf_ring_status used = nf_use_group(ports);
    if (used != V6NF_RING_OPEN) {
        (void)nf_fail(v6nf_ring_status_text(used));
        v6nf_xdp_close(group);
        return NULL;
    }
    return group;
}

/* Run on groups of ports. Agent n has queue n of each interface. */
static int run_on_groups(void)
{
    static struct v6nf_xdp *groups[NF_AGENTS_MAX];
    const uint32_t agents = threads_count() > 0u ? threads_count() : 1u;
    uint32_t opened = 0;
    int exit_status = 0;
    for (uint32_t i = 0; i < count && exit_status == 0; i++) {
        exit_status = attach_xdp(i);
    }
    for (uint32_t n = 0; n < agents && exit_status == 0; n++) {
        groups[n] = open_group(n);
        exit_status = groups[n] != NULL ? 0 : 1;
        opened += groups[n] != NULL ? 1u : 0u;
    }
    for (uint32_t i = 0; i < count && exit_status == 0; i++) {
        print_mode(i, &groups[0]->ports[i]);
    }
    exit_status = exit_status == 0 ? run_agents() : exit_status;
    for (uint32_t n = 0; n < opened; n++) {
        v6nf_xdp_close(groups[n]);
    }
    return exit_status; /* the programs end with the process */
}

/* Open queue 0 of one interface among others, as a port of its own. */
static int open_xdp(uint32_t i, struct v6nf_xdp *xdp)
{
    const struct v6nf_xdp_interface *const its[] = {&attached[i]};
    if (attach_xdp(i) != 0 || check_xdp(i, v6nf_xdp_open(xdp, its, 1, 0)) != 0) {
        return 1;
    }
    print_mode(i, &xdp->ports[0]);
    interfaces[i].port = &xdp->ports[0].port;
    return 0;
}

static int open_tap(struct interface *interface, struct v6nf_tap *tap)
{
    enum v6nf_tap_status status = v6nf_tap_open(tap, interface->tap, NULL);
    if (status != V6NF_TAP_OPEN) {
        return fail(interface->text, status == V6NF_TAP_FAILED ? strerror(errno) : v6nf_tap_status_text(status));
    }
    interface->port = &tap->port;
    return 0;
}

static int open_card(struct interface *interface, struct v6nf_card *card)
{
    enum v6nf_nic_status status = v6nf_card_open(card, interface->pci, &config);
    if (status != V6NF_NIC_READY) {
        return fail(interface->text, v6nf_nic_status_text(status));
    }
    interface->port = card->port;
    return 0;
}

static int run_on_ports(void)
{
    static struct v6nf_tap taps[NF_INPUTS];
    static struct v6nf_xdp xdps[NF_INPUTS];
    static struct v6nf_card cards[NF_INPUTS];
    struct v6nf_port *ports[NF_INPUTS];
    int exit_status = 0;
    for (uint32_t i = 0; i < count && exit_status == 0; i++) {
        exit_status = interfaces[i].tap != NULL   ? open_tap(&interfaces[i], &taps[i])
                      : interfaces[i].xdp != NULL ? open_xdp(i, &xdps[i])
                                                  : open_card(&interfaces[i], &cards[i]);
        ports[i] = interfaces[i].port;
    }
    if (exit_status == 0) {
        const enum v6nf_ring_status opened = nf_use_ports(ports, cards);
        exit_status = opened == V6NF_RING_OPEN ? run_agents() : nf_fail(v6nf_ring_status_text(opened));
    }
    for (uint32_t i = 0; i < count; i++) {
        struct v6nf_port *port = interfaces[i].port;
        if (port != NULL && !port->operations->stop(port)) {
            exit_status = fail(interfaces[i].text, "did not confirm that it has stopped: it may still write to memory");
        }
    }
    return exit_status;
}

int main(int argc, char **argv)
{
    const struct sigaction action = {.sa_handler = request_stop};
    bool help = false;
    int exit_status = read_arguments(argc, argv, &help);
    if (help) {
        print_usage();
        return 0;
    }
    (void)sigaction(SIGINT, &action, NULL); /* cannot fail for these two */
    (void)sigaction(SIGTERM, &action, NULL);
    if (exit_status != 0 || nf_check_options() != 0 || use_cores() != 0 || allow_cards() != 0) {
        return 1;
    }
    if (all_are_xdp()) {
        return run_on_groups();
    }
    if (all_are_cards() && run_on_rings(&exit_status)) {
        return exit_status;
    }
    return threads_count() == 0u ? run_on_ports()
                                 : fail("--cores", "needs Intel cards of one family, which have common rings; name "
                                                   "other cards, or leave --cores out");
}

/* eal.c: start and end of a program on Linux, with options of DPDK: which devices are the ports. Cards of one Intel
 * family become rings; everything else is a port that is copied from, and to. */
#define _POSIX_C_SOURCE 200809L
#include "rte_eal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "layer.h"
#include "rte_cycles.h"
#include "rte_debug.h"
#include "rte_errno.h"
#include "rte_random.h"
#include "v6nf/board/linux_pci.h"
#include "v6nf/driver/card.h"
#include "v6nf/driver/nic.h"
#include "v6nf/driver/tap.h"
#include "v6nf/driver/xdp.h"
#include "v6nf/text.h"

#define TEXT_SIZE 512u /* of a device, on the command line */

enum kind { CARD, CAPTURE, TAP, XDP };

/* A device of the command line, and the port that it becomes. */
struct device {
    enum kind kind;
    char text[TEXT_SIZE];
    const char *input;  /* CAPTURE: names of files; NULL: none */
    const char *output; /* parts of `text` */
    const char *name;   /* TAP, XDP: of the interface */
    struct v6nf_env_pci_address pci;
    struct v6nf_port *port; /* NULL: not open */
    struct dpdk_capture capture;
    struct v6nf_tap tap;
    struct v6nf_xdp_interface interface;
    struct v6nf_xdp xdp;
    struct v6nf_card card;
    struct v6nf_ring ring;
};

static const struct v6nf_nic_config config = {.mtu = RTE_ETHER_MTU, .promiscuous = true};
static struct device devices[RTE_MAX_ETHPORTS];
static uint32_t count;
static uint32_t flags; /* of v6nf_linux_pci_open() */

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void print_problem(const char *subject, const char *problem)
{
    (void)fprintf(stderr, "dpdk: %s: %s\n", subject, problem);
}

/* Return false if the output of a port is not complete. */
static bool close_device(struct device *device)
{
    struct v6nf_port *port = device->port;
    device->port = NULL;
    if (port != NULL && !port->operations->stop(port)) {
        print_problem(device->text, "did not confirm that it has stopped: it may still write to memory");
        return false;
    }
    if (device->kind == CAPTURE && device->capture.has_failed) {
        print_problem(device->output, "was not written completely");
        return false;
    }
    return true;
}

int rte_eal_cleanup(void)
{
    bool is_complete = true;
    for (uint32_t i = 0; i < count; i++) {
        is_complete = close_device(&devices[i]) && is_complete;
    }
    dpdk_reset();
    count = 0;
    return is_complete ? 0 : -EIO;
}

void rte_exit(int exit_status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)rte_eal_cleanup();
    exit(exit_status);
}

void dpdk_panic(const char *function, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fprintf(stderr, "PANIC in %s():\n", function);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)rte_eal_cleanup();
    abort();
}

void dpdk_fail(const char *problem)
{
    rte_exit(EXIT_FAILURE, "dpdk: %s (examples/dpdk/README.md)\n", problem);
}

/* -- Time, numbers, errors ----------------------------------------------------------------------------------------- */

uint64_t rte_get_timer_cycles(void)
{
    return v6nf_env_clock();
}

uint64_t rte_rand(void)
{
    uint64_t number = 0;
    if (!v6nf_env_entropy((uint8_t *)&number, sizeof number)) {
        dpdk_fail("the kernel gives no random numbers");
    }
    return number;
}

const char *rte_strerror(int number)
{
    return strerror(number);
}

/* -- Options ------------------------------------------------------------------------------------------------------- */

/* Set rte_errno, and return -1, after an error message. */
static int refuse(const char *subject, const char *problem)
{
    print_problem(subject, problem);
    rte_errno = EINVAL;
    return -1;
}

/* Add a device. Return NULL after an error message. */
static struct device *add_device(enum kind kind, const char *text)
{
    if (count == RTE_MAX_ETHPORTS) {
        (void)refuse(text, "is one port too many: 8 are allowed");
        return NULL;
    }
    struct device *device = &devices[count];
    memset(device, 0, sizeof *device);
    device->kind = kind;
    if (strlen(text) >= sizeof device->text) {
        (void)refuse(text, "is too long");
        return NULL;
    }
    memcpy(device->text, text, strlen(text) + 1u);
    count++;
    return device;
}

/* Read one argument of a device: KEY=VALUE. Return false if there is no such argument. */
static bool read_key(struct device *device, char *key)
{
    char *value = strchr(key, '=');
    if (value == NULL || value[1] == '\0') {
        return false;
    }
    *value++ = '\0';
    if (device->kind != CAPTURE) {
        device->name = value;
        return v6nf_text_equals(key, "iface");
    }
    if (v6nf_text_equals(key, "rx_pcap")) {
        device->input = value;
        return true;
    }
    device->output = value;
    return v6nf_text_equals(key, "tx_pcap");
}

/* Read a virtual device: NAME,KEY=VALUE... Return 0, or as refuse(). */
static int read_virtual(const char *text)
{
    static const struct {
        const char *prefix;
        enum kind kind;
    } kinds[] = {{"net_pcap", CAPTURE}, {"net_tap", TAP}, {"net_af_xdp", XDP}};
    struct device *device = NULL;
    for (uint32_t i = 0; i < RTE_DIM(kinds) && device == NULL; i++) {
        if (strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            device = add_device(kinds[i].kind, text);
            if (device == NULL) {
                return -1;
            }
        }
    }
    if (device == NULL) {
        return refuse(text, "is no device of the layer: net_pcapN,rx_pcap=FILE,tx_pcap=FILE, net_tapN,iface=NAME or "
                            "net_af_xdpN,iface=NAME");
    }
    char *rest = NULL;
    (void)strtok_r(device->text, ",", &rest);
    for (char *key = strtok_r(NULL, ",", &rest); key != NULL; key = strtok_r(NULL, ",", &rest)) {
        if (!read_key(device, key)) {
            return refuse(text, "has an argument that the layer does not know");
        }
    }
    if (device->kind != CAPTURE && device->name == NULL) {
        return refuse(text, "needs the name of an interface: iface=NAME");
    }
    return 0;
}

static int read_card(const char *text)
{
    struct v6nf_env_pci_address pci;
    if (!v6nf_text_parse_pci_address(&pci, text)) {
        return refuse(text, "is not the address of a PCI device, such as 0000:01:00.0");
    }
    struct device *device = add_device(CARD, text);
    if (device == NULL) {
        return -1;
    }
    device->pci = pci;
    return 0;
}

/* Options of DPDK that have no effect here, with the number of values that follow. */
static const struct {
    const char *name;
    int values;
} ignored[] = {{"--no-huge", 0},    {"--no-pci", 0},    {"--in-memory", 0},  {"--no-telemetry", 0},
               {"--no-shconf", 0},  {"-l", 1},          {"-c", 1},           {"-n", 1},
               {"-m", 1},           {"--lcores", 1},    {"--socket-mem", 1}, {"--file-prefix", 1},
               {"--main-lcore", 1}, {"--iova-mode", 1}, {"--log-level", 1},  {"--huge-dir", 1}};

/* Return the number of arguments of an option that has no effect, 0 if it is none of them. */
static int skip_option(const char *option)
{
    for (uint32_t i = 0; i < RTE_DIM(ignored); i++) {
        const size_t length = strlen(ignored[i].name);
        if (v6nf_text_equals(option, ignored[i].name)) {
            return 1 + ignored[i].values;
        }
        if (ignored[i].values > 0 && strncmp(option, ignored[i].name, length) == 0 && option[length] == '=') {
            return 1;
        }
    }
    return 0;
}

/* If `option` is that of `name`, return its value, which may be in the next argument. Set *arguments to the number of
 * those that it uses. */
static const char *value_of(const char *name, const char *option, const char *next, int *arguments)
{
    const size_t length = strlen(name);
    if (v6nf_text_equals(option, name)) {
        *arguments = 2;
        return next != NULL ? next : "";
    }
    *arguments = 1;
    return strncmp(option, name, length) == 0 && option[length] == '=' ? option + length + 1 : NULL;
}

/* Read an option. Return the number of arguments that it has, or as refuse(). */
static int read_option(const char *option, const char *next)
{
    int arguments = skip_option(option);
    if (arguments > 0) {
        return arguments;
    }
    if (v6nf_text_equals(option, "--pci-without-iommu")) {
        flags = V6NF_LINUX_PCI_WITHOUT_IOMMU;
        return 1;
    }
    const char *value = value_of("--vdev", option, next, &arguments);
    if (value != NULL) {
        return read_virtual(value) == 0 ? arguments : -1;
    }
    value = value_of("-a", option, next, &arguments);
    if (value == NULL) {
        value = value_of("--allow", option, next, &arguments);
    }
    if (value == NULL) {
        return refuse(option, "the layer does not know this option");
    }
    return read_card(value) == 0 ? arguments : -1;
}

/* -- Devices ------------------------------------------------------------------------------------------------------- */

static int fail_to_open(const char *subject, const char *problem)
{
    print_problem(subject, problem);
    rte_errno = ENODEV;
    return -1;
}

/* Let the program use all cards, before it sets up the first (linux_pci.h). */
static int allow_cards(void)
{
    for (uint32_t i = 0; i < count; i++) {
        if (devices[i].kind == CARD) {
            const enum v6nf_linux_pci_status status = v6nf_linux_pci_open(devices[i].pci, flags);
            if (status != V6NF_LINUX_PCI_OPEN) {
                return fail_to_open(devices[i].text, status == V6NF_LINUX_PCI_FAILED
                                                         ? strerror(errno)
                                                         : v6nf_linux_pci_status_text(status));
            }
        }
    }
    return 0;
}

/* Set up all cards for rings. Return V6NF_RING_MIXED if they have none. */
static enum v6nf_ring_status set_up_cards(void)
{
    for (uint32_t i = 0; i < count; i++) {
        if (devices[i].kind != CARD ||
            v6nf_card_init(&devices[i].card.nic, devices[i].pci, &config) != V6NF_NIC_READY) {
            return V6NF_RING_MIXED;
        }
        devices[i].port = &devices[i].card.nic.port;
    }
    return count > 0u && DPDK_OUTPUTS <= count ? V6NF_RING_OPEN : V6NF_RING_MIXED;
}

/* Make a ring of each card. Return V6NF_RING_MIXED, with all cards stopped, if that cannot be. */
static enum v6nf_ring_status open_rings(void)
{
    enum v6nf_ring_status status = set_up_cards();
    for (uint32_t i = 0; i < count && status == V6NF_RING_OPEN; i++) {
        struct v6nf_ring_device *outputs[DPDK_OUTPUTS];
        struct v6nf_nic *nic = &devices[i].card.nic;
        for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
            outputs[j] = &devices[(i + 1u + j) % count].card.nic.device;
        }
        status = v6nf_ring_open(&devices[i].ring, &nic->device, DPDK_OUTPUTS, outputs, nic->buffer_size);
        (void)dpdk_add_ring(&devices[i].ring, nic->device.format, &nic->port);
    }
    if (status != V6NF_RING_OPEN) {
        dpdk_reset();
        for (uint32_t i = 0; i < count; i++) {
            (void)close_device(&devices[i]);
        }
    }
    return status;
}

/* Open a device as a port. Return NULL, or why it was not opened. */
static const char *open_port(struct device *device)
{
    const struct v6nf_xdp_config all = {.name = device->name, .claim = V6NF_XDP_CLAIM_ALL};
    const struct v6nf_xdp_interface *const interfaces[] = {&device->interface};
    switch (device->kind) {
    case CAPTURE:
        device->port = &device->capture.port;
        return dpdk_capture_open(&device->capture, device->input, device->output);
    case TAP: {
        const enum v6nf_tap_status status = v6nf_tap_open(&device->tap, device->name, NULL);
        device->port = status == V6NF_TAP_OPEN ? &device->tap.port : NULL;
        return status == V6NF_TAP_OPEN ? NULL
                                       : (status == V6NF_TAP_FAILED ? strerror(errno) : v6nf_tap_status_text(status));
    }
    case XDP: {
        enum v6nf_xdp_status status = v6nf_xdp_attach(&device->interface, &all);
        status = status == V6NF_XDP_OPEN ? v6nf_xdp_open(&device->xdp, interfaces, 1, 0) : status;
        device->port = status == V6NF_XDP_OPEN ? &device->xdp.ports[0].port : NULL;
        return status == V6NF_XDP_OPEN ? NULL
                                       : (status == V6NF_XDP_FAILED ? strerror(errno) : v6nf_xdp_status_text(status));
    }
    default: {
        const enum v6nf_nic_status status = v6nf_card_open(&device->card, device->pci, &config);
        device->port = status == V6NF_NIC_READY ? device->card.port : NULL;
        return status == V6NF_NIC_READY ? NULL : v6nf_nic_status_text(status);
    }
    }
}

static int open_ports(void)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *problem = open_port(&devices[i]);
        if (problem != NULL) {
            return fail_to_open(devices[i].text, problem);
        }
        (void)dpdk_add_port(devices[i].port);
    }
    return 0;
}

static int open_devices(void)
{
    if (allow_cards() != 0) {
        return -1;
    }
    const enum v6nf_ring_status status = open_rings();
    if (status == V6NF_RING_MIXED) {
        return open_ports();
    }
    return status == V6NF_RING_OPEN ? 0 : fail_to_open("cards", v6nf_ring_status_text(status));
}

int rte_eal_init(int argc, char **argv)
{
    int i = 1;
    dpdk_reset();
    while (i < argc && !v6nf_text_equals(argv[i], "--")) {
        const int arguments = read_option(argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (arguments < 0) {
            return -1;
        }
        i += arguments;
    }
    i = i < argc ? i : argc - 1;
    if (open_devices() != 0) {
        const int reason = rte_errno;
        (void)rte_eal_cleanup();
        rte_errno = reason;
        return -1;
    }
    if (i >= 0) {
        argv[i] = argv[0]; /* as DPDK: the arguments of the program follow its name */
    }
    return i;
}

/* main.c: an example on Linux. Its options come from the shell. Its port is a TAP interface, a network interface by
 * AF_XDP, or a network card. SIGINT and SIGTERM end it. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../program.h"
#include "v6nf/board/linux_pci.h"
#include "v6nf/driver/card.h"
#include "v6nf/driver/pcap.h"
#include "v6nf/driver/tap.h"
#include "v6nf/driver/xdp.h"

static volatile sig_atomic_t stop_requested;

static void request_stop(int number)
{
    (void)number;
    stop_requested = 1;
}

static struct v6nf_pcap pcap;

/* Report once that the recording has ended. The program continues. */
static void check_recording(void)
{
    static bool is_reported;
    if (pcap.error != 0 && !is_reported) {
        is_reported = true;
        program_error("--pcap", strerror(pcap.error));
        program_error("--pcap", "the recording has ended; the program continues without it");
    }
}

bool program_should_stop(void)
{
    check_recording();
    return stop_requested != 0;
}

void program_error(const char *subject, const char *problem)
{
    (void)fprintf(stderr, "%s: %s: %s\n", program_about.name, subject, problem);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = request_stop};
    (void)sigaction(SIGINT, &action, NULL); /* cannot fail for these two */
    (void)sigaction(SIGTERM, &action, NULL);
}

static void print_usage(void)
{
    v6nf_print_text(program_about.purpose);
    v6nf_print_text("\n\nusage: ");
    v6nf_print_text(program_about.name);
    v6nf_print_text(" --tap NAME|--xdp NAME|--pci ADDRESS [OPTION]...");
    v6nf_print_text(program_about.pings ? " ADDRESS\n" : "\n");
    settings_print_options(program_about.pings);
}

/* Return false, after an error message, if the arguments are not sufficient. */
static bool read_arguments(struct settings *settings, int argc, char **argv)
{
    struct settings_error error;
    if (!settings_parse(settings, program_about.pings, argc, argv, &error)) {
        const char *value = error.value != NULL ? error.value : "";
        (void)fprintf(stderr, "%s: %s%s%s: %s\n", program_about.name, error.argument, error.value != NULL ? " " : "",
                      value, error.problem);
        return false;
    }
    if (settings->virtual_function) {
        program_error("--virtual", "is for boards without operating system: here the kernel makes them");
        return false;
    }
    if (settings->without_iommu && !settings->has_pci) {
        program_error("--pci-without-iommu", "is for a network card: give --pci, too");
        return false;
    }
    if (settings->xdp_pause > 0u && settings->xdp == NULL) {
        program_error("--xdp-pause", "is for AF_XDP: give --xdp, too");
        return false;
    }
    const int ports = (settings->tap != NULL) + (settings->xdp != NULL) + settings->has_pci;
    if (!settings->help && ports != 1) {
        const char *missing = "is missing: name the TAP interface, the network interface or the card to run on";
        program_error("--tap, --xdp or --pci", ports > 1 ? "one of them is enough" : missing);
        return false;
    }
    return true;
}

/* Use the machine's own secret if the user gave none (machine-id(5)). It is only the key of a hash: no packet reveals
 * it.
 * Without that file, as in many containers, addresses are formed from the Ethernet address. */
static void find_secret(struct settings *settings)
{
    char text[2u * SETTINGS_SECRET_SIZE + 1u] = "";
    FILE *file = settings->has_secret || settings->no_secret ? NULL : fopen("/etc/machine-id", "r");
    if (file != NULL) {
        (void)(fgets(text, sizeof text, file) != NULL && settings_read_secret(settings, text));
        (void)fclose(file);
    }
}

static bool open_tap(struct v6nf_tap *tap, const struct settings *settings)
{
    enum v6nf_tap_status status = v6nf_tap_open(tap, settings->tap, settings->has_mac ? settings->mac : NULL);
    if (status != V6NF_TAP_OPEN) {
        program_error(settings->tap, status == V6NF_TAP_FAILED ? strerror(errno) : v6nf_tap_status_text(status));
    }
    return status == V6NF_TAP_OPEN;
}

static bool is_xdp_open(const char *name, const struct v6nf_xdp_interface *interface, enum v6nf_xdp_status status)
{
    if (status != V6NF_XDP_OPEN) {
        program_error(name, status == V6NF_XDP_FAILED ? strerror(errno) : v6nf_xdp_status_text(status));
    }
    if (status == V6NF_XDP_REFUSED) {
        program_error(name, interface->log);
    }
    return status == V6NF_XDP_OPEN;
}

/* Open queue 0 of the interface. Return NULL, after an error message, if that fails. */
static struct v6nf_port *open_xdp(const struct settings *settings)
{
    static struct v6nf_xdp_interface interface;
    static struct v6nf_xdp xdp;
    const struct v6nf_xdp_interface *const interfaces[] = {&interface};
    const struct v6nf_xdp_config config = {
        .name = settings->xdp, .mac = settings->has_mac ? settings->mac : NULL, .pause = settings->xdp_pause};
    if (!is_xdp_open(settings->xdp, &interface, v6nf_xdp_attach(&interface, &config)) ||
        !is_xdp_open(settings->xdp, &interface, v6nf_xdp_open(&xdp, interfaces, 1, 0))) {
        return NULL;
    }
    v6nf_print_text("AF_XDP on ");
    v6nf_print_text(settings->xdp);
    v6nf_print_text(": ");
    v6nf_print_text(v6nf_xdp_mode_text(&xdp.ports[0]));
    v6nf_print_text("\n");
    return &xdp.ports[0].port;
}

static const char *explain_pci(enum v6nf_linux_pci_status status)
{
    if (status == V6NF_LINUX_PCI_FAILED) {
        return strerror(errno);
    }
    return status == V6NF_LINUX_PCI_UNPROTECTED
               ? "there is no IOMMU before this card: it can write to any memory, and continues to if the program is "
                 "killed (SIGKILL); --pci-without-iommu allows that"
               : v6nf_linux_pci_status_text(status);
}

static bool open_card(struct v6nf_card *card, const struct settings *settings)
{
    const struct v6nf_nic_config config = {
        .mtu = settings->mtu, .mac = settings->has_mac ? settings->mac : NULL, .checksums = settings->checksums};
    const uint32_t flags = settings->without_iommu ? V6NF_LINUX_PCI_WITHOUT_IOMMU : 0u;
    enum v6nf_linux_pci_status opened = v6nf_linux_pci_open(settings->pci, flags);
    if (opened != V6NF_LINUX_PCI_OPEN) {
        program_error("--pci", explain_pci(opened));
        return false;
    }
    enum v6nf_nic_status status = v6nf_card_open(card, settings->pci, &config);
    if (status != V6NF_NIC_READY) {
        program_error("--pci", v6nf_nic_status_text(status));
    }
    return status == V6NF_NIC_READY;
}

/* Run on `port`, and record its frames. */
static enum program_status run_recorded(struct v6nf_port *port, const struct settings *settings)
{
    if (!v6nf_pcap_open(&pcap, port, settings->pcap)) {
        program_error(settings->pcap, strerror(errno));
        return PROGRAM_FAILED;
    }
    enum program_status status = program_run(&pcap.port, settings);
    if (!v6nf_pcap_close(&pcap)) {
        program_error(settings->pcap, "not all frames are in it");
        return PROGRAM_FAILED;
    }
    return status;
}

/* Open the port that the user named. Return NULL, after an error message, if that fails. */
static struct v6nf_port *open_port(struct v6nf_tap *tap, const struct settings *settings)
{
    static struct v6nf_card card;
    if (settings->has_pci) {
        return open_card(&card, settings) ? card.port : NULL;
    }
    if (settings->xdp != NULL) {
        return open_xdp(settings);
    }
    return open_tap(tap, settings) ? &tap->port : NULL;
}

int main(int argc, char **argv)
{
    static struct v6nf_tap tap;
    struct settings settings;
    if (!read_arguments(&settings, argc, argv)) {
        return PROGRAM_FAILED;
    }
    if (settings.help) {
        print_usage();
        return PROGRAM_DONE;
    }
    find_secret(&settings);
    catch_signals();
    struct v6nf_port *port = open_port(&tap, &settings);
    if (port == NULL) {
        return PROGRAM_FAILED;
    }
    enum program_status status = settings.pcap != NULL ? run_recorded(port, &settings) : program_run(port, &settings);
    if (!port->operations->stop(port)) {
        program_error("the port", "did not confirm that it has stopped: its card may still write to memory");
        status = PROGRAM_FAILED;
    }
    return (int)status;
}

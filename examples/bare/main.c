/* main.c: an example on a board without operating system, with options from the boot loader's command line. The port is
 * the device whose registers they name, or the first network card that a driver knows. */
#include "../program.h"
#include "pci.h"
#include "v6nf/board/board.h"
#include "v6nf/driver/lan9118.h"
#include "v6nf/driver/virtio.h"

#define MAX_ARGUMENTS 64u

bool program_should_stop(void)
{
    pci_serve();
    return false; /* a board has no signals */
}

void program_error(const char *subject, const char *problem)
{
    v6nf_print_text(program_about.name);
    v6nf_print_text(": ");
    v6nf_print_text(subject);
    v6nf_print_text(": ");
    v6nf_print_text(problem);
    v6nf_print_text("\n");
}

static enum v6nf_nic_status open_port(struct v6nf_port **port, const struct settings *settings)
{
    const struct v6nf_nic_config config = {
        .mtu = settings->mtu, .mac = settings->has_mac ? settings->mac : NULL, .checksums = settings->checksums};
    if (settings->has_virtio) {
        static struct v6nf_virtio virtio;
        *port = &virtio.common.port;
        return v6nf_virtio_init_mmio(&virtio, settings->virtio, &config);
    }
    if (settings->has_lan9118) {
        static struct v6nf_lan9118 lan9118;
        *port = &lan9118.port;
        return v6nf_lan9118_init(&lan9118, settings->lan9118, &config);
    }
    return pci_open(port, settings, &config);
}

/* Stop the card: the next owner of the memory must not find that it writes to it. */
static void stop_port(struct v6nf_port *port)
{
    if (!port->operations->stop(port)) {
        program_error("the network card", "did not stop: turn the machine off before its memory is used again");
    }
    pci_stop();
}

int main(void)
{
    static char *arguments[MAX_ARGUMENTS];
    struct settings settings;
    struct settings_error error;
    struct v6nf_port *port;
    int count = (int)v6nf_board_arguments(arguments, MAX_ARGUMENTS);
    if (!settings_parse(&settings, program_about.pings, count, arguments, &error)) {
        program_error(error.argument, error.problem);
        return PROGRAM_FAILED;
    }
    enum v6nf_nic_status status = open_port(&port, &settings);
    if (status != V6NF_NIC_READY) {
        program_error("the network card", v6nf_nic_status_text(status));
        pci_stop();
        return PROGRAM_FAILED;
    }
    enum program_status result = program_run(port, &settings);
    stop_port(port);
    return (int)result;
}

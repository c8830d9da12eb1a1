/* main.c: an example on a board without an operating system: options from the boot loader's command line, the port is the
 * first network card that a driver knows. */
#include "../card.h"
#include "../program.h"
#include "v6nf/board.h"
#include "v6nf/igb.h"
#include "v6nf/lan9118.h"

#define MTU 1500u
#define VIRTUAL_FUNCTIONS 2u

#define ARGUMENTS_MOST 64u

/* With --virtual: the card whose virtual function the program runs on, and when it was served last. */
#define SERVE_INTERVAL 10000u /* microseconds */
static struct v6nf_nic physical;
static uint64_t served;

bool program_should_stop(void)
{
    uint64_t now = v6nf_env_clock();
    if (now - served >= SERVE_INTERVAL) {
        served = now;
        v6nf_igb_serve_virtual(&physical);
    }
    return false; /* nobody is there to say so */
}

void program_error(const char *subject, const char *problem)
{
    print_text(program_about.name);
    print_text(": ");
    print_text(subject);
    print_text(": ");
    print_text(problem);
    print_text("\n");
}

/* Has the first igb card make a virtual function, and sets that up. */
static enum v6nf_nic_status init_virtual(struct v6nf_nic *nic, const struct v6nf_nic_config *config)
{
    const struct v6nf_nic_config its = {.mtu = MTU};
    struct v6nf_env_pci_address function;
    enum v6nf_nic_status status = card_init_first(&physical, 1, v6nf_igb_init, &its);
    if (status == V6NF_NIC_READY) {
        status = v6nf_igb_enable_virtual(&physical, VIRTUAL_FUNCTIONS, v6nf_board_device_space());
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    if (!v6nf_nic_virtual_address(&physical, 0u, &function)) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    return v6nf_igb_virtual_init(nic, function, config, &physical);
}

static enum v6nf_nic_status open_virtual(struct card *card, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = init_virtual(&card->nic, config);
    card->port = &card->nic.port;
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(&card->nic) : status;
}

static enum v6nf_nic_status open_card(struct card *card, const struct settings *settings)
{
    const struct v6nf_nic_config config = {.mtu = MTU, .mac = settings->has_mac ? settings->mac : NULL};
    if (settings->virtual_function) {
        return open_virtual(card, &config);
    }
    if (settings->has_virtio) {
        card->port = &card->virtio.port;
        return v6nf_virtio_init_mmio(&card->virtio, settings->virtio, &config);
    }
    if (settings->has_lan9118) {
        static struct v6nf_lan9118 lan9118;
        card->port = &lan9118.port;
        return v6nf_lan9118_init(&lan9118, settings->lan9118, &config);
    }
    return settings->has_pci ? card_open(card, settings->pci, &config) : card_open_first(card, &config);
}

int main(void)
{
    static struct card card;
    static char *arguments[ARGUMENTS_MOST];
    struct settings settings;
    struct settings_error error;
    int count = (int)v6nf_board_arguments(arguments, ARGUMENTS_MOST);
    if (!settings_parse(&settings, program_about.pings, count, arguments, &error)) {
        program_error(error.argument, error.problem);
        return PROGRAM_FAILED;
    }
    enum v6nf_nic_status status = open_card(&card, &settings);
    if (status != V6NF_NIC_READY) {
        program_error("the network card", v6nf_nic_explain(status));
        return PROGRAM_FAILED;
    }
    return (int)program_run(card.port, &settings);
}

/* main.c: an example on a board without an operating system: options from the boot loader's command line, the port is the
 * first network card that a driver knows. */
#include "../program.h"
#include "v6nf/board.h"
#include "v6nf/e1000e.h"
#include "v6nf/igb.h"
#include "v6nf/ixgbe.h"

#define MTU 1500u
#define VIRTUAL_FUNCTIONS 2u

#define ARGUMENTS_MOST 64u
#define LINE_SIZE 2048u

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

/* Splits the command line at its spaces. Returns how many arguments there are; the first stands for the program. */
static int split_line(char *line, char **arguments)
{
    const char *from = v6nf_board_arguments();
    uint32_t length = 0;
    uint32_t count = 1;
    arguments[0] = line + LINE_SIZE - 1u;
    line[LINE_SIZE - 1u] = '\0';
    for (; length < LINE_SIZE - 1u && from[length] != '\0'; length++) {
        line[length] = from[length] == ' ' ? '\0' : from[length];
        bool starts = line[length] != '\0' && (length == 0u || line[length - 1u] == '\0');
        if (starts && count < ARGUMENTS_MOST) {
            arguments[count] = line + length;
            count++;
        }
    }
    line[length] = '\0';
    return (int)count;
}

static enum v6nf_nic_status open_card(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_ixgbe_init(nic, address, config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igb_init(nic, address, config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_e1000e_init(nic, address, config);
    }
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(nic) : status;
}

/* Has the card make a virtual function, and opens that. */
static enum v6nf_nic_status open_virtual(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                         const struct v6nf_nic_config *config)
{
    struct v6nf_nic_config its = {.mtu = MTU};
    struct v6nf_env_pci_address function;
    enum v6nf_nic_status status = v6nf_igb_init(&physical, address, &its);
    if (status == V6NF_NIC_READY) {
        status = v6nf_igb_enable_virtual(&physical, VIRTUAL_FUNCTIONS, v6nf_board_device_space());
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    if (!v6nf_nic_virtual_address(&physical, 0u, &function)) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    status = v6nf_igb_virtual_init(nic, function, config, &physical);
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(nic) : status;
}

/* Opens the first card that a driver knows. */
static enum v6nf_nic_status find_card(struct v6nf_nic *nic, const struct settings *settings)
{
    struct v6nf_nic_config config = {.mtu = MTU, .mac = settings->has_mac ? settings->mac : NULL};
    for (uint32_t i = 0; i < 65536u; i++) {
        struct v6nf_env_pci_address address = {
            .bus = (uint8_t)(i >> 8), .device = (uint8_t)((i >> 3) & 31u), .function = (uint8_t)(i & 7u)};
        if (v6nf_env_pci_read(address, 0) == V6NF_ENV_PCI_NO_DEVICE) {
            continue;
        }
        enum v6nf_nic_status status =
            settings->virtual_function ? open_virtual(nic, address, &config) : open_card(nic, address, &config);
        if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return V6NF_NIC_OTHER_DEVICE;
}

int main(void)
{
    static struct v6nf_nic nic;
    static char line[LINE_SIZE];
    static char *arguments[ARGUMENTS_MOST];
    struct settings settings;
    struct settings_error error;
    int count = split_line(line, arguments);
    if (!settings_parse(&settings, program_about.pings, count, arguments, &error)) {
        program_error(error.argument, error.problem);
        return PROGRAM_FAILED;
    }
    enum v6nf_nic_status status = find_card(&nic, &settings);
    if (status != V6NF_NIC_READY) {
        program_error("the network card", v6nf_nic_explain(status));
        return PROGRAM_FAILED;
    }
    return (int)program_run(&nic.port, &settings);
}

/* main.c: an example on a board without an operating system: options from the boot loader's command line, the port is the
 * first network card that a driver knows. */
#include "../card.h"
#include "../program.h"
#include "v6nf/board.h"

#define MTU 1500u

#define ARGUMENTS_MOST 64u

bool program_should_stop(void)
{
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

int main(void)
{
    static struct v6nf_nic nic;
    static char *arguments[ARGUMENTS_MOST];
    struct settings settings;
    struct settings_error error;
    int count = (int)v6nf_board_arguments(arguments, ARGUMENTS_MOST);
    if (!settings_parse(&settings, program_about.pings, count, arguments, &error)) {
        program_error(error.argument, error.problem);
        return PROGRAM_FAILED;
    }
    struct v6nf_nic_config config = {.mtu = MTU, .mac = settings.has_mac ? settings.mac : NULL};
    enum v6nf_nic_status status = card_init_first(&nic, 1, &config);
    if (status == V6NF_NIC_READY) {
        status = v6nf_nic_open_port(&nic);
    }
    if (status != V6NF_NIC_READY) {
        program_error("the network card", v6nf_nic_explain(status));
        return PROGRAM_FAILED;
    }
    return (int)program_run(&nic.port, &settings);
}

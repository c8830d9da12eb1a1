/* lan9118.c: proof of the LAN9118 driver. Each read of a register returns any value, and the program makes any
 * calls. */
#include "drivers/lan9118/lan9118.c"

#include "any_driver.h"

static volatile uint32_t registers[REGISTERS_SIZE / WORD];

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address;
    must(size <= sizeof registers);
    return any_bool() ? registers : NULL;
}

uint64_t v6nf_env_clock(void)
{
    return any64;
}

void v6nf_env_idle(uint64_t until)
{
    (void)until;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    (void)microseconds;
}

static void make_any_calls(struct v6nf_port *port)
{
    static const uint32_t outputs = 1;
    struct v6nf_port_counters counters;
    while (any_bool()) {
        switch (any8) {
        case 0:
            (void)port->operations->poll(port, any_handler, (void *)&outputs);
            break;
        case 1:
            originate_any(port);
            break;
        case 2:
            (void)port->operations->link_up(port);
            break;
        case 3:
            (void)port->operations->status(port);
            break;
        case 4:
            (void)port->operations->stop(port);
            break;
        case 5:
            port->operations->wait(port, any64);
            break;
        default:
            port->operations->read_counters(port, &counters);
            break;
        }
    }
}

int main(void)
{
    static struct v6nf_lan9118 lan9118;
    uint8_t mac[6];
    any_fill(mac, sizeof mac);
    const struct v6nf_nic_config config = {
        .mtu = any32, .inputs = any32, .promiscuous = any_bool(), .mac = any_bool() ? mac : NULL};
    (void)v6nf_lan9118_init(&lan9118, any64, &config);
    make_any_calls(&lan9118.port);
    return 0;
}

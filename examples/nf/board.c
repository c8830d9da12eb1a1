/* board.c: run a network function on the first cards of a board: on rings, if they are of one kind or virtio devices,
 * otherwise as ports. */
#include "run.h"

#define MTU 1500u

static const struct v6nf_nic_config config = {.mtu = MTU, .promiscuous = true};

void *nf_memory(size_t size)
{
    const size_t line = V6NF_ENV_CACHE_LINE;
    return v6nf_env_memory((size + line - 1u) / line * line, line);
}

static int run_agent(void)
{
    nf_start_agents();
    nf_run_agent_and_look(0);
    return nf_end();
}

/* Run on rings. Return false, with all cards stopped, if the first cards that have rings do not fit together. */
static bool run_on_rings(int *exit_status)
{
    static struct v6nf_nic cards[NF_INPUTS];
    enum v6nf_nic_status status = v6nf_card_init_first(cards, NF_INPUTS, v6nf_card_init, &config);
    enum v6nf_ring_status opened = status == V6NF_NIC_READY ? nf_use_cards(cards, 1) : V6NF_RING_MIXED;
    if (opened == V6NF_RING_OPEN) {
        *exit_status = run_agent();
    } else if (opened != V6NF_RING_MIXED) {
        *exit_status = nf_fail(v6nf_ring_status_text(opened));
    } else if (status != V6NF_NIC_READY && status != V6NF_NIC_OTHER_DEVICE) {
        *exit_status = nf_fail(v6nf_nic_status_text(status));
        opened = V6NF_RING_INVALID;
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        (void)v6nf_nic_stop(&cards[i]);
    }
    return opened != V6NF_RING_MIXED;
}

static int run_on_ports(void)
{
    static struct v6nf_card cards[NF_INPUTS];
    struct v6nf_port *ports[NF_INPUTS];
    enum v6nf_nic_status status = v6nf_card_open_first(cards, NF_INPUTS, &config);
    if (status != V6NF_NIC_READY) {
        return nf_fail(status == V6NF_NIC_OTHER_DEVICE ? "there are too few network cards that a driver knows"
                                                       : v6nf_nic_status_text(status));
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        ports[i] = cards[i].port;
    }
    const enum v6nf_ring_status opened = nf_use_ports(ports, cards);
    int exit_status = opened == V6NF_RING_OPEN ? run_agent() : nf_fail(v6nf_ring_status_text(opened));
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        (void)ports[i]->operations->stop(ports[i]);
    }
    return exit_status;
}

int main(void)
{
    int exit_status = 0;
    return run_on_rings(&exit_status) ? exit_status : run_on_ports();
}

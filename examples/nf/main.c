/* main.c: run a network function on the first NF_CARDS cards of a board that a driver knows. */
#include "nf.h"
#include "v6nf/driver/card.h"
#include "v6nf/print.h"

#define MTU 1500u

static struct v6nf_nic cards[NF_CARDS];
static struct v6nf_ring rings[NF_CARDS];

#define LOOK_INTERVAL 1000000u /* microseconds between two checks that all cards are there */

/* Microseconds without a packet after which the CPU sleeps between two rounds. By then every received frame was sent.
 * The gaps of a busy link are shorter. */
#define IDLE_AFTER 10000u

/* End the function: no card accesses memory any more. */
static int fail(const char *problem)
{
    for (uint32_t i = 0; i < NF_CARDS; i++) {
        (void)v6nf_nic_stop(&cards[i]);
    }
    v6nf_print_text(nf_name);
    v6nf_print_text(": ");
    v6nf_print_text(problem);
    v6nf_print_text("\n");
    return 1;
}

static bool all_are_there(void)
{
    bool are_there = true;
    for (uint32_t i = 0; i < NF_CARDS; i++) {
        are_there = v6nf_nic_look(&cards[i]) == V6NF_PORT_RUNNING && are_there;
    }
    return are_there;
}

static bool open_rings(void)
{
    for (uint32_t i = 0; i < NF_CARDS; i++) {
        struct v6nf_ring_device *outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            outputs[j] = &cards[(i + 1u + j) % NF_CARDS].device;
        }
        if (v6nf_ring_open(&rings[i], &cards[i].device, NF_OUTPUTS, outputs, cards[i].buffer_size) != V6NF_RING_OPEN) {
            return false;
        }
    }
    return true;
}

int main(void)
{
    static const struct v6nf_nic_config config = {.mtu = MTU, .promiscuous = true};
    uint8_t secret[NF_SECRET_SIZE];
    if (!v6nf_env_entropy(secret, sizeof secret)) {
        v6nf_print_text("this board has no entropy: any sender can fill the tables of the function\n");
    }
    enum v6nf_nic_status status = v6nf_card_init_first(cards, NF_CARDS, v6nf_card_init, &config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        return fail("there are too few network cards that a driver knows");
    }
    if (status != V6NF_NIC_READY) {
        return fail(v6nf_nic_status_text(status));
    }
    nf_start(secret);
    if (!open_rings()) {
        return fail("a card has no queue, or there is no memory that it can reach");
    }
    v6nf_print_text(nf_name);
    v6nf_print_text(": running\n");
    uint64_t looked = v6nf_env_clock();
    uint64_t busy = looked; /* when a packet last arrived */
    for (;;) {
        const uint64_t now = v6nf_env_clock();
        if (now - looked >= LOOK_INTERVAL) {
            looked = now;
            if (!all_are_there()) {
                return fail("a network card is gone; put it back, and start again");
            }
        }
        uint32_t packets = 0;
        for (uint32_t i = 0; i < NF_CARDS; i++) {
            packets += nf_poll(&rings[i], cards[i].device.format, i, now);
        }
        if (packets > 0u) {
            busy = now;
        } else if (now - busy >= IDLE_AFTER) {
            v6nf_env_idle_briefly(UINT64_MAX);
        }
    }
}

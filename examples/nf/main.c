/* main.c: a network function on the first NF_CARDS cards of a board that a driver knows. */
#include "../print.h"
#include "nf.h"
#include "v6nf/e1000e.h"
#include "v6nf/igb.h"
#include "v6nf/ixgbe.h"

#define MTU 1500u
#define PCI_FUNCTIONS 65536u

static struct v6nf_nic cards[NF_CARDS];
static struct v6nf_ring rings[NF_CARDS];

static int fail(const char *problem)
{
    print_text(nf_name);
    print_text(": ");
    print_text(problem);
    print_text("\n");
    return 1;
}

static enum v6nf_nic_status init_card(struct v6nf_nic *card, struct v6nf_env_pci_address address)
{
    static const struct v6nf_nic_config config = {.mtu = MTU, .promiscuous = true};
    enum v6nf_nic_status status = v6nf_ixgbe_init(card, address, &config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igb_init(card, address, &config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_e1000e_init(card, address, &config);
    }
    return status;
}

static enum v6nf_nic_status find_cards(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PCI_FUNCTIONS && count < NF_CARDS; i++) {
        struct v6nf_env_pci_address address = {
            .bus = (uint8_t)(i >> 8), .device = (uint8_t)((i >> 3) & 31u), .function = (uint8_t)(i & 7u)};
        if (v6nf_env_pci_read(address, 0) == V6NF_ENV_PCI_NO_DEVICE) {
            continue;
        }
        enum v6nf_nic_status status = init_card(&cards[count], address);
        if (status == V6NF_NIC_READY) {
            count++;
        } else if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return count == NF_CARDS ? V6NF_NIC_READY : V6NF_NIC_OTHER_DEVICE;
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
    uint8_t secret[NF_SECRET_SIZE];
    if (!v6nf_env_entropy(secret, sizeof secret)) {
        print_text("this board has no entropy: whoever wants can fill the function's tables\n");
    }
    enum v6nf_nic_status status = find_cards();
    if (status == V6NF_NIC_OTHER_DEVICE) {
        return fail("there are too few network cards that a driver knows");
    }
    if (status != V6NF_NIC_READY) {
        return fail(v6nf_nic_explain(status));
    }
    nf_start(secret);
    if (!open_rings()) {
        return fail("a card has no queue, or there is no memory that it can reach");
    }
    print_text(nf_name);
    print_text(": running\n");
    for (;;) {
        const uint64_t now = v6nf_env_clock();
        for (uint32_t i = 0; i < NF_CARDS; i++) {
            nf_poll(&rings[i], cards[i].device.format, i, now);
        }
    }
}

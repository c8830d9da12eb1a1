/* cards.c: see cards.h. */
#include "cards.h"

#include "v6nf/e1000e.h"
#include "v6nf/igb.h"
#include "v6nf/ixgbe.h"

#define PCI_FUNCTIONS 65536u

static enum v6nf_nic_status init_card(struct v6nf_nic *card, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_ixgbe_init(card, address, config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igb_init(card, address, config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_e1000e_init(card, address, config);
    }
    return status;
}

enum v6nf_nic_status cards_init(struct v6nf_nic *cards, uint32_t count, const struct v6nf_nic_config *config)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < PCI_FUNCTIONS && found < count; i++) {
        struct v6nf_env_pci_address address = {
            .bus = (uint8_t)(i >> 8), .device = (uint8_t)((i >> 3) & 31u), .function = (uint8_t)(i & 7u)};
        if (v6nf_env_pci_read(address, 0) == V6NF_ENV_PCI_NO_DEVICE) {
            continue;
        }
        enum v6nf_nic_status status = init_card(&cards[found], address, config);
        if (status == V6NF_NIC_READY) {
            found++;
        } else if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return found == count ? V6NF_NIC_READY : V6NF_NIC_OTHER_DEVICE;
}

enum v6nf_nic_status cards_open_port(struct v6nf_port **port, const struct v6nf_nic_config *config)
{
    static struct v6nf_nic card;
    enum v6nf_nic_status status = cards_init(&card, 1, config);
    if (status == V6NF_NIC_READY) {
        status = v6nf_nic_open_port(&card);
    }
    *port = status == V6NF_NIC_READY ? &card.port : NULL;
    return status;
}

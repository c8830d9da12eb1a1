/* card.c: see card.h. */
#include "card.h"

#include "v6nf/e1000e.h"
#include "v6nf/igb.h"
#include "v6nf/ixgbe.h"

#define PCI_FUNCTIONS 65536u

enum v6nf_nic_status card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_ixgbe_init(nic, address, config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igb_init(nic, address, config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_e1000e_init(nic, address, config);
    }
    return status;
}

enum v6nf_nic_status card_init_first(struct v6nf_nic *cards, uint32_t count, card_driver *driver,
                                     const struct v6nf_nic_config *config)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < PCI_FUNCTIONS && found < count; i++) {
        struct v6nf_env_pci_address address = {
            .bus = (uint8_t)(i >> 8), .device = (uint8_t)((i >> 3) & 31u), .function = (uint8_t)(i & 7u)};
        if (v6nf_env_pci_read(address, 0) == V6NF_ENV_PCI_NO_DEVICE) {
            continue;
        }
        enum v6nf_nic_status status = driver(&cards[found], address, config);
        if (status == V6NF_NIC_READY) {
            found++;
        } else if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return found == count ? V6NF_NIC_READY : V6NF_NIC_OTHER_DEVICE;
}

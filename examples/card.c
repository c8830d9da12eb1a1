/* card.c: see card.h. */
#include "card.h"

#include "v6nf/driver/e1000e.h"
#include "v6nf/driver/igb.h"
#include "v6nf/driver/ixgbe.h"

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

/* Goes on to the next PCI function that is there, from number *next on. False if there is none. */
static bool find_function(uint32_t *next, struct v6nf_env_pci_address *address)
{
    for (; *next < PCI_FUNCTIONS; *next += 1u) {
        *address = (struct v6nf_env_pci_address){
            .bus = (uint8_t)(*next >> 8), .device = (uint8_t)((*next >> 3) & 31u), .function = (uint8_t)(*next & 7u)};
        if (v6nf_env_pci_read(*address, 0) != V6NF_ENV_PCI_NO_DEVICE) {
            *next += 1u;
            return true;
        }
    }
    return false;
}

enum v6nf_nic_status card_init_first(struct v6nf_nic *cards, uint32_t count, card_driver *driver,
                                     const struct v6nf_nic_config *config)
{
    uint32_t found = 0;
    struct v6nf_env_pci_address address;
    for (uint32_t next = 0; found < count && find_function(&next, &address);) {
        enum v6nf_nic_status status = driver(&cards[found], address, config);
        if (status == V6NF_NIC_READY) {
            found++;
        } else if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return found == count ? V6NF_NIC_READY : V6NF_NIC_OTHER_DEVICE;
}

enum v6nf_nic_status card_open(struct card *card, struct v6nf_env_pci_address address, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_virtio_init_pci(&card->virtio, address, config);
    card->port = &card->virtio.port;
    if (status != V6NF_NIC_OTHER_DEVICE) {
        return status;
    }
    card->port = &card->nic.port;
    status = card_init(&card->nic, address, config);
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(&card->nic) : status;
}

enum v6nf_nic_status card_open_first(struct card *card, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = V6NF_NIC_OTHER_DEVICE;
    struct v6nf_env_pci_address address;
    for (uint32_t next = 0; status == V6NF_NIC_OTHER_DEVICE && find_function(&next, &address);) {
        status = card_open(card, address, config);
    }
    return status;
}

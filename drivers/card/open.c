/* open.c: any card as a port. */
#include "v6nf/driver/card.h"

#include "scan.h"

enum v6nf_nic_status v6nf_card_open(struct v6nf_card *card, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_virtio_init_pci(&card->virtio, address, config);
    card->port = &card->virtio.port;
    if (status != V6NF_NIC_OTHER_DEVICE) {
        return status;
    }
    status = v6nf_vmxnet3_init(&card->vmxnet3, address, config);
    card->port = &card->vmxnet3.port;
    if (status != V6NF_NIC_OTHER_DEVICE) {
        return status;
    }
    card->port = &card->nic.port;
    status = v6nf_card_init(&card->nic, address, config);
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(&card->nic) : status;
}

enum v6nf_nic_status v6nf_card_open_first(struct v6nf_card *card, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = V6NF_NIC_OTHER_DEVICE;
    uint32_t next = 0;
    struct v6nf_env_pci_address address;
    while (status == V6NF_NIC_OTHER_DEVICE && v6nf_card_scan(&next, &address)) {
        status = v6nf_card_open(card, address, config);
    }
    return status;
}

/* open.c: any card as a port. */
#include "v6nf/driver/card.h"

#include "scan.h"

enum v6nf_nic_status v6nf_card_open(struct v6nf_card *card, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_virtio_init_pci(&card->virtio, address, config);
    card->port = &card->virtio.common.port;
    if (status != V6NF_NIC_OTHER_DEVICE) {
        return status;
    }
    status = v6nf_vmxnet3_init(&card->vmxnet3, address, config);
    card->port = &card->vmxnet3.common.port;
    if (status != V6NF_NIC_OTHER_DEVICE) {
        return status;
    }
    card->port = &card->nic.port;
    status = v6nf_card_init(&card->nic, address, config);
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(&card->nic) : status;
}

enum v6nf_nic_status v6nf_card_open_first(struct v6nf_card *cards, uint32_t count, const struct v6nf_nic_config *config)
{
    uint32_t ready = 0;
    uint32_t next = 0;
    enum v6nf_nic_status status = V6NF_NIC_OTHER_DEVICE;
    struct v6nf_env_pci_address address;
    while (ready < count && (status == V6NF_NIC_OTHER_DEVICE || status == V6NF_NIC_READY) &&
           v6nf_card_scan(&next, &address)) {
        status = v6nf_card_open(&cards[ready], address, config);
        ready += status == V6NF_NIC_READY ? 1u : 0u;
    }
    if (ready == count) {
        return V6NF_NIC_READY;
    }
    for (uint32_t i = 0; i < ready; i++) {
        (void)cards[i].port->operations->stop(cards[i].port);
    }
    return status == V6NF_NIC_READY ? V6NF_NIC_OTHER_DEVICE : status;
}

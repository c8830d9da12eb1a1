/* first.c: the first cards of one driver. Apart from init.c: a program with one driver links no other. */
#include "v6nf/driver/card.h"

#include "scan.h"

enum v6nf_nic_status v6nf_card_init_first(struct v6nf_nic *cards, uint32_t count, v6nf_card_driver *driver,
                                          const struct v6nf_nic_config *config)
{
    uint32_t ready = 0;
    uint32_t next = 0;
    bool fails = false;
    enum v6nf_nic_status status = V6NF_NIC_OTHER_DEVICE;
    struct v6nf_env_pci_address address;
    while (ready < count && !fails && v6nf_card_scan(&next, &address)) {
        status = driver(&cards[ready], address, config);
        ready += status == V6NF_NIC_READY ? 1u : 0u;
        fails = status != V6NF_NIC_READY && status != V6NF_NIC_OTHER_DEVICE;
    }
    if (ready == count) {
        return V6NF_NIC_READY;
    }
    /* The program stops all cards, also those that no driver has seen. */
    for (uint32_t i = ready + (fails ? 1u : 0u); i < count; i++) {
        cards[i] = (struct v6nf_nic){.registers = NULL};
    }
    return fails ? status : V6NF_NIC_OTHER_DEVICE;
}

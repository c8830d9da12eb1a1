/* first.c: the first cards of one driver. Apart from init.c: a program with one driver links no other. */
#include "v6nf/driver/card.h"

#include "scan.h"

enum v6nf_nic_status v6nf_card_init_first(struct v6nf_nic *cards, uint32_t count, v6nf_card_driver *driver,
                                          const struct v6nf_nic_config *config)
{
    uint32_t ready = 0;
    uint32_t next = 0;
    struct v6nf_env_pci_address address;
    while (ready < count && v6nf_card_scan(&next, &address)) {
        enum v6nf_nic_status status = driver(&cards[ready], address, config);
        if (status == V6NF_NIC_READY) {
            ready++;
        } else if (status != V6NF_NIC_OTHER_DEVICE) {
            return status;
        }
    }
    return ready == count ? V6NF_NIC_READY : V6NF_NIC_OTHER_DEVICE;
}

/* init.c: the driver that knows a card with rings. */
#include "v6nf/driver/card.h"
#include "v6nf/driver/e1000e.h"
#include "v6nf/driver/igb.h"
#include "v6nf/driver/igc.h"
#include "v6nf/driver/ixgbe.h"

enum v6nf_nic_status v6nf_card_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                    const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_ixgbe_init(nic, address, config);
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igb_init(nic, address, config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_igc_init(nic, address, config);
    }
    if (status == V6NF_NIC_OTHER_DEVICE) {
        status = v6nf_e1000e_init(nic, address, config);
    }
    return status;
}

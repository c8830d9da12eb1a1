/* card.c: see card.h. */
#include "card.h"

#include "v6nf/e1000e.h"
#include "v6nf/igb.h"
#include "v6nf/ixgbe.h"

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

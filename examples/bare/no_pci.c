/* no_pci.c: see pci.h. The options name the device of such a board. */
#include "pci.h"

enum v6nf_nic_status pci_open(struct v6nf_port **port, const struct settings *settings,
                              const struct v6nf_nic_config *config)
{
    (void)settings;
    (void)config;
    *port = NULL;
    return V6NF_NIC_OTHER_DEVICE;
}

void pci_stop(void)
{
}

void pci_serve(void)
{
}

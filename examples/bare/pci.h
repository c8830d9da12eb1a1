/* pci.h: network cards on a board with PCI (pci.c), and on one without (no_pci.c). */
#ifndef EXAMPLES_BARE_PCI_H
#define EXAMPLES_BARE_PCI_H

#include "../settings.h"
#include "v6nf/driver/nic.h"
#include "v6nf/port.h"

/* Open the card that the settings name, or else the first that a driver knows. *port is its port on V6NF_NIC_READY. */
enum v6nf_nic_status pci_open(struct v6nf_port **port, const struct settings *settings,
                              const struct v6nf_nic_config *config);

/* Stop the physical function of a virtual one, if the card is one. Stop its port before. */
void pci_stop(void);

/* Serve that physical function. Call it in each turn of the program's loop. */
void pci_serve(void);

#endif

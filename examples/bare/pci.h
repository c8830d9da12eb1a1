/* pci.h: network cards on a board with PCI (pci.c), and on one without (no_pci.c). */
#ifndef EXAMPLES_BARE_PCI_H
#define EXAMPLES_BARE_PCI_H

#include "../settings.h"
#include "v6nf/driver/nic.h"
#include "v6nf/port.h"

/* Open the card that the settings name, or the first that a driver knows. On V6NF_NIC_READY it is *port. */
enum v6nf_nic_status pci_open(struct v6nf_port **port, const struct settings *settings,
                              const struct v6nf_nic_config *config);

/* Stop the physical function behind a virtual one, whose port was stopped. Without one, do nothing. */
void pci_stop(void);

/* Serve the physical function. Call it in each round of the program's loop. */
void pci_serve(void);

#endif

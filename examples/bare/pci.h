/* pci.h: network cards on a board with PCI (pci.c), and on one without (no_pci.c). */
#ifndef EXAMPLES_BARE_PCI_H
#define EXAMPLES_BARE_PCI_H

#include "../settings.h"
#include "v6nf/driver/nic.h"
#include "v6nf/port.h"

/* Has the card that the settings name, or else the first that a driver knows, be *port. */
enum v6nf_nic_status pci_open(struct v6nf_port **port, const struct settings *settings,
                              const struct v6nf_nic_config *config);

/* Stops the physical function behind a virtual one, whose port was stopped; without one, nothing. */
void pci_stop(void);

/* Does what is due for it, in each turn of the program's loop. */
void pci_serve(void);

#endif

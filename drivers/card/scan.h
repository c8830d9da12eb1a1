/* scan.h: the PCI functions of segment 0, one after another. */
#ifndef DRIVERS_CARD_SCAN_H
#define DRIVERS_CARD_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/env.h"

/* Step to the next function that answers, in the order of addresses. `*next` is 0 before the first call.
 * Return false if there are no more. */
bool v6nf_card_scan(uint32_t *next, struct v6nf_env_pci_address *address);

#endif

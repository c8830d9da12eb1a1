/* scan.c: see scan.h. Reads every address, because a bus has gaps (PCI 3.0, 6.1). */
#include "scan.h"

#define FUNCTIONS 65536u /* 256 buses, 32 devices, 8 functions */

bool v6nf_card_scan(uint32_t *next, struct v6nf_env_pci_address *address)
{
    bool is_found = false;
    while (!is_found && *next < FUNCTIONS) {
        *address = (struct v6nf_env_pci_address){
            .bus = (uint8_t)(*next >> 8), .device = (uint8_t)((*next >> 3) & 31u), .function = (uint8_t)(*next & 7u)};
        is_found = v6nf_env_pci_read(*address, 0) != V6NF_ENV_PCI_NO_DEVICE;
        *next += 1u;
    }
    return is_found;
}

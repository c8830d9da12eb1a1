/* pci.c: see pci.h. With --virtual the card is a virtual function of the first igb card. */
#include "pci.h"

#include "v6nf/board/board.h"
#include "v6nf/driver/card.h"
#include "v6nf/driver/igb.h"

#define VIRTUAL_FUNCTIONS 2u

#define SERVE_INTERVAL 10000u /* microseconds */

static struct v6nf_nic physical; /* the card of the virtual function */
static uint64_t served;          /* when it was served last */

void pci_serve(void)
{
    uint64_t now = v6nf_env_clock();
    if (now - served >= SERVE_INTERVAL) {
        served = now;
        v6nf_igb_serve_virtual(&physical);
    }
}

void pci_stop(void)
{
    (void)v6nf_nic_stop(&physical);
}

/* Let the first igb card make virtual functions, and set up the first of them. */
static enum v6nf_nic_status init_virtual(struct v6nf_nic *nic, const struct v6nf_nic_config *config)
{
    const struct v6nf_nic_config physical_config = {.mtu = config->mtu};
    struct v6nf_env_pci_address function;
    enum v6nf_nic_status status = v6nf_card_init_first(&physical, 1, v6nf_igb_init, &physical_config);
    if (status == V6NF_NIC_READY) {
        status = v6nf_igb_enable_virtual(&physical, VIRTUAL_FUNCTIONS, v6nf_board_device_space());
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    if (!v6nf_nic_virtual_address(&physical, 0u, &function)) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    return v6nf_igb_virtual_init(nic, function, config, &physical);
}

static enum v6nf_nic_status open_virtual(struct v6nf_card *card, const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = init_virtual(&card->nic, config);
    card->port = &card->nic.port;
    return status == V6NF_NIC_READY ? v6nf_nic_open_port(&card->nic) : status;
}

static enum v6nf_nic_status open_card(struct v6nf_card *card, const struct settings *settings,
                                      const struct v6nf_nic_config *config)
{
    if (settings->virtual_function) {
        return open_virtual(card, config);
    }
    return settings->has_pci ? v6nf_card_open(card, settings->pci, config) : v6nf_card_open_first(card, 1, config);
}

enum v6nf_nic_status pci_open(struct v6nf_port **port, const struct settings *settings,
                              const struct v6nf_nic_config *config)
{
    static struct v6nf_card card;
    enum v6nf_nic_status status = open_card(&card, settings, config);
    *port = card.port;
    return status;
}

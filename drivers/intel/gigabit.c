/* gigabit.c: what Intel's gigabit cards have in common. Sections are those of the 82576 data sheet. */
#include "gigabit.h"

/* Destination address and EtherType of PAUSE frames (IEEE 802.3, annex 31B). */
#define PAUSE_LOW 0x00C28001u
#define PAUSE_HIGH 0x00000100u
#define PAUSE_TYPE 0x8808u

/* 8.9: fill levels of the receive buffer, in bytes: XOFF is sent above FLOW_HIGH, XON below FLOW_LOW. The 82576 has
 * 64 KiB. DOUBT: the packet buffers of the 82574 and the I210 are smaller. Either they leave more than FLOW_HIGH for
 * receiving, or these cards never send XOFF. */
#define FLOW_HIGH 0x8000u
#define FLOW_LOW 0x4000u
#define FLOW_XON (1u << 31)
#define FLOW_TIME 0xFFFFu

enum v6nf_nic_status v6nf_gigabit_reset(struct v6nf_nic *nic, uint32_t mask_clear)
{
    volatile uint32_t *registers = nic->registers;
    register_write(registers, mask_clear, UINT32_MAX);
    register_write(registers, RCTL, 0u);
    register_write(registers, TCTL, TCTL_PAD);
    if (!v6nf_intel_disable_master(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    register_set(registers, CTRL, CTRL_RST);
    v6nf_env_sleep(RESET_TIME);
    if (!v6nf_register_wait(registers, CTRL, CTRL_RST, 0u)) {
        return V6NF_NIC_NO_RESET;
    }
    register_write(registers, mask_clear, UINT32_MAX);
    /* DOUBT: without an EEPROM the bit may stay 0 as an error, or because the address has another source. Go on in both
     * cases: the address that is read afterwards decides. */
    (void)v6nf_register_wait(registers, EECD, EECD_AUTO_READ_DONE, EECD_AUTO_READ_DONE);
    return V6NF_NIC_READY;
}

/* Write the card's own filter number `n`. */
static void write_own_filter(const struct v6nf_nic *nic, uint32_t n, const uint8_t *mac)
{
    const uint32_t functions = nic->virtual_functions.count;
    v6nf_intel_write_filter(nic, RAL(n), mac, RAH_VALID + (functions > 0u ? RAH_POOL(functions) : 0u));
}

enum v6nf_nic_status v6nf_gigabit_set_filters(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const struct v6nf_nic_config *config = &nic->config;
    /* After a reset, filter 0 holds the card's own address, from the EEPROM (8.10.17). */
    if (config->mac == NULL) {
        v6nf_intel_read_filter(nic, RAL(0u), nic->port.mac);
    }
    if (!nic_mac_is_station(nic->port.mac)) {
        return V6NF_NIC_NO_EEPROM;
    }
    for (uint32_t i = 1; i < RECEIVE_ADDRESSES; i++) {
        register_write(registers, RAH(i), 0u);
    }
    register_fill(registers, MTA, MTA_COUNT, 0u);
    write_own_filter(nic, 0u, nic->port.mac);
    nic->addresses_count = 1;
    register_write(registers, RCTL,
                   RCTL_BAM + RCTL_STRIP_CRC + RCTL_LPE + (config->promiscuous ? RCTL_UPE : 0u) +
                       (config->promiscuous || !config->few_groups ? RCTL_MPE : 0u));
    return V6NF_NIC_READY;
}

void v6nf_gigabit_add_address(struct v6nf_nic *nic, const uint8_t *mac)
{
    if (nic->state != V6NF_PORT_RUNNING) {
        return;
    }
    if (nic->addresses_count < RECEIVE_ADDRESSES) {
        write_own_filter(nic, nic->addresses_count, mac);
        nic->addresses_count++;
    } else if ((mac[0] & 1u) != 0u) {
        v6nf_intel_add_hash(nic, nic_mac_hash(mac));
    } else {
        register_set(nic->registers, RCTL, RCTL_UPE); /* stations have no hash: accept all of them */
    }
}

void v6nf_gigabit_set_flow_control(const struct v6nf_nic *nic, uint32_t low, uint32_t high)
{
    volatile uint32_t *registers = nic->registers;
    bool on = nic->config.flow_control;
    register_write(registers, FCAL, PAUSE_LOW);
    register_write(registers, FCAH, PAUSE_HIGH);
    register_write(registers, FCT, PAUSE_TYPE);
    register_write(registers, FCTTV, on ? FLOW_TIME : 0u);
    register_write(registers, FCRTL, on ? FLOW_XON + low : 0u);
    register_write(registers, FCRTH, on ? high : 0u);
    register_change(registers, CTRL, CTRL_RX_FLOW + CTRL_TX_FLOW, on ? CTRL_RX_FLOW + CTRL_TX_FLOW : 0u);
}

/* Let the PHY negotiate speed and duplex mode, and the MAC follow it (4.5.7). Fiber cards have no PHY that answers. */
static void bring_up_link(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_change(registers, CTRL, CTRL_SLU + CTRL_FORCE_SPEED + CTRL_FORCE_DUPLEX, CTRL_SLU);
    register_write(registers, MDIC, MDIC_WRITE + MDIC_PHY + PHY_CONTROL + PHY_NEGOTIATE);
    (void)v6nf_register_wait(registers, MDIC, MDIC_READY, MDIC_READY);
}

enum v6nf_nic_status v6nf_gigabit_set_up(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    v6nf_gigabit_set_flow_control(nic, FLOW_LOW, FLOW_HIGH);
    bring_up_link(nic);
    register_write(registers, TCTL, TCTL_EN + TCTL_PAD + TCTL_COLLISIONS);
    return v6nf_gigabit_set_filters(nic);
}

void v6nf_gigabit_place_queue(const struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count)
{
    v6nf_intel_place_queue(nic, queue, descriptors, count);
    register_write(nic->registers, queue + QUEUE_HEAD, 0u);
    register_write(nic->registers, queue + QUEUE_TAIL, 0u);
}

void v6nf_gigabit_keep(struct v6nf_nic *nic, uint32_t key)
{
    v6nf_intel_keep(nic, RAL(0u), key, (register_read(nic->registers, RCTL) & RCTL_UPE) != 0u);
}

void v6nf_gigabit_restore(struct v6nf_nic *nic, uint32_t key)
{
    for (uint32_t i = 1; i < nic->kept.addresses_count && i < RECEIVE_ADDRESSES; i++) {
        uint8_t mac[MAC_SIZE];
        intel_kept_address(nic, i, mac);
        write_own_filter(nic, i, mac);
        nic->addresses_count = i + 1u;
    }
    v6nf_intel_restore(nic, key);
    if (nic->kept.takes_all) {
        register_set(nic->registers, RCTL, RCTL_UPE);
    }
}

bool v6nf_gigabit_start(struct v6nf_ring_device *device)
{
    register_set(device->nic->registers, RCTL, RCTL_EN);
    return true;
}

bool v6nf_gigabit_stop(struct v6nf_ring_device *device)
{
    register_write(device->nic->registers, RCTL, 0u);
    register_write(device->nic->registers, TCTL, TCTL_PAD);
    return v6nf_intel_disable_master(device->nic);
}

bool v6nf_gigabit_link_up(struct v6nf_port *port)
{
    const uint32_t status = register_read(nic_of(port)->registers, STATUS);
    return v6nf_nic_look(nic_of(port)) == V6NF_PORT_RUNNING && !nic_of(port)->is_lost &&
           (status & STATUS_LINK_UP) != 0u;
}

uint64_t v6nf_gigabit_link_speed(const struct v6nf_nic *nic)
{
    static const uint32_t speeds[4] = {10000000u, 100000000u, 1000000000u, 1000000000u};
    const uint32_t status = nic->state == V6NF_PORT_RUNNING ? register_read(nic->registers, STATUS) : 0u;
    return v6nf_nic_answers(nic) && (status & STATUS_LINK_UP) != 0u ? speeds[(status >> STATUS_SPEED_SHIFT) & 3u] : 0u;
}

/* Bytes are counted in 64 bits; reading the high register clears both (8.19). */
void v6nf_gigabit_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    volatile uint32_t *registers = nic->registers;
    static const uint16_t lost[] = {CRCERRS, MPC, RLEC, RNBC, RUC, RFC, ROC, RJC};
    struct v6nf_port_counters shown = {0};
    for (uint32_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        shown.receive_dropped += register_read(registers, lost[i]);
    }
    shown.received = register_read(registers, GPRC);
    shown.received_bytes = v6nf_intel_read_counter(nic, GORCL, UINT32_MAX);
    shown.sent = register_read(registers, GPTC);
    shown.sent_bytes = v6nf_intel_read_counter(nic, GOTCL, UINT32_MAX);
    (void)v6nf_nic_count(nic, &shown);
    nic_show_counters(nic, counters);
}

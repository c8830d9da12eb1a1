/* gigabit.c: what Intel's gigabit cards have in common. Sections are those of the 82576 data sheet. */
#include "gigabit.h"

/* Destination address and EtherType of PAUSE frames (IEEE 802.3, annex 31B). */
#define PAUSE_LOW 0x00C28001u
#define PAUSE_HIGH 0x00000100u
#define PAUSE_TYPE 0x8808u

/* The SerDes (Linux, igb_setup_serdes_link()): CTRL_EXT.LINK_MODE shows what is at the port. */
#define LINK_MODE(control) (((control) >> 22) & 3u)
#define LINK_MODE_COPPER 0u
#define LINK_MODE_BACKPLANE 1u /* 1000BASE-KX */
#define LINK_MODE_SGMII 2u     /* an external PHY */
#define CTRL_EXT_SDP3 (1u << 7)
#define CTRL_PINS (3u << 18)
#define SCTL 0x00024u
#define SCTL_NO_LOOPBACK 0x400u
#define PCS_CFG 0x04200u
#define PCS_CFG_ENABLE (1u << 3)
#define PCS_LCTL 0x04208u
#define PCS_LCTL_1000_FULL ((2u << 1) + (1u << 3))
#define PCS_LCTL_FORCE ((1u << 0) + (1u << 4) + (1u << 5)) /* link up, speed and duplex mode, link */
#define PCS_LCTL_FORCE_SPEED (1u << 4)
#define PCS_LCTL_NEGOTIATE ((1u << 16) + (1u << 17))
#define PCS_LCTL_TIMEOUT (1u << 18)
#define PCS_ANADV 0x04218u
#define PCS_ANADV_PAUSE (3u << 7)

/* Locks that are shared with firmware and other ports (I210 data sheet, 4.6.1 and 8.7; Linux: igb, acquire_swfw_sync;
 * e1000e, e1000_get_hw_semaphore_82573). Software may have SW_FW_SYNC for a second at most.
 * DOUBT: the 82576 and the I350 have the same locks. What their data sheets state of them was not read. */
#define EXTCNF_CTRL 0x00F00u /* 82574 */
#define EXTCNF_CTRL_MDIO (1u << 5)
#define SWSM 0x05B50u
#define SWSM_SOFTWARE 1u /* reading sets it */
#define SWSM_FIRMWARE 2u /* stays set only if firmware does not have it */
#define SW_FW_SYNC 0x05B5Cu
#define SW_FW_SYNC_FIRMWARE_SHIFT 16u
#define LOCK_TRIES 200u
#define LOCK_STEP 5000u /* microseconds */

/* Fill levels of the receive buffer, in bytes: XOFF is sent above FCRTH, XON below FCRTL. FCRTH is a multiple of
 * 16, more than the longest frame, and at most the buffer less 48 (I210 data sheet, 8.5.6). */
#define FLOW_UNIT 16u
#define FLOW_REST 512u /* bytes that arrive while a cable and both ends delay XOFF */
#define FLOW_XON (1u << 31)
#define FLOW_TIME 0xFFFFu

/* Give the packet buffers the sizes after power-on: an earlier program may have changed them. The reset that follows
 * lets them have an effect. */
static void set_packet_buffers(const struct v6nf_nic *nic)
{
    const struct intel_model *model = nic->kind->model;
    for (uint32_t i = 0; i < sizeof model->buffers / sizeof model->buffers[0]; i++) {
        if (model->buffers[i].at != 0u) {
            register_write(nic->registers, model->buffers[i].at, model->buffers[i].value);
        }
    }
}

enum v6nf_nic_status v6nf_gigabit_reset(struct v6nf_nic *nic, uint32_t mask_clear)
{
    volatile uint32_t *registers = nic->registers;
    register_write(registers, mask_clear, UINT32_MAX);
    register_write(registers, RCTL, 0u);
    register_write(registers, TCTL, TCTL_PAD);
    if (!v6nf_intel_disable_master(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    set_packet_buffers(nic);
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

/* An EEPROM, or an earlier program, can have set what is cleared here.
 * DOUBT: a priority tag is removed as others are: the data sheets name no exception. */
static void use_tags(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_change(registers, CTRL, CTRL_VME, nic->port.tags ? CTRL_VME : 0u);
    if (nic->port.tags) {
        register_change(registers, VET, VET_TYPE, VET_802_1Q);
        if (nic->kind->model->family != INTEL_E1000E) {
            register_clear(registers, CTRL_EXT, CTRL_EXT_DOUBLE_VLAN);
        }
    }
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
    if (nic->config.checksums) {
        register_set(registers, RXCSUM, RXCSUM_TUOFL);
    }
    use_tags(nic);
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

/* Return FCRTH: the buffer less two of the longest frames, one that is under way in each direction when XOFF is due
 * (IEEE 802.3, annex 31B). A small buffer has less space: then frames are lost in spite of PAUSE. */
static uint32_t flow_high(const struct v6nf_nic *nic)
{
    const uint32_t buffer = nic->kind->model->receive_buffer * 1024u;
    const uint32_t rest = 2u * nic_longest_frame(nic) + FLOW_REST;
    const uint32_t least = nic_longest_frame(nic) + FLOW_UNIT;
    const uint32_t high = buffer > rest && buffer - rest > least ? buffer - rest : least;
    return high / FLOW_UNIT * FLOW_UNIT;
}

void v6nf_gigabit_set_flow_control(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const bool on = nic->config.flow_control;
    const uint32_t high = flow_high(nic);
    register_write(registers, FCAL, PAUSE_LOW);
    register_write(registers, FCAH, PAUSE_HIGH);
    register_write(registers, FCT, PAUSE_TYPE);
    register_write(registers, FCTTV, on ? FLOW_TIME : 0u);
    register_write(registers, FCRTL, on ? FLOW_XON + high / (2u * FLOW_UNIT) * FLOW_UNIT : 0u);
    register_write(registers, FCRTH, on ? high : 0u);
    register_change(registers, CTRL, CTRL_RX_FLOW + CTRL_TX_FLOW, on ? CTRL_RX_FLOW + CTRL_TX_FLOW : 0u);
}

/* -- The lock of the PHY, which firmware and drivers of other ports share ------------------------------------------ */

/* Take SWSM, which protects SW_FW_SYNC. Return false if software or firmware has it. */
static bool try_registers(volatile uint32_t *registers)
{
    if ((register_read(registers, SWSM) & SWSM_SOFTWARE) != 0u) {
        return false;
    }
    register_set(registers, SWSM, SWSM_FIRMWARE);
    const bool is_taken = (register_read(registers, SWSM) & SWSM_FIRMWARE) != 0u;
    if (!is_taken) {
        register_clear(registers, SWSM, SWSM_SOFTWARE);
    }
    return is_taken;
}

static void give_registers_back(volatile uint32_t *registers)
{
    register_clear(registers, SWSM, SWSM_SOFTWARE + SWSM_FIRMWARE);
}

/* Return the bit of the port's PHY in SW_FW_SYNC. */
static uint32_t phy_of(volatile uint32_t *registers)
{
    static const uint8_t bits[4] = {1u << 1, 1u << 2, 1u << 5, 1u << 6};
    return bits[(register_read(registers, STATUS) >> STATUS_PORT_SHIFT) & 3u];
}

/* Take the PHY of an 82576. Return false if another has it. */
static bool try_phy(volatile uint32_t *registers, uint32_t bit)
{
    const uint32_t others = bit + (bit << SW_FW_SYNC_FIRMWARE_SHIFT);
    if (!try_registers(registers)) {
        return false;
    }
    const bool is_free = (register_read(registers, SW_FW_SYNC) & others) == 0u;
    if (is_free) {
        register_set(registers, SW_FW_SYNC, bit);
    }
    give_registers_back(registers);
    return is_free;
}

static bool try_phy_of_82574(volatile uint32_t *registers)
{
    register_set(registers, EXTCNF_CTRL, EXTCNF_CTRL_MDIO);
    return (register_read(registers, EXTCNF_CTRL) & EXTCNF_CTRL_MDIO) != 0u;
}

void v6nf_gigabit_lock_phy(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const bool is_82574 = nic->kind->model->family == INTEL_E1000E;
    const uint32_t bit = is_82574 ? 0u : phy_of(registers);
    for (uint32_t i = 0; i < LOCK_TRIES; i++) {
        if (is_82574 ? try_phy_of_82574(registers) : try_phy(registers, bit)) {
            return;
        }
        v6nf_env_sleep(LOCK_STEP);
    }
    if (!is_82574) {
        give_registers_back(registers);
        (void)try_registers(registers);
        register_change(registers, SW_FW_SYNC, bit + (bit << SW_FW_SYNC_FIRMWARE_SHIFT), bit);
        give_registers_back(registers);
    }
}

void v6nf_gigabit_unlock_phy(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    if (nic->kind->model->family == INTEL_E1000E) {
        register_clear(registers, EXTCNF_CTRL, EXTCNF_CTRL_MDIO);
        return;
    }
    for (uint32_t i = 0; i < LOCK_TRIES && !try_registers(registers); i++) {
        v6nf_env_sleep(LOCK_STEP);
    }
    register_clear(registers, SW_FW_SYNC, phy_of(registers));
    give_registers_back(registers);
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

/* Let the PHY negotiate speed and duplex mode, and the MAC follow it (4.5.7). */
static void negotiate_by_phy(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    v6nf_gigabit_lock_phy(nic);
    register_write(registers, MDIC, MDIC_WRITE + MDIC_PHY + PHY_CONTROL + PHY_NEGOTIATE);
    (void)v6nf_register_wait(registers, MDIC, MDIC_READY, MDIC_READY);
    v6nf_gigabit_unlock_phy(nic);
}

/* Start the SerDes, and turn on what is at its end: SDP3 turns it off.
 * DOUBT: an EEPROM can say that the other end does not negotiate. Here fiber always negotiates, and a backplane never
 * does. */
static void start_serdes(const struct v6nf_nic *nic, uint32_t mode)
{
    volatile uint32_t *registers = nic->registers;
    const bool negotiates = mode != LINK_MODE_BACKPLANE;
    register_clear(registers, CTRL_EXT, CTRL_EXT_SDP3);
    register_set(registers, PCS_CFG, PCS_CFG_ENABLE);
    register_write(registers, SCTL, SCTL_NO_LOOPBACK);
    if (mode != LINK_MODE_SGMII) {
        register_set(registers, CTRL,
                     CTRL_FULL_DUPLEX + CTRL_SPEED_1000 + CTRL_FORCE_SPEED + CTRL_FORCE_DUPLEX + CTRL_PINS);
    }
    register_change(registers, PCS_ANADV, PCS_ANADV_PAUSE, nic->config.flow_control ? PCS_ANADV_PAUSE : 0u);
    register_change(
        registers, PCS_LCTL,
        PCS_LCTL_1000_FULL + PCS_LCTL_FORCE + PCS_LCTL_NEGOTIATE + (mode == LINK_MODE_SGMII ? PCS_LCTL_TIMEOUT : 0u),
        (mode == LINK_MODE_SGMII ? 0u : PCS_LCTL_1000_FULL) + (negotiates ? PCS_LCTL_NEGOTIATE : PCS_LCTL_FORCE_SPEED));
}

static void bring_up_link(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const bool has_serdes = nic->kind->model->family == INTEL_IGB;
    const uint32_t mode = has_serdes ? LINK_MODE(register_read(registers, CTRL_EXT)) : LINK_MODE_COPPER;
    register_change(registers, CTRL, CTRL_SLU + CTRL_FORCE_SPEED + CTRL_FORCE_DUPLEX, CTRL_SLU);
    if (mode != LINK_MODE_COPPER) {
        start_serdes(nic, mode);
    }
    if (mode == LINK_MODE_COPPER || mode == LINK_MODE_SGMII) {
        negotiate_by_phy(nic);
    }
}

enum v6nf_nic_status v6nf_gigabit_set_up(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    v6nf_gigabit_set_flow_control(nic);
    bring_up_link(nic);
    register_write(registers, TCTL, TCTL_EN + TCTL_PAD + TCTL_COLLISIONS);
    const enum v6nf_nic_status status = v6nf_gigabit_set_filters(nic);
    v6nf_intel_show_driver(nic, status == V6NF_NIC_READY);
    return status;
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
    v6nf_intel_show_driver(device->nic, false);
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

/* Reading clears the counters; reading the high register of bytes clears both (8.19). At their maximum they stop.
 * GPRC and GORC do not count frames for which the packet buffer had no space (MPC). They do count frames that a queue
 * drops (I210 data sheet, 8.18.66).
 * DOUBT: CRCERRS counts damaged frames of any length from 64 bytes on, or not the longest.
 * DEVIATION: bytes of frames that queues dropped are not known. Their average length is subtracted. */
void v6nf_gigabit_count(struct v6nf_nic *nic, uint32_t dropped, struct v6nf_port_counters *counters)
{
    volatile uint32_t *registers = nic->registers;
    static const uint16_t lost[] = {CRCERRS, MPC, RUC, RFC, ROC};
    struct v6nf_port_counters shown = {.receive_dropped = dropped};
    for (uint32_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        shown.receive_dropped += register_read(registers, lost[i]);
    }
    const uint64_t frames = register_read(registers, GPRC);
    const uint64_t bytes = intel_without_fcs(v6nf_intel_read_counter(nic, GORCL, UINT32_MAX), frames);
    const uint64_t all = nic->counters.received + frames;
    const uint64_t mean = all > 0u ? (nic->counters.received_bytes + bytes) / all : 0u;
    shown.received = frames - dropped; /* less than 0 if frames of the last read were dropped since: sums are right */
    shown.received_bytes = bytes - mean * dropped;
    shown.sent = register_read(registers, GPTC);
    shown.sent_bytes = intel_without_fcs(v6nf_intel_read_counter(nic, GOTCL, UINT32_MAX), shown.sent);
    shown.transmit_dropped = register_read(registers, nic->kind->model->family == INTEL_E1000E ? ECOL : HTDPMC);
    (void)v6nf_nic_count(nic, &shown);
    nic_show_counters(nic, counters);
}

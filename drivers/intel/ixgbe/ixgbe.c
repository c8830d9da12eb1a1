/* ixgbe.c: the physical function of an Intel 82599, by its data sheet (revision 3.4), whose sections are named at each step.
 * X540 and X550 agree in every register that is used here (X540 data sheet, 8.2; X550, 8.2).
 *
 * Where the data sheet leaves something open, "Doubt:" says what and how it was decided. One doubt is everywhere: it names no
 * time after which a bit that does not change never will; a second is allowed. */
#include "v6nf/driver/ixgbe.h"

#include "../../nic/nic_port.h"
#include "../../pci/sriov.h"
#include "registers.h"
#include "sriov.h"

#define REGISTERS_SIZE (128u * 1024u) /* 8.1 */

#define QUEUES 64u       /* of 128: those whose registers are 64 bytes apart for receiving, too (8.2.3.8) */
#define INPUTS_MAX 16u   /* that RSS can tell apart (7.1.2.8.3) */
#define ADDRESSES 128u   /* exact filters (7.1.1.1.1) */
#define DESCRIPTOR_SIZE 16u

/* -- Reset (4.2.1.6.1, 4.6.3) ------------------------------------------------------------------------------------------- */

static bool is_ixgbe(uint32_t id)
{
    static const uint16_t devices[] = {
        0x10FB, 0x1557, 0x10F7, 0x10F8, 0x10F9, 0x10FC, 0x151C, 0x1507, 0x154D, 0x154A, 0x1558, 0x154F, /* 82599, X520 */
        0x1528, 0x1560,                                                                                 /* X540 */
        0x1563, 0x15D1                                                                                  /* X550 */
    };
    return (id & 0xFFFFu) == PCI_VENDOR_INTEL && nic_is_one_of(id >> 16, devices, sizeof devices / sizeof devices[0]);
}

/* 4.6.3.1: no interrupt will come. */
static void disable_interrupts(volatile uint32_t *registers)
{
    register_write(registers, EIMC, EIMC_ALL);
    register_fill(registers, EIMC_EXTENDED, 2u, UINT32_MAX);
}

/* 4.6.7.1.2: receive queues stop. False if one does not. */
static bool stop_receiving(volatile uint32_t *registers)
{
    bool is_off = true;
    for (uint32_t i = 0; i < QUEUES; i++) {
        if ((register_read(registers, RXDCTL(i)) & RXDCTL_ENABLE) == 0u) {
            continue;
        }
        register_clear(registers, RXDCTL(i), RXDCTL_ENABLE);
        is_off = is_off && v6nf_register_wait(registers, RXDCTL(i), RXDCTL_ENABLE, 0u); /* a second for all of them */
    }
    v6nf_env_sleep(RXDCTL_DISABLE_TIME);
    return is_off;
}

/* Send what is queued if the link is up (4.6.8.1). Without a link a queue keeps it: after a second the master disable
 * stops it. */
static void stop_transmitting(const struct v6nf_nic *nic)
{
    bool is_off = true;
    for (uint32_t i = 0; i < nic->outputs_count; i++) {
        register_clear(nic->registers, TXDCTL(i), TXDCTL_ENABLE);
        is_off = is_off && v6nf_register_wait(nic->registers, TXDCTL(i), TXDCTL_ENABLE, 0u);
    }
    register_clear(nic->registers, DMATXCTL, DMATXCTL_TE);
}

static void software_reset(volatile uint32_t *registers)
{
    register_set(registers, CTRL, CTRL_RST);
    v6nf_env_sleep(RESET_TIME);
}

/* 5.2.5.3.2: what the card has begun in memory ends before it is reset. */
static bool master_disable(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_set(registers, CTRL, CTRL_MASTER_DISABLE);
    if (v6nf_register_wait(registers, STATUS, STATUS_MASTER_ENABLE, 0u)) {
        return true;
    }
    /* Doubt: the driver "might need" to go on so only if no transaction is pending, and nothing is said of the other case. */
    if (v6nf_pci_is_pending(nic->address)) {
        return false;
    }
    register_set(registers, HLREG0, HLREG0_LPBK);
    register_clear(registers, RXCTRL, RXCTRL_RXEN);
    register_set(registers, GCR_EXT, GCR_EXT_BUFFERS_CLEAR);
    v6nf_env_sleep(GCR_EXT_BUFFERS_CLEAR_TIME);
    register_clear(registers, HLREG0, HLREG0_LPBK);
    register_clear(registers, GCR_EXT, GCR_EXT_BUFFERS_CLEAR);
    software_reset(registers); /* the first of two */
    return true;
}

static enum v6nf_nic_status reset(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    disable_interrupts(registers);
    if (!stop_receiving(registers) || !master_disable(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    software_reset(registers);
    if (!v6nf_register_wait(registers, CTRL, CTRL_RST, 0u)) {
        return V6NF_NIC_NO_RESET;
    }
    disable_interrupts(registers); /* a reset enables none, but 4.6.3.1 asks for it */
    if (!v6nf_register_wait(registers, EEC, EEC_AUTO_READ_DONE, EEC_AUTO_READ_DONE)) {
        return V6NF_NIC_NO_EEPROM;
    }
    /* Auto-read is also "done" without an EEPROM, and with a damaged one (8.2.3.2.1). */
    if ((register_read(registers, EEC) & EEC_PRESENT) == 0u || (register_read(registers, FWSM) & FWSM_ERROR) != 0u) {
        return V6NF_NIC_NO_EEPROM;
    }
    return v6nf_register_wait(registers, RDRXCTL, RDRXCTL_DMA_DONE, RDRXCTL_DMA_DONE) ? V6NF_NIC_READY : V6NF_NIC_NO_RESET;
}

/* -- Addresses and filters (7.1.1.1, 4.6.7) -------------------------------------------------------------------------------- */

static void write_address(volatile uint32_t *registers, uint32_t at, const uint8_t *mac)
{
    uint32_t words[2];
    nic_mac_to_words(words, mac);
    register_write(registers, RAL(at), words[0]);
    register_write(registers, RAH(at), words[1] + RAH_VALID);
    register_write(registers, MPSAR(2u * at), 1u); /* pool 0, the only one */
    register_write(registers, MPSAR(2u * at + 1u), 0u);
}

/* The card's own address is in filter 0 after a reset, from the EEPROM (8.2.3.7.9). */
static void read_address(volatile uint32_t *registers, uint8_t *mac)
{
    const uint32_t low = register_read(registers, RAL(0u));
    const uint32_t words[2] = {low, register_read(registers, RAH(0u))};
    nic_mac_of_words(words, mac);
}

static void add_hash(volatile uint32_t *registers, const uint8_t *mac)
{
    const uint32_t bit = nic_mac_hash(mac);
    register_set(registers, MTA + 4u * (bit / 32u), 1u << (bit % 32u));
}

/* Which tables have to be cleared by the driver, as what they hold after a reset is not defined (4.6.7). */
static void clear_filters(volatile uint32_t *registers)
{
    for (uint32_t i = 1; i < ADDRESSES; i++) {
        register_write(registers, RAH(i), 0u);
    }
    register_fill(registers, MPSAR(0u), 2u * ADDRESSES, 0u);
    register_fill(registers, PFUTA, HASH_REGISTERS, 0u);
    register_fill(registers, MTA, HASH_REGISTERS, 0u);
    register_fill(registers, VFTA, HASH_REGISTERS, 0u);
    register_fill(registers, PFVLVF, 64u, 0u);
    register_fill(registers, PFVLVFB, 128u, 0u);
    for (uint32_t i = 0; i < FTQF_COUNT; i++) {
        register_clear(registers, FTQF(i), FTQF_ENABLE);
    }
}

static enum v6nf_nic_status set_filters(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const struct v6nf_nic_config *config = &nic->config;
    clear_filters(registers);
    if (config->mac == NULL) {
        read_address(registers, nic->port.mac);
    }
    if (!nic_mac_is_station(nic->port.mac)) {
        return V6NF_NIC_NO_EEPROM;
    }
    write_address(registers, 0u, nic->port.mac);
    nic->addresses_count = 1;
    /* RXCTRL.RXEN is 0 here, as it must be for FCTRL to be written (8.2.3.7.1). Frames with errors are not stored (SBP = 0). */
    register_write(registers, FCTRL, FCTRL_BAM + (config->promiscuous ? FCTRL_UPE : 0u) +
                                         (config->promiscuous || !config->few_groups ? FCTRL_MPE : 0u));
    register_write(registers, MCSTCTRL, MCSTCTRL_MFE);
    return V6NF_NIC_READY;
}

/* The packets that came before are out of it. */
bool v6nf_ixgbe_open_receive_path(volatile uint32_t *registers)
{
    register_set(registers, SECRXCTRL, SECRXCTRL_RX_DIS);
    bool is_empty = v6nf_register_wait(registers, SECRXSTAT, SECRXSTAT_READY, SECRXSTAT_READY);
    register_change(registers, RXCTRL, RXCTRL_RXEN, is_empty ? RXCTRL_RXEN : 0u);
    register_clear(registers, SECRXCTRL, SECRXCTRL_RX_DIS);
    return is_empty;
}

void v6nf_ixgbe_add_address(struct v6nf_nic *nic, const uint8_t *mac)
{
    if (nic->virtual_functions.count > 0u || nic->state != V6NF_PORT_RUNNING) {
        return; /* filters are theirs, and nothing comes to the card itself */
    }
    volatile uint32_t *registers = nic->registers;
    /* 8.2.3.7.1: filters change only while nothing is received. */
    bool was_receiving = (register_read(registers, RXCTRL) & RXCTRL_RXEN) != 0u;
    register_clear(registers, RXCTRL, RXCTRL_RXEN);
    if (nic->addresses_count < ADDRESSES) {
        write_address(registers, nic->addresses_count, mac);
        nic->addresses_count++;
    } else if ((mac[0] & 1u) != 0u) {
        add_hash(registers, mac);
    } else {
        register_set(registers, FCTRL, FCTRL_UPE); /* the hash of stations (PFUTA) is for pools (7.10.3.10): all, or none */
    }
    if (was_receiving) {
        (void)v6nf_ixgbe_open_receive_path(registers);
    }
}

/* -- Receive and transmit units (4.6.7, 4.6.8, 4.6.11.3.4: no DCB, no virtualization) ---------------------------------------- */

/* RSS (7.1.2.8): what has the same addresses and ports comes to one input. */
static void share_inputs(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    uint8_t key[4u * RSSRK_COUNT];
    if (nic->config.inputs == 1u) {
        register_write(registers, MRQC, 0u);
        return;
    }
    (void)v6nf_env_entropy(key, sizeof key); /* any variety spreads */
    for (uint32_t i = 0; i < RSSRK_COUNT; i++) {
        register_write(registers, RSSRK(i), (uint32_t)key[4u * i] + ((uint32_t)key[4u * i + 1u] << 8) +
                                                ((uint32_t)key[4u * i + 2u] << 16) + ((uint32_t)key[4u * i + 3u] << 24));
    }
    for (uint32_t i = 0; i < RETA_COUNT; i++) {
        uint32_t entries = 0;
        for (uint32_t j = 0; j < 4u; j++) {
            entries += ((4u * i + j) % nic->config.inputs) << (8u * j);
        }
        register_write(registers, RETA(i), entries);
    }
    register_write(registers, MRQC, MRQC_RSS + MRQC_IPV6 + MRQC_TCP_IPV6 + MRQC_UDP_IPV6);
}

static void set_up_receiving(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    /* HLREG0.RXCRCSTRP is 1 after a reset, and the two must be equal (8.2.3.8.8). RSC is for other traffic than ours. */
    register_change(registers, RDRXCTL, RDRXCTL_CRC_STRIP + RDRXCTL_RSC_FIRST_SIZE + RDRXCTL_RSC_ACK + RDRXCTL_FCOE_FIX,
                    RDRXCTL_CRC_STRIP + RDRXCTL_RSC_ACK + RDRXCTL_FCOE_FIX);
    register_set(registers, HLREG0, HLREG0_RX_CRC_STRIP + HLREG0_TX_CRC + HLREG0_TX_PAD);
    /* One packet buffer (4.6.11.3.4). Doubt: the others are said to mean nothing without DCB, and to be set to 0. */
    register_write(registers, RXPBSIZE(0u), RXPBSIZE_ALL);
    register_fill(registers, RXPBSIZE(1u), 7u, 0u);
    /* MAXFRS counts the FCS but no VLAN tag (8.2.3.22.13), and only with JUMBOEN. */
    register_write(registers, MAXFRS, (nic->config.mtu + 18u) << MAXFRS_SHIFT);
    register_set(registers, HLREG0, HLREG0_JUMBO);
    share_inputs(nic);
}

/* 4.6.3.2, 3.7.7: PAUSE. Off unless asked for: a peer that says PAUSE stops what is sent, then what is received, as the
 * buffers are the same. */
static void set_flow_control(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    bool on = nic->config.flow_control;
    register_fill(registers, FCTTV(0u), 4u, on ? FCTTV_LONGEST : 0u);
    register_fill(registers, FCRTL(0u), 8u, 0u);
    register_fill(registers, FCRTH(0u), 8u, 0u);
    /* To be set with and without it (4.6.3.2): the packet buffer less 0x6000 bytes. Doubt: 8.2.3.3.4 names a granularity of
     * 16 bytes, and reserves the lower 5 bits. */
    register_write(registers, FCRTL(0u), on ? FCRTL_XON + FLOW_LOW : 0u);
    register_write(registers, FCRTH(0u), FLOW_HIGH + (on ? FCRTH_ENABLE : 0u));
    register_write(registers, FCRTV, on ? FCTTV_LONGEST / 2u : 0u);
    register_change(registers, MFLCN, MFLCN_RFCE, on ? MFLCN_RFCE : 0u);
    register_change(registers, FCCFG, FCCFG_TFCE, on ? FCCFG_TFCE_LINK : 0u);
}

static void set_up_transmitting(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    for (uint32_t i = 0; i < 128u; i++) {
        register_write(registers, RTTDQSEL, i);
        register_write(registers, RTTDT1C, 0u);
    }
    register_set(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, DTXMXSZRQ, DTXMXSZRQ_MOST);
    register_write(registers, TXPBSIZE(0u), TXPBSIZE_ALL << TXPBSIZE_SHIFT);
    register_fill(registers, TXPBSIZE(1u), 7u, 0u);
    /* In KB: the packet buffer less the longest packet (4.6.11.3.1). */
    register_write(registers, TXPBTHRESH(0u), TXPBSIZE_ALL - nic->buffer_size / 1024u);
    register_fill(registers, TXPBTHRESH(1u), 7u, 0u);
    register_write(registers, MTQC, 0u);
    register_clear(registers, RTTDCS, RTTDCS_ARBITER_OFF);
}

/* -- Queues ----------------------------------------------------------------------------------------------------------------- */

static bool add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    volatile uint32_t *registers = nic->registers;
    const uint32_t queue = nic->inputs_count;
    *tail = NULL;
    if (queue >= nic->config.inputs || buffer_size < nic->buffer_size || nic->virtual_functions.count > 0u) {
        return false;
    }
    register_write(registers, RDBAH(queue), (uint32_t)(descriptors >> 32));
    register_write(registers, RDBAL(queue), (uint32_t)(descriptors & UINT32_MAX));
    register_write(registers, RDLEN(queue), V6NF_RING_SIZE * DESCRIPTOR_SIZE);
    /* Legacy descriptors (DESCTYPE = 0). A full ring loses what is its own: without Drop_En it would hold up all. */
    register_write(registers, SRRCTL(queue), buffer_size / 1024u + SRRCTL_DROP);
    register_clear(registers, DCA_RXCTRL(queue), DCA_RXCTRL_RESERVED); /* 4.6.7, last step */
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    register_set(registers, RXDCTL(queue), RXDCTL_ENABLE);
    if (!v6nf_register_wait(registers, RXDCTL(queue), RXDCTL_ENABLE, RXDCTL_ENABLE)) {
        register_clear(registers, RXDCTL(queue), RXDCTL_ENABLE);
        return false;
    }
    nic->inputs_count++;
    *tail = registers + RDT(queue) / 4u;
    return true;
}

static bool add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    volatile uint32_t *registers = nic->registers;
    const uint32_t queue = nic->outputs_count;
    *tail = NULL;
    if (queue >= QUEUES || nic->virtual_functions.count > 0u) {
        return false;
    }
    register_write(registers, TDBAH(queue), (uint32_t)(descriptors >> 32));
    register_write(registers, TDBAL(queue), (uint32_t)(descriptors & UINT32_MAX));
    register_write(registers, TDLEN(queue), count * DESCRIPTOR_SIZE);
    /* Descriptors are fetched a cache line at a time (7.2.3.4.1). WTHRESH stays 0, as head write-back asks (7.2.3.5.2). */
    register_write(registers, TXDCTL(queue), TXDCTL_THRESHOLDS);
    /* Doubt: the head's address is to be a multiple of 4 by 7.2.3.5.2, of 8 by 8.2.3.9.11; in fact it is one of 16. */
    register_write(registers, TDWBAH(queue), (uint32_t)(head >> 32));
    register_write(registers, TDWBAL(queue), (uint32_t)(head & UINT32_MAX) + TDWBAL_ENABLE);
    /* Relaxed ordering could let an older head overtake a newer one. */
    register_clear(registers, DCA_TXCTRL(queue), DCA_TXCTRL_WRITE_BACK_RELAXED);
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    if (queue == 0u) {
        register_set(registers, DMATXCTL, DMATXCTL_TE);
    }
    register_set(registers, TXDCTL(queue), TXDCTL_ENABLE);
    if (!v6nf_register_wait(registers, TXDCTL(queue), TXDCTL_ENABLE, TXDCTL_ENABLE)) {
        register_clear(registers, TXDCTL(queue), TXDCTL_ENABLE);
        return false;
    }
    nic->outputs_count++;
    *tail = registers + TDT(queue) / 4u;
    return true;
}

/* What follows the first receive queue, once. */
static bool start(struct v6nf_ring_device *device)
{
    volatile uint32_t *registers = device->nic->registers;
    if ((register_read(registers, RXCTRL) & RXCTRL_RXEN) != 0u) {
        return true;
    }
    register_set(registers, CTRL_EXT, CTRL_EXT_NO_SNOOP_OFF); /* the first frame comes as soon as the path is open */
    return v6nf_ixgbe_open_receive_path(registers);
}

/* Virtual functions do not come back. */
static bool stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    volatile uint32_t *registers = nic->registers;
    register_clear(registers, RXCTRL, RXCTRL_RXEN);
    if (nic->virtual_functions.count > 0u) {
        register_fill(registers, PFVFRE, 2u, 0u);
        register_fill(registers, PFVFTE, 2u, 0u);
    }
    (void)stop_receiving(registers);
    stop_transmitting(nic);
    register_set(registers, CTRL, CTRL_MASTER_DISABLE);
    return v6nf_register_wait(registers, STATUS, STATUS_MASTER_ENABLE, 0u) || !v6nf_pci_is_pending(nic->address);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = add_input, .add_output = add_output, .start = start, .stop = stop};

/* -- The card as a port ------------------------------------------------------------------------------------------------------ */

uint64_t v6nf_ixgbe_link_speed(const struct v6nf_nic *nic)
{
    static const uint64_t speeds[4] = {0, UINT64_C(100000000), UINT64_C(1000000000), UINT64_C(10000000000)};
    const uint32_t links = nic->state == V6NF_PORT_RUNNING ? register_read(nic->registers, LINKS) : 0u;
    return v6nf_nic_answers(nic) && (links & LINKS_UP) != 0u ? speeds[(links >> LINKS_SPEED_SHIFT) & 3u] : 0u;
}

static bool link_up(struct v6nf_port *port)
{
    const uint32_t links = register_read(nic_of(port)->registers, LINKS);
    return v6nf_nic_look(nic_of(port)) == V6NF_PORT_RUNNING && (links & LINKS_UP) != 0u;
}

/* A counter of 36 bits in two registers: read low first, which holds the high one (8.2.3.23). */
static uint64_t read_bytes(volatile uint32_t *registers, uint32_t low)
{
    uint64_t value = register_read(registers, low);
    return value + ((uint64_t)(register_read(registers, low + 4u) & 0xFu) << 32);
}

/* 8.2.3.23: reading clears them. */
static void read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    volatile uint32_t *registers = nic->registers;
    static const uint16_t lost[] = {CRCERRS, ILLERRC, ERRBC, RLEC, RUC, RFC, ROC, RJC, RXMPC};
    struct v6nf_port_counters shown = {0};
    for (uint32_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        shown.receive_dropped += register_read(registers, lost[i]);
    }
    for (uint32_t i = 0; i < nic->inputs_count && i < INPUTS_MAX; i++) {
        shown.receive_dropped += register_read(registers, QPRDC(i));
    }
    shown.received = register_read(registers, GPRC);
    shown.received_bytes = read_bytes(registers, GORCL);
    shown.sent = register_read(registers, GPTC);
    shown.sent_bytes = read_bytes(registers, GOTCL);
    (void)v6nf_nic_count(nic, &shown);
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_legacy,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = link_up,
    .read_counters = read_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

enum v6nf_nic_status v6nf_ixgbe_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status status = v6nf_nic_prepare(nic, address, config, INPUTS_MAX);
    nic->device.format = V6NF_RING_LEGACY;
    nic->device.writes_heads = true;
    if (!is_ixgbe(v6nf_pci_id(address))) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    nic->registers = v6nf_pci_open(address, 0u, REGISTERS_SIZE);
    if (nic->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    v6nf_pci_disable_virtual(address); /* those of an earlier program reach memory by themselves */
    enum v6nf_nic_status answer = reset(nic);
    status = answer == V6NF_NIC_READY ? status : answer;
    if (status != V6NF_NIC_READY) {
        return status; /* a card that is refused was reset, too */
    }
    set_flow_control(nic);
    status = set_filters(nic);
    set_up_receiving(nic);
    set_up_transmitting(nic);
    return status == V6NF_NIC_READY ? v6nf_nic_begin(nic, &port_operations, &device_operations) : status; /* 4.6.5 */
}

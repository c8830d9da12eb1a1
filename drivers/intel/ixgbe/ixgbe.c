/* ixgbe.c: the physical function of an Intel 82599, by its data sheet (revision 3.4), whose sections are cited at each
 * step. ../cards.c has what differs between devices.
 * DOUBT: the data sheets of X540 (8.2) and X550 (8.2) list the registers used here at the same offsets. Whether these
 * cards also behave alike has not been tried. In an X550, RDRXCTL.CRCStrip is reserved (8.2.2.9.10): it is set, as
 * Linux does.
 * DOUBT: the data sheet names no time after which a bit that has not changed never will. Waits end after a second. */
#include "v6nf/driver/ixgbe.h"

#include "../../nic/nic_port.h"
#include "../../pci/sriov.h"
#include "registers.h"
#include "sriov.h"

#define REGISTERS_SIZE (128u * 1024u) /* 8.1 */

#define INPUTS_MAX 16u /* queues that RSS can distinguish (7.1.2.8.3) */
#define ADDRESSES 128u /* exact filters (7.1.1.1.1) */

/* -- Reset (4.2.1.6.1, 4.6.3) -------------------------------------------------------------------------------------- */

/* Disable all interrupts (4.6.3.1). */
static void disable_interrupts(volatile uint32_t *registers)
{
    register_write(registers, EIMC, EIMC_ALL);
    register_fill(registers, EIMC_EXTENDED, 2u, UINT32_MAX);
}

/* Stop the receive queues (4.6.7.1.2). Return false if one does not stop: all of them share a second. */
static bool stop_receiving(const struct v6nf_nic *nic)
{
    bool is_off = true;
    for (uint32_t i = 0; i < nic->kind->model->queues; i++) {
        if ((register_read(nic->registers, RECEIVE_QUEUE(i) + QUEUE_CONTROL) & QUEUE_ENABLE) != 0u) {
            is_off = v6nf_intel_stop_queue(nic, RECEIVE_QUEUE(i), is_off);
        }
    }
    v6nf_env_sleep(RXDCTL_DISABLE_TIME);
    return is_off;
}

/* Send what is queued if the link is up (4.6.8.1). Without a link a queue keeps it: after a second, the master disable
 * stops the queue. */
static void stop_transmitting(const struct v6nf_nic *nic)
{
    bool is_off = true;
    for (uint32_t i = 0; i < nic->outputs_count; i++) {
        is_off = v6nf_intel_stop_queue(nic, TRANSMIT_QUEUE(i), is_off);
    }
    register_clear(nic->registers, DMATXCTL, DMATXCTL_TE);
}

static void software_reset(volatile uint32_t *registers)
{
    register_set(registers, CTRL, CTRL_RST);
    v6nf_env_sleep(RESET_TIME);
}

/* Wait until what the card has begun in memory has ended, before its reset (5.2.5.3.2). */
static bool master_disable(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_set(registers, CTRL, CTRL_MASTER_DISABLE);
    if (v6nf_register_wait(registers, STATUS, STATUS_MASTER_ENABLE, 0u)) {
        return true;
    }
    /* DOUBT: the driver "might need" the steps below if no transaction is pending. If one is, either these steps are
     * safe as well, or the card must not be reset. Here it is not reset. */
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

static enum v6nf_nic_status reset_ixgbe(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    disable_interrupts(registers);
    if (!stop_receiving(nic) || !master_disable(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    software_reset(registers);
    if (!v6nf_register_wait(registers, CTRL, CTRL_RST, 0u)) {
        return V6NF_NIC_NO_RESET;
    }
    disable_interrupts(registers); /* a reset enables none, but 4.6.3.1 demands it */
    if (!v6nf_register_wait(registers, EEC, EEC_AUTO_READ_DONE, EEC_AUTO_READ_DONE)) {
        return V6NF_NIC_NO_EEPROM;
    }
    /* Auto-read is also "done" if the EEPROM is missing or damaged (8.2.3.2.1). */
    if ((register_read(registers, EEC) & EEC_PRESENT) == 0u || (register_read(registers, FWSM) & FWSM_ERROR) != 0u) {
        return V6NF_NIC_NO_EEPROM;
    }
    const bool is_done = v6nf_register_wait(registers, RDRXCTL, RDRXCTL_DMA_DONE, RDRXCTL_DMA_DONE);
    return is_done ? V6NF_NIC_READY : V6NF_NIC_NO_RESET;
}

/* -- Addresses and filters (7.1.1.1, 4.6.7) ------------------------------------------------------------------------ */

static void write_own_address(const struct v6nf_nic *nic, uint32_t at, const uint8_t *mac)
{
    v6nf_intel_write_filter(nic, RAL(at), mac, RAH_VALID);
    register_write(nic->registers, MPSAR(2u * at), 1u); /* pool 0, the only one */
    register_write(nic->registers, MPSAR(2u * at + 1u), 0u);
}

/* Clear the tables whose content is undefined after a reset (4.6.7). */
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

static enum v6nf_nic_status set_ixgbe_filters(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const struct v6nf_nic_config *config = &nic->config;
    clear_filters(registers);
    /* After a reset, filter 0 holds the card's own address, from the EEPROM (8.2.3.7.9). */
    if (config->mac == NULL) {
        v6nf_intel_read_filter(nic, RAL(0u), nic->port.mac);
    }
    if (!nic_mac_is_station(nic->port.mac)) {
        return V6NF_NIC_NO_EEPROM;
    }
    write_own_address(nic, 0u, nic->port.mac);
    nic->addresses_count = 1;
    /* FCTRL may be written because RXCTRL.RXEN is 0 (8.2.3.7.1). SBP is 0: frames with errors are not stored. */
    register_write(registers, FCTRL,
                   FCTRL_BAM + (config->promiscuous ? FCTRL_UPE : 0u) +
                       (config->promiscuous || !config->few_groups ? FCTRL_MPE : 0u));
    register_write(registers, MCSTCTRL, MCSTCTRL_MFE);
    return V6NF_NIC_READY;
}

/* Packets that arrived earlier leave the path first. */
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
        return; /* filters belong to functions, and the card itself receives nothing */
    }
    volatile uint32_t *registers = nic->registers;
    /* Filters may change only while nothing is received (8.2.3.7.1). */
    bool was_receiving = (register_read(registers, RXCTRL) & RXCTRL_RXEN) != 0u;
    register_clear(registers, RXCTRL, RXCTRL_RXEN);
    if (nic->addresses_count < ADDRESSES) {
        write_own_address(nic, nic->addresses_count, mac);
        nic->addresses_count++;
    } else if ((mac[0] & 1u) != 0u) {
        v6nf_intel_add_hash(nic, nic_mac_hash(mac));
    } else {
        register_set(registers, FCTRL, FCTRL_UPE); /* PFUTA, a hash of stations, needs pools (7.10.3.10): accept all */
    }
    if (was_receiving) {
        (void)v6nf_ixgbe_open_receive_path(registers);
    }
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

/* Negotiate with the settings of the EEPROM, which a reset has loaded (4.6.4, 8.2.3.22.19). An earlier driver may have
 * forced the link, or turned it off.
 * DOUBT: SDP3 turns the laser off on boards as in table 3-13, and with Linux's driver, which leaves it off when it
 * ends. A reset keeps it. A module at another speed than the EEPROM's is not set up. Nor is the PHY of an X540 or
 * X550: its firmware negotiates by itself (X540: 3.6.3.2).
 * DOUBT: with LESM firmware, Linux locks AUTOC by SW_FW_SYNC. The data sheet has no use for that lock (10.5.4). */
static void bring_up_ixgbe_link(const struct v6nf_nic *nic)
{
    if ((nic->kind->flags & INTEL_LASER) != 0u) {
        register_clear(nic->registers, ESDP, ESDP_LASER_OFF);
    }
    if ((nic->kind->flags & INTEL_LINK_RESTART) != 0u) {
        register_change(nic->registers, AUTOC, AUTOC_FORCE_LINK_UP + AUTOC_RESTART, AUTOC_RESTART);
    }
}

/* -- Receive and transmit units (4.6.7, 4.6.8, 4.6.11.3.4: no DCB, no virtualization) ------------------------------ */

/* RSS: 7.1.2.8. */
static const struct intel_rss rss = {
    .control = MRQC, .mode = MRQC_RSS + MRQC_IPV6 + MRQC_TCP_IPV6 + MRQC_UDP_IPV6, .key = RSSRK, .table = RETA};

static void set_up_receiving(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    /* HLREG0.RXCRCSTRP is 1 after a reset, and the two must be equal (8.2.3.8.8). RSC merges TCP segments: not used. */
    register_change(registers, RDRXCTL, RDRXCTL_CRC_STRIP + RDRXCTL_RSC_FIRST_SIZE + RDRXCTL_RSC_ACK + RDRXCTL_FCOE_FIX,
                    RDRXCTL_CRC_STRIP + RDRXCTL_RSC_ACK + RDRXCTL_FCOE_FIX);
    register_set(registers, HLREG0, HLREG0_RX_CRC_STRIP + HLREG0_TX_CRC + HLREG0_TX_PAD);
    /* One packet buffer (4.6.11.3.4). DOUBT: without DCB the others either have no effect, or must be 0. Here they are
     * 0. */
    register_write(registers, RXPBSIZE(0u), (uint32_t)nic->kind->model->receive_buffer << RXPBSIZE_SHIFT);
    register_fill(registers, RXPBSIZE(1u), 7u, 0u);
    /* MAXFRS has an effect only with JUMBOEN. */
    register_write(registers, MAXFRS, (nic->config.mtu + MAXFRS_OVERHEAD) << MAXFRS_SHIFT);
    register_set(registers, HLREG0, HLREG0_JUMBO);
    v6nf_intel_share_inputs(nic, &rss);
    register_fill(registers, RQSMR, RQSMR_COUNT, 0u); /* the counters of all queues are those of queue 0 */
}

/* Set PAUSE (4.6.3.2, 3.7.7). It is off by default: a peer that sends PAUSE stops what is sent, and then what is
 * received, as both share buffers. */
static void set_ixgbe_flow_control(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const bool on = nic->config.flow_control;
    const uint32_t buffer = nic->kind->model->receive_buffer * 1024u;
    register_fill(registers, FCTTV(0u), 4u, on ? FCTTV_LONGEST : 0u);
    register_fill(registers, FCRTL(0u), 8u, 0u);
    register_fill(registers, FCRTH(0u), 8u, 0u);
    /* Set FCRTH with and without PAUSE (4.6.3.2): the packet buffer less 0x6000 bytes. DOUBT: its granularity is 16
     * bytes, or 32, as the lower 5 bits are reserved (8.2.3.3.4 has both). This value is a multiple of both. The rest
     * is for two of the longest frames, one under way in each direction when XOFF is due (IEEE 802.3, annex 31B). */
    register_write(registers, FCRTL(0u), on ? FCRTL_XON + buffer / 2u : 0u);
    register_write(registers, FCRTH(0u), buffer - FLOW_REST + (on ? FCRTH_ENABLE : 0u));
    register_write(registers, FCRTV, on ? FCTTV_LONGEST / 2u : 0u);
    register_change(registers, MFLCN, MFLCN_RFCE, on ? MFLCN_RFCE : 0u);
    register_change(registers, FCCFG, FCCFG_TFCE, on ? FCCFG_TFCE_LINK : 0u);
}

static void set_up_transmitting(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const uint32_t buffer = nic->kind->model->transmit_buffer;
    for (uint32_t i = 0; i < 128u; i++) {
        register_write(registers, RTTDQSEL, i);
        register_write(registers, RTTDT1C, 0u);
    }
    register_set(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, DTXMXSZRQ, DTXMXSZRQ_MAX);
    register_write(registers, TXPBSIZE(0u), buffer << TXPBSIZE_SHIFT);
    register_fill(registers, TXPBSIZE(1u), 7u, 0u);
    /* In KB: the packet buffer less the longest packet (4.6.11.3.1). */
    register_write(registers, TXPBTHRESH(0u), buffer - nic->buffer_size / 1024u);
    register_fill(registers, TXPBTHRESH(1u), 7u, 0u);
    register_write(registers, MTQC, 0u);
    register_clear(registers, RTTDCS, RTTDCS_ARBITER_OFF);
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

bool v6nf_ixgbe_open_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                           volatile uint32_t **tail)
{
    const uint32_t type = nic->device.format == V6NF_RING_ADVANCED ? SRRCTL_ADVANCED : 0u;
    v6nf_intel_place_queue(nic, queue, descriptors, V6NF_RING_SIZE);
    register_write(nic->registers, queue + QUEUE_HEAD, 0u);
    register_write(nic->registers, queue + QUEUE_TAIL, 0u);
    /* Drop_En: a full ring drops its own packets. Without it, it would block all other rings. */
    register_write(nic->registers, queue + SRRCTL, buffer_size / 1024u + type + SRRCTL_DROP);
    register_clear(nic->registers, queue + DCA_CONTROL, DCA_RXCTRL_RESERVED); /* 4.6.7, last step */
    /* After a reset, VLAN tags have the EtherType 0x8100 in both directions (VLNCTRL, DMATXCTL).
     * DOUBT: section 7.4 was read in the data sheet of the 82598 only, where one bit is for all queues. In an 82599
     * each queue has it (Linux, ixgbe_vlan_strip_enable()). A priority tag is removed as others are. */
    register_change(nic->registers, queue + QUEUE_CONTROL, RXDCTL_VME, nic->port.tags ? RXDCTL_VME : 0u);
    return v6nf_intel_start_queue(nic, queue, tail);
}

static bool ixgbe_add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                            volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = RECEIVE_QUEUE(nic->inputs_count);
    return nic_has_input(nic, buffer_size, tail) && nic->virtual_functions.count == 0u &&
           nic_count_input(nic, v6nf_ixgbe_open_input(nic, queue, descriptors, buffer_size, tail));
}

/* Open the transmit queue whose registers begin at the byte offset `queue`. Head and tail are 0 after the first queue's
 * reset, and are written for a queue that was turned off. */
static bool open_ixgbe_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count, uint64_t head,
                              volatile uint32_t **tail)
{
    volatile uint32_t *registers = nic->registers;
    v6nf_intel_place_queue(nic, queue, descriptors, count);
    register_write(registers, queue + QUEUE_HEAD, 0u);
    register_write(registers, queue + QUEUE_TAIL, 0u);
    register_write(registers, queue + QUEUE_CONTROL, nic->kind->model->transmit_control);
    /* DOUBT: the head's address is a multiple of 4 (7.2.3.5.2) or of 8 (8.2.3.9.11). Here it is a multiple of 16. */
    v6nf_intel_place_head(nic, queue, head);
    /* With relaxed ordering an older head could overtake a newer one. */
    register_clear(registers, queue + DCA_CONTROL, DCA_TXCTRL_WRITE_BACK_RELAXED);
    register_set(registers, DMATXCTL, DMATXCTL_TE);
    return v6nf_intel_start_queue(nic, queue, tail);
}

static bool ixgbe_add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                             volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = TRANSMIT_QUEUE(nic->outputs_count);
    return nic_has_output(nic, nic->kind->model->queues, tail) && nic->virtual_functions.count == 0u &&
           nic_count_output(nic, open_ixgbe_output(nic, queue, descriptors, count, head, tail));
}

static bool ixgbe_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                               uint32_t buffer_size)
{
    struct v6nf_nic *nic = device->nic;
    return v6nf_ixgbe_open_input(nic, intel_queue_of(nic, tail), descriptors, buffer_size, &tail);
}

static bool ixgbe_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                                uint32_t count, uint64_t head)
{
    struct v6nf_nic *nic = device->nic;
    return open_ixgbe_output(nic, intel_queue_of(nic, tail), descriptors, count, head, &tail);
}

/* Open the receive path after the first receive queue. */
static bool ixgbe_start(struct v6nf_ring_device *device)
{
    volatile uint32_t *registers = device->nic->registers;
    if ((register_read(registers, RXCTRL) & RXCTRL_RXEN) != 0u) {
        return true;
    }
    register_set(registers, CTRL_EXT, CTRL_EXT_NO_SNOOP_OFF); /* before the first frame can arrive */
    return v6nf_ixgbe_open_receive_path(registers);
}

/* Virtual functions stay off. */
static bool ixgbe_stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    volatile uint32_t *registers = nic->registers;
    register_clear(registers, RXCTRL, RXCTRL_RXEN);
    if (nic->virtual_functions.count > 0u) {
        register_fill(registers, PFVFRE, 2u, 0u);
        register_fill(registers, PFVFTE, 2u, 0u);
    }
    (void)stop_receiving(nic);
    stop_transmitting(nic);
    v6nf_intel_show_driver(nic, false);
    return v6nf_intel_disable_master(nic);
}

/* -- The card as a port -------------------------------------------------------------------------------------------- */

uint64_t v6nf_ixgbe_link_speed(const struct v6nf_nic *nic)
{
    static const uint32_t speeds[2][4] = {{0, 100, 1000, 10000}, {0, 5000, 0, 2500}}; /* Mb/s (X550: 8.2.2.16.7) */
    const uint32_t links = nic->state == V6NF_PORT_RUNNING ? register_read(nic->registers, LINKS) : 0u;
    const bool is_up = v6nf_nic_answers(nic) && (links & LINKS_UP) != 0u;
    const bool is_between = is_up && (nic->kind->flags & INTEL_5_GIGABIT) != 0u && (links & LINKS_BETWEEN) != 0u;
    return is_up ? UINT64_C(1000000) * speeds[is_between ? 1 : 0][(links >> LINKS_SPEED_SHIFT) & 3u] : 0u;
}

static bool ixgbe_link_up(struct v6nf_port *port)
{
    const uint32_t links = register_read(nic_of(port)->registers, LINKS);
    return v6nf_nic_look(nic_of(port)) == V6NF_PORT_RUNNING && !nic_of(port)->is_lost && (links & LINKS_UP) != 0u;
}

/* Reading clears the counters (8.2.3.23). At their maximum they stop: those of bytes after 55 s at 10 Gb/s. GPRC also
 * counts frames that the packet buffer or a full queue drops. QPRC and QBRC count what was written to memory, without
 * FCS (X550: 8.2.2.17 and 8.2.2.17.2).
 * DOUBT: a damaged frame counts in one of CRCERRS to RLEC, or in several. Here it counts in one. RJC counts frames that
 * are in CRCERRS, too. */
static void read_ixgbe_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    volatile uint32_t *registers = nic->registers;
    static const uint16_t lost[] = {CRCERRS, ILLERRC, ERRBC, RLEC, RUC, RFC, ROC, RXMPC, QPRDC};
    struct v6nf_port_counters shown = {0};
    for (uint32_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        shown.receive_dropped += register_read(registers, lost[i]);
    }
    shown.received = register_read(registers, QPRC);
    shown.received_bytes = v6nf_intel_read_counter(nic, QBRCL, BYTES_HIGH_MASK);
    shown.sent = register_read(registers, GPTC);
    shown.sent_bytes = intel_without_fcs(v6nf_intel_read_counter(nic, GOTCL, BYTES_HIGH_MASK), shown.sent);
    (void)v6nf_nic_count(nic, &shown);
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_legacy,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = ixgbe_link_up,
    .read_counters = read_ixgbe_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

/* Reset the card, and set it up, unless `status` says that its configuration is bad. */
static enum v6nf_nic_status set_up_ixgbe(struct v6nf_nic *nic, enum v6nf_nic_status status)
{
    const enum v6nf_nic_status answer = reset_ixgbe(nic);
    status = answer == V6NF_NIC_READY ? status : answer;
    if (status != V6NF_NIC_READY) {
        return status; /* the card was reset in this case, too */
    }
    bring_up_ixgbe_link(nic);
    set_ixgbe_flow_control(nic);
    status = set_ixgbe_filters(nic);
    set_up_receiving(nic);
    set_up_transmitting(nic);
    v6nf_intel_show_driver(nic, status == V6NF_NIC_READY);
    return status;
}

/* Its filters may change as long as RXEN is 0 (8.2.3.7.1). */
static enum v6nf_nic_status set_up_ixgbe_again(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    v6nf_intel_keep(nic, RAL(0u), RSSRK, (register_read(registers, FCTRL) & FCTRL_UPE) != 0u);
    const enum v6nf_nic_status status = set_up_ixgbe(nic, V6NF_NIC_READY);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    for (uint32_t i = 1; i < nic->kept.addresses_count && i < ADDRESSES; i++) {
        uint8_t mac[MAC_SIZE];
        intel_kept_address(nic, i, mac);
        write_own_address(nic, i, mac);
        nic->addresses_count = i + 1u;
    }
    v6nf_intel_restore(nic, RSSRK);
    if (nic->kept.takes_all) {
        register_set(registers, FCTRL, FCTRL_UPE);
    }
    return nic->virtual_functions.count > 0u ? nic->virtual_functions.set_pools(nic) : V6NF_NIC_READY;
}

static bool ixgbe_reset(struct v6nf_ring_device *device)
{
    return v6nf_nic_reset(device->nic, set_up_ixgbe_again);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = ixgbe_add_input,
    .add_output = ixgbe_add_output,
    .start = ixgbe_start,
    .stop = ixgbe_stop,
    .has_link = v6nf_nic_has_link,
    .is_lost = v6nf_nic_is_lost,
    .end_input = v6nf_intel_end_input,
    .end_output = v6nf_intel_end_output,
    .reopen_input = ixgbe_reopen_input,
    .reopen_output = ixgbe_reopen_output,
    .reset = ixgbe_reset,
};

enum v6nf_nic_status v6nf_ixgbe_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status checked = V6NF_NIC_READY;
    enum v6nf_nic_status status =
        v6nf_intel_open(nic, address, config, INTEL_IXGBE, INPUTS_MAX, REGISTERS_SIZE, &checked);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->device.format = config->checksums ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY;
    nic->device.writes_heads = true;
    v6nf_pci_disable_virtual(address); /* those of an earlier program may still write to memory */
    status = set_up_ixgbe(nic, checked);
    return status == V6NF_NIC_READY ? v6nf_nic_begin(nic, &port_operations, &device_operations) : status; /* 4.6.5 */
}

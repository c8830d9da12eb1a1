/* igc.c: Intel I225 and I226. Their "SW User Manual" is not public. Facts have these sources:
 *   I210: the data sheet of the I210 (revision 3.6), whose registers these cards have in common;
 *   Linux, FreeBSD, DPDK: the drivers igc, by Intel; Linux cites sections of the manual ("manual");
 *   NuttX: its driver igc, which lists registers and bits of the manual.
 *
 * DOUBT: CTRL.RST. Linux resets the port with bit 26 since 2021, and the device with bit 29 before; FreeBSD uses bit 29
 * still. NuttX lists bit 26 as reserved. Here it is bit 26, as in the other cards.
 *
 * DOUBT: head write-back. NuttX lists TDWBAL and a threshold for it in TXDCTL; the drivers by Intel have neither, and
 * that of illumos states that there is none. Here the card reports by Descriptor Done, as in all of these drivers. */
#include "v6nf/driver/igc.h"

#include "phy.h"

#define REGISTERS_SIZE (128u * 1024u) /* I210, 8.1.1.1 */

#define IMC 0x0150Cu
#define EIMC 0x01528u
#define RFCTL 0x05008u
#define RFCTL_NO_EXTENSIONS (1u << 16) /* "as per hardware errata" (Linux, igc_rx_fifo_flush_base()) */
#define RLPML 0x05004u
#define UTA 0x0A000u /* a hash table of stations: FreeBSD clears it */
#define UTA_COUNT 128u

#define DTXMXPKTSZ 0x0355Cu
#define DTXMXPKTSZ_VALUE (9728u / 64u) /* Linux, igc_defines.h */

/* Queues. */
#define RECEIVE_QUEUE(n) (0x0C000u + 0x40u * (n))
#define TRANSMIT_QUEUE(n) (0x0E000u + 0x40u * (n))
#define SRRCTL 0x0Cu /* in the registers of a receive queue (I210, 8.10.2) */
#define SRRCTL_ADVANCED (1u << 25)
#define SRRCTL_DROP (1u << 31)
#define RQDPC 0x30u /* cleared by writing 0 (Linux, igc_update_stats()) */

/* RSS (I210, 7.1.2.10, 8.10.25 to 8.10.27). */
#define MRQC_RSS 2u
#define MRQC_IPV6 ((1u << 20) + (1u << 21) + (1u << 23)) /* with TCP, with UDP */
#define RETA 0x05C00u
#define RSSRK 0x05C80u

/* At 2.5 Gb/s, gaps of 12 bytes are too short for some peers (I225 Specification Update, 1.2). 15 bytes, as in DPDK and
 * FreeBSD: the register holds 4 less (I210, 8.12.3). */
#define TIPG 0x00410u
#define TIPG_GAP 0x3FFu
#define TIPG_GAP_12 8u
#define TIPG_GAP_15 11u
#define STATUS_2500 (1u << 22) /* with 1 Gb/s in STATUS_SPEED (Linux, igc_get_speed_and_duplex_copper()) */

/* The exit from L1.2 takes longer than the packet buffer lasts (Linux, igc_probe(), for the I226; here for both).
 * PCI Express, L1 PM Substates: Control 1. */
#define EXTENDED_SUBSTATES 0x001Eu
#define SUBSTATES_CONTROL 8u
#define SUBSTATES_ASPM_L1_2 (1u << 2)

/* -- Queues -------------------------------------------------------------------------------------------------------- */

/* Return true if the queue starts. Its tail must be written after that (I210, 4.5.9, 4.5.10). */
static bool start_igc_queue(struct v6nf_nic *nic, uint32_t queue, uint32_t thresholds, volatile uint32_t **tail)
{
    register_write(nic->registers, queue + QUEUE_CONTROL, thresholds);
    return v6nf_intel_start_queue(nic, queue, tail);
}

/* A full ring drops its own packets: otherwise it would block all others. With flow control, a single ring lets the
 * packet buffer fill, so that XOFF is sent. */
static bool open_igc_input(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t buffer_size,
                           volatile uint32_t **tail)
{
    const bool drops = nic->config.inputs > 1u || !nic->config.flow_control;
    v6nf_gigabit_place_queue(nic, queue, descriptors, V6NF_RING_SIZE);
    register_write(nic->registers, queue + SRRCTL, buffer_size / 1024u + SRRCTL_ADVANCED + (drops ? SRRCTL_DROP : 0u));
    return start_igc_queue(nic, queue, nic->kind->model->receive_control, tail);
}

static bool open_igc_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count,
                            volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, queue, descriptors, count);
    return start_igc_queue(nic, queue, nic->kind->model->transmit_control, tail);
}

static bool igc_add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                          volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = RECEIVE_QUEUE(nic->inputs_count);
    return nic_has_input(nic, buffer_size, tail) &&
           nic_count_input(nic, open_igc_input(nic, queue, descriptors, buffer_size, tail));
}

static bool igc_add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                           volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = TRANSMIT_QUEUE(nic->outputs_count);
    (void)head;
    return nic_has_output(nic, nic->kind->model->queues, tail) &&
           nic_count_output(nic, open_igc_output(nic, queue, descriptors, count, tail));
}

static bool igc_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                             uint32_t buffer_size)
{
    struct v6nf_nic *nic = device->nic;
    return open_igc_input(nic, intel_queue_of(nic, tail), descriptors, buffer_size, &tail);
}

static bool igc_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                              uint32_t count, uint64_t head)
{
    struct v6nf_nic *nic = device->nic;
    (void)head;
    return open_igc_output(nic, intel_queue_of(nic, tail), descriptors, count, &tail);
}

/* Return false if a queue stays on for a second: all of them share it. */
static bool stop_igc_queues(const struct v6nf_nic *nic, uint32_t inputs, uint32_t outputs)
{
    bool is_off = true;
    for (uint32_t i = 0; i < inputs; i++) {
        is_off = v6nf_intel_stop_queue(nic, RECEIVE_QUEUE(i), is_off);
    }
    for (uint32_t i = 0; i < outputs; i++) {
        is_off = v6nf_intel_stop_queue(nic, TRANSMIT_QUEUE(i), is_off);
    }
    return is_off;
}

/* Send what is queued if the link is up. The master disable stops queues that do not end. */
static bool igc_stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    register_clear(nic->registers, RCTL, RCTL_EN);
    (void)stop_igc_queues(nic, nic->inputs_count, nic->outputs_count);
    return v6nf_gigabit_stop(device);
}

/* -- Filters, link, counters --------------------------------------------------------------------------------------- */

void v6nf_igc_add_address(struct v6nf_nic *nic, const uint8_t *mac)
{
    v6nf_gigabit_add_address(nic, mac);
}

uint64_t v6nf_igc_link_speed(const struct v6nf_nic *nic)
{
    const uint64_t speed = v6nf_gigabit_link_speed(nic);
    const bool is_2500 = speed == 1000000000u && (register_read(nic->registers, STATUS) & STATUS_2500) != 0u;
    return v6nf_nic_answers(nic) ? (is_2500 ? 2500000000u : speed) : 0u;
}

/* Leave the gap that the speed needs. */
static bool igc_link_up(struct v6nf_port *port)
{
    const struct v6nf_nic *nic = nic_of(port);
    if (!v6nf_gigabit_link_up(port)) {
        return false;
    }
    const bool is_2500 = (register_read(nic->registers, STATUS) & STATUS_2500) != 0u;
    register_change(nic->registers, TIPG, TIPG_GAP, is_2500 ? TIPG_GAP_15 : TIPG_GAP_12);
    return true;
}

/* DOUBT: RNBC counts the packets that queues drop, or times without a free descriptor. Here each queue counts. GPRC
 * counts packets that arrive while a queue is off ("Outputs that stop", ../../README.md), or not. */
static void read_igc_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    volatile uint32_t *registers = nic->registers;
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < nic->inputs_count && !nic->is_lost; i++) {
        dropped += register_read(registers, RECEIVE_QUEUE(i) + RQDPC);
        register_write(registers, RECEIVE_QUEUE(i) + RQDPC, 0u);
    }
    v6nf_gigabit_count(nic, dropped, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = igc_link_up,
    .read_counters = read_igc_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

/* -- Initialization ------------------------------------------------------------------------------------------------ */

static void stay_out_of_l1_2(struct v6nf_env_pci_address address)
{
    const uint16_t at = v6nf_pci_find_extended(address, EXTENDED_SUBSTATES);
    const uint32_t control = at != 0u ? v6nf_env_pci_read(address, (uint16_t)(at + SUBSTATES_CONTROL)) : 0u;
    if ((control & SUBSTATES_ASPM_L1_2) != 0u && control != V6NF_ENV_PCI_NO_DEVICE) {
        (void)v6nf_env_pci_write(address, (uint16_t)(at + SUBSTATES_CONTROL), control & ~SUBSTATES_ASPM_L1_2);
    }
}

/* Set what no ring changes, with all queues off: queue 0 is on after a reset (I210, 4.5.9, 4.5.10). */
static enum v6nf_nic_status configure_igc(struct v6nf_nic *nic)
{
    static const struct intel_rss rss = {.control = MRQC, .mode = MRQC_RSS + MRQC_IPV6, .key = RSSRK, .table = RETA};
    volatile uint32_t *registers = nic->registers;
    if (!stop_igc_queues(nic, nic->kind->model->queues, nic->kind->model->queues)) {
        return V6NF_NIC_NO_RESET;
    }
    register_write(registers, EIMC, UINT32_MAX);
    register_write(registers, DTXMXPKTSZ, DTXMXPKTSZ_VALUE);
    register_change(registers, TIPG, TIPG_GAP, TIPG_GAP_15);
    register_fill(registers, UTA, UTA_COUNT, 0u);
    register_set(registers, RFCTL, RFCTL_NO_EXTENSIONS);
    register_write(registers, RLPML, nic_longest_frame(nic));
    v6nf_intel_share_inputs(nic, &rss);
    v6nf_gigabit_set_flow_control(nic);
    register_change(registers, CTRL, CTRL_SLU + CTRL_FORCE_SPEED + CTRL_FORCE_DUPLEX, CTRL_SLU);
    v6nf_igc_negotiate(nic);
    register_write(registers, TCTL, TCTL_EN + TCTL_PAD + TCTL_COLLISIONS);
    const enum v6nf_nic_status status = v6nf_gigabit_set_filters(nic);
    v6nf_intel_show_driver(nic, status == V6NF_NIC_READY);
    return status;
}

/* Reset the card, and set it up, unless `status` says that its configuration is bad. */
static enum v6nf_nic_status set_up_igc(struct v6nf_nic *nic, enum v6nf_nic_status status)
{
    const enum v6nf_nic_status answer = v6nf_gigabit_reset(nic, IMC);
    status = answer == V6NF_NIC_READY ? status : answer;
    return status == V6NF_NIC_READY ? configure_igc(nic) : status; /* the card was reset in any case */
}

static enum v6nf_nic_status set_up_igc_again(struct v6nf_nic *nic)
{
    v6nf_gigabit_keep(nic, RSSRK);
    const enum v6nf_nic_status status = set_up_igc(nic, V6NF_NIC_READY);
    if (status == V6NF_NIC_READY) {
        v6nf_gigabit_restore(nic, RSSRK);
    }
    return status;
}

static bool igc_reset(struct v6nf_ring_device *device)
{
    return v6nf_nic_reset(device->nic, set_up_igc_again);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = igc_add_input,
    .add_output = igc_add_output,
    .start = v6nf_gigabit_start,
    .stop = igc_stop,
    .has_link = v6nf_nic_has_link,
    .is_lost = v6nf_nic_is_lost,
    .end_input = v6nf_intel_end_input,
    .end_output = v6nf_intel_end_output,
    .reopen_input = igc_reopen_input,
    .reopen_output = igc_reopen_output,
    .reset = igc_reset,
};

enum v6nf_nic_status v6nf_igc_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                   const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status checked = V6NF_NIC_READY;
    enum v6nf_nic_status status = v6nf_intel_open(nic, address, config, INTEL_IGC, 0u, REGISTERS_SIZE, &checked);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->device.format = V6NF_RING_ADVANCED;
    nic->device.writes_heads = false;
    stay_out_of_l1_2(address);
    status = set_up_igc(nic, checked);
    return status == V6NF_NIC_READY ? v6nf_nic_begin(nic, &port_operations, &device_operations) : status;
}

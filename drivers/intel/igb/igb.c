/* igb.c: the physical function of an Intel 82576, by its data sheet (revision 2.61), whose sections are cited.
 * DOUBT: the data sheets of I350, I210 and I211 list the registers used here at the same offsets, with fewer queues.
 * Whether these cards also behave alike has not been tried. */
#include "v6nf/driver/igb.h"

#include "../../pci/sriov.h"
#include "queues.h"
#include "sriov.h"

#define REGISTERS_SIZE (128u * 1024u) /* 8.1.1.1 */

#define IMC 0x0150Cu /* 8.8.18 */
#define RECEIVE_QUEUE(n) (0x0C000u + 0x40u * (n))
#define RQDPC 0x30u /* in the registers of a receive queue */
#define TRANSMIT_QUEUE(n) (0x0E000u + 0x40u * (n))

/* RSS (7.1.1.7, 8.10.26 to 8.10.28). */
#define MRQC_RSS 2u
#define MRQC_IPV6 ((1u << 20) + (1u << 21) + (1u << 23)) /* with TCP, with UDP */
#define RETA 0x05C00u
#define RSSRK 0x05C80u

/* Descriptors have either a checksum of the whole packet or the hash (82575 manual, 14.3.61).
 * DOUBT: whether a card shares packets in the first case, too. QEMU's does not. */
#define RXCSUM 0x05000u
#define RXCSUM_PCSD (1u << 13)

/* Return the number of the queue that is opened after `count` others. Pools before the first belong to virtual
 * functions. */
static uint32_t queue_after(const struct v6nf_nic *nic, uint32_t count)
{
    const uint32_t first = nic->virtual_functions.count;
    return first == 0u ? count : first + count / 2u + POOLS * (count % 2u);
}

static bool igb_add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                          volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = RECEIVE_QUEUE(queue_after(nic, nic->inputs_count));
    return nic_has_input(nic, buffer_size, tail) &&
           nic_count_input(nic, v6nf_igb_open_input(nic, queue, descriptors, buffer_size, tail));
}

static bool igb_add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                           volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t all = nic->kind->model->queues;
    const uint32_t others = 2u * nic->virtual_functions.count;
    const uint32_t queue = TRANSMIT_QUEUE(queue_after(nic, nic->outputs_count));
    return nic_has_output(nic, all > others ? all - others : 0u, tail) &&
           nic_count_output(nic, v6nf_igb_open_output(nic, queue, descriptors, count, head, tail));
}

static bool igb_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                             uint32_t buffer_size)
{
    struct v6nf_nic *nic = device->nic;
    return v6nf_igb_open_input(nic, intel_queue_of(nic, tail), descriptors, buffer_size, &tail);
}

static bool igb_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                              uint32_t count, uint64_t head)
{
    struct v6nf_nic *nic = device->nic;
    return v6nf_igb_open_output(nic, intel_queue_of(nic, tail), descriptors, count, head, &tail);
}

void v6nf_igb_add_address(struct v6nf_nic *nic, const uint8_t *mac)
{
    v6nf_gigabit_add_address(nic, mac);
    /* With pools, RCTL.UPE has no effect: packets that match no filter go to the default pool, which is the card's. */
    if (nic->virtual_functions.count > 0u && (register_read(nic->registers, RCTL) & RCTL_UPE) != 0u) {
        register_clear(nic->registers, VT_CTL, VT_CTL_NO_DEFAULT);
    }
}

uint64_t v6nf_igb_link_speed(const struct v6nf_nic *nic)
{
    return v6nf_gigabit_link_speed(nic);
}

/* Send what is queued if the link is up. Virtual functions stay off. The master disable stops queues that do not
 * end. */
static bool igb_stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    bool is_off = true;
    register_clear(nic->registers, RCTL, RCTL_EN);
    for (uint32_t i = 0; i < nic->inputs_count; i++) {
        is_off = v6nf_intel_stop_queue(nic, RECEIVE_QUEUE(queue_after(nic, i)), is_off);
    }
    for (uint32_t i = 0; i < nic->outputs_count; i++) {
        is_off = v6nf_intel_stop_queue(nic, TRANSMIT_QUEUE(queue_after(nic, i)), is_off);
    }
    if (nic->virtual_functions.count > 0u) {
        register_write(nic->registers, VFRE, 0u);
        register_write(nic->registers, VFTE, 0u);
    }
    return v6nf_gigabit_stop(device);
}

/* Queues drop frames for which they have no descriptor. RQDPC counts them. Reading clears it in some cards, writing 0
 * in others (Linux, igb_update_stats()).
 * DOUBT: RQDPC has 12 bits in an 82576 (Linux, until 2012), or 32. RNBC counts these frames, too (I210 data sheet,
 * table 7-72), or times without a descriptor. The greater one counts here. */
static void read_igb_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    uint32_t refused = 0;
    for (uint32_t i = 0; i < nic->inputs_count; i++) {
        const uint32_t queue = RECEIVE_QUEUE(queue_after(nic, i));
        refused += register_read(nic->registers, queue + RQDPC);
        register_write(nic->registers, queue + RQDPC, 0u);
    }
    const uint32_t without = register_read(nic->registers, RNBC);
    v6nf_gigabit_count(nic, refused > without ? refused : without, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = v6nf_gigabit_link_up,
    .read_counters = read_igb_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static const struct intel_rss rss = {.control = MRQC, .mode = MRQC_RSS + MRQC_IPV6, .key = RSSRK, .table = RETA};

/* Reset the card, and set it up without its address filters, unless `status` says that its configuration is bad. */
static enum v6nf_nic_status set_up_igb(struct v6nf_nic *nic, enum v6nf_nic_status status)
{
    const enum v6nf_nic_status answer = v6nf_gigabit_reset(nic, EIMC);
    status = answer == V6NF_NIC_READY ? status : answer;
    if (status != V6NF_NIC_READY) {
        return status; /* the card was reset in this case, too */
    }
    register_write(nic->registers, IMC, UINT32_MAX);
    register_write(nic->registers, RLPML, nic_longest_frame(nic));
    if (nic->config.inputs > 1u) {
        register_set(nic->registers, RXCSUM, RXCSUM_PCSD);
    }
    v6nf_intel_share_inputs(nic, &rss);
    return v6nf_gigabit_set_up(nic);
}

static enum v6nf_nic_status set_up_igb_again(struct v6nf_nic *nic)
{
    v6nf_gigabit_keep(nic, RSSRK);
    const enum v6nf_nic_status status = set_up_igb(nic, V6NF_NIC_READY);
    if (status == V6NF_NIC_READY) {
        v6nf_gigabit_restore(nic, RSSRK);
    }
    return status == V6NF_NIC_READY && nic->virtual_functions.count > 0u ? nic->virtual_functions.set_pools(nic)
                                                                         : status;
}

static bool igb_reset(struct v6nf_ring_device *device)
{
    return v6nf_nic_reset(device->nic, set_up_igb_again);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = igb_add_input,
    .add_output = igb_add_output,
    .start = v6nf_gigabit_start,
    .stop = igb_stop,
    .has_link = v6nf_nic_has_link,
    .is_lost = v6nf_nic_is_lost,
    .end_input = v6nf_intel_end_input,
    .end_output = v6nf_intel_end_output,
    .reopen_input = igb_reopen_input,
    .reopen_output = igb_reopen_output,
    .reset = igb_reset,
};

enum v6nf_nic_status v6nf_igb_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                   const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status checked = V6NF_NIC_READY;
    enum v6nf_nic_status status = v6nf_intel_open(nic, address, config, INTEL_IGB, 0u, REGISTERS_SIZE, &checked);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->device.format = V6NF_RING_ADVANCED;
    nic->device.writes_heads = true;
    v6nf_pci_disable_virtual(address); /* those of an earlier program may still write to memory */
    status = set_up_igb(nic, checked);
    return status == V6NF_NIC_READY ? v6nf_nic_begin(nic, &port_operations, &device_operations) : status; /* 4.5.8 */
}

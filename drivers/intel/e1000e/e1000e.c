/* e1000e.c: Intel 82574, by its data sheet (revision 3.4), whose sections are cited. It reports what it has sent by
 * Descriptor Done only, and has two queues in each direction. */
#include "v6nf/driver/e1000e.h"

#include "../gigabit.h"

#define REGISTERS_SIZE (128u * 1024u) /* 10.1.1.1 */

#define IMC 0x000D8u            /* 10.2.4.6 */
#define RCTL_FLEXIBLE_SHIFT 27u /* FLXBUF: buffer size in KiB (10.2.5.1) */
#define RCTL_FLEXIBLE (15u << RCTL_FLEXIBLE_SHIFT)
#define RCTL_BUFFER ((3u << 16) + (1u << 25)) /* BSIZE and BSEX, if FLXBUF is 0 */
#define RCTL_BUFFER_16_KIB ((1u << 16) + (1u << 25))
#define RCTL_BUFFER_FIELDS (RCTL_FLEXIBLE + RCTL_BUFFER)

/* The card accepts frames of up to 1522 bytes or, with LPE, up to 16384. It spreads a frame that is longer than a
 * buffer over several buffers. A ring would treat each part as a frame. */
#define SHORT_FRAME 1522u
#define LONG_FRAME 16384u

#define RECEIVE_QUEUE 0x02800u
#define TRANSMIT_QUEUE_STEP 0x100u
#define TRANSMIT_QUEUE(n) (0x03800u + TRANSMIT_QUEUE_STEP * (n))

/* Errata, as far as Linux works around them: e1000_initialize_hw_bits_82571(). The data sheet does not explain the
 * bits. */
#define GCR 0x05B00u
#define GCR_ERRATUM (1u << 22)
#define GCR2 0x05B64u
#define GCR2_ERRATUM 1u /* completions that get lost, with ASPM above all, would stop sending */
#define CTRL_ERRATUM (1u << 29)
#define CTRL_EXT_ERRATUM (3u << 22)
#define CTRL_EXT_ERRATUM_VALUE (1u << 22)
#define TARC_ERRATUM (0x1Fu << 26) /* of the first queue */
#define TARC_ERRATUM_VALUE (1u << 26)

#define TARC(n) (0x03840u + 0x100u * (n)) /* 10.2.6.9: the share of a queue, 1 after a reset */
#define TARC_ENABLE (1u << 10)

/* Set *tail to the tail register of the queue, once the card may reach memory. */
static bool start_e1000e_queue(struct v6nf_nic *nic, uint32_t queue, volatile uint32_t **tail)
{
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    *tail = nic->registers + (queue + QUEUE_TAIL) / 4u;
    return true;
}

static bool open_e1000e_input(struct v6nf_nic *nic, uint64_t descriptors, uint32_t buffer_size,
                              volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, RECEIVE_QUEUE, descriptors, V6NF_RING_SIZE);
    register_change(nic->registers, RCTL, RCTL_BUFFER_FIELDS,
                    buffer_size < LONG_FRAME ? (buffer_size / 1024u) << RCTL_FLEXIBLE_SHIFT : RCTL_BUFFER_16_KIB);
    return start_e1000e_queue(nic, RECEIVE_QUEUE, tail);
}

static bool open_e1000e_output(struct v6nf_nic *nic, uint32_t n, uint64_t descriptors, uint32_t count,
                               volatile uint32_t **tail)
{
    v6nf_gigabit_place_queue(nic, TRANSMIT_QUEUE(n), descriptors, count);
    register_write(nic->registers, TRANSMIT_QUEUE(n) + QUEUE_CONTROL, nic->kind->model->transmit_control);
    register_set(nic->registers, TARC(n), TARC_ENABLE);
    return start_e1000e_queue(nic, TRANSMIT_QUEUE(n), tail);
}

static bool e1000e_add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                             volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    return nic_has_input(nic, buffer_size, tail) &&
           nic_count_input(nic, open_e1000e_input(nic, descriptors, buffer_size, tail));
}

static bool e1000e_add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                              volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    (void)head;
    return nic_has_output(nic, nic->kind->model->queues, tail) &&
           nic_count_output(nic, open_e1000e_output(nic, nic->outputs_count, descriptors, count, tail));
}

static bool e1000e_reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                                uint32_t buffer_size)
{
    return open_e1000e_input(device->nic, descriptors, buffer_size, &tail);
}

static bool e1000e_reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                                 uint32_t count, uint64_t head)
{
    const uint32_t n = (intel_queue_of(device->nic, tail) - TRANSMIT_QUEUE(0u)) / TRANSMIT_QUEUE_STEP;
    (void)head;
    return open_e1000e_output(device->nic, n, descriptors, count, &tail);
}

/* The card has one receive queue, and no bit that turns it off alone.
 * DOUBT: nothing shows that a frame that had arrived is in memory. It is after V6NF_RING_LOOK, at the second call. */
static bool e1000e_end_input(struct v6nf_ring_device *device, volatile uint32_t *tail)
{
    const bool was_on = (register_read(device->nic->registers, RCTL) & RCTL_EN) != 0u;
    (void)tail;
    register_clear(device->nic->registers, RCTL, RCTL_EN);
    return !was_on;
}

/* Only a reset takes the frames of a transmit queue from the card. */
static bool e1000e_end_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head)
{
    *head = register_read(device->nic->registers, intel_queue_of(device->nic, tail) + QUEUE_HEAD);
    return false;
}

void v6nf_e1000e_add_address(struct v6nf_nic *nic, const uint8_t *mac)
{
    v6nf_gigabit_add_address(nic, mac);
}

uint64_t v6nf_e1000e_link_speed(const struct v6nf_nic *nic)
{
    return v6nf_gigabit_link_speed(nic);
}

/* Without a descriptor, a frame stays in the packet buffer: RNBC counts no loss. */
static void read_e1000e_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    v6nf_gigabit_count(nic, 0u, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_legacy,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = v6nf_gigabit_link_up,
    .read_counters = read_e1000e_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

/* ASPM is off, too: the card can lose packets when it leaves L0s or L1.
 * DOUBT: the bridge above the card may still enter L0s in its own direction. */
static void work_around_errata(const struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_set(registers, GCR, GCR_ERRATUM);
    register_set(registers, GCR2, GCR2_ERRATUM);
    register_clear(registers, CTRL, CTRL_ERRATUM);
    register_change(registers, CTRL_EXT, CTRL_EXT_ERRATUM, CTRL_EXT_ERRATUM_VALUE);
    register_change(registers, TARC(0u), TARC_ERRATUM, TARC_ERRATUM_VALUE);
    v6nf_pci_disable_aspm(nic->address);
}

/* Let every frame that the card accepts fit into a buffer. */
static void limit_frames(struct v6nf_nic *nic)
{
    if (nic_longest_frame(nic) <= SHORT_FRAME) {
        register_clear(nic->registers, RCTL, RCTL_LPE);
    } else {
        nic->buffer_size = LONG_FRAME;
    }
}

/* Reset the card, and set it up, unless `status` says that its configuration is bad. */
static enum v6nf_nic_status set_up_e1000e(struct v6nf_nic *nic, enum v6nf_nic_status status)
{
    const enum v6nf_nic_status answer = v6nf_gigabit_reset(nic, IMC); /* also with a bad configuration */
    status = answer == V6NF_NIC_READY ? status : answer;
    if (status == V6NF_NIC_READY) {
        work_around_errata(nic);
        status = v6nf_gigabit_set_up(nic);
        limit_frames(nic);
    }
    return status;
}

static enum v6nf_nic_status set_up_e1000e_again(struct v6nf_nic *nic)
{
    v6nf_gigabit_keep(nic, 0u);
    const enum v6nf_nic_status status = set_up_e1000e(nic, V6NF_NIC_READY);
    if (status == V6NF_NIC_READY) {
        v6nf_gigabit_restore(nic, 0u);
    }
    return status;
}

static bool e1000e_reset(struct v6nf_ring_device *device)
{
    return v6nf_nic_reset(device->nic, set_up_e1000e_again);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = e1000e_add_input,
    .add_output = e1000e_add_output,
    .start = v6nf_gigabit_start,
    .stop = v6nf_gigabit_stop,
    .has_link = v6nf_nic_has_link,
    .is_lost = v6nf_nic_is_lost,
    .end_input = e1000e_end_input,
    .end_output = e1000e_end_output,
    .reopen_input = e1000e_reopen_input,
    .reopen_output = e1000e_reopen_output,
    .reset = e1000e_reset,
};

enum v6nf_nic_status v6nf_e1000e_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config)
{
    enum v6nf_nic_status checked = V6NF_NIC_READY;
    enum v6nf_nic_status status = v6nf_intel_open(nic, address, config, INTEL_E1000E, 1u, REGISTERS_SIZE, &checked);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->device.format = V6NF_RING_LEGACY;
    nic->device.writes_heads = false;
    status = set_up_e1000e(nic, checked);
    return status == V6NF_NIC_READY ? v6nf_nic_begin(nic, &port_operations, &device_operations) : status;
}

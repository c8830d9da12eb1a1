/* vf.c: a virtual function of an Intel 82599, by its data sheet (7.10 and 8.3); those of an X540 and X550 have the
 * same registers. What is not its own to set, it asks its physical function for (../ring/mailbox.h).
 *
 * Doubt: a driver for Linux has each packet refer to a context descriptor (CC, 7.2.3.2.4) where the card switches
 * between functions; here none does, as nothing of a packet is left to the card. */
#include "v6nf/driver/ixgbe.h"

#include "../mailbox.h"
#include "../../pci/sriov.h"
#include "sriov.h"

#define REGISTERS_SIZE (16u * 1024u) /* and from one function's to the next one's */
#define OUTPUTS 2u

/* 8.3. */
#define VFCTRL 0x00000u
#define VFCTRL_RST (1u << 26)
#define RESET_TIME 10000u /* microseconds */
#define VFLINKS 0x00010u
#define VFLINKS_UP (1u << 30)
#define VFLINKS_SPEED_SHIFT 28u
#define VTEIMC 0x0010Cu
#define VFMBMEM 0x00200u
#define VFMAILBOX 0x002FCu
#define RECEIVE_QUEUE 0x01000u
#define TRANSMIT_QUEUE(n) (0x02000u + 0x40u * (n))
#define VFGPRC 0x0101Cu
#define VFGORC 0x01020u /* 36 bits, in two registers; and so is VFGOTC */
#define VFGPTC 0x0201Cu
#define VFGOTC 0x02020u

/* Offsets in the registers of one queue, which begin with the base address. */
#define BASE_LOW 0x00u
#define BASE_HIGH 0x04u
#define LENGTH 0x08u
#define SRRCTL 0x14u
#define SRRCTL_ADVANCED (1u << 25)
#define SRRCTL_DROP (1u << 28)
#define DCA_RXCTRL 0x0Cu
#define DCA_RXCTRL_RESERVED (1u << 12) /* 1 after a reset, and "must be set to 0" */
#define TAIL 0x18u
#define CONTROL 0x28u
#define CONTROL_ENABLE (1u << 25)
#define TRANSMIT_THRESHOLDS (36u + (4u << 8)) /* WTHRESH is 0: each descriptor that asks for it is reported at once */
#define DESCRIPTOR_SIZE 16u

/* -- What it asks for ---------------------------------------------------------------------------------------------- */

/* In the first version of the messages there is no word for that. */
static bool ask_for_all_groups(const struct v6nf_nic *nic)
{
    uint32_t version[3] = {MESSAGE_VERSION, VERSION_GROUPS, 0u};
    uint32_t mode[3] = {MESSAGE_SET_GROUPS_MODE, GROUPS_ALL, 0u};
    return v6nf_mailbox_ask(nic, version, 2u) && v6nf_mailbox_ask(nic, mode, 2u) && mode[1] == GROUPS_ALL;
}

bool v6nf_ixgbe_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac)
{
    return v6nf_mailbox_ask_for_group(nic, nic_mac_hash(mac));
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static void place_queue(const struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count)
{
    register_write(nic->registers, queue + BASE_HIGH, (uint32_t)(descriptors >> 32));
    register_write(nic->registers, queue + BASE_LOW, (uint32_t)(descriptors & UINT32_MAX));
    register_write(nic->registers, queue + LENGTH, count * DESCRIPTOR_SIZE);
}

static bool start_queue(struct v6nf_nic *nic, uint32_t queue, volatile uint32_t **tail)
{
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    register_set(nic->registers, queue + CONTROL, CONTROL_ENABLE);
    if (!v6nf_register_wait(nic->registers, queue + CONTROL, CONTROL_ENABLE, CONTROL_ENABLE)) {
        register_clear(nic->registers, queue + CONTROL, CONTROL_ENABLE);
        return false;
    }
    *tail = nic->registers + (queue + TAIL) / 4u;
    return true;
}

static bool add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    *tail = NULL;
    if (nic->inputs_count >= 1u || buffer_size < nic->buffer_size) {
        return false;
    }
    place_queue(nic, RECEIVE_QUEUE, descriptors, V6NF_RING_SIZE);
    register_write(nic->registers, RECEIVE_QUEUE + SRRCTL, buffer_size / 1024u + SRRCTL_ADVANCED + SRRCTL_DROP);
    register_clear(nic->registers, RECEIVE_QUEUE + DCA_RXCTRL, DCA_RXCTRL_RESERVED);
    if (!start_queue(nic, RECEIVE_QUEUE, tail)) {
        return false;
    }
    nic->inputs_count++;
    return true;
}

/* Without head write-back: descriptors report by themselves. */
static bool add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queue = TRANSMIT_QUEUE(nic->outputs_count);
    (void)head;
    *tail = NULL;
    if (nic->outputs_count >= OUTPUTS) {
        return false;
    }
    place_queue(nic, queue, descriptors, count);
    register_write(nic->registers, queue + CONTROL, TRANSMIT_THRESHOLDS);
    if (!start_queue(nic, queue, tail)) {
        return false;
    }
    nic->outputs_count++;
    return true;
}

/* The physical function has the card receive. */
static bool start(struct v6nf_ring_device *device)
{
    (void)device;
    return true;
}

/* Send what is queued if the link is up. After a second, give up on a queue that does not end. */
static bool stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    bool is_off = true;
    for (uint32_t i = 0; i < nic->inputs_count + nic->outputs_count; i++) {
        const uint32_t queue = i < nic->inputs_count ? RECEIVE_QUEUE : TRANSMIT_QUEUE(i - nic->inputs_count);
        register_clear(nic->registers, queue + CONTROL, CONTROL_ENABLE);
        is_off = is_off && v6nf_register_wait(nic->registers, queue + CONTROL, CONTROL_ENABLE, 0u);
    }
    nic->inputs_count = 0; /* it has not lost a queue */
    nic->outputs_count = 0;
    return !v6nf_pci_is_pending(nic->address);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = add_input, .add_output = add_output, .start = start, .stop = stop};

/* -- The function as a port ---------------------------------------------------------------------------------------- */

static bool link_up(struct v6nf_port *port)
{
    const uint32_t links = register_read(nic_of(port)->registers, VFLINKS);
    return v6nf_nic_look(nic_of(port)) == V6NF_PORT_RUNNING && (links & VFLINKS_UP) != 0u;
}

/* Its counters go round, and reading leaves them as they are (8.3). */
static void read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    volatile uint32_t *registers = nic->registers;
    const uint64_t bytes_mask = (UINT64_C(1) << 36) - 1u;
    const uint64_t received_low = register_read(registers, VFGORC);
    const uint64_t received_high = register_read(registers, VFGORC + 4u) & 0xFu;
    const uint64_t sent_low = register_read(registers, VFGOTC);
    const uint64_t sent_high = register_read(registers, VFGOTC + 4u) & 0xFu;
    const uint32_t received = register_read(registers, VFGPRC);
    const uint64_t shown[4] = {received, received_low + (received_high << 32), register_read(registers, VFGPTC),
                               sent_low + (sent_high << 32)};
    v6nf_mailbox_count(nic, shown, bytes_mask, 0u);
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = link_up,
    .read_counters = read_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static bool is_virtual(uint32_t id)
{
    static const uint16_t devices[] = {0x10ED, 0x1515, 0x1565}; /* of an 82599, X540, X550 */
    return (id & 0xFFFFu) == PCI_VENDOR_INTEL && nic_is_one_of(id >> 16, devices, sizeof devices / sizeof devices[0]);
}

static bool reset(struct v6nf_nic *nic)
{
    register_write(nic->registers, VTEIMC, UINT32_MAX);
    register_write(nic->registers, VFCTRL, VFCTRL_RST);
    v6nf_env_sleep(RESET_TIME);
    return v6nf_mailbox_wait(nic);
}

static void serve(struct v6nf_nic *physical)
{
    v6nf_ixgbe_serve_virtual(physical);
}

/* MAXFRS counts the FCS but no VLAN tag (8.2.3.22.13), and so does the message. */
static bool ask_for_everything(struct v6nf_nic *nic)
{
    return v6nf_mailbox_begin(nic, nic->config.mtu + 18u) && (nic->config.few_groups || ask_for_all_groups(nic));
}

enum v6nf_nic_status v6nf_ixgbe_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                             const struct v6nf_nic_config *config, struct v6nf_nic *physical)
{
    enum v6nf_nic_status status = v6nf_nic_prepare(nic, address, config, 1u);
    if (!is_virtual(v6nf_pci_virtual_id(address))) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    nic->device.format = V6NF_RING_ADVANCED;
    nic->device.writes_heads = false;
    nic->virtual_functions = (struct v6nf_nic_virtual){
        .physical = physical, .serve = serve, .mailbox = VFMAILBOX, .messages = VFMBMEM,
        .queue = RECEIVE_QUEUE + CONTROL};
    nic->registers = v6nf_pci_open_virtual(address, 0u, REGISTERS_SIZE);
    if (nic->registers == NULL) {
        return V6NF_NIC_NO_REGISTERS;
    }
    if (!reset(nic)) {
        return V6NF_NIC_NO_RESET;
    }
    if (status != V6NF_NIC_READY || config->promiscuous) {
        /* A function that is refused was reset, too. */
        return status != V6NF_NIC_READY ? status : V6NF_NIC_PROMISCUOUS_BAD;
    }
    if (!ask_for_everything(nic)) {
        return V6NF_NIC_REFUSED;
    }
    return v6nf_nic_begin(nic, &port_operations, &device_operations);
}

/* vf.c: a virtual function of an Intel 82576, by its data sheet (7.10 and 8.26), or of an I350, whose functions
 * have the same registers and one queue each way in place of two. What is not its own to set, it asks its physical
 * function for (mailbox.h). */
#include "v6nf/driver/igb.h"

#include "../mailbox.h"
#include "../../pci/sriov.h"
#include "queues.h"

#define REGISTERS_SIZE (16u * 1024u) /* and from one function's to the next one's */
#define ID_82576 ((0x10CAu << 16) + PCI_VENDOR_INTEL)
#define ID_I350 ((0x1520u << 16) + PCI_VENDOR_INTEL)

/* 8.26. CTRL, STATUS and EIMC are where the physical function's are, and so are registers in those of a queue. */
#define MESSAGES 0x00800u /* VMBMEM */
#define V2PMAILBOX 0x00C40u
#define VFGPRC 0x00F10u
#define VFGPTC 0x00F14u
#define VFGORC 0x00F18u
#define VFGOTC 0x00F34u
#define RQDPC 0x30u /* in the registers of a receive queue: what it dropped, cleared by reading */
#define RECEIVE_QUEUE(n) (0x02800u + 0x100u * (n))
#define TRANSMIT_QUEUE(n) (0x03800u + 0x100u * (n))

static bool ask_for_all_groups(const struct v6nf_nic *nic)
{
    uint32_t message[3] = {MESSAGE_SET_PROMISCUOUS + PROMISCUOUS_GROUPS, 0u, 0u};
    return v6nf_mailbox_ask(nic, message, 1u);
}

bool v6nf_igb_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac)
{
    return v6nf_mailbox_ask_for_group(nic, nic_mac_hash(mac));
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static bool add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    *tail = NULL;
    if (nic->inputs_count >= 1u || buffer_size < nic->buffer_size ||
        !v6nf_igb_open_input(nic, RECEIVE_QUEUE(0u), descriptors, buffer_size, tail)) {
        return false;
    }
    nic->inputs_count++;
    return true;
}

static bool add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct v6nf_nic *nic = device->nic;
    const uint32_t queues = v6nf_pci_virtual_id(nic->address) == ID_I350 ? 1u : 2u;
    *tail = NULL;
    if (nic->outputs_count >= queues ||
        !v6nf_igb_open_output(nic, TRANSMIT_QUEUE(nic->outputs_count), descriptors, count, head, tail)) {
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

static bool stop(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    bool is_off = true;
    for (uint32_t i = 0; i < nic->inputs_count; i++) {
        is_off = v6nf_igb_close_queue(nic, RECEIVE_QUEUE(i), is_off);
    }
    for (uint32_t i = 0; i < nic->outputs_count; i++) {
        is_off = v6nf_igb_close_queue(nic, TRANSMIT_QUEUE(i), is_off);
    }
    nic->inputs_count = 0; /* it has not lost a queue */
    nic->outputs_count = 0;
    return !v6nf_pci_is_pending(nic->address);
}

static const struct v6nf_ring_device_operations device_operations = {
    .add_input = add_input, .add_output = add_output, .start = start, .stop = stop};

/* -- The function as a port ---------------------------------------------------------------------------------------- */

/* Unlike the physical function's, its counters go round, and reading leaves them as they are (8.26). */
static void read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    static const uint16_t shown_at[4] = {VFGPRC, VFGORC, VFGPTC, VFGOTC};
    uint64_t shown[4];
    for (uint32_t i = 0; i < 4u; i++) {
        shown[i] = register_read(nic->registers, shown_at[i]);
    }
    v6nf_mailbox_count(nic, shown, UINT32_MAX, register_read(nic->registers, RECEIVE_QUEUE(0u) + RQDPC));
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = v6nf_gigabit_link_up,
    .read_counters = read_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static bool reset(struct v6nf_nic *nic)
{
    register_write(nic->registers, EIMC, UINT32_MAX);
    register_write(nic->registers, CTRL, CTRL_RST);
    v6nf_env_sleep(RESET_TIME);
    return v6nf_register_wait(nic->registers, CTRL, CTRL_RST, 0u) && v6nf_mailbox_wait(nic);
}

static void serve(struct v6nf_nic *physical)
{
    v6nf_igb_serve_virtual(physical);
}

static bool ask_for_everything(struct v6nf_nic *nic)
{
    return v6nf_mailbox_begin(nic, nic_longest_frame(nic)) && (nic->config.few_groups || ask_for_all_groups(nic));
}

enum v6nf_nic_status v6nf_igb_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                           const struct v6nf_nic_config *config, struct v6nf_nic *physical)
{
    enum v6nf_nic_status status = v6nf_nic_prepare(nic, address, config, 1u);
    const uint32_t id = v6nf_pci_virtual_id(address);
    if (id != ID_82576 && id != ID_I350) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    nic->device.format = V6NF_RING_ADVANCED;
    nic->device.writes_heads = true;
    nic->virtual_functions = (struct v6nf_nic_virtual){
        .physical = physical, .serve = serve, .mailbox = V2PMAILBOX, .messages = MESSAGES,
        .queue = RECEIVE_QUEUE(0u) + QUEUE_CONTROL};
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

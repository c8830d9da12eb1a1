/* vf.c: a virtual function of an Intel 82599, by its data sheet (7.10 and 8.3).
 * DOUBT: the data sheets of X540 and X550 list the same registers for their functions. Whether these behave alike has
 * not been tried.
 * DOUBT: Linux's driver has each packet refer to a context descriptor (CC, 7.2.3.2.4) if the card switches between
 * functions. Either the card needs it for switching, or only for offloads. Here no packet has one, as there are no
 * offloads. */
#include "../vf.h"

#include "registers.h"
#include "sriov.h"
#include "v6nf/driver/ixgbe.h"

/* 8.3. The registers of a queue are those of the physical function. */
#define VFCTRL 0x00000u
#define VFCTRL_RST (1u << 26)
#define VF_RESET_TIME 10000u /* microseconds */
#define VFLINKS 0x00010u
#define VTEIMC 0x0010Cu
#define VFMBMEM 0x00200u
#define VFMAILBOX 0x002FCu
#define VF_TRANSMIT_QUEUE 0x02000u
#define TRANSMIT_QUEUE_STEP 0x40u
#define VFGPRC 0x0101Cu
#define VFGORC 0x01020u
#define VFGPTC 0x0201Cu
#define VFGOTC 0x02020u

static bool reset_ixgbe_vf(struct v6nf_nic *nic)
{
    register_write(nic->registers, VTEIMC, UINT32_MAX);
    register_write(nic->registers, VFCTRL, VFCTRL_RST);
    v6nf_env_sleep(VF_RESET_TIME);
    return v6nf_mailbox_wait(nic);
}

/* The first version of the messages cannot ask for this. */
static bool ask_for_groups_mode(const struct v6nf_nic *nic)
{
    uint32_t version[ANSWER_WORDS] = {MESSAGE_VERSION, VERSION_GROUPS, 0u};
    uint32_t mode[ANSWER_WORDS] = {MESSAGE_SET_GROUPS_MODE, GROUPS_ALL, 0u};
    return v6nf_mailbox_ask(nic, version, 2u) && v6nf_mailbox_ask(nic, mode, 2u) && mode[1] == GROUPS_ALL;
}

/* No head write-back: descriptors report that they were sent. */
static bool open_ixgbe_vf_output(struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count,
                                 uint64_t head, volatile uint32_t **tail)
{
    (void)head;
    v6nf_intel_place_queue(nic, queue, descriptors, count);
    register_write(nic->registers, queue + QUEUE_HEAD, 0u);
    register_write(nic->registers, queue + QUEUE_TAIL, 0u);
    register_write(nic->registers, queue + QUEUE_CONTROL, nic->kind->model->transmit_control);
    return v6nf_intel_start_queue(nic, queue, tail);
}

static bool ixgbe_vf_link_up(struct v6nf_port *port)
{
    const uint32_t links = register_read(nic_of(port)->registers, VFLINKS);
    return v6nf_nic_look(nic_of(port)) == V6NF_PORT_RUNNING && !nic_of(port)->is_lost && (links & LINKS_UP) != 0u;
}

/* These counters wrap, and reading does not clear them (8.3). Those of bytes wrap after 55 s at 10 Gb/s.
 * DOUBT: they include the FCS, as those of an 82576 do, or not, as QBRC. Here they include it. */
static void read_ixgbe_vf_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    const uint64_t bytes_mask = ((uint64_t)BYTES_HIGH_MASK << 32) + UINT32_MAX;
    const uint64_t received_bytes = v6nf_intel_read_counter(nic, VFGORC, BYTES_HIGH_MASK);
    const uint64_t sent_bytes = v6nf_intel_read_counter(nic, VFGOTC, BYTES_HIGH_MASK);
    const uint32_t received = register_read(nic->registers, VFGPRC);
    const uint64_t shown[4] = {received, received_bytes, register_read(nic->registers, VFGPTC), sent_bytes};
    v6nf_vf_count(nic, shown, bytes_mask, 0u);
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = ixgbe_vf_link_up,
    .read_counters = read_ixgbe_vf_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static const struct v6nf_nic_family family = {
    .devices = INTEL_IXGBE_VIRTUAL,
    .port_operations = &port_operations,
    .writes_heads = false,
    .frame_overhead = MAXFRS_OVERHEAD,
    .mailbox = VFMAILBOX,
    .messages = VFMBMEM,
    .receive_queue = RECEIVE_QUEUE(0u),
    .transmit_queue = VF_TRANSMIT_QUEUE,
    .transmit_queue_step = TRANSMIT_QUEUE_STEP,
    .reset = reset_ixgbe_vf,
    .open_input = v6nf_ixgbe_open_input,
    .open_output = open_ixgbe_vf_output,
    .ask_for_all_groups = ask_for_groups_mode,
    .serve = v6nf_ixgbe_serve_virtual,
};

enum v6nf_nic_status v6nf_ixgbe_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                             const struct v6nf_nic_config *config, struct v6nf_nic *physical)
{
    return v6nf_vf_init(nic, address, config, physical, &family);
}

bool v6nf_ixgbe_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac)
{
    return v6nf_vf_add_group(nic, mac);
}

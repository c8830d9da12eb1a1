/* vf.c: a virtual function of an Intel 82576, by its data sheet (7.10 and 8.26), or of an I350, whose functions have
 * the same registers and one queue instead of two in each direction. */
#include "../vf.h"

#include "queues.h"
#include "v6nf/driver/igb.h"

/* 8.26. CTRL, STATUS, EIMC and the registers of a queue are those of the physical function. */
#define VMBMEM 0x00800u
#define V2PMAILBOX 0x00C40u
#define VFGPRC 0x00F10u
#define VFGPTC 0x00F14u
#define VFGORC 0x00F18u
#define VFGOTC 0x00F34u
#define RECEIVE_QUEUE 0x02800u
#define TRANSMIT_QUEUE 0x03800u
#define TRANSMIT_QUEUE_STEP 0x100u
#define RQDPC 0x30u /* in the registers of a receive queue: packets that it dropped; cleared by reading */

static bool reset_igb_vf(struct v6nf_nic *nic)
{
    register_write(nic->registers, EIMC, UINT32_MAX);
    register_write(nic->registers, CTRL, CTRL_RST);
    v6nf_env_sleep(RESET_TIME);
    return v6nf_register_wait(nic->registers, CTRL, CTRL_RST, 0u) && v6nf_mailbox_wait(nic);
}

static bool ask_for_promiscuous_groups(const struct v6nf_nic *nic)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_SET_PROMISCUOUS + PROMISCUOUS_GROUPS, 0u, 0u};
    return v6nf_mailbox_ask(nic, message, 1u);
}

/* Unlike the physical function's counters, these wrap, and reading does not clear them (8.26). Those of bytes wrap
 * after 34 s at 1 Gb/s. They include the FCS unless the physical function clears DTXCTL.COUNT_CRC (I210 data sheet,
 * 8.19.3).
 * DOUBT: VFGPRC counts frames before or after they are dropped for want of a descriptor (RQDPC). Here it is after. */
static void read_igb_vf_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    struct v6nf_nic *nic = nic_of(port);
    static const uint16_t shown_at[4] = {VFGPRC, VFGORC, VFGPTC, VFGOTC};
    uint64_t shown[4];
    for (uint32_t i = 0; i < 4u; i++) {
        shown[i] = register_read(nic->registers, shown_at[i]);
    }
    v6nf_vf_count(nic, shown, UINT32_MAX, register_read(nic->registers, RECEIVE_QUEUE + RQDPC));
    nic_show_counters(nic, counters);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_nic_poll_advanced,
    .wait = nic_wait,
    .reserve = v6nf_nic_reserve,
    .commit = v6nf_nic_commit,
    .link_up = v6nf_gigabit_link_up,
    .read_counters = read_igb_vf_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static const struct v6nf_nic_family family = {
    .devices = INTEL_IGB_VIRTUAL,
    .port_operations = &port_operations,
    .writes_heads = true,
    .frame_overhead = FRAME_OVERHEAD,
    .mailbox = V2PMAILBOX,
    .messages = VMBMEM,
    .receive_queue = RECEIVE_QUEUE,
    .transmit_queue = TRANSMIT_QUEUE,
    .transmit_queue_step = TRANSMIT_QUEUE_STEP,
    .reset = reset_igb_vf,
    .open_input = v6nf_igb_open_input,
    .open_output = v6nf_igb_open_output,
    .ask_for_all_groups = ask_for_promiscuous_groups,
    .serve = v6nf_igb_serve_virtual,
};

enum v6nf_nic_status v6nf_igb_virtual_init(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                           const struct v6nf_nic_config *config, struct v6nf_nic *physical)
{
    return v6nf_vf_init(nic, address, config, physical, &family);
}

bool v6nf_igb_virtual_add_group(struct v6nf_nic *nic, const uint8_t *mac)
{
    return v6nf_vf_add_group(nic, mac);
}

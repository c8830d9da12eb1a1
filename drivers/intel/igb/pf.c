/* pf.c: the physical function of an 82576 makes virtual ones, and answers their messages (data sheet, 7.10 and
 * 8.14). */
#include "../pf.h"

#include "queues.h"
#include "sriov.h"
#include "v6nf/driver/igb.h"

static uint32_t igb_vf_filter(uint32_t index)
{
    return VIRTUAL_RAL(index);
}

static void write_igb_vf_filter(const struct v6nf_nic *nic, uint32_t index, const uint8_t *mac, bool is_valid)
{
    v6nf_intel_write_filter(nic, VIRTUAL_RAL(index), mac, is_valid ? RAH_VALID + RAH_POOL(index) : 0u);
}

/* Grant all groups, or none but those of the table. Never grant all stations. */
static bool grant_promiscuous(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    const uint32_t info = message[0] & ~MESSAGE_TYPE;
    if (info == PROMISCUOUS_GROUPS) {
        register_fill(nic->registers, MTA, MTA_COUNT, UINT32_MAX);
        register_set(nic->registers, VMOLR + 4u * index, POOL_HASHED_GROUPS);
    }
    return info == PROMISCUOUS_GROUPS || info == 0u;
}

static bool grant_longest(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    if (message[1] < SHORTEST_FRAME || message[1] > LONGEST_FRAME) {
        return false;
    }
    register_change(nic->registers, VMOLR + 4u * index, VMOLR_LONG * 2u - 1u, VMOLR_LONG + message[1]);
    return true;
}

static bool grant_igb(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    switch (message[0] & MESSAGE_TYPE) {
    case MESSAGE_SET_LONGEST:
        return grant_longest(nic, index, message);
    case MESSAGE_SET_PROMISCUOUS:
        return grant_promiscuous(nic, index, message);
    default:
        return false;
    }
}

static const struct pf_family family = {
    .filters = RECEIVE_ADDRESSES + POOLS,
    .own_filter = RAL(0u),
    .own_filters = RECEIVE_ADDRESSES,
    .receive_enable = VFRE,
    .transmit_enable = VFTE,
    .pool_rules = VMOLR,
    .pool_defaults = POOL_UNTAGGED + POOL_BROADCAST + VMOLR_STRIP_CRC,
    .mailbox_control = P2VMAILBOX,
    .mailbox_messages = VMBMEM,
    .mailbox_events = MBVFICR,
    .resets = {VFLRE, VFLRE},
    .resets_clear = {VFLRE, VFLRE},
    .filter = igb_vf_filter,
    .write_filter = write_igb_vf_filter,
    .grant = grant_igb,
};

void v6nf_igb_serve_virtual(struct v6nf_nic *nic)
{
    v6nf_pf_serve(nic, &family);
}

/* -- Making virtual functions -------------------------------------------------------------------------------------- */

/* Give the card's own filters to its pool, number `own`. */
static void set_own_pool(const struct v6nf_nic *nic, uint32_t own)
{
    volatile uint32_t *registers = nic->registers;
    for (uint32_t i = 0; i < nic->addresses_count && i < RECEIVE_ADDRESSES; i++) {
        register_set(registers, RAH(i), RAH_POOL(own));
    }
    register_write(registers, VMOLR + 4u * own,
                   nic_longest_frame(nic) + VMOLR_LONG + POOL_UNTAGGED + POOL_HASHED_GROUPS + POOL_BROADCAST +
                       VMOLR_STRIP_CRC);
    if (nic->config.promiscuous || !nic->config.few_groups) {
        register_fill(registers, MTA, MTA_COUNT, UINT32_MAX);
    }
    /* Packets that match no exact filter go to the default pool, or are dropped. */
    register_write(registers, VT_CTL,
                   (own << VT_CTL_DEFAULT_SHIFT) + VT_CTL_REPLICATION +
                       (nic->config.promiscuous ? 0u : VT_CTL_NO_DEFAULT));
}

/* Set up pools for the card and its virtual functions. */
static enum v6nf_nic_status set_igb_pools(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    const uint32_t count = nic->virtual_functions.count;
    const uint32_t all = (1u << POOLS) - 1u;
    v6nf_pf_stop_functions(nic, &family);
    set_own_pool(nic, count);
    register_write(registers, RLPML, LONGEST_FRAME); /* each pool now has a limit of its own */
    register_write(registers, RPLOLR, RPLOLR_STRIP_CRC);
    register_write(registers, QDE, QDE_ALL); /* a function that does not receive must not block others */
    register_write(registers, VFRE, 1u << count);
    register_write(registers, VFTE, all - ((1u << count) - 1u));
    register_write(registers, DTXSWC, (1u << count) - 1u); /* anti-spoofing for the functions' pools (7.10.3.6) */
    register_write(registers, MRQC, MRQC_POOLS);
    v6nf_pf_clear_events(nic, &family, POOLS);
    /* DOUBT: no document states whether functions receive while the card itself reaches no memory. If they do, this
     * could wait for the card's first queue. Those of QEMU 10 do not. */
    if (!v6nf_nic_allow_dma(nic)) {
        return V6NF_NIC_NO_START;
    }
    register_set(registers, RCTL, RCTL_EN); /* for all pools; the card's own queues are off until they are opened */
    register_set(registers, CTRL_EXT, CTRL_EXT_RESET_DONE);
    return V6NF_NIC_READY;
}

enum v6nf_nic_status v6nf_igb_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space)
{
    const uint32_t pools = nic->kind != NULL ? nic->kind->model->pools : 0u;
    const enum v6nf_nic_status status = v6nf_pf_enable(nic, &family, pools, count, space);
    nic->virtual_functions.set_pools = set_igb_pools;
    return status == V6NF_NIC_READY ? set_igb_pools(nic) : status;
}

void v6nf_igb_connect_virtual(struct v6nf_nic *nic)
{
    register_write(nic->registers, DTXSWC, DTXSWC_LOOPBACK + ((1u << nic->virtual_functions.count) - 1u));
}

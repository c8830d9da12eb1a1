/* pf.c: the physical function of an 82599 makes virtual ones, and answers their messages (data sheet, 7.10 and
 * 8.2.3.27). The card's own queues stay closed: pools use other descriptors than ixgbe.c.
 *
 * DOUBT: filters change only while nothing is received (8.2.3.7.1). Either this includes filters of other functions, or
 * each function's own reception alone. Here filters change while others receive, as in other drivers. */
#include "../pf.h"

#include "registers.h"
#include "sriov.h"
#include "v6nf/driver/ixgbe.h"

#define FILTERS 128u
#define FILTER(index) (FILTERS - 1u - (index)) /* of a virtual function */
#define QUEUES 128u

static uint32_t ixgbe_vf_filter(uint32_t index)
{
    return RAL(FILTER(index));
}

static void write_ixgbe_vf_filter(const struct v6nf_nic *nic, uint32_t index, const uint8_t *mac, bool is_valid)
{
    const uint32_t at = FILTER(index);
    const uint32_t pool = 1u << (index % 32u);
    v6nf_intel_write_filter(nic, RAL(at), mac, is_valid ? RAH_VALID : 0u);
    register_write(nic->registers, MPSAR(2u * at), is_valid && index < 32u ? pool : 0u);
    register_write(nic->registers, MPSAR(2u * at + 1u), is_valid && index >= 32u ? pool : 0u);
}

static bool grant_groups_mode(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    if (message[1] > GROUPS_ALL) {
        return false;
    }
    register_change(nic->registers, PFVML2FLT + 4u * index, POOL_HASHED_GROUPS + PFVML2FLT_ALL_GROUPS,
                    (message[1] != GROUPS_NONE ? POOL_HASHED_GROUPS : 0u) +
                        (message[1] == GROUPS_ALL ? PFVML2FLT_ALL_GROUPS : 0u));
    return true;
}

static bool grant_ixgbe(const struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    switch (message[0] & MESSAGE_TYPE) {
    case MESSAGE_SET_LONGEST: /* the card has one limit for all functions */
        return message[1] >= SHORTEST_FRAME && message[1] <= nic->config.mtu + MAXFRS_OVERHEAD;
    case MESSAGE_VERSION:
        return message[1] == VERSION_FIRST || message[1] == VERSION_GROUPS;
    case MESSAGE_SET_GROUPS_MODE:
        return grant_groups_mode(nic, index, message);
    default:
        return false;
    }
}

static const struct pf_family family = {
    .filters = FILTERS,
    .own_filter = RAL(0u),
    .own_filters = 1,
    .receive_enable = PFVFRE,
    .transmit_enable = PFVFTE,
    .pool_rules = PFVML2FLT,
    .pool_defaults = POOL_UNTAGGED + POOL_BROADCAST,
    .mailbox_control = PFMAILBOX,
    .mailbox_messages = PFMBMEM,
    .mailbox_events = PFMBICR,
    .resets = {VFLRE_0, VFLRE_1},
    .resets_clear = {PFVFLREC(0u), PFVFLREC(1u)},
    .filter = ixgbe_vf_filter,
    .write_filter = write_ixgbe_vf_filter,
    .grant = grant_ixgbe,
};

void v6nf_ixgbe_serve_virtual(struct v6nf_nic *nic)
{
    v6nf_pf_serve(nic, &family);
}

/* -- Making virtual functions -------------------------------------------------------------------------------------- */

/* Assign queues to pools, and packets to the pools of their destination (4.6.10). */
static void set_pools(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_set(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, MTQC, MTQC_POOLS_64);
    register_clear(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, MRQC, MRQC_POOLS_64);
    register_set(registers, GCR_EXT, GCR_EXT_POOLS_64);
    register_set(registers, GPIE, GPIE_POOLS_64);
    register_write(registers, PFVTCTL,
                   PFVTCTL_ENABLE + PFVTCTL_REPLICATION + PFVTCTL_NO_DEFAULT +
                       (nic->virtual_functions.count << PFVTCTL_DEFAULT_SHIFT));
    register_set(registers, FCTRL, FCTRL_MPE); /* each pool selects its groups */
    register_fill(registers, MPSAR(0u), 2u * FILTERS, 0u);
    register_fill(registers, PFVFRE, 2u, 0u);
    register_fill(registers, PFVFTE, 2u, 0u);
    register_fill(registers, PFVFSPOOF, POOLS / 8u, 0xFFu);
    register_write(registers, PFDTXGSWC, 0u);
    for (uint32_t i = 0; i < QUEUES; i++) {
        register_write(registers, PFQDE, PFQDE_WRITE + (i << PFQDE_QUEUE_SHIFT) + PFQDE_DROP);
    }
}

/* Start sending and receiving (4.6.7 and 4.6.8, last steps). Bus mastering is on before: see igb/pf.c. */
static bool start_for_all(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    register_set(registers, DMATXCTL, DMATXCTL_TE);
    const bool ready = v6nf_ixgbe_open_receive_path(registers);
    register_set(registers, CTRL_EXT, CTRL_EXT_NO_SNOOP_OFF + CTRL_EXT_RESET_DONE);
    return ready;
}

/* Set up pools for the card and its virtual functions. */
static enum v6nf_nic_status set_ixgbe_pools(struct v6nf_nic *nic)
{
    set_pools(nic);
    v6nf_pf_stop_functions(nic, &family);
    v6nf_pf_clear_events(nic, &family, POOLS);
    return start_for_all(nic) ? V6NF_NIC_READY : V6NF_NIC_NO_START;
}

enum v6nf_nic_status v6nf_ixgbe_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space)
{
    const enum v6nf_nic_status status = v6nf_pf_enable(nic, &family, POOLS, count, space);
    nic->virtual_functions.set_pools = set_ixgbe_pools;
    return status == V6NF_NIC_READY ? set_ixgbe_pools(nic) : status;
}

void v6nf_ixgbe_connect_virtual(struct v6nf_nic *nic)
{
    register_write(nic->registers, PFDTXGSWC, PFDTXGSWC_LOOPBACK);
}

/* pf.c: the physical function of an 82599 makes virtual ones, and answers what they ask (data sheet, 7.10 and
 * 8.2.3.27), as igb/physical.c does for the 82576; it keeps nothing of them but what is in the card's registers. The
 * card's own queues stay closed meanwhile: in pools, descriptors are others than ixgbe.c has.
 *
 * Doubt: 8.2.3.7.1 has filters change only while nothing is received. Those of a function change when it asks for that,
 * and others receive meanwhile, as with other drivers. */
#include "v6nf/driver/ixgbe.h"

#include "../mailbox.h"
#include "../../pci/sriov.h"
#include "registers.h"
#include "sriov.h"

#define FILTERS 128u
#define FILTER(index) (FILTERS - 1u - (index)) /* of a virtual function */
#define QUEUES 128u
#define SHORTEST 64u     /* bytes of a frame (IEEE 802.3, 4.4.2) */
#define FRAME_BESIDE 18u /* Ethernet header and FCS */

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

static void write_filter(struct v6nf_nic *nic, uint32_t index, const uint8_t *mac, bool valid)
{
    const uint32_t at = FILTER(index);
    uint32_t words[2] = {0u, 0u};
    nic_mac_to_words(words, mac);
    register_write(nic->registers, RAL(at), words[0]);
    register_write(nic->registers, RAH(at), words[1] + (valid ? RAH_VALID : 0u));
    register_write(nic->registers, MPSAR(2u * at), valid && index < 32u ? BIT(index) : 0u);
    register_write(nic->registers, MPSAR(2u * at + 1u), valid && index >= 32u ? BIT(index) : 0u);
}

/* Whether the card or another virtual function than `index` has it, or will. */
static bool is_taken(const struct v6nf_nic *nic, uint32_t index, const uint8_t *mac)
{
    uint32_t words[2] = {0u, 0u};
    uint32_t its[2] = {0u, 0u};
    nic_mac_to_words(words, mac);
    nic_mac_to_words(its, nic->port.mac);
    if (words[0] == its[0] && words[1] == its[1]) {
        return true;
    }
    for (uint32_t i = 0; i < nic->virtual_functions.count && i < POOLS; i++) {
        uint8_t first[MAC_SIZE];
        v6nf_mailbox_default_address(nic, i, first);
        nic_mac_to_words(its, first);
        const bool will_be = words[0] == its[0] && words[1] == its[1];
        const bool is = words[0] == register_read(nic->registers, RAL(FILTER(i))) &&
                        words[1] == (register_read(nic->registers, RAH(FILTER(i))) & 0xFFFFu);
        if (i != index && (is || will_be)) {
            return true;
        }
    }
    return false;
}

/* -- What a message asks for --------------------------------------------------------------------------------------- */

/* The function neither receives nor sends, until it asks for it. */
static void stop(struct v6nf_nic *nic, uint32_t index)
{
    static const uint8_t nobody[MAC_SIZE] = {0};
    register_clear(nic->registers, PFVFRE + WORD(index), BIT(index));
    register_clear(nic->registers, PFVFTE + WORD(index), BIT(index));
    register_write(nic->registers, PFVML2FLT(index), PFVML2FLT_UNTAGGED + PFVML2FLT_BROADCAST);
    write_filter(nic, index, nobody, false);
}

static bool restart(struct v6nf_nic *nic, uint32_t index, uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    stop(nic, index);
    v6nf_mailbox_default_address(nic, index, mac);
    write_filter(nic, index, mac, true);
    register_set(nic->registers, PFVFTE + WORD(index), BIT(index));
    register_set(nic->registers, PFVFRE + WORD(index), BIT(index));
    nic_mac_to_words(message + 1, mac);
    return true;
}

static bool obey_set_address(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    nic_mac_of_words(message + 1, mac);
    if (MESSAGE_INFO(message[0]) != 0u || !nic_mac_is_station(mac) || is_taken(nic, index, mac)) {
        return false;
    }
    write_filter(nic, index, mac, true);
    return true;
}

/* The table is one for all, so that a group stays in it: it has no more than its 4096 bits, and only lets more pass. */
static bool obey_set_groups(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    const uint32_t count = MESSAGE_INFO(message[0]);
    if (count > V6NF_NIC_GROUPS) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t hash = mailbox_hash(message, i);
        register_set(nic->registers, MTA + 4u * (hash / 32u), 1u << (hash % 32u));
    }
    register_set(nic->registers, PFVML2FLT(index), PFVML2FLT_HASHED_GROUPS);
    return true;
}

static bool obey_set_groups_mode(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    if (message[1] > GROUPS_ALL) {
        return false;
    }
    register_change(nic->registers, PFVML2FLT(index), PFVML2FLT_HASHED_GROUPS + PFVML2FLT_ALL_GROUPS,
                    (message[1] != GROUPS_NONE ? PFVML2FLT_HASHED_GROUPS : 0u) +
                        (message[1] == GROUPS_ALL ? PFVML2FLT_ALL_GROUPS : 0u));
    return true;
}

static bool obey(struct v6nf_nic *nic, uint32_t index, uint32_t *message)
{
    const uint32_t type = message[0] & MESSAGE_TYPE;
    if (type == MESSAGE_RESET) {
        return restart(nic, index, message);
    }
    if ((register_read(nic->registers, PFVFRE + WORD(index)) & BIT(index)) == 0u) {
        return false;
    }
    switch (type) {
    case MESSAGE_SET_ADDRESS:
        return obey_set_address(nic, index, message);
    case MESSAGE_SET_GROUPS:
        return obey_set_groups(nic, index, message);
    case MESSAGE_SET_LONGEST: /* the card has one limit for all */
        return message[1] >= SHORTEST && message[1] <= nic->config.mtu + FRAME_BESIDE;
    case MESSAGE_VERSION:
        return message[1] == VERSION_FIRST || message[1] == VERSION_GROUPS;
    case MESSAGE_SET_GROUPS_MODE:
        return obey_set_groups_mode(nic, index, message);
    default:
        return false;
    }
}

static void answer(struct v6nf_nic *nic, uint32_t index)
{
    const struct mailbox mailbox = {.control = PFMAILBOX(index), .messages = PFMBMEM(index)};
    const uint32_t bit = 1u << (index % PFMBICR_FUNCTIONS);
    uint32_t message[MESSAGE_WORDS];
    if (v6nf_mailbox_read(nic, mailbox, message)) {
        register_write(nic->registers, PFMBICR(index / PFMBICR_FUNCTIONS), bit + (bit << PFMBICR_FUNCTIONS));
        v6nf_mailbox_answer(nic, mailbox, message, obey(nic, index, message));
    }
}

/* Functions `first` to first + 15. */
static void serve_some(struct v6nf_nic *nic, uint32_t first)
{
    const uint32_t resets = register_read(nic->registers, VFLRE(first / 32u)) >> (first % 32u);
    const uint32_t requests = register_read(nic->registers, PFMBICR(first / PFMBICR_FUNCTIONS));
    for (uint32_t i = 0; i < PFMBICR_FUNCTIONS && first + i < nic->virtual_functions.count; i++) {
        if ((resets & (1u << i)) != 0u) {
            register_write(nic->registers, PFVFLREC(first / 32u), BIT(first + i));
            stop(nic, first + i);
        }
        if ((requests & (1u << i)) != 0u) {
            answer(nic, first + i);
        }
    }
}

void v6nf_ixgbe_serve_virtual(struct v6nf_nic *nic)
{
    for (uint32_t first = 0; first < nic->virtual_functions.count && first < POOLS; first += PFMBICR_FUNCTIONS) {
        serve_some(nic, first);
    }
}

/* -- Making them --------------------------------------------------------------------------------------------------- */

/* 4.6.10: queues belong to pools, and packets to the pools of their destination. */
static void set_pools(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    register_set(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, MTQC, MTQC_POOLS_64);
    register_clear(registers, RTTDCS, RTTDCS_ARBITER_OFF);
    register_write(registers, MRQC, MRQC_POOLS_64);
    register_set(registers, GCR_EXT, GCR_EXT_POOLS_64);
    register_set(registers, GPIE, GPIE_POOLS_64);
    register_write(registers, PFVTCTL, PFVTCTL_ENABLE + PFVTCTL_REPLICATION + PFVTCTL_NO_DEFAULT +
                                           (nic->virtual_functions.count << PFVTCTL_DEFAULT_SHIFT));
    register_set(registers, FCTRL, FCTRL_MPE); /* which groups, each pool says */
    register_fill(registers, MPSAR(0u), 2u * FILTERS, 0u);
    register_fill(registers, PFVFRE, 2u, 0u);
    register_fill(registers, PFVFTE, 2u, 0u);
    register_fill(registers, PFVFSPOOF(0u), POOLS / 8u, 0xFFu);
    register_write(registers, PFDTXGSWC, 0u);
    for (uint32_t i = 0; i < QUEUES; i++) {
        register_write(registers, PFQDE, PFQDE_WRITE + (i << PFQDE_QUEUE_SHIFT) + PFQDE_DROP);
    }
}

/* 4.6.7 and 4.6.8, the last steps. */
static bool start_for_all(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    if (!v6nf_nic_allow_dma(nic)) { /* as in igb/physical.c */
        return false;
    }
    register_set(registers, DMATXCTL, DMATXCTL_TE);
    const bool ready = v6nf_ixgbe_open_receive_path(registers);
    register_set(registers, CTRL_EXT, CTRL_EXT_NO_SNOOP_OFF + CTRL_EXT_RESET_DONE);
    return ready;
}

enum v6nf_nic_status v6nf_ixgbe_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space)
{
    if (v6nf_nic_look(nic) != V6NF_PORT_RUNNING) {
        return V6NF_NIC_NOT_OPEN;
    }
    if (count >= POOLS) {
        return V6NF_NIC_COUNT_BAD;
    }
    if (nic->config.inputs != 1u || nic->inputs_count + nic->outputs_count > 0u ||
        nic->addresses_count > FILTERS - count || nic->virtual_functions.count > 0u) {
        return V6NF_NIC_IN_USE;
    }
    enum v6nf_nic_status status = v6nf_pci_enable_virtual(nic->address, count, space);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->virtual_functions.count = count;
    set_pools(nic);
    for (uint32_t i = 0; i < count; i++) {
        stop(nic, i);
    }
    for (uint32_t i = 0; i < POOLS / 32u; i++) {
        register_write(nic->registers, PFVFLREC(i), UINT32_MAX);
    }
    for (uint32_t i = 0; i < POOLS / PFMBICR_FUNCTIONS; i++) {
        register_write(nic->registers, PFMBICR(i), UINT32_MAX);
    }
    return start_for_all(nic) ? V6NF_NIC_READY : V6NF_NIC_NO_START;
}

void v6nf_ixgbe_connect_virtual(struct v6nf_nic *nic)
{
    register_write(nic->registers, PFDTXGSWC, PFDTXGSWC_LOOPBACK);
}

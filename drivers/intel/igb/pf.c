/* pf.c: the physical function of an 82576 makes virtual ones, and answers what they ask (data sheet, 7.10 and
 * 8.14). It keeps nothing of them but what is in the card's registers: a function was reset, and may ask for more, if
 * it may receive. */
#include "v6nf/driver/igb.h"

#include "../mailbox.h"
#include "../../pci/sriov.h"
#include "queues.h"
#include "sriov.h"

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

static bool is_same(const uint8_t *one, const uint8_t *other)
{
    uint32_t different = 0;
    for (uint32_t i = 0; i < MAC_SIZE; i++) {
        different |= (uint32_t)one[i] ^ other[i];
    }
    return different == 0u;
}

/* Whether the card or another virtual function than `index` has it, or will. */
static bool is_taken(const struct v6nf_nic *nic, uint32_t index, const uint8_t *mac)
{
    uint8_t its[MAC_SIZE];
    for (uint32_t i = 0; i < nic->addresses_count && i < RECEIVE_ADDRESSES; i++) {
        v6nf_gigabit_read_address(nic, RAL(i), its);
        if (is_same(mac, its)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < nic->virtual_functions.count && i < POOLS; i++) {
        uint8_t first[MAC_SIZE];
        v6nf_gigabit_read_address(nic, VIRTUAL_RAL(i), its);
        v6nf_mailbox_default_address(nic, i, first);
        if (i != index && (is_same(mac, its) || is_same(mac, first))) {
            return true;
        }
    }
    return false;
}

static bool set_address(struct v6nf_nic *nic, uint32_t index, const uint8_t *mac)
{
    if (!nic_mac_is_station(mac) || is_taken(nic, index, mac)) {
        return false;
    }
    v6nf_gigabit_write_address(nic, VIRTUAL_RAL(index), mac, RAH_VALID + RAH_POOL(index));
    return true;
}

/* -- What a message asks for --------------------------------------------------------------------------------------- */

/* The function neither receives nor sends, until it asks for it. */
static void stop(struct v6nf_nic *nic, uint32_t index)
{
    static const uint8_t nobody[MAC_SIZE] = {0};
    register_clear(nic->registers, VFRE, 1u << index);
    register_clear(nic->registers, VFTE, 1u << index);
    register_write(nic->registers, VMOLR(index), VMOLR_UNTAGGED + VMOLR_BROADCAST + VMOLR_STRIP_CRC);
    v6nf_gigabit_write_address(nic, VIRTUAL_RAL(index), nobody, 0u);
}

static bool restart(struct v6nf_nic *nic, uint32_t index, uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    stop(nic, index);
    v6nf_mailbox_default_address(nic, index, mac);
    v6nf_gigabit_write_address(nic, VIRTUAL_RAL(index), mac, RAH_VALID + RAH_POOL(index));
    register_set(nic->registers, VFTE, 1u << index);
    register_set(nic->registers, VFRE, 1u << index);
    nic_mac_to_words(message + 1, mac);
    return true;
}

static bool obey_set_address(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    nic_mac_of_words(message + 1, mac);
    return MESSAGE_INFO(message[0]) == 0u && set_address(nic, index, mac);
}

/* The table is one for all, so that a group stays in it: it has no more than its 4096 bits, and only lets more pass. */
static bool obey_set_groups(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    const uint32_t count = MESSAGE_INFO(message[0]);
    if (count > V6NF_NIC_GROUPS) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        v6nf_gigabit_add_hash(nic, mailbox_hash(message, i));
    }
    register_set(nic->registers, VMOLR(index), VMOLR_HASHED_GROUPS);
    return true;
}

/* All groups, or none but those of the table; all stations never. */
static bool obey_set_promiscuous(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    const uint32_t info = message[0] & ~MESSAGE_TYPE;
    if (info == PROMISCUOUS_GROUPS) {
        register_fill(nic->registers, MTA, MTA_COUNT, UINT32_MAX);
        register_set(nic->registers, VMOLR(index), VMOLR_HASHED_GROUPS);
    }
    return info == PROMISCUOUS_GROUPS || info == 0u;
}

static bool obey_set_longest(struct v6nf_nic *nic, uint32_t index, const uint32_t *message)
{
    if (message[1] < SHORTEST || message[1] > LONGEST) {
        return false;
    }
    register_change(nic->registers, VMOLR(index), VMOLR_LONG * 2u - 1u, VMOLR_LONG + message[1]);
    return true;
}

static bool obey(struct v6nf_nic *nic, uint32_t index, uint32_t *message)
{
    const uint32_t type = message[0] & MESSAGE_TYPE;
    if (type == MESSAGE_RESET) {
        return restart(nic, index, message);
    }
    if ((register_read(nic->registers, VFRE) & (1u << index)) == 0u) {
        return false;
    }
    switch (type) {
    case MESSAGE_SET_ADDRESS:
        return obey_set_address(nic, index, message);
    case MESSAGE_SET_GROUPS:
        return obey_set_groups(nic, index, message);
    case MESSAGE_SET_LONGEST:
        return obey_set_longest(nic, index, message);
    case MESSAGE_SET_PROMISCUOUS:
        return obey_set_promiscuous(nic, index, message);
    default:
        return false;
    }
}

static void answer(struct v6nf_nic *nic, uint32_t index)
{
    const struct mailbox mailbox = {.control = P2VMAILBOX(index), .messages = MESSAGES(index)};
    uint32_t message[MESSAGE_WORDS];
    if (v6nf_mailbox_read(nic, mailbox, message)) {
        register_write(nic->registers, MBVFICR, MBVFICR_REQUEST(index) + MBVFICR_ACK(index));
        v6nf_mailbox_answer(nic, mailbox, message, obey(nic, index, message));
    }
}

void v6nf_igb_serve_virtual(struct v6nf_nic *nic)
{
    volatile uint32_t *registers = nic->registers;
    if (nic->virtual_functions.count == 0u) {
        return;
    }
    const uint32_t resets = register_read(registers, VFLRE);
    const uint32_t requests = register_read(registers, MBVFICR);
    if (resets != 0u) {
        register_write(registers, VFLRE, resets);
    }
    for (uint32_t i = 0; i < nic->virtual_functions.count && i < POOLS; i++) {
        if ((resets & (1u << i)) != 0u) {
            stop(nic, i);
        }
        if ((requests & MBVFICR_REQUEST(i)) != 0u) {
            answer(nic, i);
        }
    }
}

/* -- Making them --------------------------------------------------------------------------------------------------- */

/* What the card takes in for its own is now its pool's, number `own`. */
static void set_own_pool(struct v6nf_nic *nic, uint32_t own)
{
    volatile uint32_t *registers = nic->registers;
    for (uint32_t i = 0; i < nic->addresses_count && i < RECEIVE_ADDRESSES; i++) {
        register_set(registers, RAH(i), RAH_POOL(own));
    }
    register_write(registers, VMOLR(own), nic_longest_frame(nic) + VMOLR_LONG + VMOLR_UNTAGGED + VMOLR_HASHED_GROUPS +
                                              VMOLR_BROADCAST + VMOLR_STRIP_CRC);
    if (nic->config.promiscuous || !nic->config.few_groups) {
        register_fill(registers, MTA, MTA_COUNT, UINT32_MAX);
    }
    /* What is for nobody's exact filter goes nowhere, or to the card. */
    register_write(registers, VT_CTL, (own << VT_CTL_DEFAULT_SHIFT) + VT_CTL_REPLICATION +
                                          (nic->config.promiscuous ? 0u : VT_CTL_NO_DEFAULT));
}

enum v6nf_nic_status v6nf_igb_enable_virtual(struct v6nf_nic *nic, uint32_t count, uint64_t space)
{
    volatile uint32_t *registers = nic->registers;
    const uint32_t all = (1u << POOLS) - 1u;
    if (v6nf_nic_look(nic) != V6NF_PORT_RUNNING) {
        return V6NF_NIC_NOT_OPEN;
    }
    if (v6nf_igb_queues(v6nf_pci_id(nic->address)) != 2u * POOLS) {
        return V6NF_NIC_NO_VIRTUAL;
    }
    if (count >= POOLS) {
        return V6NF_NIC_COUNT_BAD;
    }
    if (nic->config.inputs != 1u || nic->inputs_count + nic->outputs_count > 0u || nic->virtual_functions.count > 0u) {
        return V6NF_NIC_IN_USE;
    }
    enum v6nf_nic_status status = v6nf_pci_enable_virtual(nic->address, count, space);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic->virtual_functions.count = count;
    for (uint32_t i = 0; i < count; i++) {
        stop(nic, i);
    }
    set_own_pool(nic, count);
    register_write(registers, RLPML, LONGEST); /* the limit is now each pool's */
    register_write(registers, RPLOLR, RPLOLR_STRIP_CRC);
    register_write(registers, QDE, QDE_ALL); /* a function that does not take what is for it holds up nobody */
    register_write(registers, VFRE, 1u << count);
    register_write(registers, VFTE, all - ((1u << count) - 1u));
    register_write(registers, DTXSWC, (1u << count) - 1u); /* these pools send from their own address only (7.10.3.6) */
    register_write(registers, MRQC, MRQC_POOLS);
    register_write(registers, VFLRE, UINT32_MAX);
    register_write(registers, MBVFICR, UINT32_MAX);
    /* DOUBT: no document states whether functions receive while the card itself reaches no memory. Those of QEMU 10 do
     * not. */
    if (!v6nf_nic_allow_dma(nic)) {
        return V6NF_NIC_NO_START;
    }
    register_set(registers, RCTL, RCTL_EN); /* for all of them; the card's own queues are off until they are opened */
    register_set(registers, CTRL_EXT, CTRL_EXT_RESET_DONE);
    return V6NF_NIC_READY;
}

void v6nf_igb_connect_virtual(struct v6nf_nic *nic)
{
    register_write(nic->registers, DTXSWC, DTXSWC_LOOPBACK + ((1u << nic->virtual_functions.count) - 1u));
}

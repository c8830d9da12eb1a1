/* pf.c: what drivers of physical functions do alike: see pf.h. */
#include "pf.h"

#include "../pci/sriov.h"

#define LOCALLY_ADMINISTERED 2u /* IEEE 802, 8.2.2, in the first byte */
#define REQUESTS_EACH 16u
#define POOLS_EACH 32u
#define WORD(index) (4u * ((index) / POOLS_EACH))
#define BIT(index) (1u << ((index) % POOLS_EACH))

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

/* Write to mac the address that virtual function number `index`, 0 to 62, has unless it asks for another: the card's,
 * locally administered, and with other bits 2 to 7 in the first byte. No other card has it. */
static void get_default_address(const struct v6nf_nic *nic, uint32_t index, uint8_t *mac)
{
    for (uint32_t i = 0; i < MAC_SIZE; i++) {
        mac[i] = nic->port.mac[i];
    }
    mac[0] = (uint8_t)(((uint32_t)mac[0] | LOCALLY_ADMINISTERED) ^ (((index + 1u) << 2) & 0xFFu));
}

static bool filter_has(const struct v6nf_nic *nic, uint32_t filter, const uint32_t *words)
{
    return register_read(nic->registers, filter) == words[0] &&
           (register_read(nic->registers, filter + 4u) & 0xFFFFu) == words[1];
}

/* Return true if the card or a virtual function other than `index` has the address, or gets it with a reset. */
static bool is_address_taken(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index,
                             const uint8_t *mac)
{
    uint32_t wanted[2];
    nic_mac_to_words(wanted, mac);
    for (uint32_t i = 0; i < nic->addresses_count && i < family->own_filters; i++) {
        if (filter_has(nic, family->own_filter + FILTER_SIZE * i, wanted)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < nic->virtual_functions.count; i++) {
        uint8_t first[MAC_SIZE];
        uint32_t words[2];
        get_default_address(nic, i, first);
        nic_mac_to_words(words, first);
        const bool is_default = words[0] == wanted[0] && words[1] == wanted[1];
        if (i != index && (is_default || filter_has(nic, family->filter(i), wanted))) {
            return true;
        }
    }
    return false;
}

/* -- Messages ------------------------------------------------------------------------------------------------------ */

static void stop_function(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index)
{
    static const uint8_t no_address[MAC_SIZE] = {0};
    register_clear(nic->registers, family->receive_enable + WORD(index), BIT(index));
    register_clear(nic->registers, family->transmit_enable + WORD(index), BIT(index));
    register_write(nic->registers, family->pool_rules + 4u * index, family->pool_defaults);
    family->write_filter(nic, index, no_address, false);
}

/* Write the function's address behind the first word of the answer. */
static void restart_function(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index,
                             uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    stop_function(nic, family, index);
    get_default_address(nic, index, mac);
    family->write_filter(nic, index, mac, true);
    register_set(nic->registers, family->transmit_enable + WORD(index), BIT(index));
    register_set(nic->registers, family->receive_enable + WORD(index), BIT(index));
    nic_mac_to_words(message + 1, mac);
}

static bool grant_address(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index,
                          const uint32_t *message)
{
    uint8_t mac[MAC_SIZE];
    nic_mac_of_words(message + 1, mac);
    if (MESSAGE_INFO(message[0]) != 0u || !nic_mac_is_station(mac) || is_address_taken(nic, family, index, mac)) {
        return false;
    }
    family->write_filter(nic, index, mac, true);
    return true;
}

/* All functions share one hash table, so that a group stays in it. At worst its 4096 bits let all groups pass. */
static bool grant_groups(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index,
                         const uint32_t *message)
{
    const uint32_t count = MESSAGE_INFO(message[0]);
    if (count > V6NF_NIC_GROUPS) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        v6nf_intel_add_hash(nic, mailbox_hash(message, i));
    }
    register_set(nic->registers, family->pool_rules + 4u * index, POOL_HASHED_GROUPS);
    return true;
}

/* Return false to refuse. A function must ask for a reset first. */
static bool grant(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index, uint32_t *message)
{
    const uint32_t type = message[0] & MESSAGE_TYPE;
    if (type == MESSAGE_RESET) {
        restart_function(nic, family, index, message);
        return true;
    }
    if ((register_read(nic->registers, family->receive_enable + WORD(index)) & BIT(index)) == 0u) {
        return false;
    }
    switch (type) {
    case MESSAGE_SET_ADDRESS:
        return grant_address(nic, family, index, message);
    case MESSAGE_SET_GROUPS:
        return grant_groups(nic, family, index, message);
    default:
        return family->grant(nic, index, message);
    }
}

static void answer_function(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t index)
{
    const struct mailbox mailbox = {.control = family->mailbox_control + 4u * index,
                                    .messages = family->mailbox_messages + 4u * MESSAGE_WORDS * index};
    const uint32_t bit = 1u << (index % REQUESTS_EACH);
    uint32_t message[MESSAGE_WORDS];
    if (v6nf_mailbox_read(nic, mailbox, message)) {
        register_write(nic->registers, family->mailbox_events + 4u * (index / REQUESTS_EACH),
                       bit + (bit << REQUESTS_EACH));
        v6nf_mailbox_answer(nic, mailbox, message, grant(nic, family, index, message));
    }
}

/* Serve functions `first` to first + 15. */
static void serve_some(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t first)
{
    const uint32_t group = first / POOLS_EACH;
    const uint32_t resets = register_read(nic->registers, family->resets[group]) >> (first % POOLS_EACH);
    const uint32_t requests = register_read(nic->registers, family->mailbox_events + 4u * (first / REQUESTS_EACH));
    for (uint32_t i = 0; i < REQUESTS_EACH && first + i < nic->virtual_functions.count; i++) {
        if ((resets & (1u << i)) != 0u) {
            register_write(nic->registers, family->resets_clear[group], BIT(first + i));
            stop_function(nic, family, first + i);
        }
        if ((requests & (1u << i)) != 0u) {
            answer_function(nic, family, first + i);
        }
    }
}

void v6nf_pf_serve(const struct v6nf_nic *nic, const struct pf_family *family)
{
    for (uint32_t first = 0; first < nic->virtual_functions.count && first < 2u * POOLS_EACH; first += REQUESTS_EACH) {
        serve_some(nic, family, first);
    }
}

/* -- Making virtual functions -------------------------------------------------------------------------------------- */

enum v6nf_nic_status v6nf_pf_enable(struct v6nf_nic *nic, const struct pf_family *family, uint32_t pools,
                                    uint32_t count, uint64_t space)
{
    if (v6nf_nic_look(nic) != V6NF_PORT_RUNNING) {
        return V6NF_NIC_NOT_OPEN;
    }
    if (pools == 0u) {
        return V6NF_NIC_NO_VIRTUAL;
    }
    if (count >= pools) {
        return V6NF_NIC_COUNT_BAD;
    }
    if (nic->config.inputs != 1u || nic->inputs_count + nic->outputs_count > 0u ||
        nic->addresses_count > family->filters - count || nic->virtual_functions.count > 0u) {
        return V6NF_NIC_IN_USE;
    }
    enum v6nf_nic_status status = v6nf_pci_enable_virtual(nic->address, count, space);
    if (status == V6NF_NIC_READY) {
        nic->virtual_functions.count = count;
        nic->port.tags = false; /* pools have other settings for it (82576, 7.10.3.8) */
        nic->device.inserts_tags = false;
    }
    return status;
}

void v6nf_pf_stop_functions(const struct v6nf_nic *nic, const struct pf_family *family)
{
    for (uint32_t i = 0; i < nic->virtual_functions.count; i++) {
        stop_function(nic, family, i);
    }
}

void v6nf_pf_clear_events(const struct v6nf_nic *nic, const struct pf_family *family, uint32_t pools)
{
    for (uint32_t i = 0; i * POOLS_EACH < pools; i++) {
        register_write(nic->registers, family->resets_clear[i], UINT32_MAX);
    }
    for (uint32_t i = 0; i * REQUESTS_EACH < pools; i++) {
        register_write(nic->registers, family->mailbox_events + 4u * i, UINT32_MAX);
    }
}

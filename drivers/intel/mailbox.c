/* mailbox.c: both sides of the mailbox between a virtual function and its physical one. */
#include "mailbox.h"

/* The virtual function's register (82576, 8.26; 82599, 8.3.5.1). */
#define V2P_REQ (1u << 0)   /* a message is there */
#define V2P_ACK (1u << 1)   /* theirs was read */
#define V2P_VFU (1u << 2)   /* the buffer is the virtual function's; whatever else is written gives it back */
#define V2P_PFSTS (1u << 4) /* a message of the physical function is there; cleared by reading */
#define V2P_RSTI (1u << 6)  /* the physical function is in reset */

/* The physical function's (82576, 8.14; 82599, 8.2.3.27). */
#define P2V_STS (1u << 0) /* a message is there */
#define P2V_ACK (1u << 1) /* theirs was read */
#define P2V_PFU (1u << 3) /* the buffer is the physical function's; whatever else is written gives it back */

#define WAIT_STEP 10u       /* microseconds */
#define WAIT_STEPS 100000u /* a second */
#define ANSWER_WORDS 3u

#define LOCALLY_ADMINISTERED 2u /* IEEE 802, 8.2.2, in the first byte */

/* -- The virtual function's side ----------------------------------------------------------------------------------- */

bool v6nf_mailbox_wait(const struct v6nf_nic *nic)
{
    return v6nf_register_wait(nic->registers, nic->virtual_functions.mailbox, V2P_RSTI, 0u);
}

/* Lets time pass, in which the physical function answers. */
static void wait_step(const struct v6nf_nic *nic)
{
    if (nic->virtual_functions.physical != NULL) {
        nic->virtual_functions.serve(nic->virtual_functions.physical);
    }
    v6nf_env_sleep(WAIT_STEP);
}

static bool take_buffer(const struct v6nf_nic *nic)
{
    register_write(nic->registers, nic->virtual_functions.mailbox, V2P_VFU);
    return (register_read(nic->registers, nic->virtual_functions.mailbox) & V2P_VFU) != 0u;
}

static bool wait_for_buffer(const struct v6nf_nic *nic)
{
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if (take_buffer(nic)) {
            return true;
        }
        wait_step(nic);
    }
    return false;
}

/* Reads a message. False if it is not an answer to one of `type`. */
static bool read_answer(const struct v6nf_nic *nic, uint32_t type, uint32_t *message)
{
    const struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    if ((register_read(nic->registers, virtual->mailbox) & V2P_PFSTS) == 0u || !take_buffer(nic)) {
        return false;
    }
    for (uint32_t i = 0; i < ANSWER_WORDS; i++) {
        message[i] = register_read(nic->registers, virtual->messages + 4u * i);
    }
    register_write(nic->registers, virtual->mailbox, V2P_ACK);
    return (message[0] & MESSAGE_TYPE) == type && (message[0] & (MESSAGE_ACK + MESSAGE_NACK)) != 0u;
}

bool v6nf_mailbox_ask(const struct v6nf_nic *nic, uint32_t *message, uint32_t count)
{
    const uint32_t type = message[0] & MESSAGE_TYPE;
    if (!wait_for_buffer(nic)) {
        return false;
    }
    for (uint32_t i = 0; i < count && i < MESSAGE_WORDS; i++) {
        register_write(nic->registers, nic->virtual_functions.messages + 4u * i, message[i]);
    }
    register_write(nic->registers, nic->virtual_functions.mailbox, V2P_REQ);
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        wait_step(nic);
        if (read_answer(nic, type, message)) {
            return (message[0] & MESSAGE_ACK) != 0u;
        }
    }
    return false;
}

static bool ask_for_reset(struct v6nf_nic *nic)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_RESET, 0u, 0u};
    uint8_t mac[MAC_SIZE];
    if (!v6nf_mailbox_ask(nic, message, 1u)) {
        return false;
    }
    nic_mac_of_words(message + 1, mac);
    for (uint32_t i = 0; i < MAC_SIZE && nic->config.mac == NULL; i++) {
        nic->port.mac[i] = mac[i];
    }
    return nic_mac_is_station(mac);
}

static bool ask_for_address(const struct v6nf_nic *nic, const uint8_t *mac)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_SET_ADDRESS, 0u, 0u};
    nic_mac_to_words(message + 1, mac);
    return v6nf_mailbox_ask(nic, message, ANSWER_WORDS);
}

static bool ask_for_longest(const struct v6nf_nic *nic, uint32_t length)
{
    uint32_t message[ANSWER_WORDS] = {MESSAGE_SET_LONGEST, length, 0u};
    return v6nf_mailbox_ask(nic, message, 2u);
}

bool v6nf_mailbox_begin(struct v6nf_nic *nic, uint32_t longest)
{
    const uint8_t *mac = nic->config.mac;
    return ask_for_reset(nic) && (mac == NULL || ask_for_address(nic, mac)) && ask_for_longest(nic, longest);
}

bool v6nf_mailbox_ask_for_group(struct v6nf_nic *nic, uint32_t hash)
{
    struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    uint32_t message[MESSAGE_WORDS] = {0};
    if (virtual->groups_count >= V6NF_NIC_GROUPS) {
        return false;
    }
    virtual->groups[virtual->groups_count] = (uint16_t)hash;
    virtual->groups_count++;
    message[0] = MESSAGE_SET_GROUPS + (virtual->groups_count << 16);
    for (uint32_t i = 0; i < virtual->groups_count; i++) {
        message[1u + i / 2u] += (uint32_t)virtual->groups[i] << (16u * (i % 2u));
    }
    return v6nf_mailbox_ask(nic, message, MESSAGE_WORDS);
}

void v6nf_mailbox_count(struct v6nf_nic *nic, const uint64_t *shown, uint64_t bytes_mask, uint32_t dropped)
{
    uint64_t *counted = nic->virtual_functions.counted;
    const struct v6nf_port_counters since = {.received = (shown[0] - counted[0]) & UINT32_MAX,
                                             .received_bytes = (shown[1] - counted[1]) & bytes_mask,
                                             .sent = (shown[2] - counted[2]) & UINT32_MAX,
                                             .sent_bytes = (shown[3] - counted[3]) & bytes_mask,
                                             .receive_dropped = dropped};
    if (v6nf_nic_count(nic, &since)) {
        for (uint32_t i = 0; i < 4u; i++) {
            counted[i] = shown[i];
        }
    }
}

/* -- The physical function's side ---------------------------------------------------------------------------------- */

bool v6nf_mailbox_read(const struct v6nf_nic *nic, struct mailbox mailbox, uint32_t *message)
{
    register_write(nic->registers, mailbox.control, P2V_PFU);
    if ((register_read(nic->registers, mailbox.control) & P2V_PFU) == 0u) {
        return false;
    }
    for (uint32_t i = 0; i < MESSAGE_WORDS; i++) {
        message[i] = register_read(nic->registers, mailbox.messages + 4u * i);
    }
    message[0] &= MESSAGE_TYPE + 0x00FF0000u;
    return true;
}

void v6nf_mailbox_answer(const struct v6nf_nic *nic, struct mailbox mailbox, const uint32_t *message, bool granted)
{
    /* The answer to a reset is compared as a whole. */
    const uint32_t clear_to_send = message[0] == MESSAGE_RESET ? 0u : MESSAGE_CLEAR_TO_SEND;
    const uint32_t verdict = granted ? MESSAGE_ACK + clear_to_send : MESSAGE_NACK;
    register_write(nic->registers, mailbox.messages, message[0] + verdict);
    for (uint32_t i = 1; i < ANSWER_WORDS; i++) {
        register_write(nic->registers, mailbox.messages + 4u * i, message[i]);
    }
    register_write(nic->registers, mailbox.control, P2V_ACK + P2V_STS);
}

void v6nf_mailbox_default_address(const struct v6nf_nic *nic, uint32_t index, uint8_t *mac)
{
    for (uint32_t i = 0; i < MAC_SIZE; i++) {
        mac[i] = nic->port.mac[i];
    }
    mac[0] = (uint8_t)(((uint32_t)mac[0] | LOCALLY_ADMINISTERED) ^ (((index + 1u) << 2) & 0xFFu));
}

/* mailbox.c: both sides of the mailbox between a virtual function and its physical one. */
#include "mailbox.h"

/* The virtual function's register (82576, 8.26; 82599, 8.3.5.1). */
#define V2P_REQ (1u << 0)   /* a message is there */
#define V2P_ACK (1u << 1)   /* the other side's message was read */
#define V2P_VFU (1u << 2)   /* locks the buffer for the virtual function; any write without it releases the buffer */
#define V2P_PFSTS (1u << 4) /* a message of the physical function is there; cleared by reading */
#define V2P_RSTI (1u << 6)  /* the physical function is in reset */

/* The physical function's (82576, 8.14; 82599, 8.2.3.27). */
#define P2V_STS (1u << 0) /* a message is there */
#define P2V_ACK (1u << 1) /* the other side's message was read */
#define P2V_PFU (1u << 3) /* locks the buffer for the physical function; any write without it releases the buffer */

#define WAIT_STEP 10u      /* microseconds */
#define WAIT_STEPS 100000u /* a second */

/* -- The virtual function's side ----------------------------------------------------------------------------------- */

bool v6nf_mailbox_is_in_reset(const struct v6nf_nic *nic)
{
    return (register_read(nic->registers, nic->virtual_functions.mailbox) & V2P_RSTI) != 0u;
}

bool v6nf_mailbox_wait(const struct v6nf_nic *nic)
{
    return v6nf_register_wait(nic->registers, nic->virtual_functions.mailbox, V2P_RSTI, 0u);
}

/* Let time pass, in which the physical function answers. */
static void wait_for_answer(const struct v6nf_nic *nic)
{
    if (nic->virtual_functions.physical != NULL) {
        nic->virtual_functions.serve(nic->virtual_functions.physical);
    }
    v6nf_env_sleep(WAIT_STEP);
}

static bool lock_buffer(const struct v6nf_nic *nic)
{
    register_write(nic->registers, nic->virtual_functions.mailbox, V2P_VFU);
    return (register_read(nic->registers, nic->virtual_functions.mailbox) & V2P_VFU) != 0u;
}

static bool wait_for_buffer(const struct v6nf_nic *nic)
{
    for (uint32_t i = 0; i < WAIT_STEPS; i++) {
        if (lock_buffer(nic)) {
            return true;
        }
        wait_for_answer(nic);
    }
    return false;
}

/* Read a message. Return false if it is not an answer to one of this type. */
static bool read_answer(const struct v6nf_nic *nic, uint32_t type, uint32_t *message)
{
    const struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    if ((register_read(nic->registers, virtual->mailbox) & V2P_PFSTS) == 0u || !lock_buffer(nic)) {
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
        wait_for_answer(nic);
        if (read_answer(nic, type, message)) {
            return (message[0] & MESSAGE_ACK) != 0u;
        }
    }
    return false;
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
    /* The other side compares the whole word after a reset. */
    const uint32_t clear_to_send = message[0] == MESSAGE_RESET ? 0u : MESSAGE_CLEAR_TO_SEND;
    const uint32_t verdict = granted ? MESSAGE_ACK + clear_to_send : MESSAGE_NACK;
    register_write(nic->registers, mailbox.messages, message[0] + verdict);
    for (uint32_t i = 1; i < ANSWER_WORDS; i++) {
        register_write(nic->registers, mailbox.messages + 4u * i, message[i]);
    }
    register_write(nic->registers, mailbox.control, P2V_ACK + P2V_STS);
}

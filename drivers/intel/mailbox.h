/* mailbox.h: how virtual functions of Intel's cards and their physical function exchange messages. The mailbox is in
 * the card: a buffer of 16 words for each function, and a register on each side (82576 data sheet, 7.10; 82599,
 * 7.10.2.9, 8.2.3.27, 8.3). The messages are those of Linux's drivers, so that either side can be one of these. */
#ifndef DRIVERS_INTEL_MAILBOX_H
#define DRIVERS_INTEL_MAILBOX_H

#include "../nic/nic_port.h"
#include "../pci/pci.h"

/* -- Messages: up to 16 words. The first has the type in bits 0 to 15, and details in bits 16 to 23. --------------- */

#define MESSAGE_WORDS 16u
#define MESSAGE_TYPE 0x0000FFFFu
#define MESSAGE_INFO(word) (((word) >> 16) & 0xFFu)

#define MESSAGE_RESET 1u       /* begin again; the answer has the function's Ethernet address in two words */
#define MESSAGE_SET_ADDRESS 2u /* an address in two words, as in that answer */
#define MESSAGE_SET_GROUPS 3u  /* info: number of hashes. They are 16 bits each, two in a word, of all groups */
#define MESSAGE_SET_LONGEST 5u /* a word: bytes of a frame */

/* The answer repeats the first word, with ACK or NACK; CLEAR_TO_SEND is set after the reset of the function. */
#define MESSAGE_ACK (1u << 31)
#define MESSAGE_NACK (1u << 30)
#define MESSAGE_CLEAR_TO_SEND (1u << 29)
#define ANSWER_WORDS 3u

/* -- The virtual function's side ----------------------------------------------------------------------------------- */

/* Return true while the physical function is in reset. */
bool v6nf_mailbox_is_in_reset(const struct v6nf_nic *nic);

/* Wait until the physical function is not in reset. Return false if that lasts a second. */
bool v6nf_mailbox_wait(const struct v6nf_nic *nic);

/* Send a message, and wait for its answer.
 * message: `count` words, and space for ANSWER_WORDS, where the answer is written.
 * Return false if the answer is negative, or does not arrive within a second. */
bool v6nf_mailbox_ask(const struct v6nf_nic *nic, uint32_t *message, uint32_t count);

/* -- The physical function's side ---------------------------------------------------------------------------------- */

/* Byte offsets of one function's register and buffer. */
struct mailbox {
    uint32_t control;
    uint32_t messages;
};

/* Lock the buffer, and read MESSAGE_WORDS words. Return false while the other side has it. Answer after true. */
bool v6nf_mailbox_read(const struct v6nf_nic *nic, struct mailbox mailbox, uint32_t *message);

/* Answer the message. message: ANSWER_WORDS words. */
void v6nf_mailbox_answer(const struct v6nf_nic *nic, struct mailbox mailbox, const uint32_t *message, bool granted);

/* Return hash number `i` of a message that sets groups. */
static inline uint32_t mailbox_hash(const uint32_t *message, uint32_t i)
{
    return (message[1u + i / 2u] >> (16u * (i % 2u))) & 0xFFFu;
}

#endif

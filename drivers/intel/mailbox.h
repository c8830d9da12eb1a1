/* mailbox.h: what virtual functions of Intel's cards and their physical function say to each other. The mailbox is the
 * card's: a buffer of 16 words for each function, and a register on each side (82576 data sheet, 7.10; 82599, 7.10.2.9,
 * 8.2.3.27, 8.3). The messages are what the drivers of operating systems have agreed on, so that either side can be one
 * of those. */
#ifndef DRIVERS_INTEL_MAILBOX_H
#define DRIVERS_INTEL_MAILBOX_H

#include "../nic/nic_port.h"
#include "../pci/pci.h"

/* -- Messages: up to 16 words. In the first: what it is in bits 0 to 15, more on it in bits 16 to 23. -------------- */

#define MESSAGE_WORDS 16u
#define MESSAGE_TYPE 0x0000FFFFu
#define MESSAGE_INFO(word) (((word) >> 16) & 0xFFu)

#define MESSAGE_RESET 1u       /* begin anew; the answer has the function's Ethernet address in two words */
#define MESSAGE_SET_ADDRESS 2u /* as in that answer */
#define MESSAGE_SET_GROUPS 3u  /* info: how many hashes of 16 bits follow, two in a word, of all groups it wants */
#define MESSAGE_SET_LONGEST 5u /* a word: bytes of a frame */

/* The answer is the first word with one of the first two, and with the third once the function was reset. */
#define MESSAGE_ACK (1u << 31)
#define MESSAGE_NACK (1u << 30)
#define MESSAGE_CLEAR_TO_SEND (1u << 29)

/* -- The virtual function's side ----------------------------------------------------------------------------------- */

/* Waits until the physical function is not in reset. False if that lasts a second. */
bool v6nf_mailbox_wait(const struct v6nf_nic *nic);

/* Asks for what message[0] to message[count - 1] say; the answer is in message[0] to [2]. False if it is no, or none
 * comes within a second. */
bool v6nf_mailbox_ask(const struct v6nf_nic *nic, uint32_t *message, uint32_t count);

/* Ask for a reset, whose answer contains the port's Ethernet address; for the address of the configuration, if it has
 * one; and for frames of up to `longest` bytes. Return false if an answer is negative or missing. */
bool v6nf_mailbox_begin(struct v6nf_nic *nic, uint32_t longest);

/* Asks for a group with this hash, beside those before. */
bool v6nf_mailbox_ask_for_group(struct v6nf_nic *nic, uint32_t hash);

/* Add what the function's counters counted since they were read last. `shown`: frames received, their bytes, frames
 * sent, their bytes. Counters of frames wrap at 2^32, those of bytes after `bytes_mask`. `dropped`: frames dropped
 * since the last call. */
void v6nf_mailbox_count(struct v6nf_nic *nic, const uint64_t *shown, uint64_t bytes_mask, uint32_t dropped);

/* -- The physical function's side ---------------------------------------------------------------------------------- */

/* One function's mailbox: byte offsets of its register and its buffer. */
struct mailbox {
    uint32_t control;
    uint32_t messages;
};

/* Takes the buffer, and reads the message. False while the other side has it; once this was true, answer. */
bool v6nf_mailbox_read(const struct v6nf_nic *nic, struct mailbox mailbox, uint32_t *message);

/* Answers the message: message[1] and [2] go with it. */
void v6nf_mailbox_answer(const struct v6nf_nic *nic, struct mailbox mailbox, const uint32_t *message, bool granted);

/* The address that virtual function number `index`, 0 to 62, has unless it asks for another: the card's, as one that is
 * locally administered, and different in bits 2 to 7 of the first byte, which no other card has. */
void v6nf_mailbox_default_address(const struct v6nf_nic *nic, uint32_t index, uint8_t *mac);

/* Hash number `i` of a message that sets groups. */
static inline uint32_t mailbox_hash(const uint32_t *message, uint32_t i)
{
    return (message[1u + i / 2u] >> (16u * (i % 2u))) & 0xFFFu;
}

#endif

/* mailbox.h: what virtual functions of an 82576 and their physical function say to each other. The mailbox is the card's
 * (7.8.2.9); the messages are what the drivers of operating systems have agreed on, so that each side can be one of those. */
#ifndef DRIVERS_IGB_MAILBOX_H
#define DRIVERS_IGB_MAILBOX_H

/* A message is up to 16 words. In the first: what it is in bits 0 to 15, more on it in bits 16 to 23. */
#define MESSAGE_WORDS 16u
#define MESSAGE_TYPE 0x0000FFFFu
#define MESSAGE_INFO(word) (((word) >> 16) & 0xFFu)

#define MESSAGE_RESET 1u          /* begin anew; the answer has the function's Ethernet address in two words */
#define MESSAGE_SET_ADDRESS 2u    /* as in that answer */
#define MESSAGE_SET_GROUPS 3u     /* info: how many hashes of 16 bits follow, two in a word, of all groups it wants */
#define GROUPS_MOST 30u
#define MESSAGE_SET_LONGEST 5u    /* a word: bytes of a frame, with VLAN tag and FCS */
#define MESSAGE_SET_PROMISCUOUS 6u
#define PROMISCUOUS_GROUPS (2u << 16) /* info: all groups */

/* The answer is the first word with one of the first two, and with the third once the function was reset. */
#define MESSAGE_ACK (1u << 31)
#define MESSAGE_NACK (1u << 30)
#define MESSAGE_CLEAR_TO_SEND (1u << 29)

#endif

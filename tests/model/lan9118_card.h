/* lan9118_card.h: a LAN9118 made of its data sheet (SMSC, revision 1.5), and the board it is in: env.h's functions.
 *
 * `fault` is the first thing that a driver did against the data sheet, with its section. The knobs make the card slow,
 * late or broken. Time passes with every access to a register, 45 ns each, and when the driver sleeps. */
#ifndef MODEL_LAN9118_CARD_H
#define MODEL_LAN9118_CARD_H

#include <stdbool.h>
#include <stdint.h>

#define LAN9118_ADDRESS UINT64_C(0x40200000)
#define LAN9118_NEVER UINT32_MAX /* for a time: it does not come */

#define LAN9118_RX_WORDS 2640u /* TX_FIF_SZ 5 (5.3.9) */
#define LAN9118_RX_STATUSES 176u
#define LAN9118_TX_WORDS 1152u
#define LAN9118_TX_STATUSES 128u
#define LAN9118_FRAME_MAX 2048u

/* RX status (3.13.3). */
#define LAN9118_RX_CRC_ERROR ((1u << 15) + (1u << 1))
#define LAN9118_RX_RUNT ((1u << 15) + (1u << 11))
#define LAN9118_RX_TOO_LONG ((1u << 15) + (1u << 7))

/* PHY abilities (IEEE 802.3, 28.2.4.1.4). */
#define LAN9118_10_HALF (1u << 5)
#define LAN9118_10_FULL (1u << 6)
#define LAN9118_100_HALF (1u << 7)
#define LAN9118_100_FULL (1u << 8)

/* Times are microseconds. */
struct lan9118_knobs {
    uint32_t id_rev;
    uint32_t byte_test;
    bool cannot_be_mapped;
    bool saves_power;        /* until it is woken, */
    uint32_t wake_time;      /* for which it takes so long */
    uint32_t phy_reset_time;
    uint32_t reset_time;
    bool has_eeprom;
    uint8_t mac[6];          /* in it */
    uint32_t eeprom_time;
    uint32_t mac_time;       /* of a command to the MAC */
    uint32_t mii_time;       /* of one to the PHY */
    uint32_t partner;        /* abilities of the other side */
    uint32_t stop_time;      /* of the receiver */
    uint32_t dump_time;
    uint32_t skip_time;      /* of a fast forward */
    bool is_silent;          /* it says nothing of frames that are too long, and lets them pass for good ones */
    bool holds_frames;       /* what is to be sent stays in the FIFO until lan9118_card_send() */
    uint32_t tx_status;      /* bits of every TX status */
    bool lies;               /* it says of its FIFOs what stands in the next two; empty ones give words of no meaning */
    uint32_t rx_fifo_inf;
    uint32_t tx_fifo_inf;
    bool goes; /* it is pulled out after so many accesses: all reads are all ones, and nothing is written */
    uint32_t goes_after;
};

struct lan9118_card {
    struct lan9118_knobs knobs;
    const char *fault; /* NULL if there was none */
    uint32_t mac_cr;   /* for tests: what registers hold */
    uint32_t hw_cfg;
    uint32_t tx_cfg;
    uint32_t phy_control;
    uint32_t restarts; /* of the receiver, */
    uint32_t skips;    /* and fast forwards */
    uint32_t rx_reads; /* words that were read from the data FIFO */
    uint32_t tx_writes;
    uint32_t tx_statuses_most;
    uint32_t sent;     /* frames that are on the wire; the last of them: */
    uint8_t frame[LAN9118_FRAME_MAX];
    uint32_t frame_length;
};

extern struct lan9118_card lan9118_card;

/* A card as it should be, and a board without anything else; the link is up. */
void lan9118_card_power_on(void);

/* A frame, without FCS, arrives; `status` has bits of its RX status beside those that it has in any case. False if the
 * card does not take it in. */
bool lan9118_card_receive(const uint8_t *frame, uint32_t length, uint32_t status);

/* A status, and so many words of data, that no frame has. */
void lan9118_card_invent(uint32_t status, uint32_t words);

/* Sends what it holds, `frames` at most. Returns how many. */
uint32_t lan9118_card_send(uint32_t frames);

void lan9118_card_set_link(bool is_up);

/* The receiver has lost frames for want of room. */
void lan9118_card_lose(uint32_t frames);

uint64_t lan9118_card_now(void); /* microseconds */
void lan9118_card_pass(uint64_t microseconds);

#endif

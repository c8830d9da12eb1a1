/* lan9118_card.h: a model of the LAN9118, made from its data sheet (SMSC, revision 1.5), and its board: the functions
 * of env.h.
 *
 * `fault` is the driver's first violation of the data sheet, with its section. The knobs make the card slow, late or
 * faulty. Time passes with every access to a register, 45 ns each, and when the driver sleeps. */
#ifndef MODEL_LAN9118_CARD_H
#define MODEL_LAN9118_CARD_H

#include <stdbool.h>
#include <stdint.h>

#define LAN9118_ADDRESS UINT64_C(0x40200000)
#define LAN9118_NEVER UINT32_MAX /* of a time: infinite */

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
    bool saves_power;        /* until it is woken up, */
    uint32_t wake_time;      /* which takes this time */
    uint32_t phy_reset_time;
    uint32_t reset_time;
    bool has_eeprom;
    uint8_t mac[6];          /* in the EEPROM */
    uint32_t eeprom_time;
    uint32_t mac_time;       /* of a command to the MAC */
    uint32_t mii_time;       /* of a command to the PHY */
    uint32_t partner;        /* abilities of the other side */
    uint32_t stop_time;      /* of the receiver */
    uint32_t dump_time;
    uint32_t skip_time;      /* of a fast forward */
    bool is_silent;          /* it reports frames that are too long as good */
    bool holds_frames;       /* frames stay in the TX FIFO until lan9118_card_send() */
    uint32_t tx_status;      /* bits of each TX status */
    bool lies;               /* the FIFO registers show the next two values; empty FIFOs give arbitrary words */
    uint32_t rx_fifo_inf;
    uint32_t tx_fifo_inf;
    bool goes; /* it is removed after this number of accesses: all reads are all ones, and writes are lost */
    uint32_t goes_after;
};

struct lan9118_card {
    struct lan9118_knobs knobs;
    const char *fault; /* NULL if there was none */
    uint32_t mac_cr;   /* for tests: values of registers */
    uint32_t hw_cfg;
    uint32_t tx_cfg;
    uint32_t phy_control;
    uint32_t restarts; /* of the receiver, */
    uint32_t skips;    /* and fast forwards */
    uint32_t rx_reads; /* words that were read from the data FIFO */
    uint32_t tx_writes;
    uint32_t max_tx_statuses;
    uint32_t sent;     /* frames sent to the wire; the last of them: */
    uint8_t frame[LAN9118_FRAME_MAX];
    uint32_t frame_length;
};

extern struct lan9118_card lan9118_card;

/* Power on a card without faults, on a board with nothing else. The link is up. */
void lan9118_card_power_on(void);

/* A frame arrives, without FCS. `status`: additional bits of its RX status. Return false if the card drops it. */
bool lan9118_card_receive(const uint8_t *frame, uint32_t length, uint32_t status);

/* Put a status and words of data into the FIFOs that belong to no frame. */
void lan9118_card_invent(uint32_t status, uint32_t words);

/* Send at most `frames` frames from the FIFO. Return their number. */
uint32_t lan9118_card_send(uint32_t frames);

void lan9118_card_set_link(bool is_up);

/* The receiver has dropped frames because a FIFO was full. */
void lan9118_card_lose(uint32_t frames);

uint64_t lan9118_card_now(void); /* microseconds */
void lan9118_card_pass(uint64_t microseconds);

#endif

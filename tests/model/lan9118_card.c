/* lan9118_card.c: a model of the LAN9118: see lan9118_card.h. */
#include "lan9118_card.h"

#include "v6nf/env.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CYCLE 45u /* nanoseconds (6.1) */
#define WINDOW 0x100u
#define POWER_ON_TIME UINT64_C(1000000000) /* nanoseconds: clocks ran before */
#define LIFE_TIME UINT64_C(60000000000)

/* Registers (5.3). */
#define ID_REV 0x50u
#define INT_STS 0x58u
#define INT_STS_RXSTOP (1u << 24)
#define BYTE_TEST 0x64u
#define RX_CFG 0x6Cu
#define RX_CFG_DUMP (1u << 15)
#define TX_CFG 0x70u
#define TX_CFG_ON 2u
#define HW_CFG 0x74u
#define HW_CFG_MUST_BE_ONE (1u << 20)
#define HW_CFG_RESET 1u
#define RX_DP_CTRL 0x78u
#define FAST_FORWARD (1u << 31)
#define RX_FIFO_INF 0x7Cu
#define TX_FIFO_INF 0x80u
#define PMT_CTRL 0x84u
#define PMT_PHY_RESET (1u << 10)
#define PMT_READY 1u
#define FREE_RUN 0x9Cu
#define RX_DROP 0xA0u
#define MAC_CSR_CMD 0xA4u
#define MAC_CSR_DATA 0xA8u
#define E2P_CMD 0xB0u
#define BUSY (1u << 31)
#define MAC_READ (1u << 30)

/* Registers of the MAC (5.4). */
#define MAC_CR 1u
#define MAC_CR_MCPAS (1u << 19)
#define MAC_CR_PRMS (1u << 18)
#define MAC_CR_BCAST (1u << 11) /* disables it */
#define MAC_CR_TXEN 8u
#define MAC_CR_RXEN 4u
#define MAC_CR_RESERVED 0x7F404213u
#define ADDRH 2u
#define ADDRL 3u
#define MII_ACC 6u
#define MII_DATA 7u
#define MII_BUSY 1u
#define MII_WRITE 2u
#define MAC_REGISTERS 13u

/* Registers of the PHY (5.5). */
#define PHY_CONTROL 0u
#define PHY_CONTROL_POWER_DOWN (1u << 11)
#define PHY_STATUS 1u
#define PHY_STATUS_LINK 4u
#define PHY_ADVERTISED 4u
#define PHY_PARTNER 5u
#define PHY_AFTER_RESET 100000u /* nanoseconds until its clock runs (3.11) */

#define FCS 4u
#define FRAME_LEGAL 1518u

struct tx_frame {
    uint32_t words; /* in the data FIFO, with the commands */
    uint32_t tag;
    uint32_t length;
    uint8_t bytes[LAN9118_FRAME_MAX];
};

/* An operation that begins with an access, and ends by itself. */
struct delay {
    bool runs;
    bool ends;
    uint64_t at; /* nanoseconds */
};

static struct state {
    uint64_t now; /* nanoseconds */
    uint64_t after_write; /* end of the last write; also of a read of a FIFO, or of RX_DROP */
    uint64_t after_rx_read;
    uint64_t after_tx_status;
    uint64_t after_drop;
    bool is_awake;
    struct delay waking;
    struct delay phy_reset;
    uint64_t phy_clock; /* time from which on it runs */
    struct delay reset;
    struct delay eeprom;
    struct delay mac;
    struct delay mii;
    struct delay stopping;
    struct delay dumping;
    struct delay skipping;
    uint32_t int_sts;
    uint32_t rx_cfg;
    uint32_t rx_drop;
    uint32_t mac_command;
    uint32_t mac_data;
    uint32_t mac_registers[MAC_REGISTERS];
    uint32_t phy[32];
    bool link;
    bool link_was_down; /* latched until it is read */
    bool receives;
    uint32_t rx_data[LAN9118_RX_WORDS];
    uint32_t rx_used;
    uint32_t rx_statuses[LAN9118_RX_STATUSES];
    uint32_t rx_words[LAN9118_RX_STATUSES]; /* words left of each frame whose data was not read completely */
    uint32_t rx_statuses_used;
    uint32_t rx_frames;
    uint32_t tx_used;
    struct tx_frame tx[LAN9118_TX_WORDS / 3u];
    uint32_t tx_count;
    uint32_t tx_position; /* words of the current frame that were written */
    uint32_t tx_expected;
    uint32_t tx_a;
    uint32_t tx_statuses[LAN9118_TX_STATUSES];
    uint32_t tx_statuses_used;
} s;

/* Remove the first words of a FIFO, which holds *used. */
static void drop(uint32_t *fifo, uint32_t *used, uint32_t words)
{
    *used -= words;
    memmove(fifo, fifo + words, *used * sizeof fifo[0]);
}

struct lan9118_card lan9118_card;
static uint8_t *window; /* inaccessible memory: no access stays unseen */

static void report(const char *fault)
{
    lan9118_card.fault = lan9118_card.fault == NULL ? fault : lan9118_card.fault;
}

static void check(bool is_right, const char *fault)
{
    if (!is_right) {
        report(fault);
    }
}

static void begin(struct delay *delay, uint32_t microseconds)
{
    delay->runs = true;
    delay->ends = microseconds != LAN9118_NEVER;
    delay->at = s.now + UINT64_C(1000) * microseconds;
}

/* Return true once, at its end. */
static bool is_over(struct delay *delay)
{
    if (!delay->runs || !delay->ends || s.now < delay->at) {
        return false;
    }
    delay->runs = false;
    return true;
}

static uint32_t word_of(const uint8_t *bytes)
{
    return bytes[0] + 256u * bytes[1] + 65536u * bytes[2] + 16777216u * bytes[3];
}

/* -- Resets (3.11) ------------------------------------------------------------------------------------------------- */

static void reset_phy(void)
{
    memset(s.phy, 0, sizeof s.phy);
    s.phy[PHY_CONTROL] = 0x3000u;
    s.phy[PHY_ADVERTISED] = 0x01E1u;
    s.link_was_down = true;
}

static void reset_rest(void)
{
    s.int_sts = 0;
    s.rx_cfg = 0;
    s.rx_drop = 0;
    lan9118_card.tx_cfg = 0;
    lan9118_card.hw_cfg = 0x00050000u;
    memset(s.mac_registers, 0, sizeof s.mac_registers);
    s.mac_registers[MAC_CR] = MAC_CR_PRMS;
    s.mac_registers[ADDRH] = 0xFFFFu;
    s.mac_registers[ADDRL] = UINT32_MAX;
    s.receives = false;
    s.rx_used = 0;
    s.rx_statuses_used = 0;
    s.rx_frames = 0;
    s.tx_used = 0;
    s.tx_count = 0;
    s.tx_position = 0;
    s.tx_statuses_used = 0;
    s.mac.runs = false;
    s.mii.runs = false;
    s.stopping.runs = false;
    s.dumping.runs = false;
    s.skipping.runs = false;
    begin(&s.eeprom, lan9118_card.knobs.eeprom_time);
}

static void load_eeprom(void)
{
    const uint8_t *mac = lan9118_card.knobs.mac;
    if (lan9118_card.knobs.has_eeprom) {
        s.mac_registers[ADDRL] = word_of(mac);
        s.mac_registers[ADDRH] = mac[4] + 256u * mac[5];
    }
}

void lan9118_card_power_on(void)
{
    memset(&lan9118_card, 0, sizeof lan9118_card);
    memset(&s, 0, sizeof s);
    lan9118_card.knobs = (struct lan9118_knobs){
        .id_rev = 0x01180001u, .byte_test = 0x87654321u, .has_eeprom = true, .mac = {0x00, 0x80, 0x0F, 1, 2, 3},
        .wake_time = 500, .phy_reset_time = 100, .reset_time = 10, .eeprom_time = 1000, .mac_time = 1, .mii_time = 26,
        .partner = 1u + LAN9118_10_HALF + LAN9118_10_FULL + LAN9118_100_HALF + LAN9118_100_FULL, .stop_time = 120,
        .dump_time = 1, .skip_time = 1};
    s.now = POWER_ON_TIME;
    s.link = true;
    reset_phy();
    reset_rest();
    /* An earlier program has left frames, and the PHY powered down. */
    s.phy[PHY_CONTROL] = PHY_CONTROL_POWER_DOWN;
    s.phy_clock = UINT64_MAX;
    s.mac_registers[MAC_CR] = MAC_CR_RXEN + MAC_CR_PRMS;
    s.receives = true;
}

/* End the operations whose time has passed. */
static void advance(void)
{
    if (is_over(&s.waking)) {
        s.is_awake = true;
    }
    if (is_over(&s.phy_reset)) {
        reset_phy();
        s.phy_clock = s.now + PHY_AFTER_RESET;
    }
    if (is_over(&s.reset)) {
        reset_rest();
    }
    if (is_over(&s.eeprom)) {
        load_eeprom();
    }
    (void)is_over(&s.mac);
    (void)is_over(&s.mii);
    if (is_over(&s.stopping)) {
        s.receives = false;
        s.int_sts |= INT_STS_RXSTOP;
    }
    if (is_over(&s.dumping)) {
        s.rx_used = 0;
        s.rx_statuses_used = 0;
        s.rx_frames = 0;
    }
    if (is_over(&s.skipping) && s.rx_frames > 0u) {
        drop(s.rx_data, &s.rx_used, s.rx_words[0]);
        drop(s.rx_words, &s.rx_frames, 1);
    }
    lan9118_card.mac_cr = s.mac_registers[MAC_CR];
    lan9118_card.phy_control = s.phy[PHY_CONTROL];
}

/* -- The receiver (3.13) ------------------------------------------------------------------------------------------- */

static void push(uint32_t status, const uint32_t *data, uint32_t words)
{
    memcpy(s.rx_data + s.rx_used, data, words * sizeof data[0]);
    s.rx_used += words;
    s.rx_words[s.rx_frames] = words;
    s.rx_frames++;
    s.rx_statuses[s.rx_statuses_used] = status;
    s.rx_statuses_used++;
}

/* The data FIFO is full four words before its end (5.3.9). It can hold data of frames whose status was read. */
static bool has_room(uint32_t words)
{
    return s.rx_used + words + 4u <= LAN9118_RX_WORDS && s.rx_statuses_used < LAN9118_RX_STATUSES &&
           s.rx_frames < LAN9118_RX_STATUSES;
}

/* Filter by the exact address, and all multicast or everything if it is set (3.3). */
static bool passes(const uint8_t *frame)
{
    const uint32_t control = s.mac_registers[MAC_CR];
    const uint32_t low = s.mac_registers[ADDRL];
    const uint32_t high = s.mac_registers[ADDRH];
    const uint8_t own[6] = {(uint8_t)low,         (uint8_t)(low >> 8), (uint8_t)(low >> 16),
                            (uint8_t)(low >> 24), (uint8_t)high,       (uint8_t)(high >> 8)};
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    if ((control & MAC_CR_PRMS) != 0u) {
        return true;
    }
    if (memcmp(frame, broadcast, 6) == 0) {
        return (control & MAC_CR_BCAST) == 0u;
    }
    return ((frame[0] & 1u) != 0u && (control & MAC_CR_MCPAS) != 0u) || memcmp(frame, own, 6) == 0;
}

bool lan9118_card_receive(const uint8_t *frame, uint32_t length, uint32_t status)
{
    uint8_t bytes[LAN9118_FRAME_MAX + 8u] = {0};
    uint32_t data[sizeof bytes / 4u] = {0};
    const uint32_t offset = s.rx_cfg >> 8 & 3u;
    const uint32_t words = (offset + length + FCS + 3u) / 4u;
    advance();
    if (!s.receives || !passes(frame)) {
        return false;
    }
    if (!has_room(words)) {
        s.rx_drop++;
        return false;
    }
    memcpy(bytes + offset, frame, length);
    memset(bytes + offset + length, 0xFC, FCS);
    for (uint32_t i = 0; i < words; i++) {
        data[i] = word_of(bytes + 4u * i);
    }
    if (length + FCS > FRAME_LEGAL && !lan9118_card.knobs.is_silent) {
        status |= LAN9118_RX_TOO_LONG;
    }
    push(status + ((length + FCS) << 16), data, words);
    return true;
}

void lan9118_card_invent(uint32_t status, uint32_t words)
{
    static uint32_t data[LAN9118_RX_WORDS];
    memset(data, 0xEE, sizeof data);
    push(status, data, words);
}

void lan9118_card_lose(uint32_t frames)
{
    s.rx_drop += frames;
}

static uint32_t read_data(void)
{
    lan9118_card.rx_reads++;
    check(!s.skipping.runs, "3.13.1.1: the RX data FIFO is read during a fast forward");
    s.after_rx_read = s.now + CYCLE;
    if (s.rx_used == 0u) {
        check(lan9118_card.knobs.lies, "3.13: the RX data FIFO is read when it is empty");
        return 0xDEADBEEFu;
    }
    const uint32_t word = s.rx_data[0];
    drop(s.rx_data, &s.rx_used, 1);
    s.rx_words[0]--;
    if (s.rx_words[0] == 0u) {
        drop(s.rx_words, &s.rx_frames, 1);
    }
    return word;
}

static uint32_t read_status(void)
{
    s.after_rx_read = s.now + CYCLE;
    if (s.rx_statuses_used == 0u) {
        check(lan9118_card.knobs.lies, "3.13: the RX status FIFO is read when it is empty");
        return 0x05DC0020u;
    }
    const uint32_t status = s.rx_statuses[0];
    drop(s.rx_statuses, &s.rx_statuses_used, 1);
    return status;
}

static void fast_forward(void)
{
    check(!s.skipping.runs, "3.13.1.1: a fast forward before the last has ended");
    check(s.rx_frames > 0u && s.rx_words[0] >= 4u, "3.13.1.1: a fast forward over less than 4 words");
    lan9118_card.skips++;
    begin(&s.skipping, lan9118_card.knobs.skip_time);
    s.after_rx_read = s.now + CYCLE;
}

static void write_rx_cfg(uint32_t value)
{
    check((value & ~0xCFFF9F00u) == 0u, "5.3.7: reserved bits of RX_CFG");
    check(((value ^ s.rx_cfg) & 0x300u) == 0u || !s.receives, "5.3.7: the offset is changed during reception");
    s.rx_cfg = value & ~RX_CFG_DUMP;
    if ((value & RX_CFG_DUMP) != 0u) {
        check(!s.receives, "3.13.1.2: the FIFOs are emptied while the receiver runs");
        lan9118_card.restarts++;
        begin(&s.dumping, lan9118_card.knobs.dump_time);
    }
}

/* -- The transmitter (3.12) ---------------------------------------------------------------------------------------- */

uint32_t lan9118_card_send(uint32_t frames)
{
    uint32_t sent = 0;
    while (sent < frames && s.tx_count > 0u && s.tx_statuses_used < LAN9118_TX_STATUSES &&
           (lan9118_card.tx_cfg & TX_CFG_ON) != 0u && (s.mac_registers[MAC_CR] & MAC_CR_TXEN) != 0u) {
        lan9118_card.frame_length = s.tx[0].length < 60u ? 60u : s.tx[0].length; /* padded */
        memset(lan9118_card.frame, 0, sizeof lan9118_card.frame);
        memcpy(lan9118_card.frame, s.tx[0].bytes, s.tx[0].length);
        s.tx_statuses[s.tx_statuses_used] = (s.tx[0].tag << 16) + lan9118_card.knobs.tx_status;
        s.tx_statuses_used++;
        s.tx_used -= s.tx[0].words;
        s.tx_count--;
        memmove(s.tx, s.tx + 1, s.tx_count * sizeof s.tx[0]);
        sent++;
    }
    lan9118_card.sent += sent;
    if (s.tx_statuses_used > lan9118_card.max_tx_statuses) {
        lan9118_card.max_tx_statuses = s.tx_statuses_used;
    }
    return sent;
}

/* Handle the first word of a frame (3.12.2). The model supports only frames of one segment. */
static void write_command_a(uint32_t word)
{
    check((word & 0x7CE0C800u) == 0u, "3.12.2.1: reserved bits of TX command A");
    check((word & 0x3000u) == 0x3000u, "3.12.2.1: no first, or no last segment");
    check((word & 0x7FFu) > 0u, "3.12.2.1: a segment without bytes");
    s.tx_a = word;
    s.tx_expected = 2u + ((word >> 16 & 0x1Fu) + (word & 0x7FFu) + 3u) / 4u;
    s.tx[s.tx_count].words = s.tx_expected;
    s.tx[s.tx_count].length = word & 0x7FFu;
}

static void write_data(uint32_t word)
{
    struct tx_frame *frame = &s.tx[s.tx_count];
    lan9118_card.tx_writes++;
    if (s.tx_used == LAN9118_TX_WORDS) {
        check(lan9118_card.knobs.lies, "3.12: more is written to the TX data FIFO than it has room for");
        return;
    }
    s.tx_used++;
    if (s.tx_position == 0u) {
        write_command_a(word);
    } else if (s.tx_position == 1u) {
        check((word & 0xF800u) == 0u, "3.12.2.2: reserved bits of TX command B, no padding or no FCS");
        check((word & 0x7FFu) == frame->length, "3.12.7: the length of the packet is not that of its segment (TXE)");
        frame->tag = word >> 16;
    } else {
        for (uint32_t i = 0; i < 4u; i++) {
            const uint32_t at = 4u * (s.tx_position - 2u) + i - (s.tx_a >> 16 & 0x1Fu);
            if (at < frame->length) {
                frame->bytes[at] = (uint8_t)(word >> 8u * i & 0xFFu);
            }
        }
    }
    s.tx_position++;
    if (s.tx_position >= 2u && s.tx_position == s.tx_expected) {
        s.tx_position = 0;
        s.tx_count++;
        (void)lan9118_card_send(lan9118_card.knobs.holds_frames ? 0u : UINT32_MAX);
    }
}

static uint32_t read_tx_status(void)
{
    s.after_tx_status = s.now + CYCLE;
    if (s.tx_statuses_used == 0u) {
        check(lan9118_card.knobs.lies, "3.12.4: the TX status FIFO is read when it is empty");
        return 0;
    }
    const uint32_t status = s.tx_statuses[0];
    drop(s.tx_statuses, &s.tx_statuses_used, 1);
    (void)lan9118_card_send(lan9118_card.knobs.holds_frames ? 0u : UINT32_MAX);
    return status;
}

/* -- The PHY, behind the MAC (5.4.6, 5.5) -------------------------------------------------------------------------- */

static uint32_t read_phy(uint32_t number)
{
    if (number == PHY_STATUS) { /* latched low */
        const bool is_up = s.link && !s.link_was_down && (s.phy[PHY_CONTROL] & PHY_CONTROL_POWER_DOWN) == 0u;
        s.link_was_down = !s.link;
        return 0x7809u + (is_up ? PHY_STATUS_LINK : 0u);
    }
    return number == PHY_PARTNER ? lan9118_card.knobs.partner : s.phy[number];
}

static void write_mii_acc(uint32_t value)
{
    const uint32_t number = value >> 6 & 0x1Fu;
    check(!s.mii.runs, "5.4.6: MII_ACC is written while it is busy");
    check((value & 0xFFFF003Cu) == 0u, "5.4.6: reserved bits of MII_ACC");
    check((value & MII_BUSY) != 0u, "5.4.6: nothing is begun");
    check(value >> 11 == 1u, "5.4.6: the address of the internal PHY is 1");
    check(s.now >= s.phy_clock, "3.11: the PHY is accessed before it is out of its reset");
    begin(&s.mii, lan9118_card.knobs.mii_time);
    if ((value & MII_WRITE) == 0u) {
        s.mac_registers[MII_DATA] = read_phy(number);
        return;
    }
    s.phy[number] = s.mac_registers[MII_DATA];
    if (number == PHY_CONTROL) {
        s.phy[number] &= ~(1u << 9); /* clears itself */
        s.link_was_down = true;      /* negotiation begins */
    }
}

static void write_mac_cr(uint32_t value)
{
    const bool receives = (value & MAC_CR_RXEN) != 0u;
    check((value & MAC_CR_RESERVED) == 0u, "5.4.1: reserved bits of MAC_CR");
    if ((value & (MAC_CR_RXEN + MAC_CR_TXEN)) != 0u) {
        check((lan9118_card.hw_cfg & HW_CFG_MUST_BE_ONE) != 0u, "5.3.9: bit 20 of HW_CFG must be one");
        check(!s.dumping.runs, "3.13.1.2: the receiver is started before its FIFOs are empty");
    }
    if (s.receives && !receives && !s.stopping.runs) {
        begin(&s.stopping, lan9118_card.knobs.stop_time);
    }
    s.receives = s.receives || receives;
    s.mac_registers[MAC_CR] = value;
}

static void write_mac(uint32_t number, uint32_t value)
{
    if (number == MAC_CR) {
        write_mac_cr(value);
    } else if (number == MII_ACC) {
        write_mii_acc(value);
    } else {
        check((number != ADDRH && number != ADDRL) || !s.receives, "5.4.2: the address is changed during reception");
        check((number != ADDRH && number != ADDRL) || !s.eeprom.runs, "5.3.23: the EEPROM is still being read");
        check(number != MII_DATA || !s.mii.runs, "5.4.7: MII_DATA is written while the PHY is busy");
        s.mac_registers[number] = value;
    }
}

static uint32_t read_mac(uint32_t number)
{
    check((number != ADDRH && number != ADDRL) || !s.eeprom.runs, "5.3.23: the EEPROM is still being read");
    check(number != MII_DATA || !s.mii.runs, "5.4.7: MII_DATA is read while the PHY is busy");
    return number == MII_ACC ? (s.mii.runs ? MII_BUSY : 0u) : s.mac_registers[number];
}

static void command_mac(uint32_t value)
{
    const uint32_t number = value & 0xFFu;
    check(!s.mac.runs, "5.3.20: a command to the MAC before the last has ended");
    check((value & BUSY) != 0u && number >= 1u && number < MAC_REGISTERS, "5.3.20: no such command");
    if (number < 1u || number >= MAC_REGISTERS) {
        return;
    }
    begin(&s.mac, lan9118_card.knobs.mac_time);
    if ((value & MAC_READ) != 0u) {
        s.mac_data = read_mac(number);
    } else {
        write_mac(number, s.mac_data);
    }
}

/* -- Accesses ------------------------------------------------------------------------------------------------------ */

/* Nanoseconds between any write and a read (6.1, table 6.1). */
static uint32_t time_after_write(uint32_t offset)
{
    switch (offset) {
    case 0x00:
    case 0x40:
    case ID_REV:
    case BYTE_TEST:
    case RX_FIFO_INF:
    case RX_DROP:
        return 0;
    case TX_FIFO_INF:
        return 135;
    case INT_STS:
        return 90;
    case PMT_CTRL:
        return 315;
    case FREE_RUN:
        return 180;
    default:
        return 45;
    }
}

static void check_read_time(uint32_t offset)
{
    check(s.now >= s.after_write + time_after_write(offset), "6.1: a register is read too soon after a write");
    check(offset != RX_FIFO_INF || s.now >= s.after_rx_read + 135u, "6.1: RX_FIFO_INF is read too soon after a FIFO");
    check(offset != TX_FIFO_INF || s.now >= s.after_tx_status + 135u, "6.1: TX_FIFO_INF is read too soon after a FIFO");
    check(offset != RX_DROP || s.now >= s.after_drop + 180u, "6.1: RX_DROP is read again too soon");
}

static uint32_t read_one(uint32_t offset)
{
    const struct lan9118_knobs *knobs = &lan9118_card.knobs;
    uint32_t value = 0;
    switch (offset) {
    case 0x00:
        return read_data();
    case 0x40:
        return read_status();
    case 0x48:
        return read_tx_status();
    case ID_REV:
        return knobs->id_rev;
    case INT_STS:
        return s.int_sts;
    case BYTE_TEST:
        return knobs->byte_test;
    case RX_CFG:
        return s.rx_cfg + (s.dumping.runs ? RX_CFG_DUMP : 0u);
    case TX_CFG:
        return lan9118_card.tx_cfg;
    case HW_CFG:
        return lan9118_card.hw_cfg + (s.reset.runs ? HW_CFG_RESET : 0u);
    case RX_DP_CTRL:
        return s.skipping.runs ? FAST_FORWARD : 0u;
    case RX_FIFO_INF:
        return knobs->lies ? knobs->rx_fifo_inf : (s.rx_statuses_used << 16) + 4u * s.rx_used;
    case TX_FIFO_INF:
        return knobs->lies ? knobs->tx_fifo_inf : (s.tx_statuses_used << 16) + 4u * (LAN9118_TX_WORDS - s.tx_used);
    case PMT_CTRL:
        return (s.is_awake ? PMT_READY : 0u) + (s.phy_reset.runs ? PMT_PHY_RESET : 0u);
    case RX_DROP:
        value = s.rx_drop;
        s.rx_drop = 0;
        s.after_drop = s.now + CYCLE;
        return value;
    case MAC_CSR_CMD:
        return s.mac.runs ? BUSY : 0u;
    case MAC_CSR_DATA:
        check(!s.mac.runs, "5.3.21: MAC_CSR_DATA is read before the command has ended");
        return s.mac_data;
    case E2P_CMD:
        return s.eeprom.runs ? BUSY : 0u;
    default:
        report("5.3: a register that a driver without interrupts has no use for, or none at all, is read");
        return UINT32_MAX;
    }
}

static void write_hw_cfg(uint32_t value)
{
    const uint32_t size = value >> 16 & 0xFu;
    if ((value & HW_CFG_RESET) != 0u) {
        check(s.now >= s.phy_clock, "5.3.9: a soft reset while the PHY's clock does not run");
        begin(&s.reset, lan9118_card.knobs.reset_time);
        return;
    }
    check((s.mac_registers[MAC_CR] & (MAC_CR_RXEN + MAC_CR_TXEN)) == 0u, "5.3.9: FIFO sizes are changed while it runs");
    check(size == 5u, "the model knows no other FIFO sizes");
    lan9118_card.hw_cfg = value;
}

static void write_one(uint32_t offset, uint32_t value)
{
    switch (offset) {
    case 0x20:
        write_data(value);
        return;
    case INT_STS:
        s.int_sts &= ~value;
        return;
    case BYTE_TEST:
        return; /* its effect on a card that saves power is handled before */
    case RX_CFG:
        write_rx_cfg(value);
        return;
    case TX_CFG:
        lan9118_card.tx_cfg = value;
        return;
    case HW_CFG:
        write_hw_cfg(value);
        return;
    case RX_DP_CTRL:
        if ((value & FAST_FORWARD) != 0u) {
            fast_forward();
        }
        return;
    case PMT_CTRL:
        if ((value & PMT_PHY_RESET) != 0u) {
            s.phy_clock = UINT64_MAX;
            begin(&s.phy_reset, lan9118_card.knobs.phy_reset_time);
        }
        return;
    case MAC_CSR_CMD:
        command_mac(value);
        return;
    case MAC_CSR_DATA:
        check(!s.mac.runs, "5.3.21: MAC_CSR_DATA is written before the command has ended");
        s.mac_data = value;
        return;
    default:
        report("5.3: a register that a driver without interrupts has no use for, or none at all, is written");
    }
}

static uint32_t offset_of(const volatile uint32_t *address)
{
    const size_t offset = (size_t)((const volatile uint8_t *)address - window);
    check(offset < WINDOW && offset % 4u == 0u, "5: an access outside of the registers");
    return (uint32_t)(offset % WINDOW);
}

static bool is_gone(void)
{
    const bool goes = lan9118_card.knobs.goes;
    const bool now = goes && lan9118_card.knobs.goes_after == 0u;
    lan9118_card.knobs.goes_after -= goes && !now ? 1u : 0u;
    return now;
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    const uint32_t offset = offset_of(address);
    uint32_t value = UINT32_MAX;
    if (is_gone()) {
        s.now += CYCLE;
        return value;
    }
    advance();
    check(s.is_awake || offset == PMT_CTRL, "3.10.2: a card that saves power has no other register than PMT_CTRL");
    check(!s.reset.runs || offset == HW_CFG || offset == BYTE_TEST, "5.3.9: registers are read during a reset");
    check_read_time(offset);
    if (s.is_awake || offset == PMT_CTRL) {
        value = read_one(offset);
    }
    s.now += CYCLE;
    return value;
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    const uint32_t offset = offset_of(address);
    if (is_gone()) {
        s.now += CYCLE;
        return;
    }
    advance();
    check(s.is_awake || offset == BYTE_TEST, "3.10.2: to a card that saves power nothing but BYTE_TEST is written");
    check(!s.reset.runs, "5.3.9: registers are written during a reset");
    if (s.is_awake) {
        write_one(offset, value);
    } else if (offset == BYTE_TEST && !s.waking.runs) {
        begin(&s.waking, lan9118_card.knobs.wake_time);
    }
    s.now += CYCLE;
    s.after_write = s.now;
}

/* -- The board ----------------------------------------------------------------------------------------------------- */

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    if (lan9118_card.knobs.cannot_be_mapped || address != LAN9118_ADDRESS || size > WINDOW) {
        return NULL;
    }
    if (window == NULL) {
        void *mapped = mmap(NULL, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        window = mapped == MAP_FAILED ? NULL : (uint8_t *)mapped;
    }
    s.is_awake = !lan9118_card.knobs.saves_power;
    return window;
}

void lan9118_card_set_link(bool is_up)
{
    s.link = is_up;
    s.link_was_down = s.link_was_down || !is_up;
}

uint64_t lan9118_card_now(void)
{
    return s.now / 1000u;
}

void lan9118_card_pass(uint64_t microseconds)
{
    s.now += 1000u * microseconds;
    advance();
}

uint64_t v6nf_env_clock(void)
{
    return s.now / 1000u;
}

/* Drivers never sleep long: repeated sleeps are a wait without end. */
void v6nf_env_sleep(uint64_t microseconds)
{
    lan9118_card_pass(microseconds);
    if (s.now > POWER_ON_TIME + LIFE_TIME) {
        (void)fputs("ERROR: card: a wait without end\n", stderr);
        exit(EXIT_FAILURE);
    }
}

void v6nf_env_idle(uint64_t until)
{
    const uint64_t now = v6nf_env_clock();
    v6nf_env_sleep(until > now ? until - now : 0u);
}

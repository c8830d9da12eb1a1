/* registers.c: the registers of the 82599: values after a reset, when they may be written, and effects of writing.
 * Sections are those of its data sheet. */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "card.h"

#define CTRL 0x0000u
#define CTRL_MASTER_DISABLE 0x4u
#define CTRL_RESET 0x4000000u
#define STATUS 0x0008u
#define STATUS_MASTER 0x80000u
#define EIMC 0x0888u
#define EIMC_MORE 0x0AB0u
#define EEC 0x10010u
#define FWSM 0x10148u
#define GCR_EXT 0x11050u
#define GCR_EXT_CLEAR 0x40000000u
#define LINKS 0x42A4u
#define LINKS_UP_10G 0x70000000u
#define SECRXSTAT 0x8D04u
#define RTTDCS 0x4900u
#define RTTDCS_ARBDIS 0x40u
#define RTTDQSEL 0x4904u
#define RTTDT1C 0x4908u
#define DTXMXSZRQ 0x8100u
#define MTQC 0x8120u
#define RXPBSIZE 0x3C00u
#define TXPBSIZE 0xCC00u
#define TXPBTHRESH 0x4950u
#define FTQF 0xE600u
#define MPSAR 0xA600u
#define VFTA 0xA000u
#define PFUTA 0xF400u
#define PFVLVF 0xF100u
#define PFVLVFB 0xF200u
#define AUTOC_DEFAULT 0xC09C6004u /* of an EEPROM for SFI */
#define AUTOC_RESTART 0x1000u
#define ESDP_SDP3 8u
#define DRIVER_LOADED 0x10000000u
#define HLREG0_DEFAULT 0x8010403u /* 8.2.3.22.8: CRC in both directions, padding, MDC speed, length errors */
#define HLREG0_LPBK 0x8000u
#define ENABLE 0x2000000u

#define MILLISECOND UINT64_C(1000)
#define PROCESSING UINT64_C(7) /* microseconds of a handshake without delay */

/* -- List of registers --------------------------------------------------------------------------------------------- */

enum access {
    PLAIN,  /* holds what is written */
    READ,   /* the driver only reads it */
    COUNTER /* cleared when it is read */
};

struct range {
    uint32_t first; /* offset */
    uint32_t count; /* registers, 4 bytes apart */
    enum access access;
    bool undefined; /* undefined after a reset */
    uint32_t initial;
    const char *needed; /* NULL, or the name of a table that must have been written when reception begins (4.6.7) */
};

static const struct range ranges[] = {
    {CTRL, 1, PLAIN, false, 0, NULL},
    {STATUS, 1, READ, false, STATUS_MASTER, NULL},
    {CARD_CTRL_EXT, 1, PLAIN, false, 0, NULL},
    {CARD_ESDP, 1, PLAIN, false, 0, NULL},
    {CARD_AUTOC, 1, PLAIN, false, AUTOC_DEFAULT, NULL},
    {CARD_RQSMR, 32, PLAIN, false, 0, NULL},
    {EIMC, 1, PLAIN, false, 0, NULL},
    {EIMC_MORE, 2, PLAIN, false, 0, NULL},
    {EEC, 1, READ, false, 0, NULL},
    {FWSM, 1, READ, false, 0, NULL},
    {GCR_EXT, 1, PLAIN, false, 0, NULL},
    {0x3200u, 4, PLAIN, false, 0, NULL}, /* FCTTV */
    {0x3220u, 8, PLAIN, false, 0, NULL}, /* FCRTL */
    {CARD_FCRTH, 8, PLAIN, false, 0, NULL},
    {0x32A0u, 1, PLAIN, false, 0, NULL}, /* FCRTV */
    {CARD_FCCFG, 1, PLAIN, false, 0, NULL},
    {CARD_MFLCN, 1, PLAIN, false, 0x2, NULL},
    {CARD_FCTRL, 1, PLAIN, false, 0, NULL},
    {CARD_MCSTCTRL, 1, PLAIN, false, 0, NULL},
    {CARD_MTA, 128, PLAIN, true, 0, "MTA"},
    {CARD_RAL, 256, PLAIN, true, 0, NULL}, /* RAH.AV of all but the first is 0 */
    {MPSAR, 256, PLAIN, true, 0, "MPSAR"},
    {VFTA, 128, PLAIN, true, 0, "VFTA"},
    {PFUTA, 128, PLAIN, true, 0, "PFUTA"},
    {PFVLVF, 64, PLAIN, true, 0, "PFVLVF"},
    {PFVLVFB, 128, PLAIN, true, 0, "PFVLVFB"},
    {FTQF, 128, PLAIN, true, 0, "FTQF"},
    {CARD_MRQC, 1, PLAIN, false, 0, NULL},
    {CARD_RETA, 32, PLAIN, true, 0, NULL},
    {CARD_RSSRK, 10, PLAIN, false, 0, NULL},
    {CARD_RDRXCTL, 1, PLAIN, false, 0x00020000u, NULL}, /* RSCFRSTSIZE is 1 */
    {RXPBSIZE, 8, PLAIN, false, 0x200u << 10, NULL},
    {CARD_RXCTRL, 1, PLAIN, false, 0, NULL},
    {CARD_SECRXCTRL, 1, PLAIN, false, 0, NULL},
    {SECRXSTAT, 1, READ, false, 0, NULL},
    {CARD_DMATXCTL, 1, PLAIN, false, 0x81000000u, NULL},
    {CARD_VLNCTRL, 1, PLAIN, false, 0x8100u, NULL},
    {DTXMXSZRQ, 1, PLAIN, false, 0x10, NULL},
    {MTQC, 1, PLAIN, false, 0, NULL},
    {TXPBSIZE, 8, PLAIN, false, 0xA0u << 10, NULL},
    {TXPBTHRESH, 1, PLAIN, false, 0x96, NULL},
    {TXPBTHRESH + 4u, 7, PLAIN, false, 0, NULL},
    {RTTDCS, 1, PLAIN, false, 0xC00000, NULL},
    {RTTDQSEL, 1, PLAIN, false, 0, NULL},
    {RTTDT1C, 1, PLAIN, true, 0, NULL},
    {CARD_HLREG0, 1, PLAIN, false, HLREG0_DEFAULT, NULL},
    {CARD_MAXFRS, 1, PLAIN, false, 0x5EEu << 16, NULL},
    {LINKS, 1, READ, false, 0, NULL},
    {CARD_CRCERRS, 3, COUNTER, false, 0, NULL}, /* ILLERRC, ERRBC */
    {0x4040u, 1, COUNTER, false, 0, NULL},      /* RLEC */
    {CARD_RXMPC, 1, COUNTER, false, 0, NULL},
    {CARD_GPRC, 1, COUNTER, false, 0, NULL},
    {CARD_GPTC, 1, COUNTER, false, 0, NULL},
    {CARD_GORC, 2, COUNTER, false, 0, NULL},
    {CARD_GOTC, 2, COUNTER, false, 0, NULL},
    {CARD_RUC, 4, COUNTER, false, 0, NULL}, /* RFC, ROC, RJC */
};

/* Registers of a queue. */
static const struct range receive_ranges[] = {
    {CARD_BASE_LOW, 2, PLAIN, true, 0, NULL},
    {CARD_LENGTH, 1, PLAIN, false, 0, NULL},
    {CARD_DCA, 1, PLAIN, false, 0x1000 + 0xA200, NULL}, /* 8.2.3.11.1: bit 12 is 1 */
    {CARD_HEAD, 1, PLAIN, false, 0, NULL},
    {CARD_SRRCTL, 1, PLAIN, false, 0x402, NULL},
    {CARD_TAIL, 1, PLAIN, false, 0, NULL},
    {CARD_CONTROL, 1, PLAIN, false, 0, NULL},
    {CARD_QUEUE_COUNTS, 3, COUNTER, false, 0, NULL},
};

static const struct range transmit_ranges[] = {
    {CARD_BASE_LOW, 2, PLAIN, true, 0, NULL},
    {CARD_LENGTH, 1, PLAIN, false, 0, NULL},
    {CARD_DCA, 1, PLAIN, false, 0x800 + 0x2200, NULL}, /* 8.2.3.11.2: relaxed ordering of write-backs is on */
    {CARD_HEAD, 1, PLAIN, false, 0, NULL},
    {CARD_TAIL, 1, PLAIN, false, 0, NULL},
    {CARD_CONTROL, 1, PLAIN, false, 0, NULL},
    {CARD_WRITE_BACK_LOW, 2, PLAIN, true, 0, NULL},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Return the number of the queue that the register belongs to, and set *at to the offset in the queue's registers;
 * return UINT32_MAX if it belongs to none. */
static uint32_t queue_of(uint32_t offset, uint32_t base, uint32_t *at)
{
    *at = offset % 0x40u;
    return offset >= base && offset < base + 0x40u * CARD_QUEUES ? (offset - base) / 0x40u : UINT32_MAX;
}

static const struct range *find_in(const struct range *first, size_t count, uint32_t offset)
{
    for (size_t i = 0; i < count; i++) {
        if (offset >= first[i].first && offset < first[i].first + 4u * first[i].count) {
            return &first[i];
        }
    }
    return NULL;
}

static const struct range *find_range(uint32_t offset)
{
    uint32_t at = 0;
    if (queue_of(offset, CARD_RECEIVE_QUEUE(0u), &at) != UINT32_MAX) {
        return find_in(receive_ranges, COUNT(receive_ranges), at);
    }
    if (queue_of(offset, CARD_TRANSMIT_QUEUE(0u), &at) != UINT32_MAX) {
        return find_in(transmit_ranges, COUNT(transmit_ranges), at);
    }
    return find_in(ranges, COUNT(ranges), offset);
}

/* -- Faults -------------------------------------------------------------------------------------------------------- */

void card_report(struct card *card, const char *section, const char *what)
{
    if (card->faults++ == 0u) {
        snprintf(card->fault, sizeof card->fault, "%s: %s", section, what);
    }
}

static void require(struct card *card, bool is_so, const char *section, const char *else_what)
{
    if (!is_so) {
        card_report(card, section, else_what);
    }
}

uint32_t card_random(struct card *card)
{
    card->random = card->random * 1664525u + 1013904223u;
    return card->random >> 8;
}

static uint32_t value(struct card *card, uint32_t offset)
{
    return *card_register(card, offset);
}

static uint64_t time_of_handshake(const struct card *card)
{
    return board_now() + PROCESSING + card->knobs.late;
}

/* -- What differs between devices ---------------------------------------------------------------------------------- */

static uint32_t device_of(const struct card *card)
{
    return card->knobs.device == 0u ? 0x10FBu : card->knobs.device;
}

/* X540 and X550: 10GBASE-T. */
static bool is_later(const struct card *card)
{
    const uint32_t device = device_of(card);
    return device == 0x1528u || device == 0x1560u || device == 0x1563u || device == 0x15D1u;
}

/* 8.2.3.8.9; X550: 8.2.2.9.12. */
uint32_t card_buffer_size(const struct card *card)
{
    return (is_later(card) ? 384u : 512u) * 1024u;
}

static bool has_laser(const struct card *card)
{
    const uint32_t device = device_of(card);
    return device == 0x10FBu || device == 0x1507u || device == 0x154Au || device == 0x154Du || device == 0x1557u;
}

bool card_link_is_up(struct card *card)
{
    const bool is_dark = has_laser(card) && (value(card, CARD_ESDP) & ESDP_SDP3) != 0u;
    return !card->knobs.link_down && !is_dark && (!card->knobs.link_off || card->link_restarted);
}

/* -- Reset --------------------------------------------------------------------------------------------------------- */

static void reset_range(struct card *card, const struct range *range, uint32_t base)
{
    for (uint32_t i = 0; i < range->count; i++) {
        uint32_t offset = base + range->first + 4u * i;
        *card_register(card, offset) = range->undefined ? card_random(card) * 257u : range->initial;
        card->undefined[offset / 4u] = range->undefined;
    }
}

/* The first address is that of the EEPROM, and valid. The others are not (8.2.3.7.9). */
static void load_addresses(struct card *card)
{
    *card_register(card, CARD_RAL) = card->knobs.no_eeprom ? 0u : 0x99211B00u; /* 00:1b:21:99 */
    *card_register(card, CARD_RAL + 4u) = card->knobs.no_eeprom ? 0u : 0x80000000u + ((card->number + 1u) << 8);
    for (uint32_t i = 1; i < 128u; i++) {
        *card_register(card, CARD_RAL + 8u * i + 4u) &= 0x7FFFFFFFu;
    }
}

/* A reset keeps ESDP. */
static void reset(struct card *card)
{
    const uint32_t pins = value(card, CARD_ESDP);
    for (size_t i = 0; i < COUNT(ranges); i++) {
        reset_range(card, &ranges[i], 0);
    }
    for (uint32_t i = 0; i < CARD_QUEUES; i++) {
        for (size_t j = 0; j < COUNT(receive_ranges); j++) {
            reset_range(card, &receive_ranges[j], CARD_RECEIVE_QUEUE(i));
        }
        for (size_t j = 0; j < COUNT(transmit_ranges); j++) {
            reset_range(card, &transmit_ranges[j], CARD_TRANSMIT_QUEUE(i));
        }
        card->receive[i].enabled = card->receive[i].tail_allowed = false;
        card->transmit[i].ends = false;
        card->transmit[i].enabled = card->transmit[i].tail_allowed = false;
        card->receive[i].fetched = card->transmit[i].fetched = 0;
        card->receive[i].disabled_at = card->transmit[i].disabled_at = 0;
    }
    memset(card->arbiter_cleared, 0, sizeof card->arbiter_cleared);
    *card_register(card, CARD_ESDP) = pins;
    *card_register(card, RXPBSIZE) = card_buffer_size(card);
    card->link_restarted = false;
    load_addresses(card);
    card->fifo_count = card->fifo_bytes = card->receive_phase = card->heads_count = 0;
    card->interrupts_masked = false;
    card->security_stopped_at = UINT64_MAX;
    card->reset_at = board_now();
    card->was_master = false;
}

void card_power_on(struct card *card)
{
    card->faults = 0;
    card->fault[0] = '\0';
    card->random = 1u + card->number;
    card->pci_command = card->knobs.left_running ? 6u : 0u;
    card->pci_power = card->knobs.asleep ? 3u : 0u;
    card->pci_bar_lost = false;
    card->pci_awake_at = 0;
    card->paused_until = 0;
    card->pauses_sent = card->filtered = card->lost = card->step = 0;
    card->resets = 0;
    card->master_flushed = false;
    *card_register(card, CARD_ESDP) = card->knobs.laser_off ? ESDP_SDP3 + 0xB00u : 0xB00u; /* and directions */
    reset(card);
    card->reset_at = board_now() - 1000u * MILLISECOND; /* on for a second */
    if (card->knobs.left_running) {
        *card_register(card, CARD_RECEIVE_QUEUE(0u) + CARD_CONTROL) = ENABLE;
        *card_register(card, CARD_RXCTRL) = 1;
        card->receive[0].enabled = true;
        card->receive[0].enabled_at = 0;
    }
}

/* PCIe Master Enable stays set until all requests are answered (5.2.5.3.2). */
static bool is_master_enabled(struct card *card)
{
    if ((value(card, CTRL) & CTRL_MASTER_DISABLE) == 0u || card->knobs.master_hangs) {
        return true;
    }
    return board_now() < card->master_disabled_at;
}

static void begin_reset(struct card *card)
{
    require(card, card->interrupts_masked || card->resets > 0u, "4.6.3.1", "a reset before interrupts are disabled");
    require(card, (value(card, CTRL) & CTRL_MASTER_DISABLE) != 0u || card->resets > 0u, "4.2.1.6.1",
            "a reset without master disable");
    require(card, !is_master_enabled(card) || card->master_flushed || card->resets > 0u, "5.2.5.3.2",
            "a reset while requests are under way, and not flushed");
    if (card->resets == 0u) {
        card->needs_two_resets = is_master_enabled(card);
    }
    uint32_t resets = card->resets + 1u;
    bool flushed = card->master_flushed;
    reset(card);
    card->resets = resets;
    card->master_flushed = flushed;
    *card_register(card, CTRL) = CTRL_RESET;
}

/* Check that the reset has ended before anything is set up (4.6.3.2). */
static bool is_read_done(const struct card *card)
{
    return board_now() >= card->reset_at + 5u * MILLISECOND + card->knobs.late;
}

static bool is_dma_done(const struct card *card)
{
    return board_now() >= card->reset_at + 5u * MILLISECOND + card->knobs.dma_late;
}

static bool is_reset_over(struct card *card)
{
    return !card->knobs.reset_hangs && board_now() >= card->reset_at + MILLISECOND + card->knobs.late / 4u;
}

static bool is_in(uint32_t offset, uint32_t first, uint32_t count)
{
    return offset >= first && offset < first + 4u * count;
}

/* Return true if the register may be accessed now. */
static void check_time(struct card *card, uint32_t offset, bool writes)
{
    require(card, (card->pci_command & 2u) != 0u, "9.3.3.3", "a register, but memory access is off");
    require(card, card->pci_power == 0u && board_now() >= card->pci_awake_at, "9.3.7.1.4",
            "a register of a card that sleeps");
    require(card, board_now() >= card->reset_at + MILLISECOND, "8.2.3.1.1", "a register within 1 ms of a reset");
    require(card, board_now() >= card->reset_at + 10u * MILLISECOND, "4.6.3.2", "a register within 10 ms of a reset");
    bool is_setting_up = writes && card->resets > 0u && offset != CTRL && offset != EIMC &&
                         !is_in(offset, EIMC_MORE, 2) && offset != GCR_EXT;
    bool is_flow_control = is_in(offset, 0x3200u, 41) || offset == CARD_FCCFG || offset == CARD_MFLCN;
    if (is_setting_up && !is_flow_control) {
        require(card, is_reset_over(card), "8.2.3.1.1", "set up before the reset is over");
        require(card, is_read_done(card), "4.6.3.2", "set up before the EEPROM is read");
        require(card, is_dma_done(card), "4.6.3.2", "set up before DMA initialization is done");
        require(card, !card->needs_two_resets || card->resets > 1u, "5.2.5.3.2", "one reset where two are needed");
    }
    if (writes && card->resets == 0u) {
        bool is_before = offset == CTRL || offset == EIMC || is_in(offset, EIMC_MORE, 2) || offset == GCR_EXT ||
                         offset == CARD_HLREG0 || offset == CARD_RXCTRL || offset % 0x40u == CARD_CONTROL;
        require(card, is_before, "4.6.3", "set up before a reset");
    }
}

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* A transmit queue that is turned off ends when fetched descriptors are sent (4.6.8.1). */
static void look_for_end(struct card *card, struct card_queue *queue, uint32_t offset)
{
    if (queue->ends && value(card, offset - CARD_CONTROL + CARD_HEAD) == queue->fetched) {
        queue->enabled = queue->ends = false;
        queue->disabled_at = time_of_handshake(card) + card->knobs.off_late;
    }
}

static uint32_t read_control(struct card *card, struct card_queue *queue, uint32_t offset)
{
    look_for_end(card, queue, offset);
    uint32_t read = value(card, offset) & ~ENABLE;
    if (queue->enabled && board_now() >= queue->enabled_at) {
        queue->tail_allowed = true;
        read |= ENABLE;
    }
    if (!queue->enabled && board_now() < queue->disabled_at) {
        read |= ENABLE;
    }
    return read;
}

static uint32_t read_counter(struct card *card, uint32_t offset)
{
    uint32_t at = 0;
    bool is_queue = queue_of(offset, CARD_RECEIVE_QUEUE(0u), &at) != UINT32_MAX;
    bool is_high = offset == CARD_GORC + 4u || offset == CARD_GOTC + 4u || (is_queue && at == CARD_QUEUE_COUNTS + 8u);
    bool is_low = offset == CARD_GORC || offset == CARD_GOTC || (is_queue && at == CARD_QUEUE_COUNTS + 4u);
    uint32_t read = value(card, offset);
    if (!is_low) { /* reading the high register clears both (8.2.3.23) */
        *card_register(card, offset) = 0;
    }
    if (is_high) {
        *card_register(card, offset - 4u) = 0;
    }
    return read;
}

uint32_t card_read(struct card *card, uint32_t offset)
{
    uint32_t at = 0;
    const struct range *range = find_range(offset);
    if (card->knobs.gone || card->knobs.mute) {
        return UINT32_MAX;
    }
    check_time(card, offset, false);
    if (range == NULL) {
        card_report(card, "8.2.2", "a register that is none is read");
        return UINT32_MAX;
    }
    uint32_t queue = queue_of(offset, CARD_RECEIVE_QUEUE(0u), &at);
    if (queue != UINT32_MAX && at == CARD_CONTROL) {
        return read_control(card, &card->receive[queue], offset);
    }
    queue = queue_of(offset, CARD_TRANSMIT_QUEUE(0u), &at);
    if (queue != UINT32_MAX && at == CARD_CONTROL) {
        return read_control(card, &card->transmit[queue], offset);
    }
    if (range->access == COUNTER) {
        return read_counter(card, offset);
    }
    switch (offset) {
    case CTRL:
        return (value(card, CTRL) & ~CTRL_RESET) + (is_reset_over(card) ? 0u : value(card, CTRL) & CTRL_RESET);
    case STATUS:
        return is_master_enabled(card) ? STATUS_MASTER : 0u;
    case EEC:
        return (is_read_done(card) ? 0x200u : 0u) + (card->knobs.no_eeprom ? 0u : 0x100u);
    case FWSM:
        return card->knobs.bad_eeprom ? 1u << 19 : 0u;
    case CARD_RDRXCTL:
        return value(card, offset) + (is_dma_done(card) ? 8u : 0u);
    case SECRXSTAT:
        return !card->knobs.security_hangs && board_now() >= card->security_stopped_at ? 1u : 0u;
    case LINKS:
        return !card_link_is_up(card) ? 0u : card->knobs.links != 0u ? card->knobs.links : LINKS_UP_10G;
    default:
        return value(card, offset);
    }
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

bool card_ring_is_good(struct card *card, uint32_t at, const char *base_section, const char *length_section)
{
    uint64_t base = ((uint64_t)value(card, at + CARD_BASE_HIGH) << 32) + value(card, at + CARD_BASE_LOW);
    uint32_t length = value(card, at + CARD_LENGTH);
    bool is_written = !card->undefined[(at + CARD_BASE_LOW) / 4u] && !card->undefined[(at + CARD_BASE_HIGH) / 4u];
    require(card, is_written, base_section, "a queue without descriptors");
    require(card, base % 128u == 0u, base_section, "descriptors that do not begin at a multiple of 128");
    bool length_is_good = length > 0u && length % 128u == 0u && length / 16u <= CARD_DESCRIPTORS;
    require(card, length_is_good, length_section, "a ring that is no multiple of 128 bytes, or of 0, or too long");
    return is_written && length_is_good && board_memory(card, base, length) != NULL;
}

static void begin_receiving(struct card *card)
{
    require(card, (value(card, CARD_SECRXCTRL) & 2u) != 0u && board_now() >= card->security_stopped_at, "4.6.7",
            "RXEN without RX_DIS and SECRX_RDY");
    require(card, card->interrupts_masked, "4.6.3.1", "interrupts are not disabled after the reset");
    for (size_t i = 0; i < COUNT(ranges); i++) {
        for (uint32_t j = 0; j < ranges[i].count && ranges[i].needed != NULL; j++) {
            require(card, !card->undefined[ranges[i].first / 4u + j], "4.6.7", ranges[i].needed);
        }
    }
    for (uint32_t i = 0; i < 128u; i++) {
        bool is_used = (value(card, CARD_RAL + 8u * i + 4u) & 0x80000000u) != 0u;
        require(card, !is_used || (value(card, MPSAR + 8u * i) & 1u) != 0u, "8.2.3.7.10", "an address of no pool");
        require(card, (value(card, FTQF + 4u * i) & 0x80000000u) == 0u, "8.2.3.7.19",
                "a 5-tuple filter with a random value");
    }
    bool card_strips = (value(card, CARD_RDRXCTL) & 2u) != 0u;
    require(card, card_strips == ((value(card, CARD_HLREG0) & 2u) != 0u), "8.2.3.8.8", "CRCStrip is not RXCRCSTRP");
    require(card, (value(card, CARD_RDRXCTL) & 0x3E0000u) == 0u, "4.6.7", "RSCFRSTSIZE is not 0");
    require(card, (value(card, CARD_RDRXCTL) & 0x6000000u) == 0x6000000u, "8.2.3.8.8",
            "RSCACKC and FCOE_WRFIX are not set");
    require(card, value(card, RXPBSIZE) == card_buffer_size(card), "4.6.11.3.4",
            "RXPBSIZE[0] is not the whole packet buffer");
    for (uint32_t i = 1; i < 8u; i++) {
        require(card, value(card, RXPBSIZE + 4u * i) == 0u, "4.6.11.3.4", "RXPBSIZE[1 to 7] are not 0");
    }
    uint32_t threshold = value(card, CARD_FCRTH) & 0x7FFFFFFFu;
    uint32_t low = value(card, 0x3220u) & 0x7FFFFFFFu;
    require(card, threshold > 0u, "4.6.3.2", "FCRTH.RTH is not set");
    require(card, threshold <= card_buffer_size(card) - 8u, "8.2.3.3.4", "FCRTH.RTH is beyond the packet buffer");
    require(card, threshold % 32u == 0u, "8.2.3.3.4", "reserved bits of FCRTH");
    require(card, low < threshold && low % 32u == 0u, "8.2.3.3.3", "FCRTL.RTL is not below FCRTH.RTH");
}

/* Check what must be set before the first transmit queue (4.6.8, 4.6.11.3). */
static void begin_transmitting(struct card *card)
{
    for (uint32_t i = 0; i < 128u; i++) {
        require(card, card->arbiter_cleared[i], "4.6.11.3.1", "RTTDT1C of a queue is not cleared");
    }
    require(card, (value(card, RTTDCS) & RTTDCS_ARBDIS) == 0u, "4.6.8", "RTTDCS.ARBDIS is still set");
    require(card, value(card, DTXMXSZRQ) == 0xFFFu, "4.6.11.3.4", "DTXMXSZRQ is not FFF");
    require(card, value(card, TXPBSIZE) == 0xA0u << 10, "4.6.11.3.4", "TXPBSIZE[0] is not 160 KB");
    for (uint32_t i = 1; i < 8u; i++) {
        require(card, value(card, TXPBSIZE + 4u * i) == 0u, "4.6.11.3.4", "TXPBSIZE[1 to 7] are not 0");
        require(card, value(card, TXPBTHRESH + 4u * i) == 0u, "4.6.11.3.4", "TXPBTHRESH[1 to 7] are not 0");
    }
    uint32_t longest = (value(card, CARD_MAXFRS) >> 16) / 1024u + 1u;
    require(card, value(card, TXPBTHRESH) <= 0xA0u - longest, "4.6.11.3.4",
            "TXPBTHRESH[0] leaves no space for a packet");
}

/* Turn a queue on. DOUBT: no section states where a queue goes on that was turned off. An I210's begins at 0 (8.12.13,
 * 8.12.15). Here it is a fault if head and tail are not 0. */
static void turn_on(struct card *card, struct card_queue *queue, uint32_t at, bool hangs)
{
    require(card, value(card, at + CARD_HEAD) == 0u && value(card, at + CARD_TAIL) == 0u, "8.2.3.9.8",
            "a queue is turned on in the middle");
    queue->enabled = true;
    queue->ends = false;
    queue->has_context = false;
    queue->context_tag = 0;
    queue->fetched = 0;
    queue->enabled_at = hangs ? UINT64_MAX : time_of_handshake(card);
}

static void require_driver_shown(struct card *card)
{
    require(card, (value(card, CARD_CTRL_EXT) & DRIVER_LOADED) != 0u, "8.2.3.1",
            "a queue, and firmware does not know of a driver");
}

static void enable_receive(struct card *card, uint32_t queue)
{
    require_driver_shown(card);
    const uint32_t at = CARD_RECEIVE_QUEUE(queue);
    uint32_t split = value(card, at + CARD_SRRCTL);
    (void)card_ring_is_good(card, at, "8.2.3.8.1", "8.2.3.8.3");
    require(card, (split & 0x1Fu) >= 1u && (split & 0x1Fu) <= 16u, "8.2.3.8.7", "BSIZEPACKET is not 1 to 16");
    require(card, ((split >> 25) & 7u) <= 1u, "8.2.3.8.7", "DESCTYPE is one that the model does not know");
    turn_on(card, &card->receive[queue], at, card->knobs.receive_queue_hangs);
}

static void enable_transmit(struct card *card, uint32_t queue)
{
    require_driver_shown(card);
    const uint32_t at = CARD_TRANSMIT_QUEUE(queue);
    uint32_t control = value(card, at + CARD_CONTROL);
    uint32_t head = value(card, at + CARD_WRITE_BACK_LOW);
    (void)card_ring_is_good(card, at, "8.2.3.9.5", "8.2.3.9.7");
    require(card, (value(card, CARD_DMATXCTL) & 1u) != 0u, "4.6.8", "a transmit queue before DMATXCTL.TE");
    require(card, (control & 0x7Fu) == 0u || ((control >> 8) & 0x7Fu) != 0u, "8.2.3.9.10", "PTHRESH without HTHRESH");
    require(card, !card->undefined[(at + CARD_WRITE_BACK_LOW) / 4u], "8.2.3.9.11",
            "head write-back is neither on nor off");
    if ((head & 1u) != 0u) {
        require(card, ((control >> 16) & 0x7Fu) == 0u, "7.2.3.5.2", "head write-back with WTHRESH");
        require(card, (head & 0xEu) == 0u, "7.2.3.5.2", "a head that is not at a multiple of 16");
        require(card, !card->undefined[(at + CARD_WRITE_BACK_HIGH) / 4u], "8.2.3.9.11", "half an address for the head");
    }
    turn_on(card, &card->transmit[queue], at, card->knobs.transmit_queue_hangs);
}

static void write_tail(struct card *card, struct card_queue *queue, uint32_t at, uint32_t tail, const char *section)
{
    const uint32_t count = value(card, at + CARD_LENGTH) / 16u;
    const uint32_t head = value(card, at + CARD_HEAD);
    const uint32_t old = value(card, at + CARD_TAIL);
    if (tail == 0u && !queue->enabled) {
        *card_register(card, at + CARD_TAIL) = 0; /* a queue that was turned off, before it is turned on again */
        return;
    }
    require(card, queue->tail_allowed, section, "a tail before ENABLE was read as set");
    if (count == 0u || tail >= count) {
        card_report(card, section, "a tail outside of the ring");
        return;
    }
    /* The card owns descriptors from head to tail: a tail can advance until it is one behind the head (7.1.9). */
    require(card, (tail - old) % count <= (head - 1u - old) % count, section, "a tail past the head, or back");
    *card_register(card, at + CARD_TAIL) = tail;
    if (card_random(card) % 2u == 0u) {
        card_fetch(card, queue, at);
    }
}

static void write_receive(struct card *card, uint32_t queue, uint32_t at, uint32_t written)
{
    struct card_queue *its = &card->receive[queue];
    const uint32_t base = CARD_RECEIVE_QUEUE(queue);
    uint32_t old = value(card, base + at);
    if (at == CARD_TAIL) {
        write_tail(card, its, base, written, "4.6.7");
        return;
    }
    require(card, !its->enabled || at == CARD_CONTROL || at == CARD_DCA, "4.6.7.1",
            "a receive queue is changed while it is on");
    *card_register(card, base + at) = written;
    if (at == CARD_CONTROL && (written & ENABLE) != 0u && (old & ENABLE) == 0u) {
        enable_receive(card, queue);
    }
    if (at == CARD_CONTROL && (written & ENABLE) == 0u && its->enabled) {
        its->enabled = its->tail_allowed = false;
        its->disabled_at = time_of_handshake(card) + card->knobs.off_late;
    }
}

static void write_transmit(struct card *card, uint32_t queue, uint32_t at, uint32_t written)
{
    struct card_queue *its = &card->transmit[queue];
    const uint32_t base = CARD_TRANSMIT_QUEUE(queue);
    uint32_t old = value(card, base + at);
    if (at == CARD_TAIL) {
        write_tail(card, its, base, written, "4.6.8");
        return;
    }
    require(card, !its->enabled || at == CARD_CONTROL, "4.6.8", "a transmit queue is changed while it is on");
    *card_register(card, base + at) = written;
    if (at == CARD_CONTROL && (written & ENABLE) != 0u && (old & ENABLE) == 0u) {
        enable_transmit(card, queue);
    }
    if (at == CARD_CONTROL && (written & ENABLE) == 0u && its->enabled) {
        its->tail_allowed = false;
        its->ends = true;
        look_for_end(card, its, base + at);
    }
}

/* All receive queues must be off (5.2.5.3.2), for 100 us (4.6.7.1.2). */
static void write_ctrl(struct card *card, uint32_t written)
{
    uint32_t old = value(card, CTRL);
    *card_register(card, CTRL) = written & ~CTRL_RESET;
    if ((written & CTRL_MASTER_DISABLE) != 0u && (old & CTRL_MASTER_DISABLE) == 0u) {
        const bool is_stuck = card->knobs.off_late > MILLISECOND * 1000u; /* then the driver has no choice */
        for (uint32_t i = 0; i < CARD_QUEUES && !is_stuck; i++) {
            require(card, !card->receive[i].enabled && board_now() >= card->receive[i].disabled_at, "5.2.5.3.2",
                    "master disable while a receive queue is on");
            require(card,
                    card->receive[i].disabled_at == 0u ||
                        board_now() >= card->receive[i].disabled_at + 100u - PROCESSING,
                    "4.6.7.1.2", "master disable within 100 us of a receive queue's end");
        }
        card->master_disabled_at = time_of_handshake(card) + card->knobs.off_late;
        card_write_heads(card);
    }
    if ((written & CTRL_RESET) != 0u) {
        begin_reset(card);
    }
}

/* LPBK must be set and RXEN clear, for 20 us (5.2.5.3.2). */
static void write_gcr_ext(struct card *card, uint32_t written)
{
    uint32_t old = value(card, GCR_EXT);
    *card_register(card, GCR_EXT) = written;
    if ((written & ~old & GCR_EXT_CLEAR) != 0u) {
        bool is_still = (value(card, CARD_HLREG0) & HLREG0_LPBK) != 0u && (value(card, CARD_RXCTRL) & 1u) == 0u;
        require(card, is_still, "5.2.5.3.2", "buffers are cleared while something is sent or received");
        card->flush_began_at = board_now();
    }
    if ((~written & old & GCR_EXT_CLEAR) != 0u) {
        require(card, board_now() >= card->flush_began_at + 20u, "5.2.5.3.2",
                "buffers are cleared for less than 20 us");
        card->master_flushed = true;
    }
}

/* Check writes that are allowed only at certain times, and do their effects. */
static void write_other(struct card *card, uint32_t offset, uint32_t written)
{
    uint32_t old = value(card, offset);
    *card_register(card, offset) = written;
    bool is_filter = offset == CARD_FCTRL || offset == CARD_MCSTCTRL || is_in(offset, CARD_MTA, 128) ||
                     is_in(offset, CARD_RAL, 256) || is_in(offset, PFUTA, 128);
    require(card, !is_filter || (value(card, CARD_RXCTRL) & 1u) == 0u, "8.2.3.7.1",
            "a filter is changed while RXEN is set");
    bool is_arbited =
        offset == DTXMXSZRQ || is_in(offset, TXPBSIZE, 8) || is_in(offset, TXPBTHRESH, 8) || offset == MTQC;
    require(card, !is_arbited || (value(card, RTTDCS) & RTTDCS_ARBDIS) != 0u, "4.6.8", "set without RTTDCS.ARBDIS");
    switch (offset) {
    case EIMC:
        card->interrupts_masked = card->interrupts_masked || (written & 0x7FFFFFFFu) == 0x7FFFFFFFu;
        break;
    case RTTDT1C:
        card->arbiter_cleared[value(card, RTTDQSEL) % 128u] = written == 0u;
        break;
    case CARD_SECRXCTRL:
        card->security_stopped_at = (written & 2u) != 0u ? time_of_handshake(card) : UINT64_MAX;
        break;
    case CARD_RXCTRL:
        if ((written & ~old & 1u) != 0u) {
            begin_receiving(card);
        }
        break;
    case CARD_DMATXCTL:
        if ((written & ~old & 1u) != 0u) {
            begin_transmitting(card);
        }
        break;
    case CARD_AUTOC:
        require(card, !is_later(card), "8.2.2", "AUTOC of a card that has a PHY");
        require(card, (written & ~AUTOC_RESTART) == AUTOC_DEFAULT, "4.6.4", "AUTOC is not that of the EEPROM");
        *card_register(card, CARD_AUTOC) = written & ~AUTOC_RESTART;
        card->link_restarted = (written & AUTOC_RESTART) != 0u;
        break;
    case CARD_ESDP:
        require(card, has_laser(card) && ((written ^ old) & ~ESDP_SDP3) == 0u, "8.2.3.1", "other pins of ESDP");
        break;
    case CARD_FCCFG:
        require(card, (written & 8u) == 0u || (value(card, CARD_HLREG0) & 1u) != 0u, "4.6.3.2", "TFCE without TXCRCEN");
        break;
    default:
        break;
    }
}

void card_write(struct card *card, uint32_t offset, uint32_t written)
{
    uint32_t at = 0;
    const struct range *range = find_range(offset);
    if (card->knobs.gone || card->knobs.mute) {
        return;
    }
    check_time(card, offset, true);
    if (range == NULL || range->access != PLAIN) {
        card_report(card, "8.2.2", "a register that is none, or only for reading, is written");
        return;
    }
    card->undefined[offset / 4u] = false;
    uint32_t queue = queue_of(offset, CARD_RECEIVE_QUEUE(0u), &at);
    if (queue != UINT32_MAX) {
        write_receive(card, queue, at, written);
        return;
    }
    queue = queue_of(offset, CARD_TRANSMIT_QUEUE(0u), &at);
    if (queue != UINT32_MAX) {
        write_transmit(card, queue, at, written);
        return;
    }
    if (offset == CTRL) {
        write_ctrl(card, written);
    } else if (offset == GCR_EXT) {
        write_gcr_ext(card, written);
    } else {
        write_other(card, offset, written);
    }
}

/* -- PCI configuration space (9.3.2) ------------------------------------------------------------------------------- */

uint32_t card_pci_read(struct card *card, uint32_t offset)
{
    if (card->knobs.gone) {
        return UINT32_MAX;
    }
    switch (offset) {
    case 0x00u:
        return (device_of(card) << 16) + 0x8086u;
    case 0x04u:
        return 0x00100000u + card->pci_command; /* there are capabilities */
    case 0x34u:
        return 0x40u;
    case 0x40u:
        return 0x0003A001u; /* power management, then PCI Express at A0h */
    case 0x44u:
        return card->pci_power;
    case 0xA0u:
        return 0x00020010u;
    case 0xA8u:
        return (card->knobs.transaction_pending ? 1u << 21 : 0u) + 0x2810u;
    default:
        return 0;
    }
}

void card_pci_write(struct card *card, uint32_t offset, uint32_t written)
{
    if (card->knobs.gone) {
        return;
    }
    if (offset == 0x04u) {
        bool is_ready = card->resets > 0u && is_reset_over(card) && is_read_done(card) && is_dma_done(card);
        require(card, (written & ~card->pci_command & 4u) == 0u || is_ready, "9.3.3.3",
                "a bus master before its reset is over");
        card->pci_command = written & 0xFFFFu;
        card->was_master = card->was_master || (written & 4u) != 0u;
    }
    if (offset == 0x44u && card->pci_power == 3u && (written & 3u) == 0u) {
        card->pci_bar_lost = true; /* 9.3.7.1.4: No_Soft_Reset is 0 */
        card->pci_awake_at = board_now() + 10u * MILLISECOND;
        card->pci_power = 0;
    }
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

bool card_is_master(struct card *card)
{
    bool is_master = (card->pci_command & 4u) != 0u;
    const bool is_stuck = card->knobs.master_hangs && card->knobs.transaction_pending; /* nothing else stops it */
    require(card, is_master || card->resets == 0u || card->knobs.mute || is_stuck, "9.3.3.3",
            "DMA of a card that is no bus master");
    return is_master && !card->knobs.gone;
}

void card_change_program(struct card *card)
{
    card->resets = 0;
    card->master_flushed = card->interrupts_masked = false;
}

void card_check_stopped(struct card *card)
{
    require(card, (card->pci_command & 4u) == 0u || card->knobs.gone, "9.3.3.3", "a bus master after the stop");
    if (card->resets == 0u || card->knobs.gone || card->knobs.mute) {
        return;
    }
    require(card, (value(card, CARD_RXCTRL) & 1u) == 0u, "4.6.7.1", "RXEN is set after the stop");
    require(card, (value(card, CARD_CTRL_EXT) & DRIVER_LOADED) == 0u, "8.2.3.1",
            "firmware is still shown a driver after the stop");
    require(card, (value(card, CARD_DMATXCTL) & 1u) == 0u, "4.6.8.1", "DMATXCTL.TE is set after the stop");
    if (!card->was_master) {
        return;
    }
    require(card, (value(card, CTRL) & CTRL_MASTER_DISABLE) != 0u, "5.2.5.3.2", "no master disable before the stop");
    bool never_ends = card->knobs.master_hangs || card->knobs.off_late > 0u;
    require(card, !is_master_enabled(card) || never_ends, "5.2.5.3.2", "requests under way after the stop");
    for (uint32_t i = 0; i < CARD_QUEUES; i++) {
        bool is_stuck = card->transmit[i].ends;
        require(card, !card->receive[i].enabled, "4.6.7.1.2", "a receive queue that is on after the stop");
        require(card, !card->transmit[i].enabled || is_stuck, "4.6.8.1", "a transmit queue that is on after the stop");
    }
}

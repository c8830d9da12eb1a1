/* dma.c: frames and descriptors of the 82599: filters, receiving to memory, sending. Sections are those of its data
 * sheet. */
#include <string.h>

#include "board.h"
#include "card.h"

#define FCS_SIZE 4u
#define FRAME_MIN 60u            /* without FCS */
#define PADDED_MIN 17u           /* the shortest frame that a card pads */
#define FRAME_PLAIN_MAX 1518u    /* with FCS */

/* The second words of descriptors (7.1.5, 7.1.6.2, 7.2.3.2.2, 7.2.3.2.4). */
#define RECEIVED_LEGACY_DONE (UINT64_C(1) << 32)
#define RECEIVED_LEGACY_EOP (UINT64_C(2) << 32)
#define SEND_EOP (UINT64_C(1) << 24)
#define SEND_IFCS (UINT64_C(1) << 25)
#define SEND_RS (UINT64_C(1) << 27)
#define SEND_DEXT (UINT64_C(1) << 29)
#define SENT (UINT64_C(1) << 32)

static uint32_t value(struct card *card, uint32_t offset)
{
    return *card_register(card, offset);
}

static uint64_t base_of(struct card *card, uint32_t at)
{
    return ((uint64_t)value(card, at + CARD_BASE_HIGH) << 32) + value(card, at + CARD_BASE_LOW);
}

static uint32_t count_of(struct card *card, uint32_t at)
{
    return value(card, at + CARD_LENGTH) / 16u % (CARD_DESCRIPTORS + 1u);
}

static uint64_t load_word(struct card *card, uint64_t address)
{
    const uint8_t *bytes = board_memory(card, address, 8);
    uint64_t word = 0;
    for (uint32_t i = 8; i > 0u && bytes != NULL; i--) {
        word = (word << 8) + bytes[i - 1u];
    }
    return word;
}

static void store_word(struct card *card, uint64_t address, uint64_t word, uint32_t size)
{
    uint8_t *bytes = board_memory(card, address, size);
    for (uint32_t i = 0; i < size && bytes != NULL; i++) {
        bytes[i] = (uint8_t)(word >> (8u * i));
    }
}

void card_fetch(struct card *card, struct card_queue *queue, uint32_t at)
{
    const uint32_t count = count_of(card, at);
    const uint32_t tail = value(card, at + CARD_TAIL);
    for (uint32_t i = 0; i < count && queue->fetched != tail; i++) {
        uint64_t address = base_of(card, at) + 16u * queue->fetched;
        queue->descriptors[queue->fetched][0] = load_word(card, address);
        queue->descriptors[queue->fetched][1] = load_word(card, address + 8u);
        queue->fetched = (queue->fetched + 1u) % count;
    }
}

static bool is_on(const struct card_queue *queue)
{
    return queue->enabled && board_now() >= queue->enabled_at;
}

/* -- Filters (7.1.1) ----------------------------------------------------------------------------------------------- */

static bool has_address(struct card *card, const uint8_t *destination)
{
    uint32_t low = (uint32_t)destination[0] + ((uint32_t)destination[1] << 8) + ((uint32_t)destination[2] << 16) +
                   ((uint32_t)destination[3] << 24);
    uint32_t high = 0x80000000u + destination[4] + ((uint32_t)destination[5] << 8);
    for (uint32_t i = 0; i < 128u; i++) {
        bool is_same =
            value(card, CARD_RAL + 8u * i) == low && (value(card, CARD_RAL + 8u * i + 4u) & 0x8000FFFFu) == high;
        if (is_same) {
            return true;
        }
    }
    return false;
}

/* MCSTCTRL.MO = 0: bits 47 to 36 of the address (8.2.3.7.3). */
static bool has_hash(struct card *card, const uint8_t *destination)
{
    uint32_t bit = ((uint32_t)destination[4] >> 4) + ((uint32_t)destination[5] << 4);
    return (value(card, CARD_MCSTCTRL) & 4u) != 0u &&
           (value(card, CARD_MTA + bit / 32u * 4u) & (1u << (bit % 32u))) != 0u;
}

static bool is_for_host(struct card *card, const uint8_t *destination)
{
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint32_t control = value(card, CARD_FCTRL);
    if (memcmp(destination, broadcast, sizeof broadcast) == 0) {
        return (control & 0x500u) != 0u; /* BAM, MPE */
    }
    if ((destination[0] & 1u) != 0u) {
        return (control & 0x100u) != 0u || has_hash(card, destination) || has_address(card, destination);
    }
    return (control & 0x200u) != 0u || has_address(card, destination);
}

/* -- Choice of a receive queue (7.1.2) ----------------------------------------------------------------------------- */

/* Toeplitz hash (7.1.2.8.1). `bytes` must be at least 4 bytes shorter than the key. */
static uint32_t hash(struct card *card, const uint8_t *bytes, uint32_t count)
{
    uint32_t result = 0;
    uint32_t window = 0;
    for (uint32_t i = 0; i < 4u; i++) {
        window = (window << 8) + ((value(card, CARD_RSSRK) >> (8u * i)) & 0xFFu);
    }
    for (uint32_t i = 0; i < 8u * count; i++) {
        if ((bytes[i / 8u] & (0x80u >> (i % 8u))) != 0u) {
            result ^= window;
        }
        uint32_t next = i + 32u;
        uint32_t byte = (value(card, CARD_RSSRK + next / 32u * 4u) >> (next / 8u % 4u * 8u)) & 0xFFu;
        window = (window << 1) + ((byte >> (7u - next % 8u)) & 1u);
    }
    return result;
}

/* Return the queue of an IPv6 packet, by addresses and ports; 0 for other packets. */
static uint32_t queue_for(struct card *card, const uint8_t *bytes, uint32_t length)
{
    uint8_t tuple[36];
    const uint32_t mode = value(card, CARD_MRQC);
    if ((mode & 0xFu) != 1u || length < 58u || bytes[12] != 0x86u || bytes[13] != 0xDDu || (mode & (1u << 20)) == 0u) {
        return 0;
    }
    memcpy(tuple, bytes + 22, 32);
    memcpy(tuple + 32, bytes + 54, 4);
    bool with_ports = (bytes[20] == 17u && (mode & (1u << 23)) != 0u) || (bytes[20] == 6u && (mode & (1u << 21)) != 0u);
    uint32_t entry = hash(card, tuple, with_ports ? 36u : 32u) % 128u;
    return (value(card, CARD_RETA + entry / 4u * 4u) >> (entry % 4u * 8u)) & 0xFu;
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

/* Counters stop at their maximum (8.2.3.23). */
static void count(struct card *card, uint32_t counter, uint32_t number)
{
    const uint64_t sum = (uint64_t)value(card, counter) + number;
    *card_register(card, counter) = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
}

static void count_bytes(struct card *card, uint32_t low, uint32_t number)
{
    const uint64_t limit = UINT64_C(0xFFFFFFFFF);
    const uint64_t sum = ((uint64_t)value(card, low + 4u) << 32) + value(card, low) + number;
    *card_register(card, low) = (uint32_t)(sum < limit ? sum : limit);
    *card_register(card, low + 4u) = (uint32_t)((sum < limit ? sum : limit) >> 32);
}

/* Return the number of the queue's counters. */
static uint32_t counters_of(struct card *card, uint32_t queue)
{
    return (value(card, CARD_RQSMR + queue / 4u * 4u) >> (queue % 4u * 8u)) & 0xFu;
}

/* MAXFRS does not include a tag (8.2.3.22.13). */
static uint32_t longest(struct card *card, bool is_tagged)
{
    bool takes_jumbo = (value(card, CARD_HLREG0) & 4u) != 0u;
    return takes_jumbo ? (value(card, CARD_MAXFRS) >> 16) + (is_tagged ? 4u : 0u) : FRAME_PLAIN_MAX;
}

/* XOFF is sent when the buffer's fill level reaches FCRTH (3.7.7.3). */
static void check_threshold(struct card *card)
{
    uint32_t threshold = value(card, CARD_FCRTH);
    if ((threshold & 0x80000000u) != 0u && (value(card, CARD_FCCFG) & 8u) != 0u &&
        card->fifo_bytes >= (threshold & 0x7FFFFFFFu)) {
        card->pauses_sent++;
    }
}

static bool is_advanced(struct card *card, uint32_t queue)
{
    return ((value(card, CARD_RECEIVE_QUEUE(queue) + CARD_SRRCTL) >> 25) & 7u) == 1u;
}

/* Check what tags need (7.4): one EtherType for both directions, and no second tag. */
static void check_tags(struct card *card)
{
    if ((value(card, CARD_VLNCTRL) & 0xFFFFu) != TAGS_TYPE || value(card, CARD_DMATXCTL) >> 16 != TAGS_TYPE) {
        card_report(card, "7.4", "tags of another EtherType");
    }
    if ((value(card, CARD_DMATXCTL) & 8u) != 0u || (value(card, CARD_CTRL_EXT) & TAGS_DOUBLE) != 0u) {
        card_report(card, "7.4.5", "frames with two tags");
    }
}

/* Remove the tag of a frame for a queue with RXDCTL.VME. */
static void remove_tag(struct card *card, struct card_frame *frame)
{
    frame->tag = TAGS_NONE;
    if ((value(card, CARD_RECEIVE_QUEUE(frame->queue) + CARD_CONTROL) & TAGS_CTRL_VME) != 0u) {
        check_tags(card);
        frame->tag = tags_strip(frame->bytes, &frame->length, !is_advanced(card, frame->queue));
    }
}

static void put_in_buffer(struct card *card, const uint8_t *bytes, uint32_t length)
{
    if (card->fifo_count == CARD_FIFO_FRAMES || card->fifo_bytes + length > card_buffer_size(card)) {
        count(card, CARD_RXMPC, 1);
        return;
    }
    struct card_frame *frame = &card->fifo[(card->fifo_first + card->fifo_count) % CARD_FIFO_FRAMES];
    bool strips = (value(card, CARD_RDRXCTL) & 2u) != 0u;
    memcpy(frame->bytes, bytes, length);
    memset(frame->bytes + length, 0xFC, FCS_SIZE);
    frame->length = length + (strips ? 0u : FCS_SIZE);
    frame->queue = queue_for(card, bytes, length);
    remove_tag(card, frame);
    card->fifo_count++;
    card->fifo_bytes += frame->length;
    check_threshold(card);
}

void card_receive(struct card *card, const uint8_t *bytes, uint32_t length, bool damaged)
{
    if (!card_link_is_up(card) || (value(card, CARD_RXCTRL) & 1u) == 0u || length > CARD_FRAME_MAX - FCS_SIZE) {
        card->lost++;
        return;
    }
    if (damaged || length < FRAME_MIN || length + FCS_SIZE > longest(card, tags_is_tagged(bytes, length))) {
        count(card, damaged ? CARD_CRCERRS : length < FRAME_MIN ? CARD_RUC : CARD_ROC, 1);
        return;
    }
    if (!is_for_host(card, bytes)) {
        card->filtered++;
        return;
    }
    count(card, CARD_GPRC, 1);
    count_bytes(card, CARD_GORC, length + FCS_SIZE);
    put_in_buffer(card, bytes, length);
}

void card_pause(struct card *card, uint64_t microseconds)
{
    if ((value(card, CARD_MFLCN) & 8u) != 0u) {
        card->paused_until = board_now() + microseconds;
    }
}

static void leave_buffer(struct card *card)
{
    card->fifo_bytes -= card->fifo[card->fifo_first].length;
    card->fifo_first = (card->fifo_first + 1u) % CARD_FIFO_FRAMES;
    card->fifo_count--;
    card->receive_phase = 0;
    card->receive_done = 0;
}

/* Check what the driver must have set for a queue before a frame arrives. */
static void check_queue(struct card *card, uint32_t at)
{
    if ((value(card, CARD_CTRL_EXT) & 0x10000u) == 0u) {
        card_report(card, "4.6.7", "CTRL_EXT.NS_DIS is not set");
    }
    if ((value(card, at + CARD_DCA) & 0x1000u) != 0u) {
        card_report(card, "8.2.3.11.1", "bit 12 of DCA_RXCTRL is not 0");
    }
}

/* Write the status after the bytes, with Descriptor Done (7.1.5, 7.1.6.2). */
static void write_back(struct card *card, uint32_t at, uint32_t length, bool is_last)
{
    const uint64_t tag = is_last ? card->fifo[card->fifo_first].tag : 0u;
    const uint64_t address = base_of(card, at) + 16u * value(card, at + CARD_HEAD);
    if (((value(card, at + CARD_SRRCTL) >> 25) & 7u) == 1u) {
        store_word(card, address, UINT64_C(0x1122334455660000) + card_random(card) % 16u,
                   8); /* RSS hash, packet type */
        const uint64_t status = checksum_status(card->knobs.verdict, false, 30u);
        store_word(card, address + 8u, ((uint64_t)length << 32) + 1u + (is_last ? 2u : 0u) + status + tag, 8);
    } else {
        uint64_t checksum = card_random(card) & 0xFFFFu;
        store_word(card, address + 8u,
                   length + (checksum << 16) + RECEIVED_LEGACY_DONE + (is_last ? RECEIVED_LEGACY_EOP : 0u) + tag, 8);
    }
    *card_register(card, at + CARD_HEAD) = (value(card, at + CARD_HEAD) + 1u) % count_of(card, at);
}

/* Do one step of the first frame: write half of it, the other half, or its descriptor. */
static void move_to_memory(struct card *card, struct card_queue *queue, uint32_t at)
{
    struct card_frame *frame = &card->fifo[card->fifo_first];
    const uint64_t *descriptor = queue->descriptors[value(card, at + CARD_HEAD) % CARD_DESCRIPTORS];
    const uint32_t size = (value(card, at + CARD_SRRCTL) & 0x1Fu) * 1024u;
    const uint32_t left = frame->length - card->receive_done;
    const uint32_t length = left < size ? left : size;
    const uint32_t first = card->receive_phase == 0u ? 0u : length / 2u;
    const uint32_t end = card->receive_phase == 0u ? length / 2u : length;
    if (card->receive_phase < 2u) {
        uint8_t *memory = board_memory(card, descriptor[0] + first, end - first + 1u);
        if (memory != NULL) {
            memcpy(memory, frame->bytes + card->receive_done + first, end - first);
        }
        card->receive_phase++;
        return;
    }
    card->receive_done += length;
    write_back(card, at, length, card->receive_done == frame->length);
    card->receive_phase = 0;
    if (card->receive_done == frame->length) {
        const uint32_t counters = counters_of(card, frame->queue);
        count(card, CARD_QPRC(counters), 1);
        count_bytes(card, CARD_QBRC(counters), frame->length);
        leave_buffer(card);
    }
}

static bool step_receive(struct card *card)
{
    if (card->fifo_count == 0u) {
        return false;
    }
    const uint32_t number = card->fifo[card->fifo_first].queue;
    struct card_queue *queue = &card->receive[number];
    const uint32_t at = CARD_RECEIVE_QUEUE(number);
    if (!is_on(queue)) {
        leave_buffer(card); /* 4.6.7: dropped */
        card->lost++;
        return true;
    }
    if (!card_is_master(card)) {
        return false;
    }
    check_queue(card, at);
    card_fetch(card, queue, at);
    if (value(card, at + CARD_HEAD) == queue->fetched) {
        if ((value(card, at + CARD_SRRCTL) & 0x10000000u) == 0u) {
            return false; /* without Drop_En it waits, and blocks all others (8.2.3.8.7) */
        }
        count(card, CARD_QPRDC(counters_of(card, number)), 1);
        leave_buffer(card);
        return true;
    }
    move_to_memory(card, queue, at);
    return true;
}

/* -- Sending (7.2) ------------------------------------------------------------------------------------------------- */

/* Load a context (7.2.3.2.3). Return true if the descriptor is one. */
static bool load_context(struct card *card, struct card_queue *queue, const uint64_t *descriptor)
{
    if (!checksum_is_context(descriptor[1], false)) {
        return false;
    }
    const char *fault = checksum_context_fault(descriptor, false);
    if (fault != NULL) {
        card_report(card, "7.2.3.2.3", fault);
    }
    if (checksum_context_tag(descriptor) != 0u) {
        check_tags(card);
    }
    queue->has_context = true;
    queue->context_tag = checksum_context_tag(descriptor);
    return true;
}

/* Check what an advanced descriptor (7.2.3.2.4) has more than a legacy one. Return the bits that both have. */
static uint64_t check_advanced(struct card *card, const struct card_queue *queue, uint64_t word)
{
    const uint64_t checksum = CHECKSUM_TXSM + CHECKSUM_CC;
    if ((word & 0x20F00000u) != 0x20300000u || word >> 46 != (word & 0xFFFFu)) {
        card_report(card, "7.2.3.2.4", "no data descriptor, or another length of the payload");
    }
    if ((word & checksum) != 0u && ((word & checksum) != checksum || !queue->has_context)) {
        card_report(card, "7.2.3.2.4", "a checksum without a context, or without CC");
    }
    return word & ~(UINT64_C(0x20300000) + checksum + (UINT64_C(0x3FFFF) << 46));
}

/* Check a descriptor (7.2.3.2.2). Those of a queue are legacy if it was opened with a ring of legacy ones. */
static void check_command(struct card *card, const struct card_queue *queue, uint64_t word)
{
    const bool is_advanced_one = (word & SEND_DEXT) != 0u;
    if ((word & TAGS_VLE) != 0u) {
        check_tags(card);
        word &= ~(TAGS_VLE + (is_advanced_one ? 0u : TAGS_FIELD));
        if (is_advanced_one && !queue->has_context) {
            card_report(card, "7.2.3.2.4", "a tag without a context");
        }
    }
    if (is_advanced_one) {
        word = check_advanced(card, queue, word);
    }
    if ((word & 0xFFFFu) > CARD_FRAME_MAX) {
        card_report(card, "7.2.3.2.2", "a packet longer than 15.5 KB");
    }
    if ((word & 0xFFFFu) != 0u && (word & 0xFFFFu) < PADDED_MIN) {
        card_report(card, "8.12.1 of the 82576", "a packet of fewer than 17 bytes");
    }
    if ((word & SEND_EOP) == 0u) {
        card_report(card, "7.2.3.2.2", "a packet without an end (EOP)");
    }
    if ((word & ~(UINT64_C(0xFFFF) + SEND_EOP + SEND_IFCS + SEND_RS)) != 0u) {
        card_report(card, "7.2.3.2.2", "reserved bits of a descriptor, or an unwanted checksum or VLAN tag");
    }
}

static void send_frame(struct card *card, uint32_t queue, const uint64_t *descriptor)
{
    static uint8_t bytes[CARD_FRAME_MAX + 4u];
    uint32_t length = (uint32_t)(descriptor[1] & 0xFFFFu);
    if (load_context(card, &card->transmit[queue], descriptor)) {
        return;
    }
    check_command(card, &card->transmit[queue], descriptor[1]);
    if (length == 0u || length > CARD_FRAME_MAX) {
        return; /* a null descriptor sends nothing (7.2.3.2.2) */
    }
    const uint8_t *memory = board_memory(card, descriptor[0], length);
    const uint32_t control = value(card, CARD_HLREG0);
    if ((descriptor[1] & SEND_IFCS) == 0u || (control & 1u) == 0u) {
        card_report(card, "8.2.3.22.8", "a frame without FCS");
    }
    if (memory == NULL) {
        return;
    }
    memcpy(bytes, memory, length);
    if ((descriptor[1] & SEND_DEXT) != 0u && (descriptor[1] & CHECKSUM_TXSM) != 0u) {
        checksum_insert(bytes, length);
    }
    const uint32_t tag =
        tags_wanted(descriptor[1], (descriptor[1] & SEND_DEXT) != 0u, card->transmit[queue].context_tag);
    length = tag != UINT32_MAX ? tags_insert(bytes, length, tag) : length;
    if (length < FRAME_MIN) {
        memset(bytes + length, 0, FRAME_MIN - length);
        length = (control & 0x400u) != 0u ? FRAME_MIN : length;
    }
    count(card, CARD_GPTC, 1);
    count_bytes(card, CARD_GOTC, length + FCS_SIZE);
    if (card->sent != NULL) {
        card->sent(card, queue, bytes, length);
    }
}

/* Write delayed heads in order, or in any order with relaxed ordering. */
static void write_one_head(struct card *card)
{
    const uint32_t index = card->heads[0].relaxed ? card_random(card) % card->heads_count : 0u;
    store_word(card, card->heads[index].address, card->heads[index].value, 4);
    card->heads_count--;
    for (uint32_t i = index; i < card->heads_count; i++) {
        card->heads[i] = card->heads[i + 1u];
    }
}

void card_write_heads(struct card *card)
{
    while (card->heads_count > 0u) {
        write_one_head(card);
    }
}

static bool step_heads(struct card *card)
{
    if (card->heads_count > 0u && card_is_master(card) && (!card->knobs.heads_late || card_random(card) % 64u == 0u)) {
        write_one_head(card);
    }
    return card->heads_count > 0u;
}

static void put_head(struct card *card, uint32_t at, uint32_t head)
{
    if (card->heads_count == CARD_HEADS_LATE) {
        write_one_head(card);
    }
    card->heads[card->heads_count++] = (struct card_head){
        .address =
            ((uint64_t)value(card, at + CARD_WRITE_BACK_HIGH) << 32) + (value(card, at + CARD_WRITE_BACK_LOW) & ~0xFu),
        .value = head,
        .relaxed = (value(card, at + CARD_DCA) & 0x800u) != 0u,
    };
}

/* Return a head outside of the ring, which without its upper bits would mean that everything is sent; or, in a large
 * ring, one of long ago. */
static uint32_t wrong_head(struct card *card, uint32_t at)
{
    const uint32_t count = count_of(card, at);
    const uint32_t tail = value(card, at + CARD_TAIL);
    const uint32_t random = card_random(card);
    return count < 128u || random % 2u == 0u ? 0x10000u + tail : (tail + 16u + random / 2u % 16u) % count;
}

/* With head write-back, RS does not set Descriptor Done (7.2.3.5.2). */
static void report_sent(struct card *card, uint32_t at, uint32_t sent)
{
    const uint32_t low = value(card, at + CARD_WRITE_BACK_LOW);
    if ((low & 1u) == 0u) {
        uint64_t address = base_of(card, at) + 16u * sent + 8u;
        store_word(card, address, load_word(card, address) | SENT, 8);
        return;
    }
    if (card->knobs.heads_wrong) {
        put_head(card, at, wrong_head(card, at));
    }
    put_head(card, at, value(card, at + CARD_HEAD));
}

static bool step_transmit(struct card *card, uint32_t number)
{
    struct card_queue *queue = &card->transmit[number];
    const uint32_t at = CARD_TRANSMIT_QUEUE(number);
    bool is_empty = value(card, at + CARD_HEAD) == value(card, at + CARD_TAIL);
    if (!is_on(queue) || is_empty || (value(card, CARD_DMATXCTL) & 1u) == 0u || !card_is_master(card)) {
        return false;
    }
    if (value(card, at + CARD_HEAD) == queue->fetched && !queue->ends) {
        card_fetch(card, queue, at);
    }
    bool is_held = !card_link_is_up(card) || card->knobs.stalled[number] || board_now() < card->paused_until;
    if (value(card, at + CARD_HEAD) == queue->fetched || is_held) {
        return false;
    }
    if (card->knobs.slow > 1u && card->step % card->knobs.slow != 0u) {
        return true;
    }
    const uint32_t head = value(card, at + CARD_HEAD);
    const uint64_t *descriptor = queue->descriptors[head % CARD_DESCRIPTORS];
    send_frame(card, number, descriptor);
    *card_register(card, at + CARD_HEAD) = (head + 1u) % count_of(card, at);
    if ((descriptor[1] & SEND_RS) != 0u) {
        report_sent(card, at, head);
    }
    return true;
}

bool card_step(struct card *card)
{
    if (card->knobs.gone) {
        return false;
    }
    card->step++;
    bool moves = step_receive(card);
    for (uint32_t i = 0; i < CARD_QUEUES; i++) {
        moves = step_transmit(card, i) || moves;
    }
    moves = step_heads(card) || moves;
    return moves;
}

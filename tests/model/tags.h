/* tags.h: what models of Intel's cards do about VLAN tags, and what their tests expect. Sections are those of the I210
 * data sheet (7.2.2, 7.4), and of the 82583, whose text is that of the 82574 (7.5.2). Nothing is shared with the
 * driver. */
#ifndef MODEL_TAGS_H
#define MODEL_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "v6nf/port.h"

#define TAGS_TYPE 0x8100u            /* VET after a reset */
#define TAGS_CTRL_VME 0x40000000u    /* in CTRL of gigabit cards, and in RXDCTL of an 82599 */
#define TAGS_DOUBLE 0x04000000u      /* CTRL_EXT.EXT_VLAN */
#define TAGS_VLE (UINT64_C(1) << 30) /* of a transmit descriptor */
#define TAGS_FIELD (UINT64_C(0xFFFF) << 48)
#define TAGS_NONE (UINT64_C(0x5A5B) << 48) /* the field of a received frame without a tag: no meaning */

static inline bool tags_is_tagged(const uint8_t *bytes, uint32_t length)
{
    return length >= 18u && bytes[12] == TAGS_TYPE >> 8 && bytes[13] == 0u;
}

/* Remove the tag of a frame, unless it has none (7.4.3.2). Return the bits of the second word of its descriptor. */
static inline uint64_t tags_strip(uint8_t *bytes, uint32_t *length, bool is_legacy)
{
    if (!tags_is_tagged(bytes, *length)) {
        return TAGS_NONE;
    }
    const uint64_t control = ((uint64_t)bytes[14] << 8) + bytes[15];
    *length -= 4u;
    memmove(bytes + 12, bytes + 16, *length - 12u);
    return (control << 48) + (UINT64_C(1) << (is_legacy ? 35u : 3u));
}

/* Return the tag that a descriptor asks for (7.4.3.1), or UINT32_MAX. context: the one in the queue's context. */
static inline uint32_t tags_wanted(uint64_t word, bool is_advanced, uint32_t context)
{
    return (word & TAGS_VLE) == 0u ? UINT32_MAX : is_advanced ? context : (uint32_t)(word >> 48);
}

/* Insert a tag. Return the length of the frame with it. */
static inline uint32_t tags_insert(uint8_t *bytes, uint32_t length, uint32_t control)
{
    const uint8_t tag[4] = {TAGS_TYPE >> 8, 0, (uint8_t)(control >> 8), (uint8_t)control};
    memmove(bytes + 16, bytes + 12, length - 12u);
    memcpy(bytes + 12, tag, sizeof tag);
    return length + 4u;
}

/* -- For tests ----------------------------------------------------------------------------------------------------- */

#define TAGS_KINDS 6u
#define TAGS_ORIGINATED 30u /* VLAN ID */
#define TAGS_OTHER 31u      /* the same, of every third frame that is originated */

/* What the handler was shown, and what the card has sent. */
struct tags_run {
    uint32_t longest; /* frame, with its tag */
    uint32_t given;
    uint32_t shown;
    uint32_t answered;
    uint32_t originated;
    uint32_t sent; /* answers, and those that were originated */
    uint32_t bad;
};

extern struct tags_run tags_run;

/* Return the length of frame number `number`: one in eight has the maximum. */
static inline uint32_t tags_length(uint32_t number)
{
    return number % 8u == 7u ? tags_run.longest : 64u + (number * 40503u >> 4) % (tags_run.longest - 64u);
}

/* Write frame number `number`: without a tag, with a priority, on another VLAN, with a priority tag, with two tags, and
 * with a service tag, whose EtherType is another one. Its number is its end. Return its length. */
static inline uint32_t tags_write(uint8_t *bytes, const uint8_t *destination, uint32_t number)
{
    static const uint8_t tags[TAGS_KINDS][8] = {{0x86, 0xDD},
                                                {0x81, 0, 0xF0, 10, 0x86, 0xDD},
                                                {0x81, 0, 0x0F, 0xFE, 0x86, 0xDD},
                                                {0x81, 0, 0xA0, 0, 0x86, 0xDD},
                                                {0x81, 0, 0, 10, 0x81, 0, 0, 7},
                                                {0x88, 0xA8, 0, 10, 0x86, 0xDD}};
    uint32_t length = tags_length(number);
    /* Without a tag of this EtherType, the longest frame has 4 bytes less. */
    const bool is_other = number % TAGS_KINDS == 0u || number % TAGS_KINDS == 5u;
    length -= is_other && length == tags_run.longest ? 4u : 0u;
    memcpy(bytes, destination, 6);
    memset(bytes + 6, 0x02, 6);
    for (uint32_t i = 12; i < length; i++) {
        bytes[i] = (uint8_t)(number * 3u + i);
    }
    memcpy(bytes + 12, tags[number % TAGS_KINDS], 8);
    for (uint32_t i = 0; i < 4u; i++) {
        bytes[length - 4u + i] = (uint8_t)(number >> (8u * i));
    }
    return length;
}

static inline uint32_t tags_number(const uint8_t *bytes, uint32_t length)
{
    const uint8_t *end = bytes + length - 4u;
    return end[0] + ((uint32_t)end[1] << 8) + ((uint32_t)end[2] << 16) + ((uint32_t)end[3] << 24);
}

/* Handler: check that a frame is the next one, without its tag, and with the VLAN ID. Drop every fifth. */
static inline void tags_answer(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    static const uint32_t ids[TAGS_KINDS] = {0, 10, 0xFFE, 0, 10, 0};
    static uint8_t expected[16384];
    const uint32_t bytes = length & V6NF_PORT_LENGTH;
    const uint32_t number = tags_number(frame, bytes);
    uint32_t without = tags_write(expected, frame, number);
    (void)context;
    (void)tags_strip(expected, &without, false);
    const bool is_good = number == tags_run.shown && bytes == without && bytes <= capacity &&
                         memcmp(frame, expected, bytes) == 0 &&
                         (length & V6NF_PORT_VLAN) >> V6NF_PORT_VLAN_SHIFT == ids[number % TAGS_KINDS];
    tags_run.bad += is_good ? 0u : 1u;
    tags_run.shown++;
    if (number % 5u != 4u) {
        lengths[0] = length & (V6NF_PORT_LENGTH | V6NF_PORT_VLAN);
        tags_run.answered++;
    }
}

/* Originate a frame. Return false if there is no buffer for it. */
static inline bool tags_originate(struct v6nf_port *port)
{
    const uint32_t id = tags_run.originated % 3u == 2u ? TAGS_OTHER : TAGS_ORIGINATED;
    uint8_t *frame = port->operations->reserve(port);
    if (frame == NULL) {
        return false;
    }
    memset(frame, (int)id, 80);
    port->operations->commit(port, 80u + (id << V6NF_PORT_VLAN_SHIFT));
    tags_run.originated++;
    return true;
}

/* The card has sent a frame: an answer has the tag of its frame, with priority 0. */
static inline void tags_look(const uint8_t *bytes, uint32_t length)
{
    static uint8_t expected[16384];
    uint32_t with = 84;
    if (bytes[0] == TAGS_ORIGINATED || bytes[0] == TAGS_OTHER) {
        memset(expected, bytes[0], 80);
        (void)tags_insert(expected, 80, bytes[0]);
    } else {
        const uint32_t number = tags_number(bytes, length);
        with = tags_write(expected, bytes, number);
        if (number % TAGS_KINDS == 3u) { /* a priority tag */
            (void)tags_strip(expected, &with, false);
        } else if (number % TAGS_KINDS != 0u && number % TAGS_KINDS != 5u) {
            expected[14] &= 0x0Fu;
        }
    }
    tags_run.bad += length == with && memcmp(bytes, expected, with) == 0 ? 0u : 1u;
    tags_run.sent++;
}

#endif

/* checksums.h: what models of Intel's cards do about checksums, and what their tests expect. Sections are those of the
 * 82576 data sheet (7.2.2, 7.2.5), of the 82574 (7.2) where `is_82574`. Nothing is shared with the driver. */
#ifndef MODEL_CHECKSUMS_H
#define MODEL_CHECKSUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/port.h"

#define CHECKSUM_TXSM (UINT64_C(1) << 41)
#define CHECKSUM_CC (UINT64_C(1) << 39) /* 82599 */
#define CHECKSUM_AT 60u

/* What a card finds in a received frame. */
enum checksum_verdict { CHECKSUM_UNKNOWN, CHECKSUM_RIGHT, CHECKSUM_WRONG };

/* Return the bits of the second word of a received descriptor. error: bit of the error, 29, or 30 in an 82599. */
static inline uint64_t checksum_status(enum checksum_verdict verdict, bool is_82574, uint32_t error)
{
    if (verdict == CHECKSUM_UNKNOWN) {
        return 0;
    }
    const uint64_t verified = UINT64_C(0x30) << (is_82574 ? 32u : 0u);
    return verified + (verdict == CHECKSUM_WRONG ? UINT64_C(1) << (is_82574 ? 45u : error) : 0u);
}

/* Return true if the descriptor is a context: advanced of type 2, or extended of type 0. */
static inline bool checksum_is_context(uint64_t word, bool is_82574)
{
    return (word & 0x20F00000u) == (is_82574 ? 0x20000000u : 0x20200000u);
}

/* Return the VLAN tag in an advanced context (7.2.2.2). */
static inline uint32_t checksum_context_tag(const uint64_t *descriptor)
{
    return (uint32_t)(descriptor[0] >> 16) & 0xFFFFu;
}

/* Return what is wrong with a context: UDP at byte 54 behind IPv6 and nothing else, in context 0. NULL: nothing. Any
 * tag is good. */
static inline const char *checksum_context_fault(const uint64_t *descriptor, bool is_82574)
{
    const uint64_t first = descriptor[0];
    const uint64_t second = descriptor[1];
    if ((second & 0x08000000u) != 0u) {
        return "7.2.2.2: a context with RS";
    }
    if (is_82574) { /* TUCSS, TUCSO, TUCSE; IPCSO inside the frame; neither TCP nor IPv4 nor TSE; no lengths */
        return (first >> 32) == (54u + (60u << 8)) && (first >> 8 & 0xFFu) < 54u && second == 0x20000000u
                   ? NULL
                   : "82574, 7.2: a bad context";
    }
    return (first & ~UINT64_C(0xFFFF0000)) == (40u + (14u << 9)) && second == 0x20200000u ? NULL
                                                                                          : "7.2.2.2: a bad context";
}

/* Insert the checksum as a card does: that of all bytes from 54 on, with what the field has (7.2.5.2). */
static inline void checksum_insert(uint8_t *bytes, uint32_t length)
{
    uint32_t sum = 0;
    for (uint32_t i = 54; i < length; i++) {
        sum += (uint32_t)bytes[i] << (i % 2u == 0u ? 8u : 0u);
    }
    while (sum > 0xFFFFu) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    sum = sum == 0xFFFFu ? 0xFFFFu : 0xFFFFu - sum;
    bytes[CHECKSUM_AT] = (uint8_t)(sum >> 8);
    bytes[CHECKSUM_AT + 1u] = (uint8_t)sum;
}

/* -- For tests ----------------------------------------------------------------------------------------------------- */

/* What the handler was shown, and what the card has sent. */
struct checksum_run {
    uint32_t shown;
    uint32_t flags; /* of the last frame */
    uint32_t inserted;
    uint32_t plain;
    uint32_t bad;
};

extern struct checksum_run checksum_run;

/* Handler: drop the first frame, then ask for a checksum for every third one. */
static inline void checksum_answer(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const uint32_t bytes = length & V6NF_PORT_LENGTH;
    (void)context;
    (void)capacity;
    checksum_run.shown++;
    checksum_run.flags = length - bytes;
    for (uint32_t i = 0; i < bytes; i++) {
        frame[i] = (uint8_t)(i * checksum_run.shown);
    }
    frame[CHECKSUM_AT] = 0x12;
    frame[CHECKSUM_AT + 1u] = 0x34;
    if (checksum_run.shown > 1u) {
        lengths[0] = bytes + (checksum_run.shown % 3u == 2u ? V6NF_PORT_CHECKSUM_PARTIAL : 0u);
    }
}

/* Poll once, and originate a frame of `length` bytes. Return false if there is no buffer for it. */
static inline bool checksum_pass(struct v6nf_port *port, uint32_t length)
{
    uint32_t lengths[1] = {0};
    (void)port->operations->poll(port, checksum_answer, NULL);
    uint8_t *frame = port->operations->reserve(port);
    if (frame == NULL) {
        return false;
    }
    checksum_answer(NULL, frame, length, port->capacity, lengths);
    port->operations->commit(port, lengths[0]);
    return true;
}

/* The card has sent a frame. Its sum is 0xFFFF, and what the field had must be in it. */
static inline void checksum_look(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0x1234;
    for (uint32_t i = 54; i < length; i++) {
        sum += (uint64_t)bytes[i] * (i % 2u == 0u ? 256u : 1u);
    }
    if (bytes[CHECKSUM_AT] == 0x12u && bytes[CHECKSUM_AT + 1u] == 0x34u) {
        checksum_run.plain++;
    } else if (sum % 0xFFFFu == 0u) {
        checksum_run.inserted++;
    } else {
        checksum_run.bad++;
    }
}

#endif

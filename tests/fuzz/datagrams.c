/* datagrams.c: bookkeeping of the datagrams that the program sends. Each has a number in its payload. The node
 * transmits, loops or keeps it, or reports it as lost (udp.h). */
#include "node_checks.h"

/* A datagram of the program. */
enum fate {
    SENDING,     /* the call that sends it has not returned */
    REFUSED,     /* the call returned an error */
    WAITS,       /* the node keeps it: it must be transmitted, looped or reported */
    TRANSMITTED, /* all of it, or its first fragment */
    LOOPED,      /* to an address of the node */
    REPORTED,    /* as lost */
    FORGOTTEN    /* the program has no handler for reports any more */
};

struct sending {
    enum fate fate;
    struct v6nf_udp_message message;
    uint8_t hop_limit; /* that it must have */
    bool is_fragmented;
};

/* Datagrams by number. Later ones have no number. */
#define SENDINGS 256u
static struct sending sendings[SENDINGS];
static uint32_t sendings_count;

static const uint8_t magic[4] = {0xDA, 0x7A, 0x96, 0x3B};

void reset_datagram_checks(void)
{
    sendings_count = 0;
}

void number_datagram(uint8_t *payload, uint32_t length, const struct v6nf_udp_message *message)
{
    if (message->local_port != SILENT_PORT || length < NUMBERED_LENGTH || sendings_count == SENDINGS) {
        return;
    }
    bool is_to_group = message->remote.bytes[0] == 0xFFu;
    uint8_t usual = is_to_group ? node.multicast_hop_limit : node.hop_limit;
    sendings[sendings_count] = (struct sending){
        .fate = SENDING, .message = *message, .hop_limit = message->hop_limit != 0u ? message->hop_limit : usual};
    memcpy(payload, magic, 4);
    memset(payload + 4, 0, 4);
    payload[4] = (uint8_t)sendings_count;
    sendings_count++;
}

/* Return the datagram with this payload, NULL if it has no number. */
static struct sending *find_sending(const uint8_t *payload, uint32_t length)
{
    static const uint8_t zeros[3] = {0};
    if (length < NUMBERED_LENGTH || memcmp(payload, magic, 4) != 0 || memcmp(payload + 5, zeros, 3) != 0 ||
        payload[4] >= sendings_count) {
        return NULL;
    }
    return &sendings[payload[4]];
}

/* Return the datagram in a frame of SILENT_PORT, or in a first fragment. NULL if it has no number. */
static struct sending *find_in_frame(const uint8_t *frame, uint32_t length)
{
    uint32_t upper = 54;
    uint8_t next_header = frame[20];
    if (next_header == 44u && length >= 62u && (get16(frame + 56) & 0xFFF8u) == 0u) {
        next_header = frame[54];
        upper = 62;
    }
    if (next_header != 17u || length < upper + 8u || get16(frame + upper) != SILENT_PORT) {
        return NULL;
    }
    return find_sending(frame + upper + 8u, length - upper - 8u);
}

const struct v6nf_udp_message *message_of(const uint8_t *frame, uint32_t length)
{
    const struct sending *sending = find_in_frame(frame, length);
    return sending != NULL ? &sending->message : NULL;
}

bool may_lack_checksum(const uint8_t *payload, uint32_t length)
{
    const struct sending *sending = find_sending(payload, length);
    return sending != NULL && sending->message.without_checksum;
}

/* -- Fates --------------------------------------------------------------------------------------------------------- */

/* Return true if a datagram that is lost must be reported. */
static bool has_reports(void)
{
    for (uint32_t i = 0; i < V6NF_UDP_PORTS; i++) {
        if (node.udp[i].port == SILENT_PORT) {
            return node.udp[i].on_error != NULL;
        }
    }
    return false;
}

void note_send_status(const uint8_t *payload, uint32_t length, enum v6nf_send_status status, uint32_t frame_length)
{
    struct sending *sending = find_sending(payload, length);
    if (sending == NULL || sending->fate != SENDING) {
        return;
    }
    if (status == V6NF_SEND_WAITS) {
        sending->fate = has_reports() ? WAITS : FORGOTTEN;
    } else if (status != V6NF_SEND_SENT) {
        sending->fate = REFUSED;
    } else if (frame_length == 0u) {
        sending->fate = LOOPED;
    }
}

void note_datagram_output(const uint8_t *frame, uint32_t length)
{
    struct sending *sending = find_in_frame(frame, length);
    if (sending == NULL) {
        return;
    }
    const struct v6nf_udp_message *message = &sending->message;
    bool is_fragment = frame[20] == 44u;
    const uint8_t *header = frame + (is_fragment ? 62u : 54u);
    CHECK(is_same(frame + 38, message->remote.bytes) && get16(header + 2) == message->remote_port);
    CHECK(is_zero(message->local.bytes, 16) || is_same(frame + 22, message->local.bytes));
    CHECK(frame[21] == sending->hop_limit && (get16(frame + 14) >> 4 & 0xFFu) == message->traffic_class);
    CHECK((get16(header + 6) == 0u) == message->without_checksum);
    /* Not checked for one that waited if the node does not remember `dont_fragment`: the path MTU may decrease. */
    CHECK(!is_fragment || !message->dont_fragment || (!V6NF_WAITING_WHOLE && sending->fate != SENDING));
    /* A datagram that lacks a later fragment is reported, while its first fragment may still wait. */
    CHECK(sending->fate == SENDING || sending->fate == WAITS || sending->fate == FORGOTTEN ||
          (sending->fate == REPORTED && is_fragment));
    sending->is_fragmented = is_fragment;
    sending->fate = sending->fate == REPORTED ? REPORTED : TRANSMITTED;
}

void note_report(const struct v6nf_udp_error *error)
{
    struct sending *sending = find_sending(error->payload, error->length);
    if (error->status == V6NF_SEND_SENT || sending == NULL) {
        return; /* a host has sent the report, perhaps a forged one */
    }
    CHECK(is_same(error->remote, sending->message.remote.bytes) && error->remote_port == sending->message.remote_port);
    CHECK(error->status != V6NF_SEND_WAITS && is_same(error->source, error->local));
    CHECK(sending->fate == WAITS || sending->fate == LOOPED || sending->fate == FORGOTTEN ||
          (sending->fate == TRANSMITTED && sending->is_fragmented));
    sending->fate = REPORTED;
}

void forget_reports(void)
{
    for (uint32_t i = 0; i < sendings_count; i++) {
        sendings[i].fate = sendings[i].fate == WAITS ? FORGOTTEN : sendings[i].fate;
    }
}

/* -- Datagrams that wait ------------------------------------------------------------------------------------------- */

/* Return true if a table of the node holds the datagram. Set *is_looped if it is in that of looped packets. */
static bool is_kept(const struct sending *sending, bool *is_looped)
{
    *is_looped = false;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        const struct v6nf_waiting *slot = &node.waiting[i];
        if (slot->neighbor != V6NF_NEIGHBORS && find_in_frame(slot->frame, slot->length) == sending) {
            return true;
        }
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        const struct v6nf_fragmentation *slot = &node.fragmentations[i];
        if (slot->used && find_in_frame(slot->frame, slot->length) == sending) {
            return true;
        }
    }
#if V6NF_LOOPBACK > 0u
    for (uint32_t i = 0; i < node.looped_count; i++) {
        const struct v6nf_looped *slot = &node.looped[(node.looped_first + i) % V6NF_LOOPBACK];
        if (find_in_frame(slot->frame, slot->length) == sending) {
            *is_looped = true;
            return true;
        }
    }
#endif
    return false;
}

/* The destination of a datagram that waits may become an address of the node. The datagram is then looped, and may be
 * received in the same call. */
void check_waiting_datagrams(void)
{
    for (uint32_t i = 0; i < sendings_count; i++) {
        struct sending *sending = &sendings[i];
        bool is_looped = false;
        CHECK(sending->fate != SENDING);
        if (sending->fate != WAITS) {
            continue;
        }
        bool may_be_looped = state_of(sending->message.remote.bytes) >= V6NF_ADDRESS_OPTIMISTIC;
        CHECK(is_kept(sending, &is_looped) || may_be_looped);
        sending->fate = is_looped ? LOOPED : WAITS;
    }
}

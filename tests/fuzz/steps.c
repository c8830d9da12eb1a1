/* steps.c: steps that deliver frames and steps that let time pass. The steps of the program are in steps_program.c. */
#include "steps.h"

#include "steps_program.h"

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void receive_packet(uint64_t now)
{
    static void (*const builders[4])(void) = {build_echo, build_datagram, build_echo, build_unknown};
    builders[below(4)]();
    /* Longer than the link carries: no host could send it in one frame. */
    if (built.length > link_mtu + 14u || one_in(2)) {
        deliver_fragments(now);
    } else {
        deliver(now);
    }
}

static void receive_answers(uint64_t now)
{
    answer_solicitations(now);
}

static void receive_built(void (*builder)(void), uint64_t now)
{
    builder();
    deliver(now);
}

/* Deliver an ICMPv6 error. The node must not process one about a packet that it cannot have sent (RFC 8201, 4;
 * RFC 4443, 5.2). */
static void receive_error(uint64_t now)
{
    uint64_t delivered = node.counters[V6NF_DELIVERED];
    build_error();
    deliver(now);
    bool is_whole = built.upper == 54u; /* a fragment is counted as delivered before the error is read */
    CHECK(!quotation_is_foreign || !is_whole || node.counters[V6NF_DELIVERED] == delivered);
}

/* Reflect a frame of the node. Its own solicitation in the current detection does not indicate a duplicate (RFC 4862,
 * 5.4.3 and appendix A; RFC 7527). */
static void receive_reflection(uint64_t now)
{
    uint32_t length = 0;
    uint32_t back = below(SENT_FRAMES);
    const uint8_t *frame = frame_sent(back, &length);
    if (frame == NULL) {
        return;
    }
    bool is_detection = frame[20] == 58u && frame[54] == 135u && is_zero(frame + 22, 16) && back < frames_since_link;
    uint64_t duplicates = node.counters[V6NF_DUPLICATE_ADDRESSES];
    deliver_bytes(frame, length, now);
    CHECK(!is_detection || node.counters[V6NF_DUPLICATE_ADDRESSES] == duplicates);
}

/* -- Time ---------------------------------------------------------------------------------------------------------- */

static uint64_t pass_time(uint64_t now)
{
    static const uint64_t steps[16] = {1,
                                       1000,
                                       10000,
                                       100000,
                                       500000,
                                       V6NF_SECOND,
                                       V6NF_SECOND,
                                       2u * V6NF_SECOND,
                                       5u * V6NF_SECOND,
                                       11u * V6NF_SECOND,
                                       40u * V6NF_SECOND,
                                       61u * V6NF_SECOND,
                                       600u * V6NF_SECOND,
                                       7201u * V6NF_SECOND,
                                       86400u * V6NF_SECOND,
                                       UINT64_C(31536000) * V6NF_SECOND};
    uint64_t to = now + steps[below(16)];
    bool answers = !one_in(4);
    if (one_in(8)) {
        return to; /* a program that is late */
    }
    /* A program sleeps until the next due time. */
    for (uint32_t i = 0; i < 50u && v6nf_node_next_due(&node) < to; i++) {
        uint64_t due = v6nf_node_next_due(&node);
        now = due > now ? due : now;
        tick_all(now, FRAME_MAX);
        if (answers) {
            answer_solicitations(now);
        }
    }
    tick_all(to, FRAME_MAX);
    return to;
}

static void tick_some(uint64_t now)
{
    uint8_t choice = any8();
    if (choice < 32u) {
        return;
    }
    if (choice < 96u) {
        (void)tick_once(now, choice < 64u ? 1294u : FRAME_MAX);
        return;
    }
    tick_all(now, FRAME_MAX);
    if (choice < 224u) {
        answer_solicitations(now);
        tick_all(now, FRAME_MAX);
    }
}

/* -- Steps --------------------------------------------------------------------------------------------------------- */

enum step {
    TIME,
    PACKET_IN,
    SOLICITATION,
    ADVERTISEMENT,
    ANSWERS,
    ROUTER,
    REDIRECT,
    ERROR,
    REPLY,
    QUERY,
    DHCPV6,
    REFLECTION,
    SEND,
    ADDRESS,
    GROUP,
    APPLICATION,
    LINK
};

static const uint8_t steps[64] = {
    TIME,          TIME,          TIME,         TIME,         TIME,         TIME,         TIME,         TIME,
    PACKET_IN,     PACKET_IN,     PACKET_IN,    PACKET_IN,    PACKET_IN,    PACKET_IN,    PACKET_IN,    PACKET_IN,
    PACKET_IN,     PACKET_IN,     SOLICITATION, SOLICITATION, SOLICITATION, SOLICITATION, SOLICITATION, ADVERTISEMENT,
    ADVERTISEMENT, ADVERTISEMENT, ANSWERS,      ANSWERS,      ANSWERS,      ROUTER,       ROUTER,       ROUTER,
    ROUTER,        ROUTER,        REDIRECT,     REDIRECT,     REDIRECT,     ERROR,        ERROR,        ERROR,
    ERROR,         ERROR,         REPLY,        QUERY,        QUERY,        DHCPV6,       DHCPV6,       REFLECTION,
    REFLECTION,    SEND,          SEND,         SEND,         SEND,         SEND,         SEND,         ADDRESS,
    ADDRESS,       ADDRESS,       GROUP,        GROUP,        APPLICATION,  APPLICATION,  LINK,         LINK};

static void receive_step(enum step step, uint64_t now)
{
    static void (*const builders[])(void) = {[SOLICITATION] = build_solicitation,
                                             [ADVERTISEMENT] = build_advertisement,
                                             [ROUTER] = build_router_advertisement,
                                             [REDIRECT] = build_redirect,
                                             [REPLY] = build_reply,
                                             [QUERY] = build_query,
                                             [DHCPV6] = build_dhcpv6};
    switch (step) {
    case PACKET_IN:
        receive_packet(now);
        break;
    case ANSWERS:
        receive_answers(now);
        break;
    case ERROR:
        receive_error(now);
        break;
    case REFLECTION:
        receive_reflection(now);
        break;
    default:
        receive_built(step == ROUTER && node.router && one_in(2) ? build_router_solicitation : builders[step], now);
        break;
    }
}

uint64_t execute_step(uint64_t now)
{
    enum step step = (enum step)steps[below(64)];
    switch (step) {
    case TIME:
        return pass_time(now);
    case SEND:
        send_something(now);
        break;
    case ADDRESS:
        change_addresses(now);
        break;
    case GROUP:
        change_groups(now);
        break;
    case APPLICATION:
        change_applications(now);
        break;
    case LINK:
        change_link(now);
        break;
    default:
        receive_step(step, now);
        break;
    }
    tick_some(now);
    return now;
}

void end_steps(uint64_t now)
{
    tick_all(now, FRAME_MAX);
    end_applications(now);
}

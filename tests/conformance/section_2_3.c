/* section_2_3.c: cases 2.3: Redirect (RFC 4861, 8). */
#include <string.h>

#include "suite.h"

#define HEADERS 54u

static struct test_frame frame;
static struct test_frame request; /* the last Echo Request from FAR; a Redirect is about the reply to it */

/* Parts of a Redirect, in addition to enum fault: another sender, the new first hop, options. */
#define WITH_TLLA 0x10u
#define WITH_REDIRECTED 0x20u
#define WITH_UNKNOWN_OPTION 0x40u
#define WITH_RESERVED 0x80u
#define TO_ROUTER 0x100u       /* to TR2; else the destination itself is on-link, at the address of TN1 */
#define DIFFERENT_MAC 0x200u   /* with WITH_TLLA */
#define OVERSIZED 0x400u       /* with WITH_REDIRECTED: more than the minimum MTU */
#define BY_OTHER_ROUTER 0x800u /* sent by TR2, which is not the first hop */
#define MULTICAST_DESTINATION 0x1000u
#define IN(state) ((unsigned)(state) << 16)
#define FAULT_OF(variation) ((enum fault)((variation)&0xFu))

static const struct station *new_hop(unsigned variation)
{
    return (variation & TO_ROUTER) != 0u ? &tr2 : &tn1;
}

static const char *new_target(unsigned variation)
{
    return (variation & TO_ROUTER) != 0u ? tr2.link_local : FAR;
}

/* The packets for FAR are sent via TR1. */
static void setup_far(void)
{
    setup();
    bring_to(&tr1, REACHABLE);
    answer_for(&tr1);
    echo_request(&request, &tr1, FAR, nut.global);
    transmit(&request);
    expect_reply(&request, tr1.mac);
}

/* Return a packet that the NUT sent to FAR, as TR1 received it. */
static void sent_packet(struct test_frame *packet, uint32_t size)
{
    frame_echo(packet, tr1.mac, nut.mac, nut.global, FAR, 129, 0x5E17, 1, size);
}

static void add_variation(unsigned variation)
{
    if ((variation & WITH_RESERVED) != 0u) {
        frame.bytes[HEADERS + 7u] = 0xFF;
        frame_fix_checksum(&frame);
    }
    if ((variation & MULTICAST_DESTINATION) != 0u) {
        test_address(frame.bytes + HEADERS + 24u, "ff1e::3");
        frame_fix_checksum(&frame);
    }
    if ((variation & WITH_UNKNOWN_OPTION) != 0u) {
        add_unknown_option(&frame);
    }
    if ((variation & WITH_TLLA) != 0u) {
        add_link_layer(&frame, TLLA, (variation & DIFFERENT_MAC) != 0u ? OTHER_MAC : new_hop(variation)->mac);
    }
    if ((variation & WITH_REDIRECTED) != 0u) {
        struct test_frame packet;
        sent_packet(&packet, (variation & OVERSIZED) != 0u ? 1300 : 8);
        add_redirected(&frame, &packet, (variation & OVERSIZED) != 0u ? 1340 : 1160);
    }
}

static void send_redirect(unsigned variation)
{
    redirect(&frame, (variation & BY_OTHER_ROUTER) != 0u ? &tr2 : &tr1, FAR, new_target(variation));
    add_variation(variation);
    spoil(&frame, FAULT_OF(variation));
    transmit(&frame);
}

/* Expect the reply to FAR via `hop`, whose address `target` is resolved before unless it is known. */
static void expect_sent_via(const struct station *hop, const char *target, bool is_known)
{
    echo_request(&request, &tr1, FAR, nut.global);
    transmit(&request);
    if (!is_known) {
        bool is_router = hop != &tn1;
        expect_solicitation(target, NULL, SECOND);
        frame_na(&frame, nut.mac, hop->mac, target, nut.global, target,
                 (uint8_t)(NA_S | NA_O | (is_router ? NA_R : 0u)), hop->mac);
        transmit(&frame);
    }
    expect_reply(&request, hop->mac);
}

static void valid(unsigned variation)
{
    setup_far();
    send_redirect(variation);
    expect_sent_via(new_hop(variation), new_target(variation), (variation & WITH_TLLA) != 0u);
}

static void invalid(unsigned variation)
{
    setup_far();
    send_redirect(variation);
    expect_sent_via(&tr1, tr1.link_local, true);
}

/* TR2, which is the first hop now, redirects to TR3. */
static void redirected_twice(void)
{
    valid(TO_ROUTER | WITH_TLLA);
    redirect(&frame, &tr2, FAR, tr3.link_local);
    add_link_layer(&frame, TLLA, tr3.mac);
    transmit(&frame);
    expect_sent_via(&tr3, tr3.link_local, true);
    /* TR1 no longer is. */
    send_redirect(WITH_TLLA);
    expect_sent_via(&tr3, tr3.link_local, true);
}

/* -- Options without meaning here are ignored (RFC 4861, 8.1) ------------------------------------------------------ */

static void with_mtu_option(void)
{
    setup_far();
    redirect(&frame, &tr1, FAR, tr2.link_local);
    add_link_layer(&frame, TLLA, tr2.mac);
    add_mtu(&frame, 1280);
    transmit(&frame);
    expect_sent_via(&tr2, tr2.link_local, true);
    answer_for(&tn1);
    echo_request_of(&request, &tn1, tn1.link_local, nut.link_local, 1452); /* 1500 bytes in all */
    transmit(&request);
    expect_reply(&request, NULL);
}

static void with_prefix_option(void)
{
    setup_far();
    redirect(&frame, &tr1, FAR, tr2.link_local);
    add_link_layer(&frame, TLLA, tr2.mac);
    add_prefix(&frame, "2001:db8:e::", 64, ON_LINK | AUTONOMOUS, 1800, 1800);
    transmit(&frame);
    expect_none(DETECTION, 2u * SECOND);
    expect_sent_via(&tr2, tr2.link_local, true);
    expect_next_hop(FAR_AWAY, &tr1, &tr1);
}

static void with_source_option(void)
{
    setup_far();
    redirect(&frame, &tr1, FAR, tr2.link_local);
    add_link_layer(&frame, TLLA, tr2.mac);
    add_link_layer(&frame, SLLA, OTHER_MAC);
    transmit(&frame);
    expect_sent_via(&tr2, tr2.link_local, true);
    expect_ping(&tr1, tr1.mac);
}

/* Nothing was sent to FAR_AWAY yet (RFC 4861, 8.3: the entry is made). */
static void without_destination(void)
{
    setup();
    bring_to(&tr1, REACHABLE);
    redirect(&frame, &tr1, FAR_AWAY, tr2.link_local);
    add_link_layer(&frame, TLLA, tr2.mac);
    transmit(&frame);
    expect_next_hop(FAR_AWAY, &tr1, &tr2);
}

/* -- The target's Neighbor Cache entry (RFC 4861, 8.3) ------------------------------------------------------------- */

static void setup_in_state(enum entry state)
{
    setup_far();
    bring_to(&tr2, state);
    if (state == STALE || state == PROBE) {
        answer_for(&tr1); /* that took a while: it is confirmed again when used */
    }
}

static void updates_no_entry(unsigned variation)
{
    setup_far();
    send_redirect(variation | TO_ROUTER);
    if ((variation & WITH_TLLA) != 0u) {
        expect_entry(&tr2, STALE, tr2.mac);
    } else {
        expect_entry(&tr2, NO_ENTRY, NULL);
    }
}

static void updates_incomplete(unsigned variation)
{
    setup_in_state(INCOMPLETE);
    send_redirect(variation | TO_ROUTER);
    if ((variation & WITH_TLLA) != 0u) {
        expect_kept(tr2.mac);
        expect_entry(&tr2, STALE, tr2.mac);
    } else {
        expect_entry(&tr2, INCOMPLETE, NULL);
    }
}

static void updates_entry(unsigned variation)
{
    enum entry state = (enum entry)(variation >> 16);
    bool changes = (variation & DIFFERENT_MAC) != 0u;
    setup_in_state(state);
    send_redirect((variation & 0xFFFFu) | TO_ROUTER);
    expect_entry(&tr2, changes ? STALE : state, changes ? OTHER_MAC : tr2.mac);
}

static void invalid_updates_nothing(unsigned variation)
{
    setup_in_state(REACHABLE);
    send_redirect(variation | TO_ROUTER | WITH_TLLA | DIFFERENT_MAC);
    expect_entry(&tr2, REACHABLE, tr2.mac);
}

/* -- Fragments (RFC 6980, 5) --------------------------------------------------------------------------------------- */

static void fragmented(unsigned is_atomic)
{
    setup_far();
    redirect(&frame, &tr1, FAR, tr2.link_local);
    add_link_layer(&frame, TLLA, tr2.mac);
    if (is_atomic != 0u) {
        make_atomic(&frame, new_identification());
        transmit(&frame);
    } else {
        transmit_in_two(&frame, 40);
    }
    expect_none(ANSWERS, SECOND);
    expect_sent_via(&tr1, tr1.link_local, true);
}

const struct conformance_case section_2_3[] = {
    CASE_WITH("2.3.1.A", "Redirected On-link: Valid (Hosts Only)", "dst=global, w/o TLL, w/o Redirected Header", valid,
              0),
    CASE_WITH("2.3.1.B", "Redirected On-link: Valid (Hosts Only)", "dst=global, w/o TLL, w/ Redirected Header", valid,
              WITH_REDIRECTED),
    CASE_WITH("2.3.1.C", "Redirected On-link: Valid (Hosts Only)", "dst=global, w/ TLL, w/o Redirected Header", valid,
              WITH_TLLA),
    CASE_WITH("2.3.1.D", "Redirected On-link: Valid (Hosts Only)", "dst=global, w/ TLL, w/ Redirected Header", valid,
              WITH_TLLA | WITH_REDIRECTED),
    CASE_WITH("2.3.2.A", "Redirected On-link: Suspicious (Hosts Only)", "Option Unrecognized", valid,
              WITH_UNKNOWN_OPTION),
    CASE_WITH("2.3.2.B", "Redirected On-link: Suspicious (Hosts Only)", "Reserved Field is Non-zero", valid,
              WITH_RESERVED),
    CASE_WITH("2.3.2.C", "Redirected On-link: Suspicious (Hosts Only)", "Target Address not Covered by On-link Prefix",
              valid, WITH_TLLA | WITH_REDIRECTED),
    CASE_WITH("2.3.3.A", "Redirected On-link: Invalid (Hosts Only)", "Redirect Source Address is Global", invalid,
              GLOBAL_SOURCE | WITH_TLLA),
    CASE_WITH("2.3.3.B", "Redirected On-link: Invalid (Hosts Only)",
              "Redirect Source Address is not the current first-hop router", invalid, BY_OTHER_ROUTER | WITH_TLLA),
    CASE_WITH("2.3.3.C", "Redirected On-link: Invalid (Hosts Only)", "Hop Limit is not 255", invalid,
              BAD_HOP_LIMIT | WITH_TLLA),
    CASE_WITH("2.3.3.D", "Redirected On-link: Invalid (Hosts Only)", "ICMPv6 Code is not 0", invalid,
              BAD_CODE | WITH_TLLA),
    CASE_WITH("2.3.3.E", "Redirected On-link: Invalid (Hosts Only)", "ICMPv6 Checksum is invalid", invalid,
              BAD_CHECKSUM | WITH_TLLA),
    CASE_WITH("2.3.3.F", "Redirected On-link: Invalid (Hosts Only)", "ICMPv6 Destination Address is Multicast", invalid,
              MULTICAST_DESTINATION | WITH_TLLA),
    CASE_WITH("2.3.3.G", "Redirected On-link: Invalid (Hosts Only)", "Target Address is Multicast", invalid,
              MULTICAST_TARGET | WITH_TLLA),
    CASE_WITH("2.3.3.H", "Redirected On-link: Invalid (Hosts Only)", "ICMPv6 length is less than 40 Octets", invalid,
              TOO_SHORT | WITH_TLLA),
    CASE_WITH("2.3.3.I", "Redirected On-link: Invalid (Hosts Only)", "Option has Length Zero", invalid,
              OPTION_LENGTH_ZERO | WITH_TLLA),
    CASE_WITH("2.3.4.A", "Redirected to Alternate Router: Valid (Hosts Only)",
              "dst=global, w/o TLL, w/o Redirected Header", valid, TO_ROUTER),
    CASE_WITH("2.3.4.B", "Redirected to Alternate Router: Valid (Hosts Only)",
              "dst=global, w/o TLL, w/ Redirected Header", valid, TO_ROUTER | WITH_REDIRECTED),
    CASE_WITH("2.3.4.C", "Redirected to Alternate Router: Valid (Hosts Only)",
              "dst=global, w/ TLL, w/o Redirected Header", valid, TO_ROUTER | WITH_TLLA),
    CASE_WITH("2.3.4.D", "Redirected to Alternate Router: Valid (Hosts Only)",
              "dst=global, w/ TLL, w/ Redirected Header", valid, TO_ROUTER | WITH_TLLA | WITH_REDIRECTED),
    CASE_WITH("2.3.5.A", "Redirected to Alternate Router: Suspicious (Hosts only)", "Option Unrecognized", valid,
              TO_ROUTER | WITH_UNKNOWN_OPTION),
    CASE_WITH("2.3.5.B", "Redirected to Alternate Router: Suspicious (Hosts only)", "Reserved Field is Non-zero", valid,
              TO_ROUTER | WITH_RESERVED),
    CASE_WITH("2.3.6.A", "Redirected to Alternate Router: Invalid (Hosts Only)", "Redirect Source Address is Global",
              invalid, TO_ROUTER | WITH_TLLA | GLOBAL_SOURCE),
    CASE_WITH("2.3.6.B", "Redirected to Alternate Router: Invalid (Hosts Only)",
              "Redirect Source Address is not the current first-hop router", invalid,
              TO_ROUTER | WITH_TLLA | BY_OTHER_ROUTER),
    CASE_WITH("2.3.6.C", "Redirected to Alternate Router: Invalid (Hosts Only)", "Hop Limit is not 255", invalid,
              TO_ROUTER | WITH_TLLA | BAD_HOP_LIMIT),
    CASE_WITH("2.3.6.D", "Redirected to Alternate Router: Invalid (Hosts Only)", "ICMPv6 Code is not 0", invalid,
              TO_ROUTER | WITH_TLLA | BAD_CODE),
    CASE_WITH("2.3.6.E", "Redirected to Alternate Router: Invalid (Hosts Only)", "ICMPv6 Checksum is invalid", invalid,
              TO_ROUTER | WITH_TLLA | BAD_CHECKSUM),
    CASE_WITH("2.3.6.F", "Redirected to Alternate Router: Invalid (Hosts Only)",
              "ICMPv6 Destination Address is Multicast", invalid, TO_ROUTER | WITH_TLLA | MULTICAST_DESTINATION),
    CASE_WITH("2.3.6.G", "Redirected to Alternate Router: Invalid (Hosts Only)", "Target Address is Multicast", invalid,
              TO_ROUTER | WITH_TLLA | MULTICAST_TARGET),
    CASE_WITH("2.3.6.H", "Redirected to Alternate Router: Invalid (Hosts Only)", "ICMPv6 length is less than 40 Octets",
              invalid, TO_ROUTER | WITH_TLLA | TOO_SHORT),
    CASE_WITH("2.3.6.I", "Redirected to Alternate Router: Invalid (Hosts Only)", "Option has Length Zero", invalid,
              TO_ROUTER | WITH_TLLA | OPTION_LENGTH_ZERO),
    CASE("2.3.7", "Redirected Twice (Hosts Only)", "", redirected_twice),
    CASE("2.3.8.A", "Invalid Option (Hosts Only)", "Path MTU Option", with_mtu_option),
    CASE("2.3.8.B", "Invalid Option (Hosts Only)", "Prefix Information Option", with_prefix_option),
    CASE("2.3.8.C", "Invalid Option (Hosts Only)", "Source Link-layer Address Option", with_source_option),
    CASE("2.3.9", "No Destination Cache Entry (Hosts Only)", "", without_destination),
    CASE_WITH("2.3.10.A", "Neighbor Cache Updated, No Neighbor Cache Entry (Hosts Only)",
              "No TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_no_entry, 0),
    CASE_WITH("2.3.10.B", "Neighbor Cache Updated, No Neighbor Cache Entry (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Updated", updates_no_entry, WITH_TLLA),
    CASE_WITH("2.3.10.C", "Neighbor Cache Updated, No Neighbor Cache Entry (Hosts Only)",
              "TLLA Option, Redirected Packet Option, Link-layer Address Updated", updates_no_entry,
              WITH_TLLA | WITH_REDIRECTED),
    CASE_WITH("2.3.10.D", "Neighbor Cache Updated, No Neighbor Cache Entry (Hosts Only)",
              "TLLA Option, Oversized Redirected Packet Option, Link-layer Address Updated", updates_no_entry,
              WITH_TLLA | WITH_REDIRECTED | OVERSIZED),
    CASE_WITH("2.3.11.A", "Neighbor Cache Updated from State INCOMPLETE (Hosts Only)",
              "No TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_incomplete, 0),
    CASE_WITH("2.3.11.B", "Neighbor Cache Updated from State INCOMPLETE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Updated", updates_incomplete, WITH_TLLA),
    CASE_WITH("2.3.11.C", "Neighbor Cache Updated from State INCOMPLETE (Hosts Only)",
              "TLLA Option, Redirected Packet Option, Link-layer Address Updated", updates_incomplete,
              WITH_TLLA | WITH_REDIRECTED),
    CASE_WITH("2.3.11.D", "Neighbor Cache Updated from State INCOMPLETE (Hosts Only)",
              "TLLA Option, Oversized Redirected Packet Option, Link-layer Address Updated", updates_incomplete,
              WITH_TLLA | WITH_REDIRECTED | OVERSIZED),
    CASE_WITH("2.3.12.A", "Neighbor Cache Updated from State REACHABLE (Hosts Only)",
              "No TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry,
              IN(REACHABLE)),
    CASE_WITH("2.3.12.B", "Neighbor Cache Updated from State REACHABLE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry,
              IN(REACHABLE) | WITH_TLLA),
    CASE_WITH("2.3.12.C", "Neighbor Cache Updated from State REACHABLE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(REACHABLE) | WITH_TLLA | DIFFERENT_MAC),
    CASE_WITH("2.3.12.D", "Neighbor Cache Updated from State REACHABLE (Hosts Only)",
              "TLLA Option, Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(REACHABLE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED),
    CASE_WITH("2.3.12.E", "Neighbor Cache Updated from State REACHABLE (Hosts Only)",
              "TLLA Option, Oversized Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(REACHABLE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED | OVERSIZED),
    CASE_WITH("2.3.13.A", "Neighbor Cache Updated from State STALE (Hosts Only)",
              "No TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry, IN(STALE)),
    CASE_WITH("2.3.13.B", "Neighbor Cache Updated from State STALE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry,
              IN(STALE) | WITH_TLLA),
    CASE_WITH("2.3.13.C", "Neighbor Cache Updated from State STALE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(STALE) | WITH_TLLA | DIFFERENT_MAC),
    CASE_WITH("2.3.13.D", "Neighbor Cache Updated from State STALE (Hosts Only)",
              "TLLA Option, Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(STALE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED),
    CASE_WITH("2.3.13.E", "Neighbor Cache Updated from State STALE (Hosts Only)",
              "TLLA Option, Oversized Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(STALE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED | OVERSIZED),
    CASE_WITH("2.3.14.A", "Neighbor Cache Updated from State PROBE (Hosts Only)",
              "No TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry, IN(PROBE)),
    CASE_WITH("2.3.14.B", "Neighbor Cache Updated from State PROBE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Unchanged", updates_entry,
              IN(PROBE) | WITH_TLLA),
    CASE_WITH("2.3.14.C", "Neighbor Cache Updated from State PROBE (Hosts Only)",
              "TLLA Option, No Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(PROBE) | WITH_TLLA | DIFFERENT_MAC),
    CASE_WITH("2.3.14.D", "Neighbor Cache Updated from State PROBE (Hosts Only)",
              "TLLA Option, Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(PROBE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED),
    CASE_WITH("2.3.14.E", "Neighbor Cache Updated from State PROBE (Hosts Only)",
              "TLLA Option, Oversized Redirected Packet Option, Link-layer Address Updated", updates_entry,
              IN(PROBE) | WITH_TLLA | DIFFERENT_MAC | WITH_REDIRECTED | OVERSIZED),
    CASE_WITH("2.3.15.A", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)",
              "Redirect Source Address is Global", invalid_updates_nothing, GLOBAL_SOURCE),
    CASE_WITH("2.3.15.B", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)",
              "Redirect Source Address is not the current first-hop router", invalid_updates_nothing, BY_OTHER_ROUTER),
    CASE_WITH("2.3.15.C", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)", "Hop Limit is not 255",
              invalid_updates_nothing, BAD_HOP_LIMIT),
    CASE_WITH("2.3.15.D", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)", "ICMPv6 Code is not 0",
              invalid_updates_nothing, BAD_CODE),
    CASE_WITH("2.3.15.E", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)", "ICMPv6 Checksum is invalid",
              invalid_updates_nothing, BAD_CHECKSUM),
    CASE_WITH("2.3.15.F", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)",
              "ICMPv6 Destination Address is Multicast", invalid_updates_nothing, MULTICAST_DESTINATION),
    CASE_WITH("2.3.15.G", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)", "Target Address is Multicast",
              invalid_updates_nothing, MULTICAST_TARGET),
    CASE_WITH("2.3.15.H", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)",
              "ICMPv6 length is less than 40 Octets", invalid_updates_nothing, TOO_SHORT),
    CASE_WITH("2.3.15.I", "Invalid Redirect does not Update Neighbor Cache (Hosts Only)", "Option has Length Zero",
              invalid_updates_nothing, OPTION_LENGTH_ZERO),
    CASE_WITH("2.3.18", "Atomic Fragments in Redirect (Host Only)", "", fragmented, true),
    CASE_WITH("2.3.19", "Fragment Header in Redirect (Host Only)", "", fragmented, false),
    END_OF_CASES,
};

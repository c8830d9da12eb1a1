/* router_section_2.c: cases of a router, section 2: Neighbor Discovery: Router Advertisements and Redirects. */
#include "router_suite.h"

#include <string.h>

#if V6NF_FORWARDING
#define RA 134u
#define RS 133u
#define NS 135u
#define OPTIONS 70u /* of a Router Advertisement */
#define LATE (600u * MILLISECOND)
#define SLLA 1u

static struct test_frame frame;
static struct v6nf_advertisement advertisement;

static void begin(void)
{
    rut_start(1500);
    advertisement = rut_advertisement();
}

/* Let link B advertise with intervals so long that what follows is an answer. */
static void begin_quiet(void)
{
    begin();
    advertisement.max_interval = 1800;
    advertisement.min_interval = 1350;
    rut_advertise(B, &advertisement);
    wait_for(100u * SECOND);
    expect(count_seen(B, RA) >= 3u);
    forget();
}

/* Build a Router Solicitation; mac: its option, NULL for none. */
static void solicitation(const char *from, const char *mac)
{
    uint8_t body[12] = {0};
    if (mac != NULL) {
        body[4] = SLLA;
        body[5] = 1;
        test_mac(body + 6, mac);
    }
    frame_icmpv6(&frame, test_group_mac("ff02::2"), TN1_MAC, from, "ff02::2", 255, RS, 0, body, mac != NULL ? 12u : 4u);
}

/* -- 2.1.14 -------------------------------------------------------------------------------------------------------- */

static void anycast_is_answered_late(unsigned variation)
{
    uint64_t delays[3];
    (void)variation;
    rut_start(1500);
    for (unsigned i = 0; i < 3u; i++) {
        const char *group = test_solicited_node(PREFIX_B);
        frame_ns(&frame, test_group_mac(group), TN1_MAC, TN1_LOCAL, group, PREFIX_B, TN1_MAC);
        const uint64_t start = time_now();
        forget();
        send_on(B, &frame);
        wait_for(1500u * MILLISECOND);
        const struct seen *na = find_seen(B, 136, 0);
        expect(na != NULL && count_seen(B, 136) == 1u);
        expect(na->frame.bytes[58] == (NA_R | NA_S) && address_is(na->frame.bytes + 62, PREFIX_B));
        const uint8_t *option = find_option(&na->frame, 78, 2);
        expect(option != NULL && mac_is(option + 2, RUT_MAC_B));
        delays[i] = na->time - start;
        expect(delays[i] <= SECOND);
    }
    expect(delays[0] != delays[1] || delays[1] != delays[2]);
}

/* -- 2.2.4 and others: no answer ----------------------------------------------------------------------------------- */

/* TN1 has no entry: its Echo Request is answered after a multicast solicitation. */
static void expect_no_entry(void)
{
    stations_answer(false);
    forget();
    frame_echo(&frame, RUT_MAC_B, TN1_MAC, TN1_LOCAL, RUT_LOCAL_B, 128, 7, 1, 16);
    send_on(B, &frame);
    wait_for(MILLISECOND);
    const struct seen *asked = find_seen(B, NS, 0);
    expect(asked != NULL && address_is(asked->frame.bytes + 38, test_solicited_node(TN1_LOCAL)));
    expect(count_seen(B, 129) == 0u);
}

enum fault { HOP_LIMIT, CHECKSUM, CODE, LENGTH, OPTION_LENGTH, UNSPECIFIED, ATOMIC, FRAGMENTS };

static void send_fragments(enum fault fault)
{
    static struct test_frame second;
    uint8_t header[8] = {0, 0, 0, 0, 1, 2, 3, 4};
    if (fault == ATOMIC) {
        insert_after_ipv6(&frame, 44, header, sizeof header);
        send_on(B, &frame);
        return;
    }
    second = frame;
    header[3] = 1; /* more */
    frame.length = 54u + 8u;
    insert_after_ipv6(&frame, 44, header, sizeof header);
    send_on(B, &frame);
    header[3] = 8; /* offset */
    memmove(second.bytes + 54, second.bytes + 62, second.length - 62u);
    second.length -= 8u;
    insert_after_ipv6(&second, 44, header, sizeof header);
    send_on(B, &second);
}

static void solicitation_is_ignored(unsigned fault)
{
    begin_quiet();
    solicitation(fault == UNSPECIFIED ? "::" : TN1_LOCAL, TN1_MAC);
    switch ((enum fault)fault) {
    case HOP_LIMIT:
        frame.bytes[21] = 254;
        break;
    case CHECKSUM:
        frame.bytes[56] ^= 0x55u;
        break;
    case CODE:
        frame.bytes[55] = 1;
        frame_fix_checksum(&frame);
        break;
    case LENGTH:
        frame.length = 54u + 6u;
        put16(frame.bytes + 18, 6);
        frame_fix_checksum(&frame);
        break;
    case OPTION_LENGTH:
        frame.bytes[63] = 0;
        frame_fix_checksum(&frame);
        break;
    default:
        break;
    }
    if (fault == ATOMIC || fault == FRAGMENTS) {
        send_fragments((enum fault)fault);
    } else {
        send_on(B, &frame);
    }
    wait_for(4u * SECOND);
    expect(count_seen(B, RA) == 0u);
    expect_no_entry();
    stations_answer(true);
    wait_for(4u * SECOND);
    solicitation(TN1_LOCAL, TN1_MAC); /* the same without the fault is answered */
    send_on(B, &frame);
    wait_for(LATE);
    expect(count_seen(B, RA) == 1u);
}

/* -- Router Advertisements ----------------------------------------------------------------------------------------- */

/* Expect an advertisement with all fields as `advertisement` has them. */
static void expect_fields(enum link_name link, const struct seen *ra)
{
    expect(ra != NULL);
    const uint8_t *bytes = ra->frame.bytes;
    static const uint8_t preferences[] = {3, 0, 1}; /* low, medium, high */
    expect(address_is(bytes + 22, link == B ? RUT_LOCAL_B : RUT_LOCAL_A) && bytes[21] == 255u);
    expect(address_is(bytes + 38, "ff02::1") || address_is(bytes + 38, TN1_LOCAL));
    expect(bytes[55] == 0u && frame_checksum(&ra->frame, ra->frame.length - 54u, 58) == 0u);
    expect(bytes[58] == advertisement.hop_limit);
    expect(bytes[59] == ((advertisement.managed ? 0x80u : 0u) | (advertisement.other ? 0x40u : 0u) |
                         preferences[advertisement.preference] * 8u));
    expect(read16(bytes + 60) == advertisement.lifetime);
    expect(read32(bytes + 62) == advertisement.reachable_time && read32(bytes + 66) == advertisement.retrans_timer);
    const uint8_t *mtu = find_option(&ra->frame, OPTIONS, 5);
    expect(advertisement.mtu == 0u ? mtu == NULL : mtu != NULL && read32(mtu + 4) == advertisement.mtu);
    const uint8_t *prefix = find_option(&ra->frame, OPTIONS, 3);
    const struct v6nf_ndp_prefix *information = &advertisement.prefixes[0].information;
    expect(prefix != NULL && prefix[1] == 4u && prefix[2] == information->length);
    expect(prefix[3] == ((information->on_link ? 0x80u : 0u) | (information->autonomous ? 0x40u : 0u)));
    expect(read32(prefix + 4) == information->valid_lifetime && read32(prefix + 8) == information->preferred_lifetime);
    expect(memcmp(prefix + 16, information->prefix.bytes, 16) == 0);
}

static void solicited_advertisement_is_valid(unsigned variation)
{
    (void)variation;
    begin_quiet();
    solicitation("::", NULL);
    send_on(B, &frame);
    wait_for(500u * MILLISECOND);
    expect(count_seen(B, RA) == 1u);
    expect_fields(B, find_seen(B, RA, 0));
}

static void ask_on(enum link_name link)
{
    solicitation("::", NULL);
    send_on(link, &frame);
    wait_for(5u * SECOND);
    solicitation(TN1_LOCAL, TN1_MAC);
    send_on(link, &frame);
    wait_for(5u * SECOND);
}

static void link_does_not_advertise(unsigned variation)
{
    begin();
    if (variation == 1u) {
        rut_advertise(B, &advertisement);
    }
    wait_for(100u * SECOND);
    expect(variation == 1u ? count_seen(B, RA) >= 9u : count_seen(B, RA) == 0u);
    forget();
    ask_on(A);
    if (variation == 1u) {
        forget();
    }
    ask_on(variation == 1u ? A : B);
    expect(count_seen(A, RA) == 0u);
    expect(variation == 1u || count_seen(B, RA) == 0u);
    forget();
    ask_on(B);
    expect(variation == 1u ? count_seen(B, RA) >= 2u : count_seen(B, RA) == 0u);
    expect(count_seen(A, RA) == 0u);
}

static uint64_t interval(unsigned index)
{
    const struct seen *one = find_seen(B, RA, index);
    const struct seen *next = find_seen(B, RA, index + 1u);
    expect(one != NULL && next != NULL);
    return next->time - one->time;
}

static void intervals_are_random(unsigned variation)
{
    (void)variation;
    begin();
    rut_advertise(B, &advertisement);
    wait_for(100u * SECOND);
    for (unsigned i = 0; i < 6u; i++) {
        expect(interval(i) <= 10500u * MILLISECOND);
        expect(i < 3u || interval(i) >= 4500u * MILLISECOND);
    }
}

static void first_advertisements_are_soon(unsigned variation)
{
    (void)variation;
    begin();
    advertisement.max_interval = 600;
    advertisement.min_interval = 198;
    rut_advertise(B, &advertisement);
    wait_for(60u * SECOND);
    for (unsigned i = 0; i < 2u; i++) {
        expect(interval(i) >= 15500u * MILLISECOND && interval(i) <= 16500u * MILLISECOND);
    }
}

static void smallest_values(void)
{
    struct v6nf_ndp_prefix *prefix = &advertisement.prefixes[0].information;
    advertisement.max_interval = 4;
    advertisement.min_interval = 3;
    advertisement.hop_limit = 0;
    advertisement.lifetime = 0;
    prefix->on_link = false;
    prefix->autonomous = false;
    prefix->valid_lifetime = 0;
    prefix->preferred_lifetime = 0;
}

static void largest_values(void)
{
    struct v6nf_ndp_prefix *prefix = &advertisement.prefixes[0].information;
    advertisement.max_interval = 1800;
    advertisement.min_interval = 1350;
    advertisement.hop_limit = 255;
    advertisement.managed = true;
    advertisement.other = true;
    advertisement.lifetime = 9000;
    advertisement.reachable_time = 3600000;
    advertisement.retrans_timer = UINT32_MAX;
    advertisement.mtu = 1500;
    prefix->on_link = true;
    prefix->autonomous = true;
    prefix->valid_lifetime = UINT32_MAX;
    prefix->preferred_lifetime = UINT32_MAX;
}

enum values { SMALLEST, LARGEST, ZERO_FIELDS, SITE_LOCAL, HIGH, MEDIUM, LOW };

static void values_are_advertised(unsigned values)
{
    begin();
    switch ((enum values)values) {
    case SMALLEST:
        smallest_values();
        break;
    case LARGEST:
        largest_values();
        break;
    case ZERO_FIELDS:
        advertisement.prefixes[0].information.prefix = test_address_of("8000::");
        break;
    case SITE_LOCAL:
        advertisement.prefixes[0].information.prefix = test_address_of("fec0::");
        break;
    case HIGH:
        advertisement.preference = V6NF_NDP_PREFERENCE_HIGH;
        break;
    case MEDIUM:
        advertisement.preference = V6NF_NDP_PREFERENCE_MEDIUM;
        break;
    case LOW:
        advertisement.preference = V6NF_NDP_PREFERENCE_LOW;
        break;
    }
    rut_advertise(B, &advertisement);
    wait_for(20u * SECOND);
    expect_fields(B, find_seen(B, RA, 0));
}

static void last_advertisements_have_lifetime_0(unsigned variation)
{
    (void)variation;
    begin();
    rut_advertise(B, &advertisement);
    wait_for(60u * SECOND);
    forget();
    rut_cease(B);
    wait_for(100u * SECOND);
    const unsigned count = count_seen(B, RA);
    expect(count >= 1u && count <= 3u);
    for (unsigned i = 0; i < count; i++) {
        expect(read16(find_seen(B, RA, i)->frame.bytes + 60) == 0u);
    }
}

static void answers_are_soon(unsigned variation)
{
    (void)variation;
    begin_quiet();
    for (unsigned i = 0; i < 2u; i++) {
        forget();
        solicitation("::", NULL);
        const uint64_t start = time_now();
        send_on(B, &frame);
        wait_for(4u * SECOND);
        expect(count_seen(B, RA) == 1u && find_seen(B, RA, 0)->time - start <= 500u * MILLISECOND);
    }
}

static void answers_are_apart(unsigned variation)
{
    (void)variation;
    begin_quiet();
    for (unsigned i = 0; i < 10u; i++) {
        solicitation("::", NULL);
        send_on(B, &frame);
        for (unsigned j = 0; j < 100u && count_seen(B, RA) == i; j++) {
            wait_for(100u * MILLISECOND);
        }
        expect(count_seen(B, RA) == i + 1u);
    }
    for (unsigned i = 0; i < 9u; i++) {
        expect(interval(i) >= 3u * SECOND);
    }
}

/* -- 2.2.10 -------------------------------------------------------------------------------------------------------- */

static void ping_from_tn1(void)
{
    frame_echo(&frame, RUT_MAC_B, TN1_MAC, TN1_LOCAL, RUT_LOCAL_B, 128, 7, 1, 16);
    send_on(B, &frame);
    wait_for(MILLISECOND);
}

static bool is_replied_to(const char *mac)
{
    const struct seen *reply = find_seen(B, 129, 0);
    return reply != NULL && mac_is(reply->frame.bytes, mac);
}

static unsigned probes(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < count_seen(B, NS); i++) {
        count += address_is(find_seen(B, NS, i)->frame.bytes + 38, TN1_LOCAL) ? 1u : 0u;
    }
    return count;
}

/* The entry is STALE with that address: a reply at once, and unicast probes after 5 s. */
static void expect_stale(const char *mac)
{
    stations_answer(false);
    forget();
    ping_from_tn1();
    expect(is_replied_to(mac));
    wait_for(4500u * MILLISECOND);
    expect(count_seen(B, NS) == 0u);
    wait_for(600u * MILLISECOND);
    expect(probes() == 1u && mac_is(find_seen(B, NS, 0)->frame.bytes, mac));
}

enum entry { NO_ENTRY, INCOMPLETE, REACHABLE, STALE, PROBE };

static void bring_to(enum entry state)
{
    if (state == INCOMPLETE) {
        stations_answer(false);
        ping_from_tn1();
        expect(count_seen(B, NS) == 1u && count_seen(B, 129) == 0u);
    } else if (state != NO_ENTRY) {
        ping_from_tn1();
        expect(is_replied_to(TN1_MAC));
        stations_answer(false);
        if (state != REACHABLE) {
            wait_for(46u * SECOND);
        }
        if (state == PROBE) {
            ping_from_tn1();
            wait_for(5100u * MILLISECOND);
            expect(probes() == 1u);
        }
    }
    forget();
}

#define CHANGED 8u
#define NO_OPTION 16u

static void solicitation_updates_entry(unsigned variation)
{
    const enum entry state = (enum entry)(variation & 7u);
    const char *mac = (variation & CHANGED) != 0u ? TN1_OTHER_MAC : TN1_MAC;
    begin_quiet();
    bring_to(state);
    solicitation(TN1_LOCAL, (variation & NO_OPTION) != 0u ? NULL : mac);
    send_on(B, &frame);
    wait_for(MILLISECOND);
    if ((variation & NO_OPTION) != 0u) {
        expect_no_entry();
    } else if (variation == REACHABLE) {
        ping_from_tn1();
        expect(is_replied_to(TN1_MAC));
        wait_for(7u * SECOND);
        expect(count_seen(B, NS) == 0u);
    } else if (variation == PROBE) {
        wait_for(1100u * MILLISECOND);
        expect(probes() >= 1u);
    } else {
        expect(state != INCOMPLETE || is_replied_to(TN1_MAC));
        if (state == PROBE) {
            wait_for(3u * SECOND);
            expect(count_seen(B, NS) == 0u);
        }
        expect_stale(mac);
    }
}

/* -- 2.2.15 -------------------------------------------------------------------------------------------------------- */

/* The router itself uses the Reachable Time that it advertises. */
static void own_reachable_time(unsigned variation)
{
    (void)variation;
    begin();
    advertisement.reachable_time = 10000;
    rut_advertise(B, &advertisement);
    wait_for(SECOND);
    ping_from_tn1(); /* confirmed now */
    const uint64_t start = time_now();
    forget();
    for (unsigned i = 0; i < 25u && probes() == 0u; i++) {
        ping_from_tn1();
        wait_for(SECOND);
    }
    expect(probes() >= 1u);
    for (unsigned i = 0; i < count_seen(B, NS); i++) {
        if (address_is(find_seen(B, NS, i)->frame.bytes + 38, TN1_LOCAL)) {
            const uint64_t passed = find_seen(B, NS, i)->time - start;
            expect(passed >= 9500u * MILLISECOND && passed <= 21500u * MILLISECOND);
            break;
        }
    }
}

/* -- Options ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *prefix;
    uint32_t length;
    uint8_t size; /* of the option, at least */
} routes[] = {
    {"3ffe:501:ffff:102::", 64, 2}, {"3ffe:501:ffff::", 48, 2}, {"3ffe:501:ffff:102:8000::", 65, 3}, {"::", 0, 1}};

static void begin_with_route(unsigned variation)
{
    begin();
    advertisement.route_count = 1;
    advertisement.routes[0] = (struct v6nf_ndp_route){.prefix = test_address_of(routes[variation].prefix),
                                                      .length = routes[variation].length,
                                                      .preference = V6NF_NDP_PREFERENCE_HIGH,
                                                      .lifetime = 600};
    rut_advertise(B, &advertisement);
    wait_for(20u * SECOND);
    expect_fields(B, find_seen(B, RA, 0));
}

static const uint8_t *route_option(unsigned index)
{
    expect(find_seen(B, RA, index) != NULL);
    const uint8_t *option = find_option(&find_seen(B, RA, index)->frame, OPTIONS, 24);
    expect(option != NULL);
    return option;
}

static void route_is_advertised(unsigned variation)
{
    begin_with_route(variation);
    const uint8_t *option = route_option(0);
    const struct v6nf_address prefix = test_address_of(routes[variation].prefix);
    expect(option[1] >= routes[variation].size && option[1] <= 3u && option[2] == routes[variation].length);
    expect(option[3] == 0x08u && read32(option + 4) == 600u);
    expect(memcmp(option + 8, prefix.bytes, 8u * option[1] - 8u) == 0);
}

static void last_route_has_lifetime_0(unsigned variation)
{
    (void)variation;
    begin_with_route(0);
    forget();
    rut_cease(B);
    wait_for(100u * SECOND);
    expect(count_seen(B, RA) >= 1u);
    for (unsigned i = 0; i < count_seen(B, RA); i++) {
        expect(read32(route_option(i) + 4) == 0u);
    }
}

static void dns_is_advertised(unsigned variation)
{
    static const uint8_t name[] = "\007example\003org";
    begin();
    if (variation == 0u) {
        advertisement.server_count = 1;
        advertisement.servers[0] = test_address_of(FAR);
    } else {
        advertisement.domain_count = 1;
        strcpy(advertisement.domains[0], "example.org");
    }
    rut_advertise(B, &advertisement);
    wait_for(20u * SECOND);
    expect_fields(B, find_seen(B, RA, 0));
    const uint8_t *option = find_option(&find_seen(B, RA, 0)->frame, OPTIONS, variation == 0u ? 25 : 31);
    expect(option != NULL);
    if (variation == 0u) {
        expect(option[1] == 3u && read32(option + 4) == advertisement.server_lifetime && address_is(option + 8, FAR));
    } else {
        expect(option[1] == 3u && read32(option + 4) == advertisement.domain_lifetime);
        expect(memcmp(option + 8, name, sizeof name) == 0);
    }
}

/* -- 2.3: Redirect ------------------------------------------------------------------------------------------------- */

/* Expect a Redirect to TN1 about the frame. mac: of the target. */
static void expect_redirect(const char *destination, const char *target, const char *mac)
{
    const struct seen *redirect = find_seen(B, 137, 0);
    expect(redirect != NULL && count_seen(B, 137) == 1u);
    const uint8_t *bytes = redirect->frame.bytes;
    expect(mac_is(bytes, TN1_MAC) && address_is(bytes + 22, RUT_LOCAL_B) && address_is(bytes + 38, TN1));
    expect(bytes[21] == 255u && frame_checksum(&redirect->frame, redirect->frame.length - 54u, 58) == 0u);
    expect(address_is(bytes + 62, target) && address_is(bytes + 78, destination));
    const uint8_t *option = find_option(&redirect->frame, 94, 2);
    expect(option == NULL || mac_is(option + 2, mac));
    const uint8_t *quoted = find_option(&redirect->frame, 94, 4);
    expect(quoted != NULL && redirect->frame.length - 14u <= 1280u);
    expect(quoted + 8u * quoted[1] == bytes + redirect->frame.length);
    expect(8u * quoted[1] >= 8u + 40u && memcmp(quoted + 8 + 8, frame.bytes + 22, 8u * quoted[1] - 16u) == 0);
}

static void is_redirected(unsigned size)
{
    rut_start(1500);
    request_from(&frame, TN1, TN4, size);
    send_on(B, &frame);
    wait_for(SECOND);
    const struct seen *passed = find_passed(B, TN1, TN4);
    expect(passed != NULL && mac_is(passed->frame.bytes, TN4_MAC) && passed->frame.bytes[21] == frame.bytes[21] - 1u);
    expect_redirect(TN4, TN4, TN4_MAC);
}

static void is_redirected_to_router(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    rut_add_route_on(B, FAR_PREFIX ":", 64, TR1);
    request_from(&frame, TN1, FAR, 16);
    send_on(B, &frame);
    wait_for(SECOND);
    const struct seen *passed = find_passed(B, TN1, FAR);
    expect(passed != NULL && mac_is(passed->frame.bytes, TR1_MAC));
    expect_redirect(FAR, TR1, TR1_MAC);
}

static void is_not_redirected(unsigned variation)
{
    const char *to = variation == 0u ? TN4 : "ff1e::1";
    rut_start(1500);
    request_from(&frame, variation == 0u ? FAR : TN1, to, 16);
    if (variation != 0u) {
        test_mac(frame.bytes, test_group_mac(to));
    }
    send_on(B, &frame);
    wait_for(5u * SECOND);
    expect((find_passed(B, FAR, TN4) != NULL) == (variation == 0u));
    expect(count_seen(B, 137) == 0u && count_seen(A, 137) == 0u);
}

/* A Redirect that claims to be of TR1, for a destination that the RUT routes by TR1. */
static void redirect_is_not_obeyed(unsigned variation)
{
    static struct test_frame redirect;
    uint8_t body[36] = {0};
    (void)variation;
    rut_start(1500);
    rut_add_route(FAR_PREFIX ":", 64, TR1);
    request_from(&frame, TN1, FAR, 16);
    send_on(B, &frame);
    expect_passed(&frame, TR1_MAC);
    test_address(body + 4, TR2);
    test_address(body + 20, FAR);
    frame_icmpv6(&redirect, RUT_MAC_A, TR1_MAC, TR1, RUT_LOCAL_A, 255, 137, 0, body, sizeof body);
    send_on(A, &redirect);
    wait_for(SECOND);
    forget();
    send_on(B, &frame);
    wait_for(SECOND);
    expect_passed(&frame, TR1_MAC);
}

const struct router_case router_section_2[] = {
    {"2.1.14", "solicitation of the Subnet-Router anycast address", anycast_is_answered_late, 0, true},
    {"2.2.4.A", "Router Solicitation: Hop Limit is not 255", solicitation_is_ignored, HOP_LIMIT, false},
    {"2.2.4.B", "Router Solicitation: checksum", solicitation_is_ignored, CHECKSUM, false},
    {"2.2.4.C", "Router Solicitation: code is not 0", solicitation_is_ignored, CODE, false},
    {"2.2.4.D", "Router Solicitation: length below 8", solicitation_is_ignored, LENGTH, false},
    {"2.2.4.E", "Router Solicitation: option of length 0", solicitation_is_ignored, OPTION_LENGTH, false},
    {"2.2.4.F", "Router Solicitation: option and source ::", solicitation_is_ignored, UNSPECIFIED, false},
    {"2.2.5", "valid Router Advertisement", solicited_advertisement_is_valid, 0, false},
    {"2.2.6.A", "no link advertises", link_does_not_advertise, 0, false},
    {"2.2.6.B", "one link advertises", link_does_not_advertise, 1, false},
    {"2.2.7.A", "unsolicited: MinRtrAdvInterval", intervals_are_random, 0, false},
    {"2.2.7.B", "unsolicited: MAX_INITIAL_RTR_ADVERT_INTERVAL", first_advertisements_are_soon, 0, false},
    {"2.2.7.C", "unsolicited: smallest values", values_are_advertised, SMALLEST, false},
    {"2.2.7.D", "unsolicited: largest values", values_are_advertised, LARGEST, false},
    {"2.2.7.E", "unsolicited: prefix that ends in zero-valued fields", values_are_advertised, ZERO_FIELDS, false},
    {"2.2.7.F", "unsolicited: site-local prefix", values_are_advertised, SITE_LOCAL, false},
    {"2.2.8", "ceasing to be an advertising interface", last_advertisements_have_lifetime_0, 0, false},
    {"2.2.9.A", "MAX_RA_DELAY_TIME", answers_are_soon, 0, false},
    {"2.2.9.B", "MIN_DELAY_BETWEEN_RAS", answers_are_apart, 0, false},
    {"2.2.10.A", "with option, no entry", solicitation_updates_entry, NO_ENTRY, false},
    {"2.2.10.B", "without option, no entry", solicitation_updates_entry, NO_ENTRY | NO_OPTION, false},
    {"2.2.10.C", "INCOMPLETE", solicitation_updates_entry, INCOMPLETE, false},
    {"2.2.10.D", "REACHABLE, address changed", solicitation_updates_entry, REACHABLE | CHANGED, false},
    {"2.2.10.E", "REACHABLE, address unchanged", solicitation_updates_entry, REACHABLE, false},
    {"2.2.10.F", "STALE, address changed", solicitation_updates_entry, STALE | CHANGED, false},
    {"2.2.10.G", "STALE, address unchanged", solicitation_updates_entry, STALE, false},
    {"2.2.10.H", "PROBE, address changed", solicitation_updates_entry, PROBE | CHANGED, false},
    {"2.2.10.I", "PROBE, address unchanged", solicitation_updates_entry, PROBE, false},
    {"2.2.15.B", "Reachable Time of the router itself", own_reachable_time, 0, false},
    {"2.2.20.A", "high router preference", values_are_advertised, HIGH, false},
    {"2.2.20.B", "medium router preference", values_are_advertised, MEDIUM, false},
    {"2.2.20.C", "low router preference", values_are_advertised, LOW, false},
    {"2.2.21.A", "route of 64 bits", route_is_advertised, 0, false},
    {"2.2.21.B", "route of less than 64 bits", route_is_advertised, 1, false},
    {"2.2.21.C", "route of more than 64 bits", route_is_advertised, 2, false},
    {"2.2.21.D", "route of 0 bits", route_is_advertised, 3, false},
    {"2.2.21.E", "route of a link that ceases to advertise", last_route_has_lifetime_0, 0, false},
    {"2.2.24.A", "DNS servers", dns_is_advertised, 0, false},
    {"2.2.24.B", "DNS search list", dns_is_advertised, 1, false},
    {"2.2.26.B", "Router Solicitation in an atomic fragment", solicitation_is_ignored, ATOMIC, false},
    {"2.2.27.B", "Router Solicitation in two fragments", solicitation_is_ignored, FRAGMENTS, false},
    {"2.3.16.A", "Redirect to a neighbor", is_redirected, 16, false},
    {"2.3.16.B", "Redirect to another router", is_redirected_to_router, 0, false},
    {"2.3.16.C", "source is no neighbor", is_not_redirected, 0, false},
    {"2.3.16.D", "destination is multicast", is_not_redirected, 1, false},
    {"2.3.17", "Redirect that is received", redirect_is_not_obeyed, 0, false},
    {NULL, NULL, NULL, 0, false},
};
#endif

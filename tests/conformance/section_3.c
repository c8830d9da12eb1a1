/* section_3.c: cases 3: stateless address autoconfiguration and Duplicate Address Detection (RFC 4862, RFC 7217). */
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define HEADERS 54u
#define HOUR (UINT64_C(3600) * SECOND)

static struct test_frame frame;

/* -- 3.1: Duplicate Address Detection for the link-local address --------------------------------------------------- */

/* Start the NUT, and wait for its solicitation for the tentative link-local address nut.link_local. */
static void start_detection(void)
{
    setup_start();
    next_detection(nut.link_local, 5u * SECOND);
    if (strncmp(nut.link_local, "fe80::", 6) != 0) {
        fail_because("expected a link-local address first, got %s", nut.link_local);
    }
}

static void link_local_is_detected(void)
{
    start_detection();
    expect_none(ADVERTISEMENT, SECOND * 9u / 10u);
    pass(SECOND);
    expect_in_use(nut.link_local, true);
    /* Then the address is defended (RFC 4862, 5.4.3; RFC 4861, 7.2.4). */
    const char *group = test_solicited_node(nut.link_local);
    frame_ns(&frame, test_group_mac(group), tn1.mac, "::", group, nut.link_local, NULL);
    transmit(&frame);
    struct test_frame got;
    if (!next_frame(&got, ADVERTISEMENT, SECOND) || !is_address(got.bytes + 38, ALL_NODES) ||
        got.bytes[HEADERS + 4u] != NA_O || !is_address(got.bytes + HEADERS + 8u, nut.link_local)) {
        fail_because("expected an advertisement of %s to all nodes, R = 0, S = 0, O = 1, got none", nut.link_local);
    }
}

/* An address that the NUT does not have. */
#define NOT_OF_THE_NUT "fe80::ff:fe00:777"

static void detection_solicitation(const char *target)
{
    const char *group = test_solicited_node(target);
    frame_ns(&frame, test_group_mac(group), tn1.mac, "::", group, target, NULL);
}

static void detection_advertisement(const char *target)
{
    frame_na(&frame, test_group_mac(ALL_NODES), tn1.mac, target, ALL_NODES, target, NA_O, tn1.mac);
}

/* Send `frame` while the address is tentative, and expect that the NUT then uses the address, or does not. */
static void expect_detected(bool in_use)
{
    transmit(&frame);
    expect_none(ADVERTISEMENT | ANSWERS, SECOND / 2u);
    pass(2u * SECOND);
    expect_in_use(nut.link_local, in_use);
}

#define THE_SAME 1u

static void receives_solicitation(unsigned is_same)
{
    start_detection();
    detection_solicitation(is_same != 0u ? nut.link_local : NOT_OF_THE_NUT);
    expect_detected(is_same == 0u);
}

static void receives_advertisement(unsigned is_same)
{
    start_detection();
    detection_advertisement(is_same != 0u ? nut.link_local : NOT_OF_THE_NUT);
    expect_detected(is_same == 0u);
}

/* Parts of the message, in addition to enum fault. */
#define TO_TENTATIVE (FAULTS_OF_ITS_OWN)
#define TO_ALL_NODES (FAULTS_OF_ITS_OWN + 1u)
#define WITH_SLLA (FAULTS_OF_ITS_OWN + 2u)
#define WITH_TLLA (FAULTS_OF_ITS_OWN + 3u)
#define RESERVED_FIELD (FAULTS_OF_ITS_OWN + 4u)
#define SOLICITED_FLAG (FAULTS_OF_ITS_OWN + 5u)

/* A valid message counts, and the address is a duplicate: with a reserved field that is not zero, and with the
 * option of the other message type (RFC 4861, 7.1.1 and 7.1.2). */
static bool is_valid(unsigned variation, unsigned other_option)
{
    return variation == RESERVED_FIELD || variation == other_option;
}

static void add_variation(unsigned variation)
{
    switch (variation) {
    case TO_TENTATIVE:
        frame_ns(&frame, nut.mac, tn1.mac, "::", nut.link_local, nut.link_local, NULL);
        break;
    case TO_ALL_NODES:
        frame_ns(&frame, test_group_mac(ALL_NODES), tn1.mac, "::", ALL_NODES, nut.link_local, NULL);
        break;
    case WITH_SLLA:
        add_link_layer(&frame, SLLA, tn1.mac);
        break;
    case WITH_TLLA:
        add_link_layer(&frame, TLLA, tn1.mac);
        break;
    case RESERVED_FIELD:
        frame.bytes[HEADERS + 7u] = 0xFF;
        frame_fix_checksum(&frame);
        break;
    case SOLICITED_FLAG:
        frame.bytes[HEADERS + 4u] = NA_S | NA_O;
        frame_fix_checksum(&frame);
        break;
    default:
        spoil(&frame, (enum fault)variation);
        break;
    }
}

static void validates_solicitation(unsigned variation)
{
    start_detection();
    detection_solicitation(nut.link_local);
    add_variation(variation);
    expect_detected(!is_valid(variation, WITH_TLLA));
}

static void validates_advertisement(unsigned variation)
{
    start_detection();
    detection_advertisement(nut.link_local);
    add_variation(variation);
    expect_detected(!is_valid(variation, WITH_SLLA));
}

/* A node resolves the tentative address: there is no answer, and no conflict (RFC 4862, 5.4.3). */
static void is_resolved_while_tentative(unsigned variation)
{
    start_detection();
    const char *to = variation == TO_TENTATIVE ? nut.link_local : test_solicited_node(nut.link_local);
    frame_ns(&frame, variation == TO_TENTATIVE ? nut.mac : test_group_mac(to), tn1.mac, tn1.link_local, to,
             nut.link_local, tn1.mac);
    expect_detected(true);
}

/* -- 3.2: global addresses ----------------------------------------------------------------------------------------- */

#define PREFIX_A "2001:db8:a::"
#define PREFIX_B "2001:db8:b::"
#define SITE_LOCAL "fec0:0:0:1::"
#define ZERO_FIELDS "2001:db8::" /* the subnet is 0 */

static void begin_advertisement(void)
{
    router_advertisement(&frame, &tr1, 0, 1800);
}

static void advertise_prefix(const char *prefix, uint32_t valid, uint32_t preferred)
{
    begin_advertisement();
    add_prefix(&frame, prefix, 64, ON_LINK | AUTONOMOUS, valid, preferred);
    transmit(&frame);
}

/* The NUT begins to form an address of the prefix within the random delay of at most one second (RFC 4862, 5.4.2). */
static void expect_forming(const char *prefix, char *address)
{
    next_detection(address, 2u * SECOND);
    if (!same_prefix(address, prefix)) {
        fail_because("expected an address of %s/64, got %s", prefix, address);
    }
}

static void expect_formed(const char *prefix, char *address)
{
    expect_forming(prefix, address);
    pass(2u * SECOND);
    expect_in_use(address, true);
}

/* An address of the prefix is in use from now on. */
static void form(const char *prefix, uint32_t lifetime, char *address)
{
    setup_link_local();
    advertise_prefix(prefix, lifetime, lifetime);
    expect_formed(prefix, address);
}

static void forms_address(const char *prefix)
{
    char address[46];
    setup_link_local();
    advertise_prefix(prefix, 3600, 3600);
    expect_forming(prefix, address);
    expect_in_use(address, false); /* tentative: no answer */
    pass(2u * SECOND);
    expect_in_use(address, true);
}

static void forms_global(void)
{
    forms_address(PREFIX_A);
}

static void forms_with_zero_fields(void)
{
    forms_address(ZERO_FIELDS);
}

static void forms_site_local(void)
{
    forms_address(SITE_LOCAL);
}

static void lifetime_expires(void)
{
    char address[46];
    form(PREFIX_A, 30, address);
    pass(20u * SECOND);
    expect_in_use(address, true);
    pass(10u * SECOND);
    expect_in_use(address, false);
}

/* A site changes its prefix: the old address is deprecated, still answers, and finally expires (RFC 4862, 4.1). */
static void renumbering(void)
{
    char a[46];
    char b[46];
    form(PREFIX_A, 60, a);
    advertise_prefix(PREFIX_B, 1000, 1000);
    expect_formed(PREFIX_B, b);
    expect_in_use(a, true);
    advertise_prefix(PREFIX_A, 40, 0);
    pass(10u * SECOND);
    expect_in_use(a, true);
    answer_for(&tr1);
    nut_pings(FAR, 8);
    if (!next_frame(&frame, ECHO_REQUEST, SECOND) || !is_address(frame.bytes + 22, b)) {
        fail_because("expected an Echo Request from %s, the address that is not deprecated, got none", b);
    }
    pass(60u * SECOND);
    expect_in_use(a, false);
    expect_in_use(b, true);
}

static void several_prefixes(void)
{
    char a[46];
    char b[46];
    setup_link_local();
    begin_advertisement();
    add_prefix(&frame, PREFIX_A, 64, ON_LINK | AUTONOMOUS, 3600, 3600);
    add_prefix(&frame, PREFIX_B, 64, ON_LINK | AUTONOMOUS, 3600, 3600);
    transmit(&frame);
    next_detection(a, 2u * SECOND);
    next_detection(b, 2u * SECOND);
    if (!(same_prefix(a, PREFIX_A) && same_prefix(b, PREFIX_B)) &&
        !(same_prefix(a, PREFIX_B) && same_prefix(b, PREFIX_A))) {
        fail_because("expected an address of each prefix, got %s and %s", a, b);
    }
    pass(2u * SECOND);
    expect_in_use(a, true);
    expect_in_use(b, true);
}

/* Reasons to form no address (RFC 4862, 5.5.3). */
enum unfit {
    NOT_AUTONOMOUS,
    LINK_LOCAL_PREFIX,
    PREFERRED_ABOVE_VALID,
    LENGTH_ABOVE_128,
    LENGTH_BELOW_64,
    LENGTH_ABOVE_64,
    VALID_ZERO,
    UNFIT_HOP_LIMIT
};

static void forms_none(unsigned unfit)
{
    const char *prefix = unfit == LINK_LOCAL_PREFIX ? "fe80::" : PREFIX_A;
    uint8_t length = 64;
    uint8_t flags = unfit == NOT_AUTONOMOUS ? ON_LINK : ON_LINK | AUTONOMOUS;
    uint32_t valid = unfit == VALID_ZERO ? 0u : 3600u;
    length = unfit == LENGTH_ABOVE_128 ? 129 : length;
    length = unfit == LENGTH_BELOW_64 ? 63 : length;
    length = unfit == LENGTH_ABOVE_64 ? 65 : length;
    setup_link_local();
    begin_advertisement();
    add_prefix(&frame, prefix, length, flags, valid, unfit == PREFERRED_ABOVE_VALID ? valid + 1u : valid);
    if (unfit == UNFIT_HOP_LIMIT) {
        spoil(&frame, BAD_HOP_LIMIT);
    }
    transmit(&frame);
    expect_none(DETECTION, 4u * SECOND);
    /* A valid prefix shows that the NUT processes advertisements. */
    char address[46];
    advertise_prefix(PREFIX_B, 3600, 3600);
    expect_formed(PREFIX_B, address);
}

static void infinite_lifetime(void)
{
    char address[46];
    form(PREFIX_A, 0xFFFFFFFF, address);
    pass(100u * HOUR);
    expect_in_use(address, true);
}

/* The address has `stored` seconds to live when `advertised` is received. From then on it has `expected`. */
static void lifetime_updated(uint32_t stored, uint32_t advertised, uint32_t expected)
{
    char address[46];
    form(PREFIX_A, stored, address);
    advertise_prefix(PREFIX_A, advertised, advertised);
    pass((uint64_t)expected * SECOND - 10u * SECOND);
    expect_in_use(address, true);
    pass(15u * SECOND);
    expect_in_use(address, false);
}

static void lifetime_above_stored(void)
{
    lifetime_updated(30, 60, 60);
}

static void lifetime_above_two_hours(void)
{
    lifetime_updated(20000, 7300, 7300);
}

static void lifetime_below_stored(void)
{
    lifetime_updated(60, 20, 56); /* ignored: of 60 s, four have passed */
}

static void lifetime_below_two_hours(void)
{
    lifetime_updated(20000, 60, 7200);
}

/* -- RFC 7217 ------------------------------------------------------------------------------------------------------ */

/* Interface identifiers of different prefixes reveal neither each other nor the Ethernet address. */
static void identifiers_differ(void)
{
    char global[46];
    uint8_t a[16];
    uint8_t b[16];
    form(PREFIX_A, 3600, global);
    test_address(a, nut.link_local);
    test_address(b, global);
    if (memcmp(a + 8, b + 8, 8) == 0) {
        fail_because("expected another interface identifier than that of %s, got %s", nut.link_local, global);
    }
}

static void stable_over_restart(void)
{
    char first[46];
    char second[46];
    char link_local[46];
    form(PREFIX_A, 3600, first);
    memcpy(link_local, nut.link_local, sizeof link_local);
    form(PREFIX_A, 3600, second);
    if (strcmp(first, second) != 0 || strcmp(link_local, nut.link_local) != 0) {
        fail_because("expected the addresses of before, %s and %s, got %s and %s", link_local, first, nut.link_local,
                     second);
    }
    identifiers_differ();
}

/* A conflict leads to another address by the same method (RFC 7217, 6). */
static void expect_another(const char *conflicting)
{
    char other[46];
    detection_solicitation(conflicting);
    transmit(&frame);
    next_detection(other, 3u * SECOND);
    if (strcmp(other, conflicting) == 0) {
        fail_because("expected another address than %s, got that", conflicting);
    }
    pass(2u * SECOND);
    expect_in_use(conflicting, false);
    expect_in_use(other, true);
}

static void conflict_of_link_local(void)
{
    start_detection();
    expect_another(nut.link_local);
}

static void conflict_of_global(void)
{
    char address[46];
    setup_link_local();
    advertise_prefix(PREFIX_A, 3600, 3600);
    expect_forming(PREFIX_A, address);
    expect_another(address);
}

const struct conformance_case section_3[] = {
    CASE("3.1.1", "Address Autoconfiguration and Duplicate Address Detection", "", link_local_is_detected),
    CASE_WITH("3.1.2.A", "Receiving DAD Neighbor Solicitations and Advertisements",
              "NUT receives DAD NS (target != NUT)", receives_solicitation, 0),
    CASE_WITH("3.1.2.B", "Receiving DAD Neighbor Solicitations and Advertisements",
              "NUT receives DAD NS (target == NUT)", receives_solicitation, THE_SAME),
    CASE_WITH("3.1.2.C", "Receiving DAD Neighbor Solicitations and Advertisements",
              "NUT receives DAD NA (target != NUT)", receives_advertisement, 0),
    CASE_WITH("3.1.2.D", "Receiving DAD Neighbor Solicitations and Advertisements",
              "NUT receives DAD NA (target == NUT)", receives_advertisement, THE_SAME),
    CASE_WITH("3.1.3.A", "Validation of DAD Neighbor Solicitations",
              "NUT receives invalid DAD NS (ICMP length < 24 octets)", validates_solicitation, TOO_SHORT),
    CASE_WITH("3.1.3.B", "Validation of DAD Neighbor Solicitations", "NUT receives invalid DAD NS (HopLimit !=255)",
              validates_solicitation, BAD_HOP_LIMIT),
    CASE_WITH("3.1.3.C", "Validation of DAD Neighbor Solicitations",
              "NUT receives invalid DAD NS (Dst = NUT's tentative address)", validates_solicitation, TO_TENTATIVE),
    CASE_WITH("3.1.3.D", "Validation of DAD Neighbor Solicitations", "NUT receives invalid DAD NS (Dst = allnode)",
              validates_solicitation, TO_ALL_NODES),
    CASE_WITH("3.1.3.E", "Validation of DAD Neighbor Solicitations", "NUT receives invalid DAD NS (ICMP code!= zero)",
              validates_solicitation, BAD_CODE),
    CASE_WITH("3.1.3.F", "Validation of DAD Neighbor Solicitations", "NUT receives invalid DAD NS (Invalid Checksum)",
              validates_solicitation, BAD_CHECKSUM),
    CASE_WITH("3.1.3.G", "Validation of DAD Neighbor Solicitations",
              "NUT receives invalid DAD NS (target == multicast address)", validates_solicitation, MULTICAST_TARGET),
    CASE_WITH("3.1.3.H", "Validation of DAD Neighbor Solicitations", "NUT receives invalid DAD NS (contains SLL)",
              validates_solicitation, WITH_SLLA),
    CASE_WITH("3.1.3.I", "Validation of DAD Neighbor Solicitations", "NUT receives valid DAD NS (Reserved Field)",
              validates_solicitation, RESERVED_FIELD),
    CASE_WITH("3.1.3.J", "Validation of DAD Neighbor Solicitations", "NUT receives valid DAD NS (contains TLL)",
              validates_solicitation, WITH_TLLA),
    CASE_WITH("3.1.4.A", "Validation of DAD Neighbor Advertisements",
              "NUT receives invalid DAD NA (ICMP length < 24 octets)", validates_advertisement, TOO_SHORT),
    CASE_WITH("3.1.4.B", "Validation of DAD Neighbor Advertisements", "NUT receives invalid DAD NA (HopLimit != 255)",
              validates_advertisement, BAD_HOP_LIMIT),
    CASE_WITH("3.1.4.C", "Validation of DAD Neighbor Advertisements", "NUT receives invalid DAD NA (ICMP code!= zero)",
              validates_advertisement, BAD_CODE),
    CASE_WITH("3.1.4.D", "Validation of DAD Neighbor Advertisements", "NUT receives invalid DAD NA (Invalid Checksum)",
              validates_advertisement, BAD_CHECKSUM),
    CASE_WITH("3.1.4.E", "Validation of DAD Neighbor Advertisements", "NUT receives invalid DAD NA (SolicitedFlag ==1)",
              validates_advertisement, SOLICITED_FLAG),
    CASE_WITH("3.1.4.F", "Validation of DAD Neighbor Advertisements",
              "NUT receives invalid DAD NA (target == multicast address)", validates_advertisement, MULTICAST_TARGET),
    CASE_WITH("3.1.4.G", "Validation of DAD Neighbor Advertisements",
              "NUT receives invalid DAD NA (option length ==zero)", validates_advertisement, OPTION_LENGTH_ZERO),
    CASE_WITH("3.1.4.H", "Validation of DAD Neighbor Advertisements", "NUT receives valid DAD NA (Reserved Field)",
              validates_advertisement, RESERVED_FIELD),
    CASE_WITH("3.1.4.I", "Validation of DAD Neighbor Advertisements", "NUT receives valid DAD NA (contains SLL)",
              validates_advertisement, WITH_SLLA),
    CASE_WITH("3.1.5.A", "Receiving Neighbor Solicitations for Address Resolution", "NUT receives NS (src == unicast)",
              is_resolved_while_tentative, 0),
    CASE_WITH("3.1.5.B", "Receiving Neighbor Solicitations for Address Resolution",
              "NUT receives NS (Src == unicast && Dst == NUT's tentative address)", is_resolved_while_tentative,
              TO_TENTATIVE),
    CASE("3.2.1.A", "Global Address Autoconfiguration and DAD", "Unicast Autoconfigured Address - Global",
         forms_global),
    CASE("3.2.1.B", "Global Address Autoconfiguration and DAD",
         "Unicast Autoconfigured Address Prefix ending in zero valued fields", forms_with_zero_fields),
    CASE("3.2.1.C", "Global Address Autoconfiguration and DAD", "Unicast Autoconfigured Address Site-Local",
         forms_site_local),
    CASE("3.2.2", "Address Lifetime Expiry (Hosts Only)", "", lifetime_expires),
    CASE("3.2.3", "Multiple Prefixes and Network Renumbering (Hosts only)", "", renumbering),
    CASE("3.2.4.A", "Prefix-Information Option Processing (Hosts Only)",
         "Router Advertisement with multiple Prefix Options", several_prefixes),
    CASE_WITH("3.2.4.B", "Prefix-Information Option Processing (Hosts Only)", "Autonomous Flag not set", forms_none,
              NOT_AUTONOMOUS),
    CASE_WITH("3.2.4.C", "Prefix-Information Option Processing (Hosts Only)", "prefix is set to link-local prefix",
              forms_none, LINK_LOCAL_PREFIX),
    CASE_WITH("3.2.4.D", "Prefix-Information Option Processing (Hosts Only)", "preferred lifetime > valid lifetime",
              forms_none, PREFERRED_ABOVE_VALID),
    CASE_WITH("3.2.4.E", "Prefix-Information Option Processing (Hosts Only)", "prefix length > 128 bits", forms_none,
              LENGTH_ABOVE_128),
    CASE_WITH("3.2.4.F", "Prefix-Information Option Processing (Hosts Only)", "prefix length < 64 bits", forms_none,
              LENGTH_BELOW_64),
    CASE_WITH("3.2.4.G", "Prefix-Information Option Processing (Hosts Only)", "(64 bits < prefix length < 128 bits)",
              forms_none, LENGTH_ABOVE_64),
    CASE_WITH("3.2.4.H", "Prefix-Information Option Processing (Hosts Only)", "Valid Lifetime is zero", forms_none,
              VALID_ZERO),
    CASE_WITH("3.2.4.I", "Prefix-Information Option Processing (Hosts Only)", "Invalid RA with Hop Limit 254",
              forms_none, UNFIT_HOP_LIMIT),
    CASE("3.2.4.J", "Prefix-Information Option Processing (Hosts Only)", "Valid Lifetime is 0xffffffff",
         infinite_lifetime),
    CASE("3.2.5.A", "Prefix-Information Option Processing, Lifetime (Hosts Only)",
         "Prefix Lifetime greater than Stored Lifetime", lifetime_above_stored),
    CASE("3.2.5.B", "Prefix-Information Option Processing, Lifetime (Hosts Only)",
         "Prefix Lifetime greater than 2 hours", lifetime_above_two_hours),
    CASE("3.2.5.C", "Prefix-Information Option Processing, Lifetime (Hosts Only)",
         "Prefix Lifetime less than the Stored Lifetime and the Stored Lifetime is less than 2 hours",
         lifetime_below_stored),
    CASE("3.2.5.D", "Prefix-Information Option Processing, Lifetime (Hosts Only)",
         "Prefix Lifetime less than 2 hours and the Stored Lifetime is greater than 2 hours", lifetime_below_two_hours),
    CASE("3.2.6.A", "Stable addresses, RFC 7217 (Hosts Only)", "Link-Local vs. Global", identifiers_differ),
    CASE("3.2.6.B", "Stable addresses, RFC 7217 (Hosts Only)", "Reboot", stable_over_restart),
    CASE("3.2.7.A", "Resolving DAD Conflicts, RFC 7217 (Hosts Only)", "Link-Local", conflict_of_link_local),
    CASE("3.2.7.B", "Resolving DAD Conflicts, RFC 7217 (Hosts Only)", "Global", conflict_of_global),
    END_OF_CASES,
};

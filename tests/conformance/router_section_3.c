/* router_section_3.c: cases of a router, section 3: Duplicate Address Detection of its link-local address. */
#include "router_suite.h"

#include <string.h>

#if V6NF_FORWARDING
static struct test_frame frame;

enum { NS, NA };

/* Another node has, or detects, the address. Then nothing of the RUT comes from it, and it is not answered. */
static void is_duplicate(unsigned variation)
{
    const char *group = test_solicited_node(RUT_LOCAL_B);
    rut_start_tentative();
    const struct v6nf_advertisement advertisement = rut_advertisement();
    rut_advertise(B, &advertisement);
    if ((variation & 1u) == NS) {
        frame_ns(&frame, test_group_mac(group), TN1_MAC, "::", group, RUT_LOCAL_B, NULL);
    } else {
        frame_na(&frame, test_group_mac("ff02::1"), TN1_MAC, RUT_LOCAL_B, "ff02::1", RUT_LOCAL_B, NA_O, TN1_MAC);
    }
    if ((variation & 2u) != 0u) { /* reserved bits */
        frame.bytes[61] = 0xFF;
        frame.bytes[60] = 0xFF;
    }
    if ((variation & 4u) != 0u) { /* the link-layer address option of the other message */
        static const uint8_t option[8] = {0, 1, 2, 0, 0, 0, 0, 0x11};
        uint8_t other[8];
        memcpy(other, option, sizeof other);
        other[0] = (variation & 1u) == NS ? 2 : 1;
        frame_append(&frame, other, sizeof other);
    }
    frame_fix_checksum(&frame);
    send_on(B, &frame);
    wait_for(5u * SECOND);
    frame_ns(&frame, test_group_mac(group), TN1_MAC, TN1_LOCAL, group, RUT_LOCAL_B, TN1_MAC);
    send_on(B, &frame);
    frame_echo(&frame, RUT_MAC_B, TN1_MAC, TN1_LOCAL, RUT_LOCAL_B, 128, 7, 1, 16);
    send_on(B, &frame);
    wait_for(30u * SECOND);
    expect(count_seen(B, 136) == 0u);
    expect(count_seen(B, 129) == 0u);
    expect(count_seen(B, 134) == 0u);
    for (unsigned i = 0; i < count_seen(B, 135); i++) {
        expect(!address_is(find_seen(B, 135, i)->frame.bytes + 22, RUT_LOCAL_B));
    }
    expect(find_passed(B, RUT_LOCAL_B, TN1_LOCAL) == NULL);
}

const struct router_case router_section_3[] = {
    {"3.1.2.B", "solicitation for its tentative address", is_duplicate, NS, false},
    {"3.1.2.D", "advertisement of its tentative address", is_duplicate, NA, false},
    {"3.1.3.I", "solicitation, reserved field", is_duplicate, NS | 2u, false},
    {"3.1.3.J", "solicitation, target link-layer address option", is_duplicate, NS | 4u, false},
    {"3.1.4.H", "advertisement, reserved field", is_duplicate, NA | 2u, false},
    {"3.1.4.I", "advertisement, source link-layer address option", is_duplicate, NA | 4u, false},
    {NULL, NULL, NULL, 0, false},
};
#endif

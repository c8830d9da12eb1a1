/* ether.c: IPv6 after VLAN tags (IEEE 802.1Q) and SNAP (RFC 1042); Ethernet addresses as text. */
#include "v6nf/wire/ether.h"

#include "text.h"

#define SNAP_SIZE 6u /* LLC header and organization code */
#define SNAP_LLC 0xAAAA0300u /* LLC for SNAP, and the first byte of the organization code */
#define SNAP_ETHERNET 0x0000u /* its other two bytes: an EtherType follows (RFC 1042) */
#define SNAP_BRIDGED 0x00F8u  /* the same from some bridges (IEEE 802.1H) */

/*@ assigns \nothing;
    ensures \result <==> type == 0x8100 || type == 0x88A8 || type == 0x9100; */
static bool is_tag(uint32_t type)
{
    return type == V6NF_ETHER_TYPE_VLAN || type == V6NF_ETHER_TYPE_SERVICE_VLAN || type == V6NF_ETHER_TYPE_OUTER_VLAN;
}

/*@ requires \valid_read(header + (0 .. 5));
    assigns \nothing;
    ensures \result ==> header[0] == 0xAA && header[1] == 0xAA && header[2] == 3; */
static bool is_snap(const uint8_t *header)
{
    uint32_t organization = v6nf_load16(header + 4);
    return v6nf_load32(header) == SNAP_LLC && (organization == SNAP_ETHERNET || organization == SNAP_BRIDGED);
}

enum v6nf_ether_content v6nf_ether_find_tagged(const uint8_t *frame, uint32_t length, uint32_t *offset)
{
    uint32_t at = V6NF_ETHER_TYPE;
    *offset = 0;
    /*@ loop invariant 0 <= i <= V6NF_ETHER_TAGS_MAX + 1;
        loop invariant 12 <= at <= 12 + 8 * i;
        loop invariant *offset == 0;
        loop assigns i, at;
        loop variant V6NF_ETHER_TAGS_MAX + 1 - i; */
    for (uint32_t i = 0; i <= V6NF_ETHER_TAGS_MAX; i++) {
        if (at + 2u > length) {
            return V6NF_ETHER_UNREADABLE;
        }
        uint32_t type = v6nf_load16(frame + at);
        if (type == V6NF_ETHER_TYPE_IPV6) {
            *offset = at + 2u;
            return V6NF_ETHER_IPV6;
        }
        if (is_tag(type)) {
            at += V6NF_ETHER_TAG_SIZE;
            continue;
        }
        if (type >= V6NF_ETHER_TYPE_MIN) {
            return V6NF_ETHER_OTHER;
        }
        if (at + 2u + SNAP_SIZE > length) {
            return V6NF_ETHER_UNREADABLE;
        }
        if (!is_snap(frame + at + 2u)) {
            return V6NF_ETHER_OTHER;
        }
        at += 2u + SNAP_SIZE;
    }
    return V6NF_ETHER_UNREADABLE;
}

bool v6nf_ether_parse(uint8_t *address, const char *text)
{
    uint8_t bytes[V6NF_ETHER_ADDRESS_SIZE] = {0};
    bool valid = true;
    uint32_t at = 0;
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE && valid; i++) {
        uint32_t high = text_hex_digit(text[at]);
        uint32_t low = high < 16u ? text_hex_digit(text[at + 1u]) : 16u;
        valid = low < 16u;
        if (valid) {
            char after = text[at + 2u];
            bytes[i] = (uint8_t)(high * 16u + low);
            valid = i + 1u < V6NF_ETHER_ADDRESS_SIZE ? (after == ':' || after == '-') : after == '\0';
            at += 3u;
        }
    }
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE; i++) {
        address[i] = valid ? bytes[i] : 0u;
    }
    return valid;
}

void v6nf_ether_format(char *text, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_ETHER_ADDRESS_SIZE; i++) {
        text[3u * i] = text_digit((uint32_t)address[i] / 16u);
        text[3u * i + 1u] = text_digit((uint32_t)address[i] % 16u);
        text[3u * i + 2u] = i + 1u < V6NF_ETHER_ADDRESS_SIZE ? ':' : '\0';
    }
}

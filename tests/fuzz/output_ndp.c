/* output_ndp.c: checks of the Neighbor Discovery messages that a node sends (RFC 4861, RFC 4862, RFC 7527;
 * RFC 4429, 3.2). */
#include "node_checks.h"

/* Nonces of detection. None from before the last link-up is sent again (RFC 7527, 4.1). Not yet checked: that none is
 * reused if an address is removed and added again. */
#define NONCES 16u
static uint8_t nonces[NONCES][6];
static uint32_t nonces_count;
static uint32_t nonces_before;

void reset_ndp_checks(void)
{
    nonces_count = nonces_before = 0;
}

void note_link_up(void)
{
    nonces_before = nonces_count;
}

static void check_nonce(const uint8_t *nonce)
{
    for (uint32_t i = nonces_count > NONCES ? nonces_count - NONCES : 0u; i < nonces_before; i++) {
        CHECK(memcmp(nonces[i % NONCES], nonce, 6) != 0);
    }
    memcpy(nonces[nonces_count % NONCES], nonce, 6);
    nonces_count++;
}

static bool is_solicited_node_of(const uint8_t *group, const uint8_t *address)
{
    static const uint8_t prefix[13] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF};
    return memcmp(group, prefix, 13) == 0 && memcmp(group + 13, address + 13, 3) == 0;
}

static void check_solicitation(const uint8_t *frame, uint32_t payload)
{
    const uint8_t *target = frame + 62;
    enum v6nf_address_state state = state_of(target);
    CHECK(payload == 24u || payload == 32u);
    if (is_zero(frame + 22, 16)) {
        CHECK(state == V6NF_ADDRESS_TENTATIVE || state == V6NF_ADDRESS_OPTIMISTIC);
        CHECK(is_solicited_node_of(frame + 38, target));
        CHECK(payload == 24u || (frame[78] == 14u && frame[79] == 1u));
        if (payload == 32u) {
            check_nonce(frame + 80);
        }
        return;
    }
    CHECK(state == V6NF_ADDRESS_NONE || state == V6NF_ADDRESS_DUPLICATE);
    CHECK(state_of(frame + 22) != V6NF_ADDRESS_OPTIMISTIC);
    CHECK(is_same(frame + 38, target) || is_solicited_node_of(frame + 38, target));
    CHECK(payload == 32u && frame[78] == 1u && frame[79] == 1u && memcmp(frame + 80, mac, 6) == 0);
}

/* Return the Ethernet address in the resolved entry of the host, NULL if there is none. The route does not matter. */
static const uint8_t *known_mac_of(const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node.neighbors[i];
        bool is_resolved = neighbor->state != V6NF_NEIGHBOR_FREE && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE;
        if (is_resolved && is_same(neighbor->address.bytes, address)) {
            return neighbor->mac;
        }
    }
    return NULL;
}

/* Check that an advertisement goes to the solicitor: to all nodes if it has no address, else to the Ethernet address in
 * its entry. Without an entry it goes to the source of the solicitation (RFC 4861, 7.2.4). */
static void check_answer(const uint8_t *frame)
{
    static const uint8_t all_nodes[16] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    bool is_answer = cause_length >= 78u && cause[20] == 58u && cause[54] == 135u;
    if (frame[38] == 0xFFu) {
        CHECK((frame[58] & 0x40u) == 0u);
        CHECK(!is_answer || (is_zero(cause + 22, 16) && is_same(frame + 38, all_nodes)));
        return;
    }
    const uint8_t *to = known_mac_of(frame + 38);
    if (to == NULL && is_answer && is_same(cause + 22, frame + 38)) {
        to = cause + 6;
    }
    CHECK((frame[58] & 0x40u) != 0u && to != NULL && memcmp(frame, to, 6) == 0);
}

static void check_advertisement(const uint8_t *frame, uint32_t payload)
{
    enum v6nf_address_state state = state_of(frame + 62);
    bool overrides = (frame[58] & 0x20u) != 0u;
    CHECK(payload == 32u && frame[78] == 2u && frame[79] == 1u && memcmp(frame + 80, mac, 6) == 0);
    CHECK(((frame[58] & 0x80u) != 0u) == node.router); /* R flag */
    CHECK(state >= V6NF_ADDRESS_OPTIMISTIC);
    CHECK(!overrides || (state != V6NF_ADDRESS_OPTIMISTIC && state != V6NF_ADDRESS_ANYCAST));
    check_answer(frame);
}

void check_ndp_output(const uint8_t *frame, uint32_t payload)
{
    CHECK(frame[21] == 255u && frame[55] == 0u);
    switch (frame[54]) {
    case 133:
        CHECK(node.autoconfigure && (payload == 16u || (payload == 8u && node.optimistic)));
        CHECK(payload == 8u || (memcmp(frame + 64, mac, 6) == 0 && state_of(frame + 22) != V6NF_ADDRESS_OPTIMISTIC));
        break;
    case 135:
        check_solicitation(frame, payload);
        break;
    default:
        CHECK(frame[54] == 136u);
        check_advertisement(frame, payload);
        break;
    }
}

/* Return true if the received frame is a valid solicitation for an address in use, from another host on the link
 * (RFC 4861, 7.1.1 and 7.2.4). */
bool must_be_answered(uint64_t now)
{
    const uint8_t *source = cause + 22;
    const uint8_t *target = cause + 62;
    uint32_t payload = get16(cause + 18);
    bool has_option = payload == 32u;
    if (cause_length < 78u || get16(cause + 12) != 0x86DDu || cause[14] >> 4 != 6u || cause_length < 54u + payload ||
        (payload != 24u && !has_option) || cause[20] != 58u || cause[21] != 255u || cause[54] != 135u ||
        cause[55] != 0u) {
        return false;
    }
    bool is_ours =
        (memcmp(cause, mac, 6) == 0 || (cause[0] & 1u) != 0u) && (cause[6] & 1u) == 0u && !is_zero(cause + 6, 6);
    bool is_to_target = is_same(cause + 38, target) || is_solicited_node_of(cause + 38, target);
    bool is_host = (source[0] == 0x20u || source[0] == 0xFEu) && state_of(source) == V6NF_ADDRESS_NONE;
    bool is_option =
        !has_option || (cause[78] == 1u && cause[79] == 1u && (cause[80] & 1u) == 0u && !is_zero(cause + 80, 6));
    return is_ours && is_to_target && is_host && is_option && state_of(target) >= V6NF_ADDRESS_DEPRECATED &&
           now < end_of(target) && sum(cause + 14, cause + 54, payload, 58) == 0xFFFFu;
}

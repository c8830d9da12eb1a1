/* redirect.c: Redirects that a router sends (RFC 4861, 8.2). */
#include "v6nf/nf/redirect.h"

#include <stddef.h>
#include <string.h>

#define FRAME_SIZE (V6NF_ETHER_HEADER_SIZE + V6NF_NDP_REDIRECT_PACKET_SIZE)

void v6nf_redirector_init(struct v6nf_redirector *redirector, const struct v6nf_icmpv6_rates *rates,
                          const uint8_t *secret, uint64_t now)
{
    static const struct v6nf_icmpv6_rates defaults = {.rate = V6NF_REDIRECTOR_RATE,
                                                      .burst = V6NF_REDIRECTOR_BURST,
                                                      .source_rate = V6NF_REDIRECTOR_STATION_RATE,
                                                      .source_burst = V6NF_REDIRECTOR_STATION_BURST};
    memset(redirector, 0, sizeof *redirector);
    (void)v6nf_icmpv6_limit_init(&redirector->limit, redirector->buckets, V6NF_REDIRECTOR_BUCKETS,
                                 rates != NULL ? rates : &defaults, secret, now);
}

/* Return the slot number `index` of those that wait. */
static struct v6nf_redirect_slot *redirect_slot(struct v6nf_redirector *redirector, uint32_t index)
{
    return &redirector->slots[(redirector->oldest + index) % V6NF_REDIRECTOR_SLOTS];
}

/* Remove the oldest of those that wait. */
static void drop_oldest(struct v6nf_redirector *redirector)
{
    redirector->oldest = (redirector->oldest + 1u) % V6NF_REDIRECTOR_SLOTS;
    redirector->count--;
}

/* Return true if a station can have an address that packets are forwarded from or to. */
static bool is_forwarded_address(const uint8_t *address)
{
    return v6nf_address_is_assignable(address) && !v6nf_address_is_link_local(address);
}

/* Return true if a Redirect may be sent about a packet with a whole header. */
static bool may_redirect(const struct v6nf_redirect *redirect, const uint8_t *packet)
{
    const uint8_t *source = packet + V6NF_IPV6_SOURCE;
    const uint8_t *destination = packet + V6NF_IPV6_DESTINATION;
    const uint8_t *target = redirect->target;
    return redirect->is_neighbor && v6nf_address_is_assignable(source) && is_forwarded_address(destination) &&
           (v6nf_address_equal(target, destination) || v6nf_address_is_link_local(target)) &&
           !v6nf_address_equal(target, source) && v6nf_ether_is_station(redirect->sender_mac) &&
           (redirect->target_mac == NULL || v6nf_ether_is_station(redirect->target_mac));
}

/* Return true if a Redirect waits for the same source and destination. */
static bool is_waiting(struct v6nf_redirector *redirector, uint32_t interface, const uint8_t *packet)
{
    for (uint32_t i = 0; i < redirector->count && i < V6NF_REDIRECTOR_SLOTS; i++) {
        const struct v6nf_redirect_slot *slot = redirect_slot(redirector, i);
        if (slot->interface == interface &&
            memcmp(slot->packet + V6NF_IPV6_SOURCE, packet + V6NF_IPV6_SOURCE, 2u * V6NF_ADDRESS_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

/* Take the tokens of a Redirect to a station of an interface. */
static bool take_tokens(struct v6nf_redirector *redirector, const struct v6nf_redirect *redirect, uint64_t now)
{
    uint8_t station[V6NF_ADDRESS_SIZE] = {0}; /* the limit looks at the first 8 bytes */
    v6nf_ether_address_copy(station, redirect->sender_mac);
    v6nf_store16(station + V6NF_ETHER_ADDRESS_SIZE, (uint16_t)(redirect->interface & 0xFFFFu));
    return v6nf_icmpv6_limit_take(&redirector->limit, station, now);
}

/* Drop those that waited too long. */
static void drop_expired(struct v6nf_redirector *redirector, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_REDIRECTOR_SLOTS && redirector->count != 0u; i++) {
        const uint64_t noted = redirect_slot(redirector, 0)->noted;
        if (now <= noted || now - noted <= V6NF_REDIRECTOR_MAX_AGE) {
            return;
        }
        drop_oldest(redirector);
        redirector->expired++;
    }
}

/* Fill a slot with a Redirect about a packet of `size` bytes. */
static void fill_redirect_slot(struct v6nf_redirect_slot *slot, const struct v6nf_redirect *redirect,
                               const uint8_t *packet, uint32_t size, uint64_t now)
{
    slot->noted = now;
    slot->interface = redirect->interface;
    slot->length = size < V6NF_REDIRECTOR_QUOTE_SIZE ? size : V6NF_REDIRECTOR_QUOTE_SIZE;
    slot->has_mac = redirect->target_mac != NULL;
    v6nf_ether_address_copy(slot->sender_mac, redirect->sender_mac);
    v6nf_ether_address_copy(slot->target_mac, slot->has_mac ? redirect->target_mac : redirect->sender_mac);
    v6nf_address_copy(slot->target, redirect->target);
    memcpy(slot->packet, packet, slot->length);
}

enum v6nf_redirect_result v6nf_redirector_note(struct v6nf_redirector *redirector, const struct v6nf_redirect *redirect,
                                               const uint8_t *packet, uint32_t available, uint64_t now)
{
    uint32_t size;
    if (v6nf_ipv6_check(packet, available, &size) != V6NF_IPV6_GOOD || !may_redirect(redirect, packet)) {
        redirector->refused++;
        return V6NF_REDIRECT_REFUSED;
    }
    drop_expired(redirector, now);
    if (is_waiting(redirector, redirect->interface, packet)) {
        redirector->repeated++;
        return V6NF_REDIRECT_REPEATED;
    }
    if (redirector->count >= V6NF_REDIRECTOR_SLOTS) {
        redirector->full++;
        return V6NF_REDIRECT_FULL;
    }
    if (!take_tokens(redirector, redirect, now)) {
        redirector->limited++;
        return V6NF_REDIRECT_LIMITED;
    }
    fill_redirect_slot(redirect_slot(redirector, redirector->count), redirect, packet, size, now);
    redirector->count++;
    return V6NF_REDIRECT_QUEUED;
}

bool v6nf_redirector_next(struct v6nf_redirector *redirector, uint32_t *interface, uint64_t now)
{
    drop_expired(redirector, now);
    *interface = redirector->count != 0u ? redirect_slot(redirector, 0)->interface : 0u;
    return redirector->count != 0u;
}

uint32_t v6nf_redirector_write(struct v6nf_redirector *redirector, const uint8_t *mac, const uint8_t *link_local,
                               uint8_t *frame, uint32_t capacity)
{
    if (redirector->count == 0u) {
        return 0;
    }
    const struct v6nf_redirect_slot *slot = redirect_slot(redirector, 0);
    drop_oldest(redirector);
    if (capacity < FRAME_SIZE) {
        redirector->no_capacity++;
        return 0;
    }
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, slot->sender_mac);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, mac);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, link_local);
    v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, slot->packet + V6NF_IPV6_SOURCE);
    redirector->sent++;
    return V6NF_ETHER_HEADER_SIZE + v6nf_ndp_write_redirect(packet, slot->target, slot->packet + V6NF_IPV6_DESTINATION,
                                                            slot->has_mac ? slot->target_mac : NULL, slot->packet,
                                                            slot->length);
}

void v6nf_redirector_forget(struct v6nf_redirector *redirector)
{
    redirector->expired += redirector->count;
    redirector->count = 0;
}

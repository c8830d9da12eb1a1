/* advertiser.c: Router Advertisements of one interface (RFC 4861, 6.2). */
#include "v6nf/nf/advertiser.h"

#include <stddef.h>
#include <string.h>

#include "v6nf/table/hash.h"

#define SECOND UINT64_C(1000000)
#define MILLISECOND 1000u

/* Constants of routers (RFC 4861, 10). */
#define MAX_INITIAL_INTERVAL 16000u /* MAX_INITIAL_RTR_ADVERT_INTERVAL, in milliseconds */
#define MAX_INITIAL 3u              /* MAX_INITIAL_RTR_ADVERTISEMENTS */
#define MAX_FINAL 3u                /* MAX_FINAL_RTR_ADVERTISEMENTS */
#define MIN_DELAY (3u * SECOND)     /* MIN_DELAY_BETWEEN_RAS */
#define MAX_DELAY 500u              /* MAX_RA_DELAY_TIME, in milliseconds */

#define INTERVAL_MIN 3u             /* seconds, of min_interval */
#define INTERVAL_MAX_MIN 4u         /* seconds, of max_interval */
#define LIFETIME_MAX 65535u         /* seconds, of a router (RFC 8319, 4) */
#define REACHABLE_TIME_MAX 3600000u /* milliseconds */
#define WITHDRAWN_MAX 7200u         /* seconds that a withdrawn prefix remains valid at most (RFC 7084, L-13) */

#define WORD_ROUNDS 2u
#define END_ROUNDS 4u

/* A message that is being written. */
struct writer {
    uint8_t *frame; /* `end` bytes */
    uint32_t at;    /* offset of the next option */
    uint32_t end;   /* offset one past the space */
    bool is_full;   /* an option did not fit */
};

/* -- Times --------------------------------------------------------------------------------------------------------- */

/* Draw a number from `min` to `max`. */
static uint32_t draw_between(struct v6nf_advertiser *adv, uint32_t min, uint32_t max)
{
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, adv->key);
    v6nf_siphash_word(&hash, adv->draws, WORD_ROUNDS);
    v6nf_siphash_word(&hash, UINT64_C(8) << 56, WORD_ROUNDS);
    adv->draws++;
    return min + v6nf_hash_index((uint32_t)(v6nf_siphash_end(&hash, END_ROUNDS) >> 32), max - min + 1u);
}

/* Return the earliest time at which an advertisement may be sent (RFC 4861, 6.2.6). */
static uint64_t first_permitted(const struct v6nf_advertiser *adv, uint64_t now)
{
    return adv->has_sent && adv->last + MIN_DELAY > now ? adv->last + MIN_DELAY : now;
}

/* Draw a random delay before an advertisement. */
static uint64_t draw_delay(struct v6nf_advertiser *adv)
{
    return (uint64_t)draw_between(adv, 0u, MAX_DELAY) * MILLISECOND;
}

/* Return the least interval of an advertisement, in seconds. */
static uint32_t least_interval(const struct v6nf_advertisement *config)
{
    const uint32_t third = config->max_interval / 3u;
    return config->min_interval != 0u ? config->min_interval : third > INTERVAL_MIN ? third : INTERVAL_MIN;
}

/* Set the time of the advertisement after the current one, whether it was sent or did not fit. */
static void schedule_advertisement(struct v6nf_advertiser *adv, uint64_t now)
{
    adv->is_answer_due = false;
    adv->left -= adv->left > 0u ? 1u : 0u;
    if (adv->state == V6NF_ADVERTISER_STOPPING) {
        adv->state = adv->left > 0u ? V6NF_ADVERTISER_STOPPING : V6NF_ADVERTISER_STOPPED;
        adv->due = adv->left > 0u ? now + MIN_DELAY : V6NF_ADVERTISER_NEVER;
        return;
    }
    uint32_t interval =
        draw_between(adv, least_interval(&adv->config) * 1000u, adv->config.max_interval * 1000u); /* milliseconds */
    if (adv->left > 0u && interval > MAX_INITIAL_INTERVAL) {
        interval = MAX_INITIAL_INTERVAL;
    }
    adv->due = now + (uint64_t)interval * MILLISECOND;
}

/* Return a lifetime in seconds at this time. */
static uint32_t lifetime_left(const struct v6nf_advertiser *adv, uint32_t lifetime, bool counts_down, uint64_t now)
{
    if (!counts_down || lifetime == V6NF_NDP_INFINITY || now <= adv->since) {
        return lifetime;
    }
    const uint64_t elapsed = (now - adv->since + SECOND - 1u) / SECOND;
    return elapsed < lifetime ? lifetime - (uint32_t)elapsed : 0u;
}

/* -- Validation ---------------------------------------------------------------------------------------------------- */

/* Return true if two prefixes are the same. */
static bool is_same_prefix(const uint8_t *a, uint32_t a_length, const uint8_t *b, uint32_t b_length)
{
    return a_length == b_length && v6nf_address_common_prefix(a, b) >= a_length;
}

/* Return true if no prefix or route with these bits may be advertised. */
static bool is_bad_range(const uint8_t *prefix, uint32_t length)
{
    return length > 128u || v6nf_address_is_multicast(prefix) || v6nf_address_is_link_local(prefix);
}

/* Return the number of prefixes, routes or servers of a configuration. */
static uint32_t count_items(const struct v6nf_advertisement *config, uint32_t kind)
{
    return kind == V6NF_WITHDRAWN_PREFIX  ? config->prefix_count
           : kind == V6NF_WITHDRAWN_ROUTE ? config->route_count
                                          : config->server_count;
}

/* Describe a prefix, route or server of a configuration. */
static struct v6nf_withdrawn item_at(const struct v6nf_advertisement *config, uint32_t kind, uint32_t index)
{
    if (kind == V6NF_WITHDRAWN_PREFIX) {
        const struct v6nf_ndp_prefix *prefix = &config->prefixes[index].information;
        return (struct v6nf_withdrawn){.kind = V6NF_WITHDRAWN_PREFIX,
                                       .address = prefix->prefix,
                                       .length = prefix->length,
                                       .on_link = prefix->on_link,
                                       .autonomous = prefix->autonomous};
    }
    if (kind == V6NF_WITHDRAWN_ROUTE) {
        const struct v6nf_ndp_route *route = &config->routes[index];
        return (struct v6nf_withdrawn){.kind = V6NF_WITHDRAWN_ROUTE, .address = route->prefix, .length = route->length};
    }
    return (struct v6nf_withdrawn){.kind = V6NF_WITHDRAWN_SERVER, .address = config->servers[index], .length = 128u};
}

/* Return the index of the first of `count` prefixes, routes or servers that is the same; `count` if there is none. */
static uint32_t find_item(const struct v6nf_advertisement *config, uint32_t count, const struct v6nf_withdrawn *item)
{
    uint32_t i = 0;
    while (i < count) {
        const struct v6nf_withdrawn other = item_at(config, item->kind, i);
        if (is_same_prefix(item->address.bytes, item->length, other.address.bytes, other.length)) {
            break;
        }
        i++;
    }
    return i;
}

/* Return true if a prefix, route or server is twice in a configuration. */
static bool has_twice(const struct v6nf_advertisement *config, uint32_t kind)
{
    for (uint32_t i = 0; i < count_items(config, kind); i++) {
        const struct v6nf_withdrawn item = item_at(config, kind, i);
        if (find_item(config, i, &item) < i) {
            return true;
        }
    }
    return false;
}

static bool are_prefixes_good(const struct v6nf_advertisement *config)
{
    for (uint32_t i = 0; i < config->prefix_count; i++) {
        const struct v6nf_ndp_prefix *prefix = &config->prefixes[i].information;
        if (is_bad_range(prefix->prefix.bytes, prefix->length) || prefix->length == 0u ||
            (prefix->autonomous && prefix->length != 64u) || prefix->preferred_lifetime > prefix->valid_lifetime) {
            return false;
        }
    }
    return !has_twice(config, V6NF_WITHDRAWN_PREFIX);
}

static bool are_routes_good(const struct v6nf_advertisement *config)
{
    for (uint32_t i = 0; i < config->route_count; i++) {
        const struct v6nf_ndp_route *route = &config->routes[i];
        if (is_bad_range(route->prefix.bytes, route->length) || route->preference >= V6NF_NDP_PREFERENCE_RESERVED) {
            return false;
        }
    }
    return !has_twice(config, V6NF_WITHDRAWN_ROUTE);
}

static bool are_servers_good(const struct v6nf_advertisement *config)
{
    for (uint32_t i = 0; i < config->server_count; i++) {
        if (!v6nf_address_is_assignable(config->servers[i].bytes)) {
            return false;
        }
    }
    return !has_twice(config, V6NF_WITHDRAWN_SERVER);
}

/* Return the bytes of the names of all domains, 0 if one is no name, or if there are none. */
static uint32_t domains_size(const struct v6nf_advertisement *config)
{
    uint8_t names[V6NF_ADVERTISER_DOMAIN_SIZE]; /* no more characters than bytes are read */
    uint32_t size = 0;
    for (uint32_t i = 0; i < config->domain_count; i++) {
        const uint32_t written = v6nf_ndp_write_domain(names, sizeof names, config->domains[i]);
        if (written == 0u) {
            return 0;
        }
        size += written;
    }
    return size;
}

/* Return the bytes of a packet with all that is configured. The counts are good. */
static uint32_t packet_size(const struct v6nf_advertisement *config)
{
    uint32_t size = V6NF_IPV6_HEADER_SIZE + V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE;
    size += config->no_link_layer ? 0u : V6NF_NDP_LINK_LAYER_OPTION_SIZE;
    size += config->mtu != 0u ? V6NF_NDP_MTU_OPTION_SIZE : 0u;
    size += config->prefix_count * V6NF_NDP_PREFIX_OPTION_SIZE;
    for (uint32_t i = 0; i < config->route_count; i++) {
        size += v6nf_ndp_route_size(config->routes[i].length);
    }
    size += config->server_count != 0u ? V6NF_NDP_DNS_LIST + config->server_count * V6NF_ADDRESS_SIZE : 0u;
    size += config->domain_count != 0u ? V6NF_NDP_DNS_LIST + (domains_size(config) + 7u) / 8u * 8u : 0u;
    return size;
}

/* Check what is in the header of an advertisement, and its times. */
static enum v6nf_advertiser_status check_header(const struct v6nf_advertisement *config)
{
    const uint32_t max = config->max_interval;
    if (max < INTERVAL_MAX_MIN || max > LIFETIME_MAX || least_interval(config) < INTERVAL_MIN ||
        config->min_interval > max / 4u * 3u + max % 4u * 3u / 4u) {
        return V6NF_ADVERTISER_BAD_INTERVAL;
    }
    if (config->lifetime != 0u && (config->lifetime < max || config->lifetime > LIFETIME_MAX)) {
        return V6NF_ADVERTISER_BAD_LIFETIME;
    }
    if (config->reachable_time > REACHABLE_TIME_MAX) {
        return V6NF_ADVERTISER_BAD_REACHABLE;
    }
    if (config->mtu != 0u && config->mtu < V6NF_IPV6_MTU_MIN) {
        return V6NF_ADVERTISER_BAD_MTU;
    }
    return config->preference < V6NF_NDP_PREFERENCE_RESERVED ? V6NF_ADVERTISER_OK : V6NF_ADVERTISER_BAD_PREFERENCE;
}

static enum v6nf_advertiser_status check_options(const struct v6nf_advertisement *config)
{
    if (config->prefix_count > V6NF_ADVERTISER_PREFIXES || config->route_count > V6NF_ADVERTISER_ROUTES ||
        config->server_count > V6NF_ADVERTISER_SERVERS || config->domain_count > V6NF_ADVERTISER_DOMAINS) {
        return V6NF_ADVERTISER_BAD_COUNT;
    }
    if (!are_prefixes_good(config)) {
        return V6NF_ADVERTISER_BAD_PREFIX;
    }
    if (!are_routes_good(config)) {
        return V6NF_ADVERTISER_BAD_ROUTE;
    }
    if (!are_servers_good(config)) {
        return V6NF_ADVERTISER_BAD_SERVER;
    }
    if (config->domain_count != 0u && domains_size(config) == 0u) {
        return V6NF_ADVERTISER_BAD_DOMAIN;
    }
    return packet_size(config) <= V6NF_ADVERTISER_SIZE_MAX ? V6NF_ADVERTISER_OK : V6NF_ADVERTISER_TOO_LONG;
}

/* -- What is withdrawn --------------------------------------------------------------------------------------------- */

/* Free the slots of what is over. */
static void forget_expired(struct v6nf_advertiser *adv, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_ADVERTISER_WITHDRAWN; i++) {
        if (adv->withdrawn[i].until <= now) {
            adv->withdrawn[i] = (struct v6nf_withdrawn){.kind = V6NF_WITHDRAWN_NONE};
        }
    }
}

/* Free the slot of what is configured again. Return true if there was one. */
static bool remove_withdrawn(struct v6nf_advertiser *adv, const struct v6nf_withdrawn *item)
{
    for (uint32_t i = 0; i < V6NF_ADVERTISER_WITHDRAWN; i++) {
        struct v6nf_withdrawn *slot = &adv->withdrawn[i];
        if (slot->kind == item->kind &&
            is_same_prefix(slot->address.bytes, slot->length, item->address.bytes, item->length)) {
            *slot = (struct v6nf_withdrawn){.kind = V6NF_WITHDRAWN_NONE};
            return true;
        }
    }
    return false;
}

/* Keep what hosts know, for `lifetime` seconds of 2 hours at most. */
static void withdraw(struct v6nf_advertiser *adv, const struct v6nf_withdrawn *item, uint32_t lifetime, uint64_t now)
{
    struct v6nf_withdrawn *slot = &adv->withdrawn[0];
    for (uint32_t i = 1; i < V6NF_ADVERTISER_WITHDRAWN; i++) {
        struct v6nf_withdrawn *other = &adv->withdrawn[i];
        if (other->kind < slot->kind || (other->kind == slot->kind && other->until < slot->until)) {
            slot = other;
        }
    }
    if (lifetime != 0u && slot->kind <= item->kind) {
        *slot = *item;
        slot->until = now + (lifetime < WITHDRAWN_MAX ? lifetime : WITHDRAWN_MAX) * SECOND;
    }
}

/* Return the valid lifetime of a configured prefix, route or server. */
static uint32_t item_lifetime(const struct v6nf_advertiser *adv, uint32_t kind, uint32_t index, uint64_t now)
{
    const struct v6nf_advertised_prefix *prefix = &adv->config.prefixes[index];
    return kind == V6NF_WITHDRAWN_PREFIX
               ? lifetime_left(adv, prefix->information.valid_lifetime, prefix->counts_down, now)
           : kind == V6NF_WITHDRAWN_ROUTE ? adv->config.routes[index].lifetime
                                          : adv->config.server_lifetime;
}

/* Return the bits of what hosts know of a new configuration: they knew it before, or it was withdrawn. */
static uint32_t find_sent(struct v6nf_advertiser *adv, const struct v6nf_advertisement *config, uint32_t kind)
{
    const uint32_t before = count_items(&adv->config, kind);
    uint32_t known = 0;
    for (uint32_t i = 0; i < count_items(config, kind); i++) {
        const struct v6nf_withdrawn item = item_at(config, kind, i);
        const uint32_t index = find_item(&adv->config, before, &item);
        const bool is_known = index < before && ((adv->known[kind] >> index) & 1u) != 0u;
        known |= (remove_withdrawn(adv, &item) || is_known ? 1u : 0u) << i;
    }
    return known;
}

/* Withdraw what hosts know and the new configuration does not have. */
static void withdraw_others(struct v6nf_advertiser *adv, const struct v6nf_advertisement *config, uint32_t kind,
                            uint64_t now)
{
    const uint32_t count = count_items(config, kind);
    for (uint32_t i = 0; i < count_items(&adv->config, kind); i++) {
        const struct v6nf_withdrawn item = item_at(&adv->config, kind, i);
        if (((adv->known[kind] >> i) & 1u) != 0u && find_item(config, count, &item) == count) {
            withdraw(adv, &item, item_lifetime(adv, kind, i, now), now);
        }
    }
}

/* -- Configuration ------------------------------------------------------------------------------------------------- */

void v6nf_advertisement_default(struct v6nf_advertisement *advertisement)
{
    *advertisement = (struct v6nf_advertisement){.max_interval = 600,
                                                 .hop_limit = 64,
                                                 .lifetime = V6NF_ADVERTISER_PREFERRED_LIFETIME,
                                                 .preference = V6NF_NDP_PREFERENCE_MEDIUM,
                                                 .server_lifetime = V6NF_ADVERTISER_PREFERRED_LIFETIME,
                                                 .domain_lifetime = V6NF_ADVERTISER_PREFERRED_LIFETIME};
}

bool v6nf_advertisement_add_prefix(struct v6nf_advertisement *advertisement, const struct v6nf_address *prefix,
                                   uint32_t length)
{
    if (advertisement->prefix_count >= V6NF_ADVERTISER_PREFIXES) {
        return false;
    }
    advertisement->prefixes[advertisement->prefix_count] =
        (struct v6nf_advertised_prefix){.information = {.prefix = *prefix,
                                                        .length = length,
                                                        .on_link = true,
                                                        .autonomous = length == 64u,
                                                        .valid_lifetime = V6NF_ADVERTISER_VALID_LIFETIME,
                                                        .preferred_lifetime = V6NF_ADVERTISER_PREFERRED_LIFETIME}};
    advertisement->prefix_count++;
    return true;
}

void v6nf_advertiser_init(struct v6nf_advertiser *adv, const uint8_t *mac, const uint8_t *link_local, uint64_t seed)
{
    *adv = (struct v6nf_advertiser){.state = V6NF_ADVERTISER_STOPPED, .due = V6NF_ADVERTISER_NEVER};
    v6nf_advertisement_default(&adv->config);
    v6nf_store_word64(adv->key, seed);
    v6nf_ether_address_copy(adv->key + 8, mac);
    v6nf_advertiser_set_source(adv, mac, link_local);
}

void v6nf_advertiser_set_source(struct v6nf_advertiser *adv, const uint8_t *mac, const uint8_t *link_local)
{
    v6nf_ether_address_copy(adv->mac, mac);
    v6nf_address_copy(adv->link_local.bytes, link_local);
}

enum v6nf_advertiser_status v6nf_advertiser_set(struct v6nf_advertiser *adv,
                                                const struct v6nf_advertisement *advertisement, uint64_t now)
{
    enum v6nf_advertiser_status status = check_header(advertisement);
    status = status == V6NF_ADVERTISER_OK ? check_options(advertisement) : status;
    if (status != V6NF_ADVERTISER_OK) {
        return status;
    }
    forget_expired(adv, now);
    for (uint32_t kind = V6NF_WITHDRAWN_SERVER; kind < V6NF_WITHDRAWN_KINDS; kind++) {
        const uint32_t known = find_sent(adv, advertisement, kind);
        withdraw_others(adv, advertisement, kind, now);
        adv->known[kind] = known;
    }
    adv->config = *advertisement;
    adv->since = now;
    if (adv->state == V6NF_ADVERTISER_STARTED) {
        adv->left = MAX_INITIAL;
        adv->due = adv->was_sent ? first_permitted(adv, now) : adv->due;
    }
    return V6NF_ADVERTISER_OK;
}

const char *v6nf_advertiser_status_text(enum v6nf_advertiser_status status)
{
    static const char *const texts[] = {
        [V6NF_ADVERTISER_OK] = "done",
        [V6NF_ADVERTISER_BAD_INTERVAL] = "an interval is outside of its limits",
        [V6NF_ADVERTISER_BAD_LIFETIME] = "the router's lifetime is outside of its limits",
        [V6NF_ADVERTISER_BAD_REACHABLE] = "the reachable time is more than an hour",
        [V6NF_ADVERTISER_BAD_MTU] = "the MTU is less than 1280",
        [V6NF_ADVERTISER_BAD_PREFERENCE] = "no such preference",
        [V6NF_ADVERTISER_BAD_COUNT] = "too many prefixes, routes, servers or domains",
        [V6NF_ADVERTISER_BAD_PREFIX] = "a prefix that cannot be advertised",
        [V6NF_ADVERTISER_BAD_ROUTE] = "a route that cannot be advertised",
        [V6NF_ADVERTISER_BAD_SERVER] = "a DNS server that cannot be advertised",
        [V6NF_ADVERTISER_BAD_DOMAIN] = "a domain that is no name",
        [V6NF_ADVERTISER_TOO_LONG] = "more than fits one advertisement",
    };
    return (uint32_t)status < sizeof texts / sizeof texts[0] ? texts[status] : "unknown status";
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

void v6nf_advertiser_start(struct v6nf_advertiser *adv, uint64_t now)
{
    if (adv->state == V6NF_ADVERTISER_STARTED) {
        return;
    }
    adv->was_sent = adv->was_sent && adv->state == V6NF_ADVERTISER_STOPPING;
    adv->state = V6NF_ADVERTISER_STARTED;
    adv->left = MAX_INITIAL;
    adv->due = first_permitted(adv, now) + draw_delay(adv);
}

void v6nf_advertiser_stop(struct v6nf_advertiser *adv, uint64_t now)
{
    if (adv->state != V6NF_ADVERTISER_STARTED) {
        return;
    }
    adv->state = adv->was_sent ? V6NF_ADVERTISER_STOPPING : V6NF_ADVERTISER_STOPPED;
    adv->left = MAX_FINAL;
    adv->is_answer_due = false;
    adv->due = adv->was_sent ? first_permitted(adv, now) : V6NF_ADVERTISER_NEVER;
}

void v6nf_advertiser_solicited(struct v6nf_advertiser *adv, uint64_t now)
{
    if (adv->state != V6NF_ADVERTISER_STARTED) {
        return;
    }
    adv->solicited++;
    if (!adv->is_answer_due) { /* one draw: a flood does not shorten the delay */
        const uint64_t answer = first_permitted(adv, now) + draw_delay(adv);
        adv->is_answer_due = true;
        adv->due = answer < adv->due ? answer : adv->due;
    }
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* Return the space of an option of `size` bytes, NULL if it does not fit. */
static uint8_t *reserve_option(struct writer *writer, uint32_t size)
{
    const uint32_t at = writer->at;
    if (at + size > writer->end) {
        writer->is_full = true;
        return NULL;
    }
    writer->at = at + size;
    return writer->frame + at;
}

static void write_prefix_option(struct writer *writer, const struct v6nf_ndp_prefix *prefix)
{
    uint8_t *option = reserve_option(writer, V6NF_NDP_PREFIX_OPTION_SIZE);
    if (option != NULL) {
        (void)v6nf_ndp_write_prefix(option, prefix);
    }
}

static void write_route_option(struct writer *writer, const struct v6nf_ndp_route *route)
{
    uint8_t *option = reserve_option(writer, v6nf_ndp_route_size(route->length));
    if (option != NULL) {
        (void)v6nf_ndp_write_route(option, route);
    }
}

/* Write a Recursive DNS Server option of at least one server (RFC 8106, 5.1). */
static void write_servers(struct writer *writer, const struct v6nf_address *servers, uint32_t count, uint32_t lifetime)
{
    const uint32_t size = V6NF_NDP_DNS_LIST + count * V6NF_ADDRESS_SIZE;
    uint8_t *option = reserve_option(writer, size);
    if (option == NULL) {
        return;
    }
    v6nf_store32(option, ((uint32_t)V6NF_NDP_OPTION_DNS_SERVERS << 24) + (size / 8u << 16));
    v6nf_store32(option + V6NF_NDP_DNS_LIFETIME, lifetime);
    for (uint32_t i = 0; i < count; i++) {
        v6nf_address_copy(option + V6NF_NDP_DNS_LIST + i * V6NF_ADDRESS_SIZE, servers[i].bytes);
    }
}

/* Write a DNS Search List option (RFC 8106, 5.2). */
static void write_domains(struct writer *writer, const struct v6nf_advertisement *config, uint32_t lifetime)
{
    uint8_t *option = reserve_option(writer, V6NF_NDP_DNS_LIST);
    const uint32_t start = writer->at;
    for (uint32_t i = 0; i < config->domain_count && !writer->is_full; i++) {
        const uint32_t written =
            v6nf_ndp_write_domain(writer->frame + writer->at, writer->end - writer->at, config->domains[i]);
        writer->is_full = written == 0u;
        writer->at += written;
    }
    const uint32_t padding = (8u - (writer->at - start) % 8u) % 8u;
    uint8_t *zeros = reserve_option(writer, padding);
    if (option == NULL || zeros == NULL) {
        return;
    }
    memset(zeros, 0, padding);
    v6nf_store32(option, ((uint32_t)V6NF_NDP_OPTION_DNS_SEARCH << 24) + (((writer->at - start) / 8u + 1u) << 16));
    v6nf_store32(option + V6NF_NDP_DNS_LIFETIME, lifetime);
}

/* Write what is no longer configured. */
static void write_withdrawn(struct writer *writer, const struct v6nf_advertiser *adv, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_ADVERTISER_WITHDRAWN; i++) {
        const struct v6nf_withdrawn *slot = &adv->withdrawn[i];
        if (slot->kind == V6NF_WITHDRAWN_PREFIX) {
            const uint64_t left = (slot->until - now + SECOND - 1u) / SECOND;
            const struct v6nf_ndp_prefix prefix = {.prefix = slot->address,
                                                   .length = slot->length,
                                                   .on_link = slot->on_link,
                                                   .autonomous = slot->autonomous,
                                                   .valid_lifetime = (uint32_t)left};
            write_prefix_option(writer, &prefix);
        } else if (slot->kind == V6NF_WITHDRAWN_ROUTE) {
            const struct v6nf_ndp_route route = {
                .prefix = slot->address, .length = slot->length, .preference = V6NF_NDP_PREFERENCE_MEDIUM};
            write_route_option(writer, &route);
        } else if (slot->kind == V6NF_WITHDRAWN_SERVER) {
            write_servers(writer, &slot->address, 1u, 0u);
        }
    }
}

static void write_prefixes(struct writer *writer, const struct v6nf_advertiser *adv, uint64_t now)
{
    for (uint32_t i = 0; i < adv->config.prefix_count; i++) {
        const struct v6nf_advertised_prefix *configured = &adv->config.prefixes[i];
        struct v6nf_ndp_prefix prefix = configured->information;
        prefix.valid_lifetime = lifetime_left(adv, prefix.valid_lifetime, configured->counts_down, now);
        prefix.preferred_lifetime = lifetime_left(adv, prefix.preferred_lifetime, configured->counts_down, now);
        write_prefix_option(writer, &prefix);
    }
}

/* Write all options. The last advertisements end everything but prefixes, which other routers may have, too. */
static void write_options(struct writer *writer, const struct v6nf_advertiser *adv, bool is_last, uint64_t now)
{
    const struct v6nf_advertisement *config = &adv->config;
    uint8_t *option = config->no_link_layer ? NULL : reserve_option(writer, V6NF_NDP_LINK_LAYER_OPTION_SIZE);
    if (option != NULL) {
        (void)v6nf_ndp_write_link_layer(option, V6NF_NDP_OPTION_SOURCE_LINK_LAYER, adv->mac);
    }
    option = config->mtu == 0u ? NULL : reserve_option(writer, V6NF_NDP_MTU_OPTION_SIZE);
    if (option != NULL) {
        (void)v6nf_ndp_write_mtu(option, config->mtu);
    }
    write_prefixes(writer, adv, now);
    for (uint32_t i = 0; i < config->route_count; i++) {
        struct v6nf_ndp_route route = config->routes[i];
        route.lifetime = is_last ? 0u : route.lifetime;
        write_route_option(writer, &route);
    }
    write_withdrawn(writer, adv, now);
    if (config->server_count != 0u) {
        write_servers(writer, config->servers, config->server_count, is_last ? 0u : config->server_lifetime);
    }
    if (config->domain_count != 0u) {
        write_domains(writer, config, is_last ? 0u : config->domain_lifetime);
    }
}

/* Write the message without its options and its checksum. */
static void write_fields(uint8_t *message, const struct v6nf_advertisement *config, bool is_last)
{
    const uint32_t lifetime = is_last ? 0u : config->lifetime;
    /* Of a router that is no default router, the preference must be 0 (RFC 4191, 2.2). */
    const uint32_t flags = (config->managed ? V6NF_NDP_MANAGED : 0u) + (config->other ? V6NF_NDP_OTHER : 0u) +
                           (lifetime != 0u ? v6nf_ndp_preference_flags(config->preference) : 0u);
    v6nf_icmpv6_write(message, V6NF_ICMPV6_ROUTER_ADVERTISEMENT, 0u,
                      ((uint32_t)config->hop_limit << 24) + (flags << 16) + (lifetime & 0xFFFFu));
    v6nf_store32(message + V6NF_NDP_REACHABLE_TIME, config->reachable_time);
    v6nf_store32(message + V6NF_NDP_RETRANS_TIMER, config->retrans_timer);
}

/* Write a frame. Return its length, 0 if it does not fit. */
static uint32_t write_advertisement(const struct v6nf_advertiser *adv, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    const uint32_t max = V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_MTU_MIN;
    const uint32_t upper = V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE;
    const bool is_last = adv->state == V6NF_ADVERTISER_STOPPING;
    struct writer writer = {
        .frame = frame, .at = upper + V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE, .end = capacity < max ? capacity : max};
    if (writer.at > writer.end) {
        return 0;
    }
    write_options(&writer, adv, is_last, now);
    if (writer.is_full) {
        return 0;
    }
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    uint8_t *message = frame + upper;
    const uint32_t length = writer.at - upper;
    write_fields(message, &adv->config, is_last);
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, V6NF_NDP_HOP_LIMIT);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, adv->link_local.bytes);
    v6nf_address_all_nodes(packet + V6NF_IPV6_DESTINATION);
    v6nf_icmpv6_finish(packet, message, length);
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, adv->mac);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    return writer.at;
}

uint32_t v6nf_advertiser_write(struct v6nf_advertiser *adv, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    if (adv->state == V6NF_ADVERTISER_STOPPED || now < adv->due) {
        return 0;
    }
    forget_expired(adv, now);
    const uint32_t length = write_advertisement(adv, frame, capacity, now);
    schedule_advertisement(adv, now);
    if (length == 0u) {
        adv->no_capacity++;
        return 0;
    }
    for (uint32_t kind = V6NF_WITHDRAWN_SERVER; kind < V6NF_WITHDRAWN_KINDS; kind++) {
        adv->known[kind] = (1u << count_items(&adv->config, kind)) - 1u;
    }
    adv->sent++;
    adv->last = now;
    adv->has_sent = true;
    adv->was_sent = true;
    return length;
}

/* -- Other routers ------------------------------------------------------------------------------------------------- */

/* Return the bytes of the message, if the packet is a valid Router Advertisement of another router; 0 if not. */
static uint32_t read_other(const struct v6nf_advertiser *adv, const uint8_t *packet, uint32_t available)
{
    uint32_t size;
    if (v6nf_ipv6_check(packet, available, &size) != V6NF_IPV6_GOOD ||
        packet[V6NF_IPV6_NEXT_HEADER] != V6NF_NEXT_HEADER_ICMPV6 ||
        size < V6NF_IPV6_HEADER_SIZE + V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE) {
        return 0;
    }
    const uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    const uint32_t length = size - V6NF_IPV6_HEADER_SIZE;
    const bool is_valid = message[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ROUTER_ADVERTISEMENT &&
                          v6nf_icmpv6_check(packet, message, length) &&
                          v6nf_ndp_check_router_advertisement(packet, message, length) != V6NF_NDP_INVALID &&
                          !v6nf_address_equal(packet + V6NF_IPV6_SOURCE, adv->link_local.bytes);
    return is_valid ? length : 0u;
}

/* Return true if two numbers differ, and both are specified. */
static bool is_other_number(uint32_t a, uint32_t b)
{
    return a != b && a != 0u && b != 0u;
}

/* Return true if two lifetimes differ, by more than the skew if ours counts down. */
static bool is_other_lifetime(const struct v6nf_advertiser *adv, uint32_t ours, bool counts_down, uint32_t other,
                              uint64_t now)
{
    const uint32_t left = lifetime_left(adv, ours, counts_down, now);
    const uint32_t difference = left > other ? left - other : other - left;
    const bool is_infinite = left == V6NF_NDP_INFINITY || other == V6NF_NDP_INFINITY;
    return difference > (counts_down && !is_infinite ? V6NF_ADVERTISER_SKEW : 0u);
}

/* Compare a prefix of another router. */
static uint32_t compare_prefix(const struct v6nf_advertiser *adv, const struct v6nf_ndp_prefix *other, uint64_t now)
{
    for (uint32_t i = 0; i < adv->config.prefix_count; i++) {
        const struct v6nf_advertised_prefix *configured = &adv->config.prefixes[i];
        const struct v6nf_ndp_prefix *ours = &configured->information;
        const bool counts_down = configured->counts_down;
        if (is_same_prefix(ours->prefix.bytes, ours->length, other->prefix.bytes, other->length)) {
            return is_other_lifetime(adv, ours->valid_lifetime, counts_down, other->valid_lifetime, now) ||
                           is_other_lifetime(adv, ours->preferred_lifetime, counts_down, other->preferred_lifetime, now)
                       ? V6NF_ADVERTISER_OTHER_LIFETIME
                       : 0u;
        }
    }
    return 0;
}

/* Compare the fields before the options. */
static uint32_t compare_fields(const struct v6nf_advertisement *config, const uint8_t *message)
{
    const uint32_t flags = (config->managed ? V6NF_NDP_MANAGED : 0u) + (config->other ? V6NF_NDP_OTHER : 0u);
    const uint32_t other_flags = message[V6NF_NDP_ROUTER_FLAGS] & (V6NF_NDP_MANAGED | V6NF_NDP_OTHER);
    uint32_t bits = flags != other_flags ? V6NF_ADVERTISER_OTHER_FLAGS : 0u;
    bits |= is_other_number(config->hop_limit, message[V6NF_NDP_CUR_HOP_LIMIT]) ? V6NF_ADVERTISER_OTHER_HOP_LIMIT : 0u;
    bits |= is_other_number(config->reachable_time, v6nf_load32(message + V6NF_NDP_REACHABLE_TIME))
                ? V6NF_ADVERTISER_OTHER_REACHABLE_TIME
                : 0u;
    bits |= is_other_number(config->retrans_timer, v6nf_load32(message + V6NF_NDP_RETRANS_TIMER))
                ? V6NF_ADVERTISER_OTHER_RETRANS_TIMER
                : 0u;
    return bits;
}

uint32_t v6nf_advertiser_check(struct v6nf_advertiser *adv, const uint8_t *packet, uint32_t available, uint64_t now)
{
    const uint32_t end = adv->state == V6NF_ADVERTISER_STARTED ? read_other(adv, packet, available) : 0u;
    if (end == 0u) {
        return 0;
    }
    const uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    uint32_t bits = compare_fields(&adv->config, message);
    uint32_t at = V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE;
    for (uint32_t i = 0; i < V6NF_NDP_OPTIONS_MAX; i++) {
        const uint32_t size = v6nf_ndp_option_size(message, at, end);
        struct v6nf_ndp_prefix prefix;
        if (size == 0u) {
            break;
        }
        if (message[at] == V6NF_NDP_OPTION_MTU &&
            is_other_number(adv->config.mtu, v6nf_ndp_read_mtu(message + at, size))) {
            bits |= V6NF_ADVERTISER_OTHER_MTU;
        }
        if (message[at] == V6NF_NDP_OPTION_PREFIX && v6nf_ndp_read_prefix(message + at, size, &prefix)) {
            bits |= compare_prefix(adv, &prefix, now);
        }
        at += size;
    }
    adv->compared++;
    adv->different += bits != 0u ? 1u : 0u;
    return bits;
}

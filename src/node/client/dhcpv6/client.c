/* client.c: the DHCPv6 client (RFC 9915, 18.2): its state machine, timers and calls. No other module uses it.
 *
 * The state says which message is under way, if any. An exchange begins with enter(). Its message is then sent each
 * time that it is due, until its answer arrives (receive()) or it fails (fail()). */
#include "v6nf/dhcpv6.h"

#include <string.h>

#include "../../base/random.h"
#include "../../state/own_address.h"
#include "../../state/udp_port.h"
#include "delegation.h"
#include "lease.h"
#include "message.h"

#if V6NF_DHCPV6
/* RFC 9915, 7.6: times in seconds, 0 for no end. */
struct exchange {
    uint8_t type;              /* of the message; 0: nothing is under way */
    uint8_t timeout;           /* IRT */
    uint16_t max_timeout;      /* MRT */
    uint8_t max_transmissions; /* MRC */
    bool is_delayed;           /* the first message, by a random time of at most MAX_DELAY */
};

static const struct exchange exchanges[] = {
    [V6NF_DHCPV6_SOLICITING] = {V6NF_DHCPV6_SOLICIT, 1, 0, 0, true}, /* MRT: client->sol_max_rt */
    [V6NF_DHCPV6_REQUESTING] = {V6NF_DHCPV6_REQUEST, 1, 30, 10, false},
    [V6NF_DHCPV6_RENEWING] = {V6NF_DHCPV6_RENEW, 10, 600, 0, false},
    [V6NF_DHCPV6_REBINDING] = {V6NF_DHCPV6_REBIND, 10, 600, 0, false},
    [V6NF_DHCPV6_CONFIRMING] = {V6NF_DHCPV6_CONFIRM, 1, 4, 0, true},
    [V6NF_DHCPV6_DECLINING] = {V6NF_DHCPV6_DECLINE, 1, 0, 4, false},
    [V6NF_DHCPV6_RELEASING] = {V6NF_DHCPV6_RELEASE, 1, 0, 4, false},
    [V6NF_DHCPV6_INFORMING] = {V6NF_DHCPV6_INFORMATION_REQUEST, 1, 0, 0, true}, /* MRT: client->inf_max_rt */
    [V6NF_DHCPV6_INFORMED] = {0, 0, 0, 0, false},
};

#define MAX_DELAY V6NF_SECOND /* SOL_MAX_DELAY, CNF_MAX_DELAY, INF_MAX_DELAY */
#define CNF_MAX_RD (10u * V6NF_SECOND)
#define RELEASE_MAX_RD (19u * V6NF_SECOND) /* REL_MAX_RC times, each a tenth too late */
#define MAX_RT 3600u                       /* SOL_MAX_RT and INF_MAX_RT, in seconds */
#define MAX_PREFERENCE 255u                /* RFC 9915, 18.2.1: no other server is preferred */

/* Token bucket of 20 messages in 20 seconds (RFC 9915, 14.1): client->rate_time is at most RATE_AHEAD after now. */
#define RATE_INTERVAL V6NF_SECOND
#define RATE_AHEAD (19u * RATE_INTERVAL)

/* Time for which a useful address is leased: enough to find a duplicate and decline it. */
#define USEFUL_TIME (30u * V6NF_SECOND)

/* Minimum time from a Reply to a Renew or Rebind message, for any T1, T2 and lifetimes: one message a second is the
 * rate of a client (RFC 9915, 14.1). */
#define RENEWAL_INTERVAL V6NF_SECOND

/* Maximum number of state changes in one moment: an exchange fails, the next one is overdue, and so on. */
#define MAX_STEPS 6u

/* All_DHCP_Relay_Agents_and_Servers (RFC 9915, 7.1). */
static const struct v6nf_udp_message to_servers = {
    .remote = {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2}},
    .remote_port = V6NF_DHCPV6_SERVER_PORT,
    .local_port = V6NF_DHCPV6_CLIENT_PORT,
};

#define COUNTER_TEXT(name, text) text,

static const char *const texts[] = {V6NF_DHCPV6_COUNTERS(COUNTER_TEXT)};

const char *v6nf_dhcpv6_counter_text(enum v6nf_dhcpv6_counter counter)
{
    return (uint32_t)counter < V6NF_DHCPV6_COUNTER_COUNT ? texts[counter] : "";
}

/* -- States -------------------------------------------------------------------------------------------------------- */

static const struct exchange *exchange_of(const struct v6nf_dhcpv6 *client)
{
    return &exchanges[client->state];
}

/* Begin the exchange of the state. */
static void enter(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_state state, uint64_t now)
{
    client->state = state;
    client->transmissions = 0;
    client->transaction = (uint32_t)(v6nf_random64(client->node) & 0xFFFFFFu); /* RFC 9915, 16.1 */
    client->due = now;
    if (exchange_of(client)->is_delayed) {
        client->due += v6nf_random(client->node, (uint32_t)MAX_DELAY);
    }
}

/* Return `time`, give or take up to a tenth: RAND. */
static uint64_t randomize_timeout(struct v6nf_dhcpv6 *client, uint64_t time)
{
    return time - time / 10u + time * v6nf_random(client->node, 200001u) / 1000000u;
}

/* Return the RT that follows `timeout` (RFC 9915, 15); most: MRT, 0 for none. */
static uint64_t longer_timeout(struct v6nf_dhcpv6 *client, uint64_t timeout, uint64_t most)
{
    uint64_t longer = timeout + randomize_timeout(client, timeout);
    return most != 0u && longer > most ? randomize_timeout(client, most) : longer;
}

/* Return the RT of Solicit messages that follows `timeout`, 0 for none. */
static uint64_t solicit_timeout(struct v6nf_dhcpv6 *client, uint64_t timeout)
{
    const uint64_t first = exchanges[V6NF_DHCPV6_SOLICITING].timeout * V6NF_SECOND;
    /* Advertise messages are collected for more than SOL_TIMEOUT (RFC 9915, 18.2.1). */
    return timeout != 0u ? longer_timeout(client, timeout, client->sol_max_rt * V6NF_SECOND)
                         : first + 1u + v6nf_random(client->node, (uint32_t)(first / 10u));
}

/* Forget the last server, and what it gave (RFC 9915, 18.2.13). */
static void forget_server(struct v6nf_dhcpv6 *client)
{
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_LEASED);
    v6nf_dhcpv6_delegation_drop(client, V6NF_DHCPV6_LEASED);
    client->addresses_count = 0;
    client->prefixes_count = 0;
    client->server_size = 0;
    client->offers = 0;
    client->dns_servers_count = 0;
    client->dns_domains_count = 0;
}

/* Return true if a server leases an address or a prefix to the client. */
static bool has_binding(const struct v6nf_dhcpv6 *client)
{
    return v6nf_dhcpv6_lease_count(client, V6NF_DHCPV6_LEASED) != 0u ||
           v6nf_dhcpv6_delegation_count(client, V6NF_DHCPV6_LEASED) != 0u;
}

/* Return true if the program or a router says that servers give addresses. */
static bool must_ask_addresses(const struct v6nf_dhcpv6 *client)
{
    return client->mode == V6NF_DHCPV6_STATEFUL || (client->mode == V6NF_DHCPV6_AUTO && client->node->managed);
}

static void discover(struct v6nf_dhcpv6 *client, uint64_t now)
{
    forget_server(client);
    client->advertised_sol_max_rt = 0;
    client->advertised_inf_max_rt = 0;
    client->leased_since = V6NF_NEVER;
    client->asks_addresses = must_ask_addresses(client);
    enter(client, V6NF_DHCPV6_SOLICITING, now);
}

/* Look for a server again, because the last one was of no use. Wait as if the Solicit message were repeated, longer
 * each time (RFC 9915, 14.1: avoid an endless loop). Do so at once if an address was leased for USEFUL_TIME. */
static void discover_again(struct v6nf_dhcpv6 *client, uint64_t now)
{
    bool was_useful = client->leased_since != V6NF_NEVER && now - client->leased_since >= USEFUL_TIME;
    client->restart_timeout = was_useful ? 0u : solicit_timeout(client, client->restart_timeout);
    discover(client, now);
    if (client->restart_timeout != 0u) {
        client->due = now + client->restart_timeout;
    }
}

/* Stop using the node. If the node was initialized again, the port may be another client's. */
static void finish_client(struct v6nf_dhcpv6 *client)
{
    const struct v6nf_udp_binding *binding = udp_find_port(client->node, V6NF_DHCPV6_CLIENT_PORT);
    forget_server(client);
    client->state = V6NF_DHCPV6_STOPPED;
    if (binding != NULL && binding->context == client) {
        (void)v6nf_udp_bind(client->node, V6NF_DHCPV6_CLIENT_PORT, NULL, NULL);
    }
}

/* Enter the state that the addresses call for after an exchange about them. */
static void settle(struct v6nf_dhcpv6 *client, uint64_t now)
{
    if (v6nf_dhcpv6_lease_count(client, V6NF_DHCPV6_DECLINED) != 0u) {
        enter(client, V6NF_DHCPV6_DECLINING, now);
    } else if (has_binding(client)) {
        enter(client, V6NF_DHCPV6_BOUND, now);
    } else {
        discover_again(client, now);
    }
}

/* End a Decline exchange: the server has answered, or does not. */
static void finish_decline(struct v6nf_dhcpv6 *client, uint64_t now)
{
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_DECLINED);
    settle(client, now);
}

static bool has_link_local(const struct v6nf_dhcpv6 *client)
{
    return own_address_is_valid(client->node, 0u);
}

static bool must_solicit(const struct v6nf_dhcpv6 *client)
{
    /* The O flag is enough for a prefix (RFC 7084, 4.2, WPD-4). */
    bool is_advertised = client->mode == V6NF_DHCPV6_AUTO && client->node->other_configuration;
    bool is_for_prefix = client->wants_prefix && (client->mode == V6NF_DHCPV6_STATELESS || is_advertised);
    return (must_ask_addresses(client) || is_for_prefix) &&
           (client->state == V6NF_DHCPV6_WAITING || client->state == V6NF_DHCPV6_INFORMING ||
            client->state == V6NF_DHCPV6_INFORMED);
}

static bool must_inform(const struct v6nf_dhcpv6 *client)
{
    bool is_advertised = client->mode == V6NF_DHCPV6_AUTO && client->node->other_configuration;
    bool is_stateless = client->mode == V6NF_DHCPV6_STATELESS || is_advertised;
    return is_stateless && client->state == V6NF_DHCPV6_WAITING;
}

/* Return true if the node has detected duplicates since the last look. */
static bool has_news_of_duplicates(const struct v6nf_dhcpv6 *client)
{
    return client->node->counters[V6NF_DUPLICATE_ADDRESSES] != client->duplicates_seen;
}

/* Process what changed in the node without a call of the client. */
static void look_at_node(struct v6nf_dhcpv6 *client, uint64_t now)
{
    if (must_solicit(client)) {
        discover(client, now);
    } else if (must_inform(client)) {
        enter(client, V6NF_DHCPV6_INFORMING, now);
    }
    client->asks_addresses |= must_ask_addresses(client);
    if (!has_news_of_duplicates(client)) {
        return;
    }
    client->duplicates_seen = client->node->counters[V6NF_DUPLICATE_ADDRESSES];
    /* Without a link-local address nothing can be sent (RFC 4862, 5.4.5). */
    if (interface_is_disabled(client->node)) {
        return;
    }
    uint32_t before = v6nf_dhcpv6_lease_count(client, V6NF_DHCPV6_DECLINED);
    v6nf_dhcpv6_lease_decline(client);
    bool can_wait = client->state == V6NF_DHCPV6_REQUESTING || client->state == V6NF_DHCPV6_CONFIRMING;
    if (v6nf_dhcpv6_lease_count(client, V6NF_DHCPV6_DECLINED) != before && !can_wait) {
        settle(client, now);
    }
}

/* Process the times that do not depend on an answer. */
static void pass_time(struct v6nf_dhcpv6 *client, uint64_t now)
{
    bool bound = client->state == V6NF_DHCPV6_BOUND || client->state == V6NF_DHCPV6_RENEWING ||
                 client->state == V6NF_DHCPV6_REBINDING;
    v6nf_dhcpv6_lease_expire(client, now);
    v6nf_dhcpv6_delegation_expire(client, now);
    if (client->state == V6NF_DHCPV6_RELEASING && now >= client->until) {
        dhcpv6_count(client, V6NF_DHCPV6_FAILURES);
        finish_client(client);
    } else if (bound && !has_binding(client)) {
        discover_again(client, now);
    } else if (bound && client->state != V6NF_DHCPV6_REBINDING && now >= client->rebind_at) {
        enter(client, V6NF_DHCPV6_REBINDING, now);
    } else if (client->state == V6NF_DHCPV6_BOUND && now >= client->renew_at) {
        enter(client, V6NF_DHCPV6_RENEWING, now);
    } else if (client->state == V6NF_DHCPV6_INFORMED && now >= client->refresh_at) {
        enter(client, V6NF_DHCPV6_INFORMING, now);
    } else if (client->state == V6NF_DHCPV6_SOLICITING && client->transmissions != 0u && client->server_size != 0u &&
               now >= client->due) {
        /* The first time for Advertise messages has passed, and there is one. */
        enter(client, V6NF_DHCPV6_REQUESTING, now);
    }
}

/* -- Sending (RFC 9915, 15) ---------------------------------------------------------------------------------------- */

/* Return the time from this transmission to the next: RT. */
static uint64_t next_timeout(struct v6nf_dhcpv6 *client)
{
    uint64_t first = exchange_of(client)->timeout * V6NF_SECOND;
    uint64_t most = exchange_of(client)->max_timeout * V6NF_SECOND;
    if (client->state == V6NF_DHCPV6_SOLICITING) {
        return solicit_timeout(client, client->transmissions == 0u ? 0u : client->timeout);
    }
    if (client->transmissions == 0u) {
        return randomize_timeout(client, first);
    }
    if (client->state == V6NF_DHCPV6_INFORMING) {
        most = client->inf_max_rt * V6NF_SECOND;
    }
    return longer_timeout(client, client->timeout, most);
}

/* Return true if no answer arrived in time. */
static bool is_over(const struct v6nf_dhcpv6 *client, uint64_t now)
{
    uint8_t most = exchange_of(client)->max_transmissions;
    if (client->transmissions == 0u) {
        return false;
    }
    if (client->state == V6NF_DHCPV6_CONFIRMING) {
        return client->not_on_link || now >= client->first_sent + CNF_MAX_RD;
    }
    return most != 0u && client->transmissions >= most;
}

static void fail(struct v6nf_dhcpv6 *client, uint64_t now)
{
    dhcpv6_count(client, V6NF_DHCPV6_FAILURES);
    if (client->state == V6NF_DHCPV6_DECLINING) {
        finish_decline(client, now);
    } else if (client->state == V6NF_DHCPV6_RELEASING) {
        finish_client(client);
    } else if (client->state == V6NF_DHCPV6_CONFIRMING && !client->not_on_link) {
        settle(client, now); /* no server refused the addresses (RFC 9915, 18.2.3) */
    } else {
        discover_again(client, now);
    }
}

/* Return true if a message is due. */
static bool must_send(struct v6nf_dhcpv6 *client, uint64_t now)
{
    if (exchange_of(client)->type == 0u || now < client->due || !has_link_local(client)) {
        return false;
    }
    if (client->rate_time > now + RATE_AHEAD) {
        client->due = client->rate_time - RATE_AHEAD;
        return false;
    }
    return true;
}

/* Take one step of what is due now. Return true if a message must be sent. */
static bool advance(struct v6nf_dhcpv6 *client, uint64_t now)
{
    pass_time(client, now);
    if (!must_send(client, now)) {
        return false;
    }
    if (is_over(client, now)) {
        fail(client, now);
        return false;
    }
    return true;
}

/* Write and send the message. Return the length of the frame to send. */
static uint32_t transmit(struct v6nf_dhcpv6 *client, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    if (client->transmissions == 0u) {
        client->first_sent = now;
    }
    client->timeout = next_timeout(client);
    client->due = now + client->timeout;
    if (client->state == V6NF_DHCPV6_CONFIRMING) {
        client->due = earlier(client->due, client->first_sent + CNF_MAX_RD);
    }
    client->transmissions++;
    client->rate_time = (client->rate_time > now ? client->rate_time : now) + RATE_INTERVAL;
    dhcpv6_count(client, V6NF_DHCPV6_SENT);
    bool is_rebind = client->state == V6NF_DHCPV6_CONFIRMING && client->confirms_by_rebind;
    uint8_t type = is_rebind ? (uint8_t)V6NF_DHCPV6_REBIND : exchange_of(client)->type;
    uint32_t length =
        v6nf_dhcpv6_message_write(client, type, frame + V6NF_UDP_PAYLOAD, capacity - V6NF_UDP_PAYLOAD, now);
    uint32_t frame_length = 0;
    (void)v6nf_udp_send(client->node, frame, length, capacity, &to_servers, &frame_length, now);
    return frame_length;
}

/* Take the steps that are due, up to a message. Return the length of the frame to send, 0 for none. */
static uint32_t advance_to_message(struct v6nf_dhcpv6 *client, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < MAX_STEPS && v6nf_dhcpv6_next_due(client) <= now; i++) {
        if (advance(client, now)) {
            return transmit(client, frame, capacity, now);
        }
    }
    return 0;
}

uint32_t v6nf_dhcpv6_tick(struct v6nf_dhcpv6 *client, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    if (client->state == V6NF_DHCPV6_STOPPED) {
        return 0;
    }
    if (capacity < FRAME_CAPACITY_MIN) {
        return drop(client->node, V6NF_DROP_CAPACITY);
    }
    look_at_node(client, now);
    uint32_t length = advance_to_message(client, frame, capacity, now);
    v6nf_dhcpv6_delegation_report(client, now);
    return length;
}

uint64_t v6nf_dhcpv6_next_due(const struct v6nf_dhcpv6 *client)
{
    if (client->state == V6NF_DHCPV6_STOPPED) {
        return V6NF_NEVER;
    }
    uint64_t due = v6nf_dhcpv6_delegation_due(client);
    if (must_solicit(client) || must_inform(client) || has_news_of_duplicates(client)) {
        return 0;
    }
    if (exchange_of(client)->type != 0u && has_link_local(client)) {
        due = earlier(due, client->due);
    }
    if (client->state == V6NF_DHCPV6_RELEASING) {
        due = earlier(due, client->until);
    } else if (client->state == V6NF_DHCPV6_BOUND) {
        due = earlier(due, earlier(client->renew_at, client->rebind_at));
    } else if (client->state == V6NF_DHCPV6_RENEWING) {
        due = earlier(due, client->rebind_at);
    } else if (client->state == V6NF_DHCPV6_INFORMED) {
        due = client->refresh_at;
    }
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        if (client->addresses[i].use == V6NF_DHCPV6_LEASED) {
            due = earlier(due, client->addresses[i].valid_until);
        }
    }
    return due;
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

/* Store SOL_MAX_RT or INF_MAX_RT of an Advertise, the default if servers differ (RFC 9915, 18.2.9). */
static void store_max_rt(uint32_t value, uint32_t *advertised, uint32_t *seconds)
{
    if (value != 0u) {
        *advertised = *advertised == 0u || *advertised == value ? value : UINT32_MAX;
        *seconds = *advertised == UINT32_MAX ? MAX_RT : *advertised;
    }
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Bring the times of renewal, T1, and rebinding, T2, forward to those of an IA. If the server leaves them to the
 * client, use 0.5 and 0.8 times the shortest lifetime, as servers should (RFC 9915, 14.2 and 21.4).
 * lifetime: the shortest of the IA, V6NF_NEVER if it is infinite. */
static void add_times(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_ia *ia, uint64_t lifetime, uint64_t now)
{
    bool is_endless = lifetime == V6NF_NEVER;
    uint64_t renew_at = is_endless ? V6NF_NEVER : now + lifetime / 2u;
    uint64_t rebind_at = is_endless ? V6NF_NEVER : now + lifetime / 5u * 4u;
    if (ia->t1 != 0u) {
        renew_at = v6nf_lifetime_end(now, ia->t1);
    }
    if (ia->t2 != 0u) {
        rebind_at = v6nf_lifetime_end(now, ia->t2);
    }
    renew_at = later(renew_at, now + RENEWAL_INTERVAL);
    rebind_at = later(rebind_at, now + RENEWAL_INTERVAL);
    if (ia->t1 != 0u) {
        rebind_at = later(rebind_at, renew_at);
    }
    client->renew_at = earlier(client->renew_at, renew_at);
    client->rebind_at = earlier(client->rebind_at, rebind_at);
}

/* Set the times of renewal and rebinding: the earliest of both IAs, as these are extended together (RFC 9915, 18.2.4
 * and 18.2.5). */
static void set_times(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    client->renew_at = V6NF_NEVER;
    client->rebind_at = V6NF_NEVER;
    if (v6nf_dhcpv6_lease_count(client, V6NF_DHCPV6_LEASED) != 0u) {
        add_times(client, &message->na, v6nf_dhcpv6_lease_shortest(client, now), now);
    }
    if (v6nf_dhcpv6_delegation_count(client, V6NF_DHCPV6_LEASED) != 0u) {
        add_times(client, &message->pd, v6nf_dhcpv6_delegation_shortest(client, now), now);
    }
}

/* Return true if the message, or one of its IAs that the client asked for, has this status. */
static bool has_status(const struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message, uint16_t status)
{
    return message->status == status || (client->asks_addresses && message->na.status == status) ||
           (client->wants_prefix && message->pd.status == status);
}

/* Return true if the server refuses what a Request asks for, and would do so again. */
static bool is_refused(const struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message)
{
    return has_status(client, message, V6NF_DHCPV6_NOT_ON_LINK) ||
           has_status(client, message, V6NF_DHCPV6_NO_ADDRS_AVAIL) ||
           has_status(client, message, V6NF_DHCPV6_NO_PREFIX_AVAIL);
}

/* Process a Reply that gives addresses and prefixes or extends them (RFC 9915, 18.2.10.1). One that says nothing of
 * them changes nothing: the message is sent again, or the exchange ends. A server may grant one IA of two. */
static enum v6nf_dhcpv6_counter process_binding(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                                const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    bool extends = client->state != V6NF_DHCPV6_REQUESTING && client->state != V6NF_DHCPV6_SOLICITING;
    bool is_granted =
        message->status == V6NF_DHCPV6_SUCCESS && v6nf_dhcpv6_message_store_leases(client, bytes, message, now);
    if (extends && has_status(client, message, V6NF_DHCPV6_NO_BINDING)) {
        v6nf_dhcpv6_message_store_server(client, bytes, message);
        enter(client, V6NF_DHCPV6_REQUESTING, now);
        return V6NF_DHCPV6_REFUSED;
    }
    if (!is_granted) {
        if (client->state == V6NF_DHCPV6_REQUESTING && is_refused(client, message)) {
            discover_again(client, now);
        }
        return V6NF_DHCPV6_REFUSED;
    }
    if (client->addresses_count == 0u && client->prefixes_count == 0u) {
        if (client->state != V6NF_DHCPV6_SOLICITING) {
            discover_again(client, now);
        }
        return V6NF_DHCPV6_REFUSED;
    }
    v6nf_dhcpv6_message_store_server(client, bytes, message);
    v6nf_dhcpv6_message_store_configuration(client, bytes, message);
    set_times(client, message, now);
    settle(client, now);
    return V6NF_DHCPV6_ACCEPTED;
}

/* Process the answer to a Confirm. A confirmation counts at once, a refusal only if no confirmation arrives in time
 * (RFC 9915, 18.2.10.3). */
static enum v6nf_dhcpv6_counter process_confirmation(struct v6nf_dhcpv6 *client,
                                                     const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    if (message->status == V6NF_DHCPV6_SUCCESS) {
        settle(client, now);
        return V6NF_DHCPV6_ACCEPTED;
    }
    client->not_on_link |= message->status == V6NF_DHCPV6_NOT_ON_LINK;
    return V6NF_DHCPV6_REFUSED;
}

static enum v6nf_dhcpv6_counter process_information(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                                    const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    if (message->status != V6NF_DHCPV6_SUCCESS) {
        return V6NF_DHCPV6_REFUSED;
    }
    v6nf_dhcpv6_message_store_configuration(client, bytes, message);
    client->refresh_at = v6nf_lifetime_end(now, message->refresh_time);
    enter(client, V6NF_DHCPV6_INFORMED, now);
    return V6NF_DHCPV6_ACCEPTED;
}

static enum v6nf_dhcpv6_counter process_reply(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                              const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    /* Store these for any message (RFC 9915, 18.2.10). */
    client->sol_max_rt = message->sol_max_rt != 0u ? message->sol_max_rt : client->sol_max_rt;
    client->inf_max_rt = message->inf_max_rt != 0u ? message->inf_max_rt : client->inf_max_rt;
    switch (client->state) {
    case V6NF_DHCPV6_CONFIRMING:
        return client->confirms_by_rebind ? process_binding(client, bytes, message, now)
                                          : process_confirmation(client, message, now);
    case V6NF_DHCPV6_DECLINING:
        finish_decline(client, now);
        return V6NF_DHCPV6_ACCEPTED;
    case V6NF_DHCPV6_RELEASING:
        finish_client(client);
        return V6NF_DHCPV6_ACCEPTED;
    case V6NF_DHCPV6_INFORMING:
        return process_information(client, bytes, message, now);
    default:
        return process_binding(client, bytes, message, now);
    }
}

/* Return true if an Advertise is better than that of the selected server. One that offers both addresses and a prefix
 * is preferred to one that offers less (RFC 9915, 18.2.9: "MAY"). */
static bool is_better_server(const struct v6nf_dhcpv6 *client, uint8_t offers, uint8_t preference)
{
    return offers > client->offers || (offers == client->offers && preference > client->preference);
}

/* Process an Advertise (RFC 9915, 18.2.1 and 18.2.9). */
static enum v6nf_dhcpv6_counter process_advertise(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                                  const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    store_max_rt(message->sol_max_rt, &client->advertised_sol_max_rt, &client->sol_max_rt);
    store_max_rt(message->inf_max_rt, &client->advertised_inf_max_rt, &client->inf_max_rt);
    uint8_t offers = v6nf_dhcpv6_message_offers(client, bytes, message);
    if (message->status != V6NF_DHCPV6_SUCCESS || offers == 0u) {
        return V6NF_DHCPV6_REFUSED;
    }
    if (client->server_size != 0u && !is_better_server(client, offers, message->preference)) {
        return V6NF_DHCPV6_ACCEPTED; /* the known server is preferred */
    }
    v6nf_dhcpv6_message_store_offers(client, bytes, message);
    v6nf_dhcpv6_message_store_server(client, bytes, message);
    client->preference = message->preference;
    client->offers = offers;
    /* Servers that did not answer in the first time are too late. */
    if (message->preference == MAX_PREFERENCE || client->transmissions > 1u) {
        enter(client, V6NF_DHCPV6_REQUESTING, now);
    }
    return V6NF_DHCPV6_ACCEPTED;
}

/* Return true if the client waits for a message of this type. */
static bool is_message_expected(const struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message)
{
    bool is_reply = message->type == V6NF_DHCPV6_REPLY;
    if (exchange_of(client)->type == 0u || client->transmissions == 0u) {
        return false;
    }
    if (client->state != V6NF_DHCPV6_SOLICITING) {
        return is_reply;
    }
    return !is_reply || (client->rapid_commit && message->rapid_commit);
}

static enum v6nf_dhcpv6_counter process_datagram(struct v6nf_dhcpv6 *client, const struct v6nf_udp_datagram *datagram)
{
    struct v6nf_dhcpv6_message message;
    const uint8_t *bytes = datagram->payload;
    if (!v6nf_address_equal(datagram->destination, client->node->addresses[0].address.bytes)) {
        return V6NF_DHCPV6_DROP_DESTINATION;
    }
    if (!v6nf_dhcpv6_read(bytes, datagram->length, client->iaid, &message)) {
        return V6NF_DHCPV6_DROP_MALFORMED;
    }
    client->counters[V6NF_DHCPV6_OPTIONS_IGNORED] += message.ignored;
    enum v6nf_dhcpv6_counter fault =
        v6nf_dhcpv6_message_check(client, bytes, &message, is_message_expected(client, &message));
    if (fault != V6NF_DHCPV6_ACCEPTED) {
        return fault;
    }
    return message.type == V6NF_DHCPV6_ADVERTISE ? process_advertise(client, bytes, &message, datagram->now)
                                                 : process_reply(client, bytes, &message, datagram->now);
}

static uint32_t receive(void *context, struct v6nf_udp_datagram *datagram)
{
    struct v6nf_dhcpv6 *client = context;
    dhcpv6_count(client, process_datagram(client, datagram));
    v6nf_dhcpv6_delegation_report(client, datagram->now);
    return 0;
}

/* -- Calls of the program ------------------------------------------------------------------------------------------ */

static bool is_good(const struct v6nf_dhcpv6_config *config)
{
    bool is_duid_good = config->duid == NULL ||
                        (config->duid_size >= V6NF_DHCPV6_DUID_MIN && config->duid_size <= V6NF_DHCPV6_DUID_MAX);
    bool is_hint_good = config->prefix_length <= 8u * V6NF_ADDRESS_SIZE;
    return is_duid_good && is_hint_good && (uint32_t)config->mode <= (uint32_t)V6NF_DHCPV6_STATEFUL;
}

enum v6nf_status v6nf_dhcpv6_start(struct v6nf_dhcpv6 *client, struct v6nf_node *node,
                                   const struct v6nf_dhcpv6_config *config, uint64_t now)
{
    uint8_t duid[V6NF_DHCPV6_DUID_MAX] = {0}; /* config->duid may be that of *client */
    uint32_t duid_size = config->duid != NULL ? config->duid_size : V6NF_DHCPV6_DUID_LL_SIZE;
    if (!is_good(config)) {
        return V6NF_INVALID;
    }
    /* A client that runs on the node has the port: leave it unchanged. */
    enum v6nf_status status = v6nf_udp_bind(node, V6NF_DHCPV6_CLIENT_PORT, receive, client);
    if (status != V6NF_OK) {
        return status;
    }
    if (config->duid != NULL) {
        memcpy(duid, config->duid, duid_size);
    } else {
        v6nf_dhcpv6_write_duid_ll(duid, node->mac);
    }
    *client = (struct v6nf_dhcpv6){
        .node = node,
        .mode = config->mode,
        .state = V6NF_DHCPV6_WAITING,
        .rapid_commit = config->rapid_commit,
        .wants_prefix = config->wants_prefix,
        .prefix_length = config->prefix_length,
        .iaid = config->iaid,
        .prefixes_changed = config->prefixes_changed,
        .context = config->context,
        .rate_time = now,
        .sol_max_rt = MAX_RT,
        .inf_max_rt = MAX_RT,
        .leased_since = V6NF_NEVER,
        .duplicates_seen = node->counters[V6NF_DUPLICATE_ADDRESSES],
        .duid_size = duid_size,
    };
    memcpy(client->duid, duid, sizeof duid);
    look_at_node(client, now);
    return V6NF_OK;
}

/* Begin to return all addresses and prefixes (RFC 9915, 18.2.7). */
static void release(struct v6nf_dhcpv6 *client, uint64_t now)
{
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_DECLINED);
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        v6nf_dhcpv6_lease_end(client, &client->addresses[i], V6NF_DHCPV6_RELEASED);
    }
    v6nf_dhcpv6_delegation_release(client);
    client->dns_servers_count = 0;
    client->dns_domains_count = 0;
    client->until = now + RELEASE_MAX_RD;
    enter(client, V6NF_DHCPV6_RELEASING, now);
}

void v6nf_dhcpv6_stop(struct v6nf_dhcpv6 *client, uint64_t now)
{
    if (client->state == V6NF_DHCPV6_STOPPED) {
        return;
    }
    /* Without a link-local address nothing can be sent (RFC 4862, 5.4.5). */
    bool must_release =
        client->state != V6NF_DHCPV6_RELEASING && !interface_is_disabled(client->node) && has_binding(client);
    if (must_release) {
        release(client, now);
    } else {
        finish_client(client);
    }
    v6nf_dhcpv6_delegation_report(client, now);
}

void v6nf_dhcpv6_link_up(struct v6nf_dhcpv6 *client, uint64_t now)
{
    if (client->state == V6NF_DHCPV6_STOPPED || client->state == V6NF_DHCPV6_WAITING ||
        client->state == V6NF_DHCPV6_RELEASING) {
        return;
    }
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_OFFERED);
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_DECLINED);
    v6nf_dhcpv6_delegation_drop(client, V6NF_DHCPV6_OFFERED);
    client->not_on_link = false;
    client->restart_timeout = 0; /* the link and its servers may be others */
    client->confirms_by_rebind = v6nf_dhcpv6_delegation_count(client, V6NF_DHCPV6_LEASED) != 0u;
    if (has_binding(client)) {
        enter(client, V6NF_DHCPV6_CONFIRMING, now);
    } else if (client->state == V6NF_DHCPV6_INFORMING || client->state == V6NF_DHCPV6_INFORMED) {
        enter(client, V6NF_DHCPV6_INFORMING, now);
    } else if (client->mode == V6NF_DHCPV6_AUTO) {
        client->state = V6NF_DHCPV6_WAITING; /* for the flags of this link's routers */
        forget_server(client);
    } else {
        discover(client, now);
    }
}

bool v6nf_dhcpv6_dns_server(const struct v6nf_dhcpv6 *client, uint32_t index, struct v6nf_address *server)
{
    *server = (struct v6nf_address){{0}};
    if (index >= client->dns_servers_count) {
        return false;
    }
    *server = client->dns_servers[index];
    return true;
}

const char *v6nf_dhcpv6_dns_domain(const struct v6nf_dhcpv6 *client, uint32_t index)
{
    return index < client->dns_domains_count ? client->dns_domains[index] : NULL;
}
#endif

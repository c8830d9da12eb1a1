/* dhcpv6.c: DHCPv6 messages and options (RFC 9915, 8, 11 and 21; RFC 3646). */
#include "v6nf/wire/dhcpv6.h"

#include <string.h>

#include "v6nf/wire/ether.h"

/* Sizes of the data of options. */
#define STATUS_SIZE 2u /* before the text (RFC 9915, 21.13) */
#define NUMBER_SIZE 4u

#define CODE_SIZE 2u  /* of an option (RFC 9915, 21.1) */
#define LABEL_MAX 63u /* RFC 1035, 2.3.4; a larger number is a pointer or reserved */

#define DUID_TYPE_LL 3u           /* RFC 9915, 11.4 */
#define HARDWARE_TYPE_ETHERNET 1u /* IANA, Address Resolution Protocol Parameters */

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* Parse the data of a Status Code option (RFC 9915, 21.13). Return false if it is too short, or not the first. */
static bool read_status(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, bool *found, uint16_t *status)
{
    if (option->data + STATUS_SIZE > option->end || *found) {
        return false;
    }
    *found = true;
    *status = v6nf_load16(bytes + option->data);
    return true;
}

/* Parse the options of an IA Address or IA Prefix, bytes `at` to `end`. Return false if they are malformed. */
static bool read_binding_options(const uint8_t *bytes, uint32_t at, uint32_t end, uint16_t *status)
{
    struct v6nf_dhcpv6_option option;
    bool found = false;
    *status = V6NF_DHCPV6_SUCCESS;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && at < end; i++) {
        if (!v6nf_dhcpv6_option(bytes, at, end, &option) ||
            (option.code == V6NF_DHCPV6_OPTION_STATUS && !read_status(bytes, &option, &found, status))) {
            return false;
        }
        at = option.end;
    }
    return at == end;
}

/* Return the bytes of an IA Address or IA Prefix before its options. */
static uint32_t binding_size(uint32_t code)
{
    return code == V6NF_DHCPV6_OPTION_IA_ADDRESS ? V6NF_DHCPV6_ADDRESS_SIZE : V6NF_DHCPV6_PREFIX_SIZE;
}

/* Parse the options of an IA_NA or IA_PD, likewise. code: of the addresses or prefixes in it. */
static bool read_ia_options(const uint8_t *bytes, uint32_t at, uint32_t end, uint32_t code, uint16_t *status)
{
    struct v6nf_dhcpv6_option option;
    uint16_t binding_status = V6NF_DHCPV6_SUCCESS;
    bool found = false;
    *status = V6NF_DHCPV6_SUCCESS;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && at < end; i++) {
        if (!v6nf_dhcpv6_option(bytes, at, end, &option) ||
            (option.code == V6NF_DHCPV6_OPTION_STATUS && !read_status(bytes, &option, &found, status))) {
            return false;
        }
        uint32_t options = option.data + binding_size(code);
        if (option.code == code &&
            (options > option.end || !read_binding_options(bytes, options, option.end, &binding_status))) {
            return false;
        }
        at = option.end;
    }
    return at == end;
}

/* Parse an IA_NA (RFC 9915, 21.4) or IA_PD (21.21) option. One of another IAID is checked and ignored. */
static bool read_ia(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint32_t iaid, uint32_t code,
                    struct v6nf_dhcpv6_ia *ia)
{
    uint16_t status = V6NF_DHCPV6_SUCCESS;
    uint32_t options = option->data + V6NF_DHCPV6_IA_SIZE;
    if (option->data + V6NF_DHCPV6_IA_SIZE > option->end ||
        !read_ia_options(bytes, options, option->end, code, &status)) {
        return false;
    }
    if (v6nf_load32(bytes + option->data) != iaid) {
        return true;
    }
    uint32_t t1 = v6nf_load32(bytes + option->data + 4u);
    uint32_t t2 = v6nf_load32(bytes + option->data + 8u);
    if (ia->is_present) {
        return false;
    }
    if (t1 <= t2 || t2 == 0u) {
        *ia = (struct v6nf_dhcpv6_ia){.is_present = true, .status = status, .t1 = t1, .t2 = t2};
        ia->options = (struct v6nf_dhcpv6_bytes){.at = options, .end = option->end};
    }
    return true;
}

/* Store the position of the data of an option. Return false if an option of this kind was there before. */
static bool note(struct v6nf_dhcpv6_bytes *field, uint32_t at, uint32_t end)
{
    if (field->end != 0u) {
        return false;
    }
    *field = (struct v6nf_dhcpv6_bytes){.at = at, .end = end};
    return true;
}

static bool note_duid(struct v6nf_dhcpv6_bytes *field, const struct v6nf_dhcpv6_option *option)
{
    uint32_t size = option->end - option->data;
    return size >= V6NF_DHCPV6_DUID_MIN && size <= V6NF_DHCPV6_DUID_MAX && note(field, option->data, option->end);
}

/* Store the position of the whole addresses of a list. Return false if bytes remain, or if the option was there
 * before. */
static bool note_addresses(struct v6nf_dhcpv6_bytes *field, const struct v6nf_dhcpv6_option *option)
{
    uint32_t rest = (option->end - option->data) % V6NF_ADDRESS_SIZE;
    return note(field, option->data, option->end - rest) && rest == 0u;
}

/* Read a number of 4 bytes. */
static bool read_number(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint32_t *number)
{
    if (option->data + NUMBER_SIZE != option->end) {
        return false;
    }
    *number = v6nf_load32(bytes + option->data);
    return true;
}

/* Read SOL_MAX_RT or INF_MAX_RT: out of bounds they are ignored (RFC 9915, 21.24 and 21.25). */
static bool read_max_rt(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint32_t *seconds)
{
    bool is_whole = read_number(bytes, option, seconds);
    if (*seconds < V6NF_DHCPV6_MAX_RT_MIN || *seconds > V6NF_DHCPV6_MAX_RT_MAX) {
        *seconds = 0;
    }
    return is_whole;
}

static bool read_refresh_time(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint32_t *seconds)
{
    bool is_whole = read_number(bytes, option, seconds);
    if (*seconds < V6NF_DHCPV6_REFRESH_MIN) {
        *seconds = V6NF_DHCPV6_REFRESH_MIN;
    }
    return is_whole;
}

static bool read_preference(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint8_t *preference)
{
    if (option->data + 1u != option->end) {
        return false;
    }
    *preference = bytes[option->data];
    return true;
}

static bool read_rapid_commit(const struct v6nf_dhcpv6_option *option, bool *rapid_commit)
{
    *rapid_commit |= option->data == option->end;
    return option->data == option->end;
}

/* Parse an option. status_found: a Status Code option was before it. Return false if the option is malformed. */
static bool read_option(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, uint32_t iaid,
                        bool *status_found, struct v6nf_dhcpv6_message *message)
{
    switch (option->code) {
    case V6NF_DHCPV6_OPTION_CLIENT_ID:
        return note_duid(&message->client_id, option);
    case V6NF_DHCPV6_OPTION_SERVER_ID:
        return note_duid(&message->server_id, option);
    case V6NF_DHCPV6_OPTION_IA_NA:
        return read_ia(bytes, option, iaid, V6NF_DHCPV6_OPTION_IA_ADDRESS, &message->na);
    case V6NF_DHCPV6_OPTION_IA_PD:
        return read_ia(bytes, option, iaid, V6NF_DHCPV6_OPTION_IA_PREFIX, &message->pd);
    case V6NF_DHCPV6_OPTION_PREFERENCE:
        return read_preference(bytes, option, &message->preference);
    case V6NF_DHCPV6_OPTION_STATUS:
        return read_status(bytes, option, status_found, &message->status);
    case V6NF_DHCPV6_OPTION_RAPID_COMMIT:
        return read_rapid_commit(option, &message->rapid_commit);
    case V6NF_DHCPV6_OPTION_DNS_SERVERS:
        return note_addresses(&message->dns_servers, option);
    case V6NF_DHCPV6_OPTION_DOMAINS:
        return note(&message->domains, option->data, option->end);
    case V6NF_DHCPV6_OPTION_REFRESH_TIME:
        return read_refresh_time(bytes, option, &message->refresh_time);
    case V6NF_DHCPV6_OPTION_SOL_MAX_RT:
        return read_max_rt(bytes, option, &message->sol_max_rt);
    case V6NF_DHCPV6_OPTION_INF_MAX_RT:
        return read_max_rt(bytes, option, &message->inf_max_rt);
    default:
        break;
    }
    return true;
}

/* Return true if the option that starts at byte `at` must not be ignored: the message would seem to have another
 * client, server, status, or other addresses or prefixes. */
static bool is_needed(const uint8_t *bytes, uint32_t at, uint32_t end)
{
    if (at + CODE_SIZE > end) {
        return false;
    }
    uint16_t code = v6nf_load16(bytes + at);
    return code == V6NF_DHCPV6_OPTION_CLIENT_ID || code == V6NF_DHCPV6_OPTION_SERVER_ID ||
           code == V6NF_DHCPV6_OPTION_IA_NA || code == V6NF_DHCPV6_OPTION_IA_PD || code == V6NF_DHCPV6_OPTION_STATUS;
}

bool v6nf_dhcpv6_read(const uint8_t *bytes, uint32_t end, uint32_t iaid, struct v6nf_dhcpv6_message *message)
{
    struct v6nf_dhcpv6_option option;
    bool status_found = false;
    *message = (struct v6nf_dhcpv6_message){.refresh_time = V6NF_DHCPV6_REFRESH_DEFAULT};
    if (end < V6NF_DHCPV6_HEADER_SIZE) {
        return false;
    }
    message->type = bytes[0];
    message->transaction = v6nf_load32(bytes) & 0xFFFFFFu;
    uint32_t at = V6NF_DHCPV6_HEADER_SIZE;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && at < end; i++) {
        bool is_whole = v6nf_dhcpv6_option(bytes, at, end, &option);
        if (!is_whole || !read_option(bytes, &option, iaid, &status_found, message)) {
            if (is_needed(bytes, at, end)) {
                return false;
            }
            message->ignored++;
        }
        at = is_whole ? option.end : end; /* what follows an option that is cut short cannot be found */
    }
    return at == end;
}

bool v6nf_dhcpv6_next_domain(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_bytes *name)
{
    uint32_t next = *at;
    *name = (struct v6nf_dhcpv6_bytes){0};
    for (uint32_t i = 0; i < V6NF_DHCPV6_LABELS_MAX && next < end; i++) {
        uint32_t label = (uint32_t)bytes[next];
        if (label > LABEL_MAX) {
            return false;
        }
        if (label == 0u) {
            *name = (struct v6nf_dhcpv6_bytes){.at = *at, .end = next + 1u};
            *at = next + 1u;
            return true;
        }
        next = next + 1u + label;
    }
    return false;
}

/* Parse an IA Address. Return false if it must be ignored. */
static bool read_lease(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option, struct v6nf_dhcpv6_lease *lease)
{
    uint16_t status = V6NF_DHCPV6_SUCCESS;
    uint32_t options = option->data + V6NF_DHCPV6_ADDRESS_SIZE;
    if (option->code != V6NF_DHCPV6_OPTION_IA_ADDRESS || option->data + V6NF_DHCPV6_ADDRESS_SIZE > option->end ||
        !read_binding_options(bytes, options, option->end, &status) || status != V6NF_DHCPV6_SUCCESS) {
        return false;
    }
    uint32_t preferred = v6nf_load32(bytes + option->data + 16u);
    uint32_t valid = v6nf_load32(bytes + option->data + 20u);
    if (preferred > valid) {
        return false;
    }
    v6nf_address_copy(lease->address.bytes, bytes + option->data);
    lease->preferred_lifetime = preferred;
    lease->valid_lifetime = valid;
    return true;
}

bool v6nf_dhcpv6_next_address(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_lease *lease)
{
    struct v6nf_dhcpv6_option option;
    *lease = (struct v6nf_dhcpv6_lease){.valid_lifetime = 0};
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && *at < end; i++) {
        if (!v6nf_dhcpv6_option(bytes, *at, end, &option)) {
            return false;
        }
        *at = option.end;
        if (read_lease(bytes, &option, lease)) {
            return true;
        }
    }
    return false;
}

/* Clear the bits past the length, at most 128. */
static void clear_host_bits(uint8_t *address, uint32_t length)
{
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        const uint32_t bits = length > 8u * i ? length - 8u * i : 0u;
        const uint32_t mask = bits < 8u ? 0xFF00u >> bits : 0xFFu;
        address[i] = (uint8_t)(address[i] & mask);
    }
}

/* Parse an IA Prefix. Return false if it must be ignored. */
static bool read_delegation(const uint8_t *bytes, const struct v6nf_dhcpv6_option *option,
                            struct v6nf_dhcpv6_prefix *prefix)
{
    uint16_t status = V6NF_DHCPV6_SUCCESS;
    uint32_t options = option->data + V6NF_DHCPV6_PREFIX_SIZE;
    if (option->code != V6NF_DHCPV6_OPTION_IA_PREFIX || option->data + V6NF_DHCPV6_PREFIX_SIZE > option->end ||
        !read_binding_options(bytes, options, option->end, &status) || status != V6NF_DHCPV6_SUCCESS) {
        return false;
    }
    uint32_t preferred = v6nf_load32(bytes + option->data);
    uint32_t valid = v6nf_load32(bytes + option->data + 4u);
    uint32_t length = (uint32_t)bytes[option->data + 8u];
    if (preferred > valid || length > 8u * V6NF_ADDRESS_SIZE) {
        return false;
    }
    v6nf_address_copy(prefix->address.bytes, bytes + option->data + 9u);
    clear_host_bits(prefix->address.bytes, length);
    prefix->length = length;
    prefix->preferred_lifetime = preferred;
    prefix->valid_lifetime = valid;
    return true;
}

bool v6nf_dhcpv6_next_prefix(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_prefix *prefix)
{
    struct v6nf_dhcpv6_option option;
    *prefix = (struct v6nf_dhcpv6_prefix){.valid_lifetime = 0};
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && *at < end; i++) {
        if (!v6nf_dhcpv6_option(bytes, *at, end, &option)) {
            return false;
        }
        *at = option.end;
        if (read_delegation(bytes, &option, prefix)) {
            return true;
        }
    }
    return false;
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* Write the header of an option at byte `at`. Return the offset of its data. */
static uint32_t write_header(uint8_t *bytes, uint32_t at, uint16_t code, uint32_t size)
{
    v6nf_store16(bytes + at, code);
    v6nf_store16(bytes + at + 2u, (uint16_t)(size & 0xFFFFu));
    return at + V6NF_DHCPV6_OPTION_SIZE;
}

static uint32_t write_duid(uint8_t *bytes, uint32_t at, uint16_t code, const uint8_t *duid, uint32_t size)
{
    if (size == 0u) {
        return at;
    }
    at = write_header(bytes, at, code, size);
    memcpy(bytes + at, duid, size);
    return at + size;
}

static uint32_t write_requested(uint8_t *bytes, uint32_t at, const struct v6nf_dhcpv6_content *content)
{
    if (content->requested_count == 0u) {
        return at;
    }
    at = write_header(bytes, at, V6NF_DHCPV6_OPTION_REQUEST, 2u * content->requested_count);
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && i < content->requested_count; i++) {
        v6nf_store16(bytes + at, content->requested[i]);
        at += 2u;
    }
    return at;
}

static uint32_t ia_size(const struct v6nf_dhcpv6_content *content)
{
    return V6NF_DHCPV6_IA_SIZE + content->addresses_count * (V6NF_DHCPV6_OPTION_SIZE + V6NF_DHCPV6_ADDRESS_SIZE);
}

static uint32_t pd_size(const struct v6nf_dhcpv6_content *content)
{
    return V6NF_DHCPV6_IA_SIZE + content->prefixes_count * (V6NF_DHCPV6_OPTION_SIZE + V6NF_DHCPV6_PREFIX_SIZE);
}

/* Write an IA_NA or IA_PD with T1 and T2 of 0, up to its options. */
static uint32_t write_ia_head(uint8_t *bytes, uint32_t at, uint16_t code, uint32_t size, uint32_t iaid)
{
    at = write_header(bytes, at, code, size);
    v6nf_store32(bytes + at, iaid);
    v6nf_store32(bytes + at + 4u, 0u);
    v6nf_store32(bytes + at + 8u, 0u);
    return at + V6NF_DHCPV6_IA_SIZE;
}

static uint32_t write_pd(uint8_t *bytes, uint32_t at, const struct v6nf_dhcpv6_content *content)
{
    if (!content->has_pd) {
        return at;
    }
    at = write_ia_head(bytes, at, V6NF_DHCPV6_OPTION_IA_PD, pd_size(content), content->iaid);
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES_MAX && i < content->prefixes_count; i++) {
        at = write_header(bytes, at, V6NF_DHCPV6_OPTION_IA_PREFIX, V6NF_DHCPV6_PREFIX_SIZE);
        v6nf_store32(bytes + at, 0u);
        v6nf_store32(bytes + at + 4u, 0u);
        bytes[at + 8u] = (uint8_t)(content->prefixes[i].length & 0xFFu);
        v6nf_address_copy(bytes + at + 9u, content->prefixes[i].address.bytes);
        at += V6NF_DHCPV6_PREFIX_SIZE;
    }
    return at;
}

static uint32_t write_ia(uint8_t *bytes, uint32_t at, const struct v6nf_dhcpv6_content *content)
{
    if (!content->has_ia) {
        return at;
    }
    at = write_ia_head(bytes, at, V6NF_DHCPV6_OPTION_IA_NA, ia_size(content), content->iaid);
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && i < content->addresses_count; i++) {
        at = write_header(bytes, at, V6NF_DHCPV6_OPTION_IA_ADDRESS, V6NF_DHCPV6_ADDRESS_SIZE);
        v6nf_address_copy(bytes + at, content->addresses[i].bytes);
        v6nf_store32(bytes + at + 16u, 0u);
        v6nf_store32(bytes + at + 20u, 0u);
        at += V6NF_DHCPV6_ADDRESS_SIZE;
    }
    return at;
}

/* Return the size of the message, 0 if a count or size in *content is above its limit. */
static uint32_t message_size(const struct v6nf_dhcpv6_content *content)
{
    if (content->client_id_size > V6NF_DHCPV6_DUID_MAX || content->server_id_size > V6NF_DHCPV6_DUID_MAX ||
        content->requested_count > V6NF_DHCPV6_OPTIONS_MAX || content->addresses_count > V6NF_DHCPV6_OPTIONS_MAX ||
        content->prefixes_count > V6NF_DHCPV6_PREFIXES_MAX) {
        return 0;
    }
    const uint32_t header = V6NF_DHCPV6_OPTION_SIZE;
    uint32_t size = V6NF_DHCPV6_HEADER_SIZE + header + 2u; /* Elapsed Time */
    size += content->client_id_size != 0u ? header + content->client_id_size : 0u;
    size += content->server_id_size != 0u ? header + content->server_id_size : 0u;
    size += content->requested_count != 0u ? header + 2u * content->requested_count : 0u;
    size += content->rapid_commit ? header : 0u;
    size += content->has_ia ? header + ia_size(content) : 0u;
    size += content->has_pd ? header + pd_size(content) : 0u;
    return size;
}

uint32_t v6nf_dhcpv6_write(uint8_t *bytes, uint32_t room, const struct v6nf_dhcpv6_content *content)
{
    uint32_t size = message_size(content);
    if (size == 0u || size > room) {
        return 0;
    }
    v6nf_store32(bytes, ((uint32_t)content->type << 24) + (content->transaction & 0xFFFFFFu));
    uint32_t at = V6NF_DHCPV6_HEADER_SIZE;
    at = write_duid(bytes, at, V6NF_DHCPV6_OPTION_CLIENT_ID, content->client_id, content->client_id_size);
    at = write_duid(bytes, at, V6NF_DHCPV6_OPTION_SERVER_ID, content->server_id, content->server_id_size);
    at = write_header(bytes, at, V6NF_DHCPV6_OPTION_ELAPSED_TIME, 2u);
    v6nf_store16(bytes + at, content->elapsed);
    at += 2u;
    at = write_requested(bytes, at, content);
    if (content->rapid_commit) {
        at = write_header(bytes, at, V6NF_DHCPV6_OPTION_RAPID_COMMIT, 0u);
    }
    at = write_ia(bytes, at, content);
    return write_pd(bytes, at, content);
}

void v6nf_dhcpv6_write_duid_ll(uint8_t *duid, const uint8_t *mac)
{
    v6nf_store16(duid, DUID_TYPE_LL);
    v6nf_store16(duid + 2, HARDWARE_TYPE_ETHERNET);
    v6nf_ether_address_copy(duid + 4, mac);
}

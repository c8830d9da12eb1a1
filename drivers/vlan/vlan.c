/* vlan.c: see vlan.h. Sections are those of IEEE 802.1Q-2018. */
#include "v6nf/driver/vlan.h"

#include <stddef.h>

#include "v6nf/wire/ether.h"

#define MTU_MIN 1280u          /* RFC 8200, 5 */
#define TAGGED_HEADER_SIZE 18u /* addresses, tag, EtherType: V6NF_ETHER_HEADER_SIZE and a tag */
#define TAG_CONTROL 14u        /* offset of priority and VLAN ID (9.3) */

/* -- The trunk ----------------------------------------------------------------------------------------------------- */

static inline struct v6nf_vlan *find_vlan(const struct v6nf_vlan_trunk *trunk, uint32_t id)
{
    struct v6nf_vlan *vlan = trunk->lists[id % V6NF_VLAN_LISTS];
    while (vlan != NULL && vlan->id != id) {
        vlan = vlan->next;
    }
    return vlan;
}

/* Return the bytes of a length to send. */
static inline uint32_t bytes_of(const struct v6nf_vlan *vlan, uint32_t length)
{
    return length - (length & vlan->partial);
}

/* Show a frame without a tag to the user of a VLAN port. Return the length to send, 0 for none. Lengths may have flags
 * about checksums. */
static inline uint32_t show(struct v6nf_vlan *vlan, uint8_t *frame, uint32_t length, uint32_t capacity)
{
    uint32_t lengths[1] = {0};
    if (vlan->handler == NULL) {
        vlan->counters.receive_dropped++;
        return 0;
    }
    vlan->counters.received++;
    vlan->counters.received_bytes += length & V6NF_PORT_LENGTH;
    vlan->handler(vlan->context, frame, length, capacity, lengths);
    const uint32_t bytes = bytes_of(vlan, lengths[0]);
    if (!V6NF_PORT_IS_FRAME(bytes, capacity)) {
        vlan->counters.transmit_dropped += lengths[0] != 0u ? 1u : 0u;
        return 0;
    }
    vlan->counters.sent++;
    vlan->counters.sent_bytes += bytes;
    return lengths[0];
}

static void show_tagged(struct v6nf_vlan_trunk *trunk, uint8_t *frame, uint32_t length, uint32_t capacity,
                        uint32_t *lengths)
{
    const uint32_t id = v6nf_load16(frame + TAG_CONTROL) & V6NF_ETHER_TAG_VLAN;
    struct v6nf_vlan *vlan = find_vlan(trunk, id);
    if (vlan == NULL) {
        trunk->unknown++;
        return;
    }
    uint8_t *untagged = v6nf_ether_strip_tag(frame);
    const uint32_t wanted = show(vlan, untagged, length - V6NF_ETHER_TAG_SIZE, capacity - V6NF_ETHER_TAG_SIZE);
    if (wanted != 0u) {
        v6nf_ether_insert_tag(frame, (uint16_t)id);
        lengths[0] = wanted + V6NF_ETHER_TAG_SIZE;
    }
}

static void handle_trunk(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct v6nf_vlan_trunk *trunk = (struct v6nf_vlan_trunk *)context;
    const bool is_tagged =
        length >= V6NF_ETHER_HEADER_SIZE && v6nf_load16(frame + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_VLAN;
    if (is_tagged && length >= TAGGED_HEADER_SIZE) {
        show_tagged(trunk, frame, length, capacity, lengths);
        return;
    }
    struct v6nf_vlan *vlan = is_tagged ? NULL : find_vlan(trunk, V6NF_VLAN_UNTAGGED);
    if (vlan == NULL) {
        trunk->unknown++;
        return;
    }
    lengths[0] = show(vlan, frame, length, capacity);
}

/* The same, if the device has removed the tag, and inserts that of the reply. */
static void handle_stripped(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct v6nf_vlan_trunk *trunk = (struct v6nf_vlan_trunk *)context;
    const uint32_t tag = length & V6NF_PORT_VLAN;
    struct v6nf_vlan *vlan = find_vlan(trunk, tag >> V6NF_PORT_VLAN_SHIFT);
    if (vlan == NULL) {
        trunk->unknown++;
        return;
    }
    const uint32_t space = capacity - (tag != 0u ? V6NF_ETHER_TAG_SIZE : 0u);
    if ((length & V6NF_PORT_LENGTH) > space) {
        vlan->counters.receive_dropped++; /* its bytes fill the space that its tag would need */
        return;
    }
    const uint32_t wanted = show(vlan, frame, length & trunk->flags, space);
    lengths[0] = wanted != 0u ? wanted + tag : 0u;
}

bool v6nf_vlan_trunk_init(struct v6nf_vlan_trunk *trunk, struct v6nf_port *port)
{
    const bool has_unknown_flags = port->checksums != 0u && !port->tags;
    const bool verifies = (port->checksums & V6NF_PORT_VERIFIES) != 0u;
    if (port->outputs != 1u || port->capacity < MTU_MIN + TAGGED_HEADER_SIZE || has_unknown_flags) {
        return false;
    }
    *trunk = (struct v6nf_vlan_trunk){.port = port, .flags = verifies ? ~V6NF_PORT_VLAN : V6NF_PORT_LENGTH};
    return true;
}

/* No handler polls: no buffer that is reserved now has a datagram that is being handled. */
uint32_t v6nf_vlan_poll(struct v6nf_vlan_trunk *trunk)
{
    trunk->is_polled = true;
    return trunk->port->operations->poll(trunk->port, trunk->port->tags ? handle_stripped : handle_trunk, trunk);
}

uint64_t v6nf_vlan_unknown(const struct v6nf_vlan_trunk *trunk)
{
    return trunk->unknown;
}

/* -- VLAN ports ---------------------------------------------------------------------------------------------------- */

static struct v6nf_vlan *vlan_of(struct v6nf_port *port)
{
    return (struct v6nf_vlan *)(void *)port; /* its first member */
}

/* Poll the trunk, with a handler of this VLAN for the time of the call. */
static uint32_t vlan_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_vlan *vlan = vlan_of(port);
    v6nf_handler *attached = vlan->handler;
    void *attached_context = vlan->context;
    const uint64_t before = vlan->counters.received;
    if (vlan->is_stopped) {
        return 0;
    }
    v6nf_vlan_attach(vlan, handler, context);
    (void)v6nf_vlan_poll(vlan->trunk);
    v6nf_vlan_attach(vlan, attached, attached_context);
    return (uint32_t)(vlan->counters.received - before); /* a burst */
}

static void vlan_wait(struct v6nf_port *port, uint64_t until)
{
    struct v6nf_port *trunk = vlan_of(port)->trunk->port;
    trunk->operations->wait(trunk, until);
}

/* Return how many bytes of a buffer of the trunk are kept for the tag. */
static uint32_t tag_space(const struct v6nf_vlan *vlan)
{
    return vlan->id != V6NF_VLAN_UNTAGGED ? V6NF_ETHER_TAG_SIZE : 0u;
}

/* Return true if another VLAN port has the buffer. The trunk's port would return it again. */
static bool other_has_buffer(const struct v6nf_vlan *vlan)
{
    const struct v6nf_vlan_trunk *trunk = vlan->trunk;
    return trunk->reserved_by != NULL && trunk->reserved_by != vlan && !trunk->is_polled;
}

static uint8_t *vlan_reserve(struct v6nf_port *port)
{
    struct v6nf_vlan *vlan = vlan_of(port);
    struct v6nf_port *trunk = vlan->trunk->port;
    if (vlan->is_stopped || other_has_buffer(vlan)) {
        return NULL;
    }
    uint8_t *buffer = trunk->operations->reserve(trunk);
    if (buffer == NULL) {
        return NULL;
    }
    vlan->trunk->reserved = buffer;
    vlan->trunk->reserved_by = vlan;
    vlan->trunk->is_polled = false;
    return trunk->tags ? buffer : buffer + tag_space(vlan);
}

static void vlan_release(struct v6nf_port *port)
{
    struct v6nf_vlan *vlan = vlan_of(port);
    if (vlan->trunk->reserved_by == vlan) {
        vlan->trunk->reserved_by = NULL;
        v6nf_port_release(vlan->trunk->port);
    }
}

static void vlan_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_vlan *vlan = vlan_of(port);
    struct v6nf_port *trunk = vlan->trunk->port;
    if (vlan->is_stopped) {
        return;
    }
    const uint32_t bytes = bytes_of(vlan, length);
    if (vlan->trunk->reserved_by != vlan || !V6NF_PORT_IS_FRAME(bytes, port->capacity)) {
        vlan->counters.transmit_dropped++;
        return;
    }
    vlan->trunk->reserved_by = NULL;
    vlan->counters.sent++;
    vlan->counters.sent_bytes += bytes;
    if (trunk->tags) {
        trunk->operations->commit(trunk, length + (vlan->id << V6NF_PORT_VLAN_SHIFT));
        return;
    }
    if (vlan->id != V6NF_VLAN_UNTAGGED) {
        v6nf_ether_insert_tag(vlan->trunk->reserved, (uint16_t)vlan->id);
    }
    trunk->operations->commit(trunk, length + tag_space(vlan));
}

static bool vlan_link_up(struct v6nf_port *port)
{
    struct v6nf_port *trunk = vlan_of(port)->trunk->port;
    return !vlan_of(port)->is_stopped && trunk->operations->link_up(trunk);
}

static void vlan_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = vlan_of(port)->counters;
}

static enum v6nf_port_status vlan_status(struct v6nf_port *port)
{
    struct v6nf_port *trunk = vlan_of(port)->trunk->port;
    return vlan_of(port)->is_stopped ? V6NF_PORT_STOPPED : trunk->operations->status(trunk);
}

/* Take the port out of the trunk. The device goes on with the other VLANs, in memory that is the trunk's alone. */
static bool vlan_stop(struct v6nf_port *port)
{
    struct v6nf_vlan *vlan = vlan_of(port);
    struct v6nf_vlan_trunk *trunk = vlan->trunk;
    if (trunk == NULL || vlan->is_stopped) {
        return true;
    }
    struct v6nf_vlan **link = &trunk->lists[vlan->id % V6NF_VLAN_LISTS];
    while (*link != NULL && *link != vlan) {
        link = &(*link)->next;
    }
    if (*link != NULL) {
        *link = vlan->next;
    }
    vlan_release(port);
    vlan->is_stopped = true;
    return true;
}

static const struct v6nf_port_operations operations = {
    .poll = vlan_poll,
    .wait = vlan_wait,
    .reserve = vlan_reserve,
    .commit = vlan_commit,
    .release = vlan_release,
    .link_up = vlan_link_up,
    .read_counters = vlan_read_counters,
    .status = vlan_status,
    .stop = vlan_stop,
};

bool v6nf_vlan_open(struct v6nf_vlan *vlan, struct v6nf_vlan_trunk *trunk, uint32_t id)
{
    if (id > V6NF_VLAN_ID_MAX || find_vlan(trunk, id) != NULL) {
        return false;
    }
    struct v6nf_vlan **list = &trunk->lists[id % V6NF_VLAN_LISTS];
    *vlan = (struct v6nf_vlan){.port = *trunk->port, .trunk = trunk, .next = *list, .id = id};
    vlan->port.operations = &operations;
    vlan->port.tags = false;
    vlan->partial = (vlan->port.checksums & V6NF_PORT_INSERTS) != 0u ? V6NF_PORT_CHECKSUM_PARTIAL : 0u;
    vlan->port.capacity -= tag_space(vlan);
    const uint32_t mtu_max = vlan->port.capacity - V6NF_ETHER_HEADER_SIZE;
    vlan->port.mtu = vlan->port.mtu < mtu_max ? vlan->port.mtu : mtu_max;
    *list = vlan;
    return true;
}

void v6nf_vlan_attach(struct v6nf_vlan *vlan, v6nf_handler *handler, void *context)
{
    vlan->handler = handler;
    vlan->context = context;
}

/* paravirtual.h: a port on a hypervisor's device: its buffers, its originate queue, and its life cycle. The driver of
 * the device adds its registers and its queues. */
#ifndef DRIVERS_PARAVIRTUAL_PARAVIRTUAL_H
#define DRIVERS_PARAVIRTUAL_PARAVIRTUAL_H

#include "v6nf/driver/paravirtual.h"

#define ETHER_HEADER 14u
#define VLAN_TAG 4u
#define CACHE_LINE V6NF_ENV_CACHE_LINE
#define CACHE_LINES(size) (((size) + CACHE_LINE - 1u) / CACHE_LINE * CACHE_LINE) /* rounded up */

/* What the driver of a device does. */
struct v6nf_paravirtual_operations {
    /* Return V6NF_PARAVIRTUAL_GONE if the device does not answer, _NEEDS_RESET if it asks for that, otherwise _RUNS.
     * The memory of a device that does not run may be missing. */
    enum v6nf_paravirtual_state (*look)(const struct v6nf_paravirtual *common);
    bool (*has_link)(const struct v6nf_paravirtual *common);
    /* Begin a reset. Do not wait. */
    void (*begin_reset)(const struct v6nf_paravirtual *common);
    /* Reset the device. Return false if the reset does not end within a second. */
    bool (*reset)(const struct v6nf_paravirtual *common);
    /* Turn bus mastering on or off. Return true if it is as demanded. A device that is no bus master reaches no
     * memory, regardless of its status. */
    bool (*set_bus_master)(const struct v6nf_paravirtual *common, bool on);
    /* Set up a device that was reset, with paravirtual_share(), and give it its buffers. */
    enum v6nf_nic_status (*start)(struct v6nf_paravirtual *common);
    /* Take back what the device has sent. If it lies, stop it. */
    void (*recycle)(struct v6nf_paravirtual *common);
    /* Send the frame in the slot's buffer at once. `length`: with flags. */
    void (*send)(struct v6nf_paravirtual *common, uint32_t slot, uint32_t length);
};

static inline struct v6nf_paravirtual *paravirtual_of(struct v6nf_port *port)
{
    return (struct v6nf_paravirtual *)(void *)port;
}

/* Return the slot's buffer. */
static inline uint8_t *paravirtual_buffer(const struct v6nf_paravirtual *common, uint32_t slot)
{
    return common->buffers + (size_t)slot * common->buffer_size;
}

/* Share the buffers: the first `slots` are to receive into, the others are those of the originate queue. */
static inline void paravirtual_share(struct v6nf_paravirtual *common, uint32_t slots, uint32_t originates)
{
    common->slots = slots;
    common->originates = originates;
    common->originates_free = originates > 0u ? UINT64_MAX >> (64u - originates) : 0u;
    common->originates_next = 0;
    common->reserved = V6NF_PARAVIRTUAL_ORIGINATE;
}

/* Take a buffer of the originate queue back. */
static inline void paravirtual_take_originate(struct v6nf_paravirtual *common, uint32_t slot)
{
    common->originates_free |= UINT64_C(1) << (slot - common->slots) % V6NF_PARAVIRTUAL_ORIGINATE;
}

/* Return true if the port sends frames of this length, which may have the flag of a checksum to insert (port.h). Such a
 * frame has a UDP header. */
static inline bool paravirtual_is_frame(const struct v6nf_paravirtual *common, uint32_t length)
{
    const bool inserts = (common->port.checksums & V6NF_PORT_INSERTS) != 0u;
    const uint32_t bytes = inserts ? length & ~V6NF_PORT_CHECKSUM_PARTIAL : length;
    return V6NF_PORT_IS_FRAME(bytes, common->port.capacity) && (bytes == length || bytes >= V6NF_PORT_PARTIAL_MIN);
}

/* Show a received frame to the handler. Its bytes are in memory that the CPU sees.
 * flags: about its checksum (port.h). Return the length to send, with flags, 0 for none. */
static inline uint32_t paravirtual_show(struct v6nf_paravirtual *common, uint8_t *frame, uint32_t length,
                                        uint32_t flags, v6nf_handler *handler, void *context)
{
    uint32_t lengths[1] = {0};
    struct v6nf_port_counters *counters = &common->counters;
    counters->received++;
    counters->received_bytes += length;
    handler(context, frame, length + flags, common->port.capacity, lengths);
    if (!paravirtual_is_frame(common, lengths[0])) {
        counters->transmit_dropped += lengths[0] > 0u ? 1u : 0u;
        return 0;
    }
    counters->sent++;
    counters->sent_bytes += lengths[0] & V6NF_PORT_LENGTH;
    return lengths[0];
}

/* Initialize a driver's structure of `size` bytes, which begins with *common: the first step of its init. The driver
 * adds the sizes of buffers. Return as v6nf_nic_check_config(). */
enum v6nf_nic_status v6nf_paravirtual_prepare(struct v6nf_paravirtual *common, size_t size,
                                              const struct v6nf_nic_config *config, uint32_t mtu_max);

/* Reset the device, allocate its buffers and the driver's own memory, and start it: the last step of its init. The
 * reset is first, because an earlier program may have left it running. This holds for a bad `status`, too.
 * buffers: their number. allocate: returns false without memory. */
enum v6nf_nic_status v6nf_paravirtual_open(struct v6nf_paravirtual *common, enum v6nf_nic_status status,
                                           uint32_t buffers, bool (*allocate)(struct v6nf_paravirtual *common));

/* Reset the device, and start it again in the same memory: the restart of virtio.h and vmxnet3.h. */
enum v6nf_nic_status v6nf_paravirtual_restart(struct v6nf_paravirtual *common);

/* Operations of port.h. A driver's table has these, with its own poll and read_counters. */
#define PARAVIRTUAL_PORT                                                                                               \
    .wait = nic_wait, .reserve = v6nf_paravirtual_reserve, .commit = v6nf_paravirtual_commit,                          \
    .link_up = v6nf_paravirtual_link_up, .status = v6nf_paravirtual_status, .stop = v6nf_paravirtual_stop_port

uint8_t *v6nf_paravirtual_reserve(struct v6nf_port *port);
void v6nf_paravirtual_commit(struct v6nf_port *port, uint32_t length);
bool v6nf_paravirtual_link_up(struct v6nf_port *port);
void v6nf_paravirtual_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters);
enum v6nf_port_status v6nf_paravirtual_status(struct v6nf_port *port);
bool v6nf_paravirtual_stop_port(struct v6nf_port *port);

#endif

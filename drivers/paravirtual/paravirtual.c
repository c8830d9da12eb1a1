/* paravirtual.c: a port on a hypervisor's device: see paravirtual.h. */
#include "paravirtual.h"

#include <string.h>

#include "../nic/nic_port.h"

/* -- The originate queue ------------------------------------------------------------------------------------------- */

uint8_t *v6nf_paravirtual_reserve(struct v6nf_port *port)
{
    struct v6nf_paravirtual *common = paravirtual_of(port);
    if (common->state == V6NF_PARAVIRTUAL_RUNS && common->originates > 0u) {
        common->device->recycle(common); /* the next poll publishes buffers to receive into */
    }
    if (common->state != V6NF_PARAVIRTUAL_RUNS) {
        return NULL;
    }
    for (uint32_t i = 0; i < common->originates && common->reserved == V6NF_PARAVIRTUAL_ORIGINATE; i++) {
        const uint32_t at = (common->originates_next + i) % common->originates;
        common->reserved = (common->originates_free >> at & 1u) != 0u ? at : V6NF_PARAVIRTUAL_ORIGINATE;
    }
    if (common->reserved == V6NF_PARAVIRTUAL_ORIGINATE) {
        return NULL;
    }
    return paravirtual_buffer(common, common->slots + common->reserved) + common->frame_offset;
}

/* Send nothing without a reserved buffer. */
void v6nf_paravirtual_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_paravirtual *common = paravirtual_of(port);
    const uint32_t which = common->reserved;
    if (common->state != V6NF_PARAVIRTUAL_RUNS || which == V6NF_PARAVIRTUAL_ORIGINATE) {
        return;
    }
    common->reserved = V6NF_PARAVIRTUAL_ORIGINATE;
    if (!paravirtual_is_frame(common, length)) {
        common->counters.transmit_dropped++;
        return;
    }
    common->originates_free &= ~(UINT64_C(1) << which);
    common->originates_next = which + 1u;
    common->counters.sent++;
    common->counters.sent_bytes += length & V6NF_PORT_LENGTH;
    common->device->send(common, common->slots + which, length);
}

void v6nf_paravirtual_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = paravirtual_of(port)->counters;
}

/* -- Status and stop ----------------------------------------------------------------------------------------------- */

/* Stop and restart wait for the end of the reset. */
void v6nf_paravirtual_stop(struct v6nf_paravirtual *common, enum v6nf_paravirtual_state reason)
{
    common->state = reason;
    common->device->begin_reset(common);
    (void)common->device->set_bus_master(common, false);
}

/* Return true if it runs, or if the watch of a ring brings it back. */
static bool is_in_use(const struct v6nf_paravirtual *common)
{
    return common->state == V6NF_PARAVIRTUAL_RUNS || common->state == V6NF_PARAVIRTUAL_PARKED ||
           (common->state == V6NF_PARAVIRTUAL_NEEDS_RESET && common->returns);
}

enum v6nf_port_status v6nf_paravirtual_status(struct v6nf_port *port)
{
    struct v6nf_paravirtual *common = paravirtual_of(port);
    const enum v6nf_paravirtual_state seen = is_in_use(common) ? common->device->look(common) : common->state;
    if (is_in_use(common) && seen != V6NF_PARAVIRTUAL_RUNS) {
        v6nf_paravirtual_stop(common, seen);
    }
    return is_in_use(common)                        ? V6NF_PORT_RUNNING
           : common->state == V6NF_PARAVIRTUAL_GONE ? V6NF_PORT_GONE
                                                    : V6NF_PORT_STOPPED;
}

/* Check the status last: it confirms what was read before. */
bool v6nf_paravirtual_link_up(struct v6nf_port *port)
{
    const struct v6nf_paravirtual *common = paravirtual_of(port);
    const bool is_up = common->state == V6NF_PARAVIRTUAL_RUNS && common->device->has_link(common);
    return v6nf_paravirtual_status(port) == V6NF_PORT_RUNNING && is_up;
}

static bool shows_no_device(const struct v6nf_paravirtual *common)
{
    return common->device->look(common) == V6NF_PARAVIRTUAL_GONE;
}

/* Wait for the end of the reset, even if the driver has stopped the device before. */
bool v6nf_paravirtual_stop_port(struct v6nf_port *port)
{
    struct v6nf_paravirtual *common = paravirtual_of(port);
    if (!common->is_found || common->is_released) {
        return true; /* another program may own the device */
    }
    /* A device that the driver has stopped can have gone since. */
    const bool is_gone_now = v6nf_paravirtual_status(port) == V6NF_PORT_GONE || shows_no_device(common);
    if (is_in_use(common)) {
        struct v6nf_port_counters last;
        port->operations->read_counters(port, &last); /* of the device, for the last time */
        common->state = V6NF_PARAVIRTUAL_STOPPED;
    }
    const bool is_reset = is_gone_now || common->device->reset(common) || shows_no_device(common);
    common->is_released = common->device->set_bus_master(common, false) && is_reset;
    return common->is_released;
}

/* -- Start --------------------------------------------------------------------------------------------------------- */

enum v6nf_nic_status v6nf_paravirtual_prepare(struct v6nf_paravirtual *common, size_t size,
                                              const struct v6nf_nic_config *config, uint32_t mtu_max)
{
    struct v6nf_nic_config copy = *config; /* `config` and its address may be parts of *common */
    struct v6nf_port port = {.mtu = copy.mtu, .outputs = 1};
    const enum v6nf_nic_status status = v6nf_nic_check_config(&copy, mtu_max, 1u);
    nic_copy_mac(&port, &copy);
    memset(common, 0, size);
    common->port = port;
    common->config = copy;
    common->config.mac = copy.mac != NULL ? common->port.mac : NULL;
    return status;
}

static bool allocate_slots(struct v6nf_paravirtual *common, uint32_t buffers)
{
    common->buffers_size = (size_t)buffers * common->buffer_size;
    void *memory = v6nf_env_buffers(common->buffers_size, V6NF_ENV_ALIGNMENT_MAX);
    common->device_buffers = memory != NULL ? v6nf_env_device_address(memory) : V6NF_ENV_NO_ADDRESS;
    common->buffers = common->device_buffers != V6NF_ENV_NO_ADDRESS ? (uint8_t *)memory : NULL;
    return common->buffers != NULL;
}

enum v6nf_nic_status v6nf_paravirtual_open(struct v6nf_paravirtual *common, enum v6nf_nic_status status,
                                           uint32_t buffers, bool (*allocate)(struct v6nf_paravirtual *common))
{
    common->is_found = true;
    if (!common->device->reset(common)) {
        return V6NF_NIC_NO_RESET;
    }
    if (status != V6NF_NIC_READY) {
        return status;
    }
    if (!allocate(common) || !allocate_slots(common, buffers)) {
        return V6NF_NIC_NO_MEMORY;
    }
    return v6nf_paravirtual_restart(common);
}

enum v6nf_nic_status v6nf_paravirtual_restart(struct v6nf_paravirtual *common)
{
    const struct v6nf_paravirtual_operations *device = common->device;
    common->state = V6NF_PARAVIRTUAL_STOPPED;
    if (common->buffers == NULL) {
        return V6NF_NIC_NOT_OPEN;
    }
    common->is_released = false;
    if (!device->set_bus_master(common, false) || !device->reset(common) || !device->set_bus_master(common, true)) {
        return V6NF_NIC_NO_RESET;
    }
    /* They were zeroed, or the program had reserved one before a restart. */
    v6nf_env_cache_clean(common->buffers, common->buffers_size);
    const enum v6nf_nic_status status = device->start(common);
    if (status != V6NF_NIC_READY) {
        (void)device->set_bus_master(common, false);
        return status;
    }
    common->state = V6NF_PARAVIRTUAL_RUNS;
    return V6NF_NIC_READY;
}

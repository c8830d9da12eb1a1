/* nic.c: the life cycle of a PCI network card, and the card as a port. */
#include "v6nf/driver/nic.h"

#include "../pci/sriov.h"
#include "nic_port.h"

#define STATUS 0x8u             /* of every family: read as all ones only where no card answers */
#define QUEUE_ENABLE (1u << 25) /* of a virtual function's receive queue, in both families */
#define LOST_MAX 60000000u      /* microseconds after which a card that cannot be reset is gone */

/* Of a port: time after which an output is parked that has a link, and polls that find nothing between two looks. */
#define PORT_PATIENCE 5000000u
#define IDLE_POLLS 64u

#define COUNT_INTERVAL 1000000u /* microseconds between two looks that read the counters */

/* Polls of a port between two looks. They show 2^18 frames of 9728 bytes at most, which fill no counter of 32 bits. */
#define LOOK_POLLS 32768u

/* -- A card that is stopped, or gone ------------------------------------------------------------------------------- */

static uint32_t poll_nothing(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    (void)port;
    (void)handler;
    (void)context;
    return 0;
}

static uint8_t *reserve_nothing(struct v6nf_port *port)
{
    (void)port;
    return NULL;
}

static void commit_nothing(struct v6nf_port *port, uint32_t length)
{
    (void)port;
    (void)length;
}

static bool link_is_down(struct v6nf_port *port)
{
    (void)port;
    return false;
}

static void keep_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    nic_show_counters(nic_of(port), counters);
}

/* Operations of a card that does not run. They replace its driver's, so that a poll need not test the state. */
static const struct v6nf_port_operations idle_operations = {
    .poll = poll_nothing,
    .wait = nic_wait,
    .reserve = reserve_nothing,
    .commit = commit_nothing,
    .link_up = link_is_down,
    .read_counters = keep_counters,
    .status = v6nf_nic_port_status,
    .stop = v6nf_nic_stop_port,
};

static bool add_no_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                         volatile uint32_t **tail)
{
    (void)device;
    (void)descriptors;
    (void)buffer_size;
    *tail = NULL;
    return false;
}

static bool add_no_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                          volatile uint32_t **tail)
{
    (void)device;
    (void)descriptors;
    (void)count;
    (void)head;
    *tail = NULL;
    return false;
}

static bool start_nothing(struct v6nf_ring_device *device)
{
    (void)device;
    return false;
}

static bool stop_nothing(struct v6nf_ring_device *device)
{
    (void)device;
    return true;
}

static bool has_no_link(struct v6nf_ring_device *device)
{
    (void)device;
    return false;
}

/* A card that does not answer may still read and write memory. */
static bool end_no_input(struct v6nf_ring_device *device, volatile uint32_t *tail)
{
    (void)tail;
    return v6nf_pci_set_bus_master(device->nic->address, false);
}

static bool end_no_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head)
{
    *head = UINT32_MAX;
    return end_no_input(device, tail);
}

static bool reopen_no_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                            uint32_t buffer_size)
{
    (void)device;
    (void)tail;
    (void)descriptors;
    (void)buffer_size;
    return false;
}

static bool reopen_no_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                             uint32_t count, uint64_t head)
{
    (void)device;
    (void)tail;
    (void)descriptors;
    (void)count;
    (void)head;
    return false;
}

/* No ring can be opened over such a card: another program may own its registers, or they were never found. Rings that
 * are open go on without it. */
static const struct v6nf_ring_device_operations idle_device_operations = {
    .add_input = add_no_input,
    .add_output = add_no_output,
    .start = start_nothing,
    .stop = stop_nothing,
    .has_link = has_no_link,
    .end_input = end_no_input,
    .end_output = end_no_output,
    .reopen_input = reopen_no_input,
    .reopen_output = reopen_no_output,
};

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

static void end_run(struct v6nf_nic *nic, enum v6nf_port_status state)
{
    nic->state = state;
    nic->port.operations = &idle_operations;
    nic->device.operations = &idle_device_operations;
}

bool v6nf_nic_answers(const struct v6nf_nic *nic)
{
    return nic->state == V6NF_PORT_RUNNING && register_read(nic->registers, STATUS) != UINT32_MAX;
}

/* Return false if a virtual function has lost the queue that was opened: its physical function was reset. It answers,
 * but reaches no memory, and its counters have begun again. */
static bool keeps_queue(const struct v6nf_nic *nic)
{
    const struct v6nf_nic_virtual *virtual = &nic->virtual_functions;
    return virtual->queue == 0u || nic->inputs_count == 0u || virtual->is_closed ||
           (register_read(nic->registers, virtual->queue) & QUEUE_ENABLE) != 0u;
}

static void lose_queues(struct v6nf_nic *nic)
{
    nic->lost_at = nic->is_lost ? nic->lost_at : v6nf_env_clock();
    nic->is_lost = true;
}

static enum v6nf_port_status check_state(struct v6nf_nic *nic)
{
    if (nic->state != V6NF_PORT_RUNNING) {
        return nic->state;
    }
    if (!v6nf_nic_answers(nic)) {
        end_run(nic, V6NF_PORT_GONE);
    } else if (nic->is_lost || !keeps_queue(nic)) {
        lose_queues(nic);
        if (v6nf_env_clock() - nic->lost_at >= LOST_MAX) {
            end_run(nic, V6NF_PORT_GONE);
        }
    }
    return nic->state;
}

/* Watches of several threads look at a shared card: sums belong to one of them. */
enum v6nf_port_status v6nf_nic_look(struct v6nf_nic *nic)
{
    const bool counts = check_state(nic) == V6NF_PORT_RUNNING && !nic->is_lost && !nic->device.is_shared;
    const uint64_t now = counts ? v6nf_env_clock() : 0u;
    if (counts && now - nic->counted_at >= COUNT_INTERVAL) {
        struct v6nf_port_counters discarded;
        nic->counted_at = now;
        nic->port.operations->read_counters(&nic->port, &discarded);
    }
    return nic->state;
}

bool v6nf_nic_has_link(struct v6nf_ring_device *device)
{
    struct v6nf_port *port = &device->nic->port;
    return !device->nic->is_lost && port->operations->link_up(port);
}

bool v6nf_nic_is_lost(struct v6nf_ring_device *device)
{
    struct v6nf_nic *nic = device->nic;
    /* Only a virtual function is looked at: no one else resets a physical one. */
    return (nic->virtual_functions.queue != 0u ? v6nf_nic_look(nic) : nic->state) == V6NF_PORT_RUNNING && nic->is_lost;
}

bool v6nf_nic_reset(struct v6nf_nic *nic, enum v6nf_nic_status (*set_up)(struct v6nf_nic *nic))
{
    struct v6nf_port_counters before;
    struct v6nf_port_counters discarded;
    if (v6nf_nic_look(nic) == V6NF_PORT_RUNNING) {
        nic->port.operations->read_counters(&nic->port, &discarded);
        lose_queues(nic); /* until everything is set up */
        if (set_up(nic) == V6NF_NIC_READY && v6nf_nic_answers(nic)) {
            nic->is_lost = false;
            nic->is_kept = false;
            before = nic->counters;
            nic->port.operations->read_counters(&nic->port, &discarded); /* they begin at 0 again */
            nic->counters = before;
            return true;
        }
        (void)v6nf_nic_look(nic);
    }
    (void)v6nf_pci_set_bus_master(nic->address, false);
    return false;
}

enum v6nf_nic_status v6nf_nic_begin(struct v6nf_nic *nic, const struct v6nf_port_operations *operations,
                                    const struct v6nf_ring_device_operations *device_operations)
{
    struct v6nf_port_counters discarded;
    nic->state = V6NF_PORT_RUNNING;
    nic->port.operations = operations;
    nic->device.operations = device_operations;
    operations->read_counters(&nic->port, &discarded);
    nic->counters = (struct v6nf_port_counters){0};
    nic->counted_at = v6nf_env_clock();
    return nic->state == V6NF_PORT_RUNNING ? V6NF_NIC_READY : V6NF_NIC_NO_START;
}

bool v6nf_nic_allow_dma(struct v6nf_nic *nic)
{
    return nic->state == V6NF_PORT_RUNNING && v6nf_pci_set_bus_master(nic->address, true);
}

bool v6nf_nic_count(struct v6nf_nic *nic, const struct v6nf_port_counters *shown)
{
    if (check_state(nic) != V6NF_PORT_RUNNING || nic->is_lost) {
        return false;
    }
    nic->counters.received += shown->received;
    nic->counters.received_bytes += shown->received_bytes;
    nic->counters.receive_dropped += shown->receive_dropped;
    nic->counters.sent += shown->sent;
    nic->counters.sent_bytes += shown->sent_bytes;
    nic->counters.transmit_dropped += shown->transmit_dropped;
    return true;
}

bool v6nf_nic_stop(struct v6nf_nic *nic)
{
    bool is_quiet = false;
    /* The device may belong to another program if it was never opened, or was stopped before. */
    if (nic->registers == NULL || nic->is_released) {
        return true;
    }
    if (check_state(nic) == V6NF_PORT_RUNNING && !nic->is_lost) {
        struct v6nf_port_counters last;
        is_quiet = nic->device.operations->stop(&nic->device);
        nic->port.operations->read_counters(&nic->port, &last);
    } else {
        is_quiet = !v6nf_pci_is_pending(nic->address); /* an earlier stop, or a reset, may have failed */
    }
    if (check_state(nic) == V6NF_PORT_RUNNING) {
        end_run(nic, V6NF_PORT_STOPPED);
    }
    if (nic->virtual_functions.count > 0u) {
        v6nf_pci_disable_virtual(nic->address);
        nic->virtual_functions.count = 0;
    }
    const bool is_off = v6nf_pci_set_bus_master(nic->address, false);
    nic->is_released = is_off && (is_quiet || v6nf_pci_reset_function(nic->address));
    return nic->is_released;
}

enum v6nf_port_status v6nf_nic_port_status(struct v6nf_port *port)
{
    return v6nf_nic_look(nic_of(port));
}

bool v6nf_nic_stop_port(struct v6nf_port *port)
{
    return v6nf_nic_stop(nic_of(port));
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

enum v6nf_nic_status v6nf_nic_prepare(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config, uint32_t inputs)
{
    const enum v6nf_nic_status status = v6nf_nic_check_config(config, V6NF_NIC_MTU_MAX, inputs);
    struct v6nf_nic_config copy = *config; /* `config` and its address may be parts of *nic */
    struct v6nf_port port = {.operations = &idle_operations};
    nic_copy_mac(&port, &copy);
    *nic = (struct v6nf_nic){.address = address, .config = copy, .port = port};
    nic->config.mac = copy.mac != NULL ? nic->port.mac : NULL;
    nic->device = (struct v6nf_ring_device){.operations = &idle_device_operations, .nic = nic};
    if (status != V6NF_NIC_READY) {
        return status;
    }
    if (copy.inputs == 0u) {
        nic->config.inputs = 1u;
    }
    uint32_t units = (nic_longest_frame(nic) + V6NF_RING_BUFFER_UNIT - 1u) / V6NF_RING_BUFFER_UNIT;
    nic->buffer_size = units * V6NF_RING_BUFFER_UNIT;
    nic->port.mtu = copy.mtu;
    nic->port.capacity = nic->buffer_size < V6NF_RING_FRAME_MAX ? nic->buffer_size : V6NF_RING_FRAME_MAX;
    nic->port.outputs = 1;
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status status_of(enum v6nf_ring_status status)
{
    switch (status) {
    case V6NF_RING_OPEN:
        return V6NF_NIC_READY;
    case V6NF_RING_NO_MEMORY:
        return V6NF_NIC_NO_MEMORY;
    case V6NF_RING_NO_QUEUE:
        return V6NF_NIC_NO_QUEUE;
    default:
        return V6NF_NIC_BUFFERS_BAD;
    }
}

enum v6nf_nic_status v6nf_nic_open_port(struct v6nf_nic *nic)
{
    struct v6nf_ring_device *device = &nic->device;
    if (v6nf_nic_look(nic) != V6NF_PORT_RUNNING) {
        (void)v6nf_nic_stop(nic);
        return V6NF_NIC_NOT_OPEN;
    }
    /* First, so that a buffer for originated frames exists before the first frame arrives. */
    enum v6nf_ring_status status = v6nf_originate_open(&nic->originate, device, nic->buffer_size);
    if (status == V6NF_RING_OPEN) {
        status = v6nf_ring_open(&nic->ring, device, 1u, &device, nic->buffer_size);
    }
    if (status != V6NF_RING_OPEN) {
        (void)v6nf_nic_stop(nic); /* one of its queues may be open */
    }
    return status_of(status);
}

/* Park outputs that stop, and let them come back. */
static void watch_outputs(struct v6nf_nic *nic)
{
    const uint64_t now = v6nf_env_clock();
    nic->idle_polls = 0;
    (void)v6nf_ring_watch(&nic->ring, PORT_PATIENCE, now);
    (void)v6nf_originate_watch(&nic->originate, PORT_PATIENCE, now);
}

/* A ring whose output stops soon finds nothing any more. A busy program may never ask for the status, and its polls may
 * never find nothing. */
static uint32_t end_poll(struct v6nf_nic *nic, uint32_t count)
{
    nic->is_polling = false;
    nic->polls++;
    nic->idle_polls += count == 0u ? 1u : 0u;
    if (nic->polls % LOOK_POLLS == 0u) {
        (void)v6nf_nic_look(nic);
        nic->idle_polls = IDLE_POLLS;
    }
    if (nic->idle_polls >= IDLE_POLLS) {
        watch_outputs(nic);
    }
    return count;
}

/* Return true if lengths have flags or VLAN IDs. */
static bool has_flags(const struct v6nf_port *port)
{
    return port->checksums != 0u || port->tags;
}

/* Poll with the flags of port.h. Not inlined, so that the loop without them saves no registers for it. */
static __attribute__((noinline)) uint32_t poll_with_flags(struct v6nf_nic *nic, v6nf_handler *handler, void *context)
{
    return end_poll(nic, nic->device.format == V6NF_RING_ADVANCED
                             ? v6nf_ring_poll(&nic->ring, V6NF_RING_ADVANCED_CHECKSUMS, 1u, handler, context)
                             : v6nf_ring_poll(&nic->ring, V6NF_RING_LEGACY_CHECKSUMS, 1u, handler, context));
}

uint32_t v6nf_nic_poll_legacy(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    nic_of(port)->is_polling = true;
    if (has_flags(port)) {
        return poll_with_flags(nic_of(port), handler, context);
    }
    return end_poll(nic_of(port), v6nf_ring_poll(&nic_of(port)->ring, V6NF_RING_LEGACY, 1u, handler, context));
}

uint32_t v6nf_nic_poll_advanced(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    nic_of(port)->is_polling = true;
    if (has_flags(port)) {
        return poll_with_flags(nic_of(port), handler, context);
    }
    return end_poll(nic_of(port), v6nf_ring_poll(&nic_of(port)->ring, V6NF_RING_ADVANCED, 1u, handler, context));
}

/* Without a free buffer, look at the outputs: a busy port has no idle polls. A handler's frames are in the ring: then
 * look after the poll. */
uint8_t *v6nf_nic_reserve(struct v6nf_port *port)
{
    struct v6nf_nic *nic = nic_of(port);
    uint8_t *frame = v6nf_originate_reserve(&nic->originate);
    if (frame == NULL && nic->is_polling) {
        nic->idle_polls = IDLE_POLLS;
    } else if (frame == NULL) {
        watch_outputs(nic);
    }
    return frame;
}

void v6nf_nic_commit(struct v6nf_port *port, uint32_t length)
{
    v6nf_originate_commit(&nic_of(port)->originate, length);
}

/* nic.c: a card as a port. */
#include "v6nf/nic.h"

#include "nic_port.h"
#include "pci_virtual.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */
#define STATUS 0x8u   /* of every family: read as all ones only where no card answers */

/* -- A card that is stopped, or gone ------------------------------------------------------------------------------------- */

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
    *counters = nic_of(port)->counters;
}

/* In the place of a driver's operations: a poll need not ask whether the card runs. */
static const struct v6nf_port_operations idle_operations = {
    .poll = poll_nothing,
    .reserve = reserve_nothing,
    .commit = commit_nothing,
    .link_up = link_is_down,
    .read_counters = keep_counters,
    .status = v6nf_nic_status,
    .stop = v6nf_nic_stop_port,
};

/* -- Life cycle ---------------------------------------------------------------------------------------------------------- */

static void leave(struct v6nf_nic *nic, enum v6nf_port_status state)
{
    nic->state = state;
    nic->port.operations = &idle_operations;
}

bool v6nf_nic_answers(const struct v6nf_nic *nic)
{
    return nic->state == V6NF_PORT_RUNNING && register_read(nic->registers, STATUS) != UINT32_MAX;
}

enum v6nf_port_status v6nf_nic_look(struct v6nf_nic *nic)
{
    if (nic->state == V6NF_PORT_RUNNING && !v6nf_nic_answers(nic)) {
        leave(nic, V6NF_PORT_GONE);
    }
    return nic->state;
}

enum v6nf_nic_status v6nf_nic_begin(struct v6nf_nic *nic, const struct v6nf_port_operations *operations)
{
    struct v6nf_port_counters discarded;
    nic->state = V6NF_PORT_RUNNING;
    nic->port.operations = operations;
    operations->read_counters(&nic->port, &discarded);
    nic->counters = (struct v6nf_port_counters){0};
    return nic->state == V6NF_PORT_RUNNING ? V6NF_NIC_READY : V6NF_NIC_NO_START;
}

bool v6nf_nic_allow_dma(struct v6nf_nic *nic)
{
    return nic->state == V6NF_PORT_RUNNING && v6nf_pci_set_bus_master(nic->address, true);
}

bool v6nf_nic_count(struct v6nf_nic *nic, const struct v6nf_port_counters *shown)
{
    if (v6nf_nic_look(nic) != V6NF_PORT_RUNNING) {
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
    bool is_quiet = true;
    if (v6nf_nic_look(nic) == V6NF_PORT_RUNNING) {
        struct v6nf_port_counters last;
        is_quiet = nic->device.operations->stop(&nic->device);
        nic->port.operations->read_counters(&nic->port, &last);
    }
    if (v6nf_nic_look(nic) == V6NF_PORT_RUNNING) {
        leave(nic, V6NF_PORT_STOPPED);
    }
    if (nic->virtual_functions.count > 0u) {
        v6nf_pci_disable_virtual(nic->address);
        nic->virtual_functions.count = 0;
    }
    /* Whose device is at the address of a card that was never opened is not known. */
    return nic->registers == NULL || (v6nf_pci_set_bus_master(nic->address, false) && is_quiet);
}

enum v6nf_port_status v6nf_nic_status(struct v6nf_port *port)
{
    return v6nf_nic_look(nic_of(port));
}

bool v6nf_nic_stop_port(struct v6nf_port *port)
{
    return v6nf_nic_stop(nic_of(port));
}

/* -- Opening ------------------------------------------------------------------------------------------------------------- */

enum v6nf_nic_status v6nf_nic_check_config(const struct v6nf_nic_config *config, uint32_t mtu_max, uint32_t inputs)
{
    if (config->mtu < MTU_MIN || config->mtu > mtu_max) {
        return V6NF_NIC_MTU_BAD;
    }
    if (config->mac != NULL && !nic_mac_is_station(config->mac)) {
        return V6NF_NIC_MAC_BAD;
    }
    return config->inputs > inputs ? V6NF_NIC_INPUTS_BAD : V6NF_NIC_READY;
}

enum v6nf_nic_status v6nf_nic_prepare(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config, uint32_t inputs)
{
    *nic = (struct v6nf_nic){.address = address, .config = *config, .port = {.operations = &idle_operations}};
    nic->device.nic = nic;
    enum v6nf_nic_status status = v6nf_nic_check_config(config, V6NF_NIC_MTU_MAX, inputs);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    nic_copy_mac(&nic->port, &nic->config);
    if (config->inputs == 0u) {
        nic->config.inputs = 1u;
    }
    uint32_t units = (nic_longest_frame(nic) + V6NF_RING_BUFFER_UNIT - 1u) / V6NF_RING_BUFFER_UNIT;
    nic->buffer_size = units * V6NF_RING_BUFFER_UNIT;
    nic->port.mtu = config->mtu;
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
    /* Before anything is received, so that an answer can be kept while its next hop is asked for. */
    enum v6nf_ring_status status = v6nf_originate_open(&nic->originate, device, nic->buffer_size);
    if (status == V6NF_RING_OPEN) {
        status = v6nf_ring_open(&nic->ring, device, 1u, &device, nic->buffer_size);
    }
    if (status != V6NF_RING_OPEN) {
        (void)v6nf_nic_stop(nic); /* one of its queues may be open, with the port not to be used */
    }
    return status_of(status);
}

uint32_t v6nf_nic_poll_legacy(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    return v6nf_ring_poll(&nic_of(port)->ring, V6NF_RING_LEGACY, 1u, handler, context);
}

uint32_t v6nf_nic_poll_advanced(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    return v6nf_ring_poll(&nic_of(port)->ring, V6NF_RING_ADVANCED, 1u, handler, context);
}

uint8_t *v6nf_nic_reserve(struct v6nf_port *port)
{
    return v6nf_originate_reserve(&nic_of(port)->originate);
}

void v6nf_nic_commit(struct v6nf_port *port, uint32_t length)
{
    v6nf_originate_commit(&nic_of(port)->originate, length);
}

const char *v6nf_nic_explain(enum v6nf_nic_status status)
{
    switch (status) {
    case V6NF_NIC_READY:
        return "the card is ready";
    case V6NF_NIC_MTU_BAD:
        return "the MTU that was asked for is not one that the card can have: give one from 1280 to 9706 (a LAN9118 has 1500 "
               "and no other)";
    case V6NF_NIC_MAC_BAD:
        return "the MAC address that was asked for is that of a group, or 0: give one whose first byte is even, or none, for "
               "the card's own";
    case V6NF_NIC_INPUTS_BAD:
        return "the card has fewer receive queues than inputs were asked for: ask for fewer (82599 and its like: 16 at most; "
               "82576: 16; I350: 8; I210: 4; I211: 2; all others and virtual functions: 1)";
    case V6NF_NIC_PROMISCUOUS_BAD:
        return "a virtual function cannot be promiscuous: do not ask for it, or take the physical function";
    case V6NF_NIC_DEVICE_MTU_BAD:
        return "the virtio device has an MTU below 1280, the least that IPv6 needs; have the hypervisor give it more (QEMU: "
               "host_mtu=1500)";
    case V6NF_NIC_BUFFERS_BAD:
        return "the buffers that were asked for are no multiple of 1024 bytes up to 16384";
    case V6NF_NIC_COUNT_BAD:
        return "the card cannot have so many virtual functions, or none was asked for: ask for 1 to 7 (82576) or 63 (82599 and "
               "its like)";
    case V6NF_NIC_NO_VIRTUAL:
        return "the card has no virtual functions (SR-IOV); take one that has, or turn SR-IOV on in the firmware's settings";
    case V6NF_NIC_IN_USE:
        return "the card has rings, several inputs, too many addresses or virtual functions already: set it up anew, with one "
               "input, and make virtual functions first";
    case V6NF_NIC_NOT_OPEN:
        return "the device was never set up, and cannot be restarted: call its init first";
    case V6NF_NIC_OTHER_DEVICE:
        return "there is no card of this family at this address; look for its address, or take another driver";
    case V6NF_NIC_NO_REGISTERS:
        return "the card's registers cannot be reached: its base address register is empty, or the board cannot map it";
    case V6NF_NIC_NO_RESET:
        return "the card does not come out of reset: turn the machine off and on";
    case V6NF_NIC_NO_EEPROM:
        return "the card's EEPROM is missing or damaged: it has no address of its own and no settings";
    case V6NF_NIC_NO_START:
        return "the card does not start to receive or send";
    case V6NF_NIC_NO_MEMORY:
        return "there is not enough memory that the card can reach";
    case V6NF_NIC_NO_QUEUE:
        return "the card has no queue left, or does not start one";
    case V6NF_NIC_LEGACY:
        return "the virtio device is a legacy one; have the hypervisor offer version 1.0 (QEMU: disable-legacy=on for PCI, "
               "-global virtio-mmio.force-legacy=false for MMIO)";
    case V6NF_NIC_NO_FEATURES:
        return "the virtio device does not accept the features that it was asked for; have the hypervisor demand fewer";
    case V6NF_NIC_REFUSED:
        return "the physical function of this virtual one does not answer, or does not grant it its address or MTU";
    }
    return "unknown status";
}

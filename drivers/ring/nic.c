/* nic.c: a card as a port. */
#include "v6nf/nic.h"

#include "nic_port.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */

enum v6nf_nic_status v6nf_nic_prepare(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config)
{
    *nic = (struct v6nf_nic){.address = address, .config = *config};
    nic->device.nic = nic;
    if (config->mtu < MTU_MIN || config->mtu > V6NF_NIC_MTU_MAX ||
        (config->mac != NULL && !nic_mac_is_station(config->mac))) {
        return V6NF_NIC_INVALID;
    }
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
        return V6NF_NIC_INVALID;
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
    case V6NF_NIC_INVALID:
        return "the MTU is not one that the card can have, or the MAC address not that of one station";
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

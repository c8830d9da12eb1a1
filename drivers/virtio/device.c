/* device.c: how a virtio-net device is found, on PCI or in memory, and set up as a port. Sections are those of virtio
 * 1.1. */
#include "virtio.h"

#include "../nic/nic_port.h"

#define MTU_MIN 1280u /* RFC 8200, 5 */

/* Features that the driver uses if they are offered. */
#define FEATURES_KNOWN                                                                                                 \
    (NET_F_MTU + NET_F_MAC + NET_F_STATUS + F_EVENT_IDX + F_VERSION_1 + F_ACCESS_PLATFORM + F_IN_ORDER +               \
     F_ORDER_PLATFORM)
#define FEATURES_CHECKSUMS (NET_F_CSUM + NET_F_GUEST_CSUM) /* only if the program asks for them */

/* The device configuration (5.1.4). */
#define CONFIG_MAC 0u
#define CONFIG_STATUS 6u
#define CONFIG_STATUS_LINK_UP 1u
#define CONFIG_MTU 10u
#define CONFIG_SIZE 12u /* of which the driver reads no more */
#define CONFIG_TRIES 10u

#define DEVICE_NETWORK 1u /* 5 */

/* -- Negotiation (3.1.1) ------------------------------------------------------------------------------------------- */

/* Do not negotiate an MTU larger than the configured one: it would need larger buffers (5.1.4.2). */
static enum v6nf_nic_status choose_mtu(struct v6nf_virtio *virtio)
{
    const uint32_t mtu = v6nf_virtio_read_config16(&virtio->transport, CONFIG_MTU);
    virtio->common.port.mtu = virtio->common.config.mtu;
    if ((virtio->features & NET_F_MTU) == 0u) {
        return V6NF_NIC_READY;
    }
    if (mtu < MTU_MIN) {
        return V6NF_NIC_DEVICE_MTU_BAD;
    }
    if (mtu > virtio->common.config.mtu) {
        virtio->features -= NET_F_MTU;
    } else {
        virtio->common.port.mtu = mtu;
    }
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status negotiate(struct v6nf_virtio *virtio)
{
    v6nf_virtio_add_status(&virtio->transport, STATUS_ACKNOWLEDGE);
    v6nf_virtio_add_status(&virtio->transport, STATUS_DRIVER);
    const bool has_checksums = virtio->common.config.checksums && !virtio->no_checksums;
    virtio->features =
        v6nf_virtio_read_features(&virtio->transport) & (FEATURES_KNOWN + (has_checksums ? FEATURES_CHECKSUMS : 0u));
    virtio->common.port.checksums = (uint8_t)(((virtio->features & NET_F_GUEST_CSUM) != 0u ? V6NF_PORT_VERIFIES : 0u) +
                                              ((virtio->features & NET_F_CSUM) != 0u ? V6NF_PORT_INSERTS : 0u));
    if ((virtio->features & F_VERSION_1) == 0u) {
        return V6NF_NIC_LEGACY;
    }
    enum v6nf_nic_status status = choose_mtu(virtio);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    v6nf_virtio_write_features(&virtio->transport, virtio->features);
    v6nf_virtio_add_status(&virtio->transport, STATUS_FEATURES_OK);
    return (v6nf_virtio_read_field(&virtio->transport, DEVICE_STATUS) & STATUS_FEATURES_OK) != 0u
               ? V6NF_NIC_READY
               : V6NF_NIC_NO_FEATURES;
}

/* Read the address until nothing changes meanwhile (2.4.1). */
static bool read_mac(const struct v6nf_virtio *virtio, uint8_t *mac)
{
    for (uint32_t i = 0; i < CONFIG_TRIES && virtio->transport.device_registers_size >= CONFIG_STATUS; i++) {
        const uint32_t before = v6nf_virtio_read_field(&virtio->transport, CONFIG_GENERATION);
        for (uint32_t j = 0; j < CONFIG_STATUS; j++) {
            mac[j] = (uint8_t)v6nf_virtio_read_config8(&virtio->transport, CONFIG_MAC + j);
        }
        if (v6nf_virtio_read_field(&virtio->transport, CONFIG_GENERATION) == before) {
            return nic_mac_is_station(mac);
        }
    }
    return false;
}

static enum v6nf_nic_status choose_virtio_mac(struct v6nf_virtio *virtio)
{
    uint8_t *mac = virtio->common.port.mac;
    if (virtio->common.config.mac != NULL) {
        return V6NF_NIC_READY; /* it was copied */
    }
    if ((virtio->features & NET_F_MAC) != 0u) {
        return read_mac(virtio, mac) ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
    }
    if (nic_mac_is_station(mac)) {
        return V6NF_NIC_READY; /* chosen before a restart */
    }
    /* Choose a locally administered address at random (IEEE 802, 9.2). */
    bool is_random = v6nf_env_entropy(mac, sizeof virtio->common.port.mac);
    mac[0] = (uint8_t)((mac[0] & 0xFCu) + 2u);
    return is_random ? V6NF_NIC_READY : V6NF_NIC_NO_EEPROM;
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

static enum v6nf_nic_status set_up_queue(struct v6nf_virtio *virtio, struct v6nf_virtqueue *queue, uint32_t number)
{
    const uint32_t size = v6nf_virtqueue_choose_size(v6nf_virtio_select_queue(&virtio->transport, number));
    if (size == 0u) {
        return V6NF_NIC_NO_QUEUE;
    }
    uint64_t addresses[VIRTQUEUE_PARTS];
    v6nf_virtqueue_clear(queue, size, (virtio->features & F_EVENT_IDX) != 0u, virtio_device_address(virtio, 0),
                         virtio->common.buffer_size, virtio->common.receive_size);
    v6nf_virtqueue_addresses(queue, addresses);
    v6nf_virtio_enable_queue(&virtio->transport, size, addresses);
    return V6NF_NIC_READY;
}

/* Share the buffers between the receive queue and the originate queue. */
static enum v6nf_nic_status share_with_originate_queue(struct v6nf_virtio *virtio)
{
    const uint32_t size = virtio->receive.mask + 1u;
    const uint32_t sendable = virtio->transmit.mask + 1u;
    const uint32_t originates = sendable / 2u < V6NF_VIRTIO_ORIGINATE ? sendable / 2u : V6NF_VIRTIO_ORIGINATE;
    paravirtual_share(&virtio->common, size < sendable - originates ? size : sendable - originates, originates);
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        virtio->queue_of[i] = i < virtio->common.slots ? RECEIVE_QUEUE : NO_QUEUE;
    }
    for (uint32_t i = 0; i < virtio->common.slots; i++) {
        virtio_offer(virtio, virtio->in_order, i);
    }
    return V6NF_NIC_READY;
}

static enum v6nf_nic_status set_up(struct v6nf_virtio *virtio)
{
    enum v6nf_nic_status status = negotiate(virtio);
    status = status == V6NF_NIC_READY ? choose_virtio_mac(virtio) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->receive, RECEIVE_QUEUE) : status;
    status = status == V6NF_NIC_READY ? set_up_queue(virtio, &virtio->transmit, TRANSMIT_QUEUE) : status;
    if (status != V6NF_NIC_READY) {
        return status;
    }
    virtio->in_order = (virtio->features & F_IN_ORDER) != 0u;
    status = virtio->sharing != NULL ? virtio->sharing->share(virtio) : share_with_originate_queue(virtio);
    if (status != V6NF_NIC_READY) {
        return status;
    }
    v6nf_virtio_add_status(&virtio->transport, STATUS_DRIVER_OK);
    return (v6nf_virtio_read_field(&virtio->transport, DEVICE_STATUS) & (STATUS_NEEDS_RESET + STATUS_FAILED)) == 0u
               ? V6NF_NIC_READY
               : V6NF_NIC_NO_START;
}

static enum v6nf_nic_status start_virtio(struct v6nf_paravirtual *common)
{
    struct v6nf_virtio *virtio = virtio_of(common);
    if (virtio->sharing != NULL) {
        virtio->sharing->take_back(virtio);
    }
    const enum v6nf_nic_status status = set_up(virtio);
    if (status != V6NF_NIC_READY) {
        v6nf_virtio_add_status(&virtio->transport, STATUS_FAILED);
        return status;
    }
    v6nf_virtio_publish(virtio); /* 3.1.1: no notification before DRIVER_OK */
    return V6NF_NIC_READY;
}

enum v6nf_nic_status v6nf_virtio_restart(struct v6nf_virtio *virtio)
{
    return v6nf_paravirtual_restart(&virtio->common);
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool allocate_queues(struct v6nf_paravirtual *common)
{
    struct v6nf_virtio *virtio = virtio_of(common);
    return v6nf_virtqueue_allocate(&virtio->receive) && v6nf_virtqueue_allocate(&virtio->transmit);
}

static const struct v6nf_virtio_transport *transport_of(const struct v6nf_paravirtual *common)
{
    return &((const struct v6nf_virtio *)(const void *)common)->transport;
}

static enum v6nf_paravirtual_state look_at_virtio(const struct v6nf_paravirtual *common)
{
    const uint32_t status = v6nf_virtio_read_field(transport_of(common), DEVICE_STATUS);
    return v6nf_virtio_shows_no_device(transport_of(common), status) ? V6NF_PARAVIRTUAL_GONE
           : (status & STATUS_NEEDS_RESET) != 0u                     ? V6NF_PARAVIRTUAL_NEEDS_RESET
                                                                     : V6NF_PARAVIRTUAL_RUNS;
}

static bool has_virtio_link(const struct v6nf_paravirtual *common)
{
    const uint64_t features = ((const struct v6nf_virtio *)(const void *)common)->features;
    return (features & NET_F_STATUS) == 0u ||
           (v6nf_virtio_read_config16(transport_of(common), CONFIG_STATUS) & CONFIG_STATUS_LINK_UP) != 0u;
}

/* 2.4. */
static void begin_virtio_reset(const struct v6nf_paravirtual *common)
{
    v6nf_virtio_write_field(transport_of(common), DEVICE_STATUS, 0u);
}

static bool reset_virtio(const struct v6nf_paravirtual *common)
{
    return v6nf_virtio_reset(transport_of(common));
}

static bool set_virtio_bus_master(const struct v6nf_paravirtual *common, bool on)
{
    return v6nf_virtio_set_bus_master(transport_of(common), on);
}

static const struct v6nf_port_operations port_operations = {
    .poll = v6nf_virtio_poll, .read_counters = v6nf_paravirtual_read_counters, PARAVIRTUAL_PORT};

static const struct v6nf_paravirtual_operations device_operations = {
    .look = look_at_virtio,
    .has_link = has_virtio_link,
    .begin_reset = begin_virtio_reset,
    .reset = reset_virtio,
    .set_bus_master = set_virtio_bus_master,
    .start = start_virtio,
    .recycle = v6nf_virtio_recycle,
    .send = v6nf_virtio_send,
};

static enum v6nf_nic_status prepare_virtio(struct v6nf_virtio *virtio, const struct v6nf_nic_config *config)
{
    struct v6nf_paravirtual *common = &virtio->common;
    const enum v6nf_nic_status status = v6nf_paravirtual_prepare(common, sizeof *virtio, config, V6NF_NIC_MTU_MAX);
    const uint32_t frame = ETHER_HEADER + VLAN_TAG + common->config.mtu;
    common->port.operations = &port_operations;
    common->device = &device_operations;
    common->frame_offset = FRAME_OFFSET;
    if (status == V6NF_NIC_READY) {
        common->receive_size = HEADER_SIZE + frame;
        common->buffer_size = CACHE_LINES(FRAME_OFFSET + frame);
        common->port.capacity = common->buffer_size - FRAME_OFFSET;
    }
    return status;
}

/* The buffers include those of the originate queue: the transmit queue has a descriptor for each. */
static enum v6nf_nic_status open_virtio(struct v6nf_virtio *virtio, enum v6nf_nic_status status)
{
    return v6nf_paravirtual_open(&virtio->common, status, V6NF_VIRTIO_SIZE, allocate_queues);
}

enum v6nf_nic_status v6nf_virtio_init_mmio(struct v6nf_virtio *virtio, uint64_t address,
                                           const struct v6nf_nic_config *config)
{
    const enum v6nf_nic_status status = prepare_virtio(virtio, config);
    const enum v6nf_nic_status found = v6nf_virtio_find_mmio(&virtio->transport, address, DEVICE_NETWORK, CONFIG_SIZE);
    return found == V6NF_NIC_READY ? open_virtio(virtio, status) : found;
}

enum v6nf_nic_status v6nf_virtio_init_pci(struct v6nf_virtio *virtio, struct v6nf_env_pci_address address,
                                          const struct v6nf_nic_config *config)
{
    const enum v6nf_nic_status status = prepare_virtio(virtio, config);
    const enum v6nf_nic_status found = v6nf_virtio_find_pci(&virtio->transport, address, DEVICE_NETWORK);
    return found == V6NF_NIC_READY ? open_virtio(virtio, status) : found;
}

/* intel.c: what Intel's cards do alike: see intel.h. */
#include "intel.h"

#define RSS_KEY_WORDS V6NF_NIC_RSS_KEY_WORDS
#define RSS_TABLE_WORDS 32u

enum v6nf_nic_status v6nf_intel_open(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config, enum intel_family family, uint32_t inputs,
                                     uint32_t size, enum v6nf_nic_status *checked)
{
    const struct v6nf_nic_kind *kind = v6nf_intel_kind(v6nf_pci_id(address), family);
    *checked = v6nf_nic_prepare(nic, address, config, inputs == 0u && kind != NULL ? kind->model->queues : inputs);
    if (kind == NULL) {
        return V6NF_NIC_OTHER_DEVICE;
    }
    nic->kind = kind;
    v6nf_intel_use_offloads(nic, family);
    nic->registers = v6nf_pci_open(address, 0u, size);
    return nic->registers != NULL ? V6NF_NIC_READY : V6NF_NIC_NO_REGISTERS;
}

bool v6nf_intel_disable_master(struct v6nf_nic *nic)
{
    register_set(nic->registers, CTRL, CTRL_MASTER_DISABLE);
    return v6nf_register_wait(nic->registers, STATUS, STATUS_MASTER_ENABLE, 0u) || !v6nf_pci_is_pending(nic->address);
}

void v6nf_intel_show_driver(const struct v6nf_nic *nic, bool is_loaded)
{
    register_change(nic->registers, CTRL_EXT, CTRL_EXT_DRIVER_LOADED, is_loaded ? CTRL_EXT_DRIVER_LOADED : 0u);
}

/* -- Checksums and VLAN tags --------------------------------------------------------------------------------------- */

#define UDP_HEADER UINT64_C(54)   /* its offset in a frame: Ethernet and IPv6 headers are before it */
#define UDP_CHECKSUM UINT64_C(60) /* offset of the field */
#define DEXT (UINT64_C(1) << 29)  /* the descriptor is not a legacy one */
#define TXSM (UINT64_C(1) << 41)  /* in POPTS: insert the checksum of TCP or UDP */

/* Advanced descriptors (82576, 7.2.2.2, 7.2.2.3; 82599, 7.2.3.2.3, 7.2.3.2.4). TUCMD is 0: UDP over IPv6. So is IDX. */
#define CONTEXT_LENGTHS ((UINT64_C(14) << 9) + 40u) /* MACLEN and IPLEN */
#define CONTEXT_TYPE (DEXT + (UINT64_C(2) << 20))
#define CHECK_CONTEXT (UINT64_C(1) << 39) /* 82599: CC. Linux sets it in virtual functions, where the card switches */

/* Extended descriptors of the 82574 (7.2.9, 7.2.11; 8254x manual, 3.3.6, 3.3.7). TUCSE is 0: up to the frame's end.
 * The IPv4 checksum, which no descriptor asks for, has valid offsets nevertheless. */
#define EXTENDED_OFFSETS                                                                                               \
    (UINT64_C(14) + (UINT64_C(24) << 8) + (UINT64_C(53) << 16) + (UDP_HEADER << 32) + (UDP_CHECKSUM << 40))
#define EXTENDED_DATA (DEXT + (UINT64_C(1) << 20))

/* DOUBT: whether a card sends the checksum 0 as 0xFFFF (RFC 8200, 8.1). That of one datagram in 65,536 is 0. The data
 * sheets do not say it. Linux relies on it, as the context names UDP.
 * DOUBT: the 82574 data sheet does not say whether legacy and extended descriptors may alternate in a queue. The manual
 * of its predecessors lets contexts stand between other descriptors. */
static void use_checksums(struct v6nf_nic *nic, enum intel_family family)
{
    nic->port.checksums = V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS;
    if (family == INTEL_E1000E) {
        nic->device.insert = EXTENDED_DATA + TXSM;
        return;
    }
    nic->device.insert = TXSM + (family == INTEL_IXGBE || family == INTEL_IXGBE_VIRTUAL ? CHECK_CONTEXT : 0u);
}

/* MACLEN does not include a tag that the card inserts (I210, 7.2.2.2.2). */
void v6nf_intel_use_offloads(struct v6nf_nic *nic, enum intel_family family)
{
    struct v6nf_ring_device *device = &nic->device;
    device->context[0] = family == INTEL_E1000E ? EXTENDED_OFFSETS : CONTEXT_LENGTHS;
    device->context[1] = family == INTEL_E1000E ? DEXT : CONTEXT_TYPE;
    if (nic->config.checksums) {
        use_checksums(nic, family);
    }
    nic->port.tags = nic->config.tags && family != INTEL_IXGBE_VIRTUAL && family != INTEL_IGB_VIRTUAL;
    device->inserts_tags = nic->port.tags;
}

/* -- Filters ------------------------------------------------------------------------------------------------------- */

void v6nf_intel_write_filter(const struct v6nf_nic *nic, uint32_t filter, const uint8_t *mac, uint32_t flags)
{
    uint32_t words[2];
    nic_mac_to_words(words, mac);
    register_write(nic->registers, filter, words[0]);
    register_write(nic->registers, filter + 4u, words[1] + flags);
}

void v6nf_intel_read_filter(const struct v6nf_nic *nic, uint32_t filter, uint8_t *mac)
{
    const uint32_t first = register_read(nic->registers, filter);
    const uint32_t words[2] = {first, register_read(nic->registers, filter + 4u)};
    nic_mac_of_words(words, mac);
}

void v6nf_intel_add_hash(const struct v6nf_nic *nic, uint32_t hash)
{
    register_set(nic->registers, MTA + 4u * (hash / 32u % MTA_COUNT), 1u << (hash % 32u));
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

void v6nf_intel_place_queue(const struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count)
{
    register_write(nic->registers, queue + QUEUE_BASE_LOW, (uint32_t)(descriptors & UINT32_MAX));
    register_write(nic->registers, queue + QUEUE_BASE_HIGH, (uint32_t)(descriptors >> 32));
    register_write(nic->registers, queue + QUEUE_LENGTH, count * DESCRIPTOR_SIZE);
}

void v6nf_intel_place_head(const struct v6nf_nic *nic, uint32_t queue, uint64_t head)
{
    register_write(nic->registers, queue + QUEUE_WRITE_BACK_HIGH, (uint32_t)(head >> 32));
    register_write(nic->registers, queue + QUEUE_WRITE_BACK_LOW,
                   (uint32_t)(head & UINT32_MAX) + QUEUE_WRITE_BACK_ENABLE);
}

bool v6nf_intel_start_queue(struct v6nf_nic *nic, uint32_t queue, volatile uint32_t **tail)
{
    if (!v6nf_nic_allow_dma(nic)) {
        return false;
    }
    register_set(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE);
    if (!v6nf_register_wait(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE, QUEUE_ENABLE)) {
        register_clear(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE);
        return false;
    }
    *tail = nic->registers + (queue + QUEUE_TAIL) / 4u;
    return true;
}

bool v6nf_intel_stop_queue(const struct v6nf_nic *nic, uint32_t queue, bool waits)
{
    register_clear(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE);
    return waits && v6nf_register_wait(nic->registers, queue + QUEUE_CONTROL, QUEUE_ENABLE, 0u);
}

/* -- Queues of a running ring -------------------------------------------------------------------------------------- */

/* Return true if the queue is off, and was off at the last call: packets of a receive queue may be under way for up to
 * 100 us more (82599, 4.6.7.1.2). */
static bool end_queue_of(struct v6nf_nic *nic, const volatile uint32_t *tail)
{
    const uint32_t control = intel_queue_of(nic, tail) + QUEUE_CONTROL;
    const bool was_on = (register_read(nic->registers, control) & QUEUE_ENABLE) != 0u;
    if (was_on) {
        register_clear(nic->registers, control, QUEUE_ENABLE);
    }
    return !was_on;
}

bool v6nf_intel_end_input(struct v6nf_ring_device *device, volatile uint32_t *tail)
{
    device->nic->virtual_functions.is_closed = true;
    return end_queue_of(device->nic, tail);
}

/* DOUBT: descriptors before the head may be in the card, and not on the wire (I210, 8.12.13). They count as sent. */
bool v6nf_intel_end_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head)
{
    const bool is_off = end_queue_of(device->nic, tail);
    *head = register_read(device->nic->registers, intel_queue_of(device->nic, tail) + QUEUE_HEAD);
    return is_off;
}

void v6nf_intel_keep(struct v6nf_nic *nic, uint32_t filter, uint32_t key, bool takes_all)
{
    struct v6nf_nic_kept *kept = &nic->kept;
    if (nic->is_kept) {
        return;
    }
    for (uint32_t i = 0; i < nic->addresses_count && i < V6NF_NIC_ADDRESSES; i++) {
        kept->addresses[i][0] = register_read(nic->registers, filter + FILTER_SIZE * i);
        kept->addresses[i][1] = register_read(nic->registers, filter + FILTER_SIZE * i + 4u) & 0xFFFFu;
    }
    for (uint32_t i = 0; i < MTA_COUNT; i++) {
        kept->hash[i] = register_read(nic->registers, MTA + 4u * i);
    }
    for (uint32_t i = 0; i < RSS_KEY_WORDS && key != 0u; i++) {
        kept->key[i] = register_read(nic->registers, key + 4u * i);
    }
    kept->addresses_count = nic->addresses_count;
    kept->takes_all = takes_all;
    nic->is_kept = v6nf_nic_answers(nic);
}

void v6nf_intel_restore(const struct v6nf_nic *nic, uint32_t key)
{
    for (uint32_t i = 0; i < MTA_COUNT; i++) {
        register_write(nic->registers, MTA + 4u * i, nic->kept.hash[i]);
    }
    for (uint32_t i = 0; i < RSS_KEY_WORDS && key != 0u && nic->config.inputs > 1u; i++) {
        register_write(nic->registers, key + 4u * i, nic->kept.key[i]);
    }
}

/* -- RSS ----------------------------------------------------------------------------------------------------------- */

/* Choose the key of the hash. With one that repeats 16 bits, the hash of 16-bit words does not depend on their order:
 * addresses and ports may be exchanged. 0x6D5A spreads all flows over the table (the 16 rotations of other patterns can
 * depend on each other). Otherwise, a poor key distributes well enough. */
static void choose_key(uint8_t *key, uint32_t size, bool symmetric)
{
    if (!symmetric) {
        (void)v6nf_env_entropy(key, size);
        return;
    }
    for (uint32_t i = 0; i < size; i++) {
        key[i] = i % 2u == 0u ? 0x6Du : 0x5Au;
    }
}

void v6nf_intel_share_inputs(const struct v6nf_nic *nic, const struct intel_rss *rss)
{
    volatile uint32_t *registers = nic->registers;
    uint8_t key[4u * RSS_KEY_WORDS];
    if (nic->config.inputs == 1u) {
        register_write(registers, rss->control, 0u);
        return;
    }
    choose_key(key, sizeof key, nic->config.symmetric);
    for (uint32_t i = 0; i < RSS_KEY_WORDS; i++) {
        uint32_t word = 0;
        for (uint32_t j = 0; j < 4u; j++) {
            word += (uint32_t)key[4u * i + j] << (8u * j);
        }
        register_write(registers, rss->key + 4u * i, word);
    }
    for (uint32_t i = 0; i < RSS_TABLE_WORDS; i++) {
        uint32_t entries = 0;
        for (uint32_t j = 0; j < 4u; j++) {
            entries += ((4u * i + j) % nic->config.inputs) << (8u * j);
        }
        register_write(registers, rss->table + 4u * i, entries);
    }
    register_write(registers, rss->control, rss->mode);
}

/* -- Counters ------------------------------------------------------------------------------------------------------ */

uint64_t v6nf_intel_read_counter(const struct v6nf_nic *nic, uint32_t low, uint32_t high_mask)
{
    const uint64_t value = register_read(nic->registers, low);
    return value + ((uint64_t)(register_read(nic->registers, low + 4u) & high_mask) << 32);
}

/* intel.h: registers that Intel's cards have alike, and what their drivers do with them. Sections are those of the
 * 82576 data sheet. The 82574 (10.2) and the 82599 (8.2.3) have the same fields. */
#ifndef DRIVERS_INTEL_INTEL_H
#define DRIVERS_INTEL_INTEL_H

#include "../nic/nic_port.h"
#include "../pci/pci.h"
#include "cards.h"

/* 8.2: general. */
#define CTRL 0x00000u
#define CTRL_MASTER_DISABLE (1u << 2)
#define CTRL_RST (1u << 26)
#define STATUS 0x00008u
#define STATUS_MASTER_ENABLE (1u << 19)
#define CTRL_EXT 0x00018u
#define CTRL_EXT_DOUBLE_VLAN (1u << 26) /* not of the 82574: the outer of two tags is skipped (82576, 7.4.5) */
#define CTRL_EXT_DRIVER_LOADED (1u << 28)

/* 8.10: address filters. An exact filter is two registers, MTA a hash table of groups. */
#define FILTER_SIZE 8u
#define RAH_VALID (1u << 31)
#define MTA 0x05200u
#define MTA_COUNT 128u

/* Byte offsets in the registers of one queue. */
#define QUEUE_BASE_LOW 0x00u
#define QUEUE_BASE_HIGH 0x04u
#define QUEUE_LENGTH 0x08u
#define QUEUE_HEAD 0x10u
#define QUEUE_TAIL 0x18u
#define QUEUE_CONTROL 0x28u
#define QUEUE_ENABLE (1u << 25)    /* of QUEUE_CONTROL; not of the 82574 */
#define QUEUE_WRITE_BACK_LOW 0x38u /* of a transmit queue; not of the 82574, nor of the 82599's virtual functions */
#define QUEUE_WRITE_BACK_HIGH 0x3Cu
#define QUEUE_WRITE_BACK_ENABLE 1u
#define DESCRIPTOR_SIZE 16u

/* Begin the init of a driver: check the configuration, find the device in the table of the family, map its registers.
 * inputs: maximum config->inputs; 0: as many as the device has queues.
 * size: bytes of its registers.
 * checked: the result: what is bad in the configuration. The card is reset nevertheless.
 * Return V6NF_NIC_READY, _OTHER_DEVICE, or _NO_REGISTERS. */
enum v6nf_nic_status v6nf_intel_open(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                     const struct v6nf_nic_config *config, enum intel_family family, uint32_t inputs,
                                     uint32_t size, enum v6nf_nic_status *checked);

/* Disable bus mastering inside the card, and wait until what it has begun in memory has ended (5.2.3.3). Nothing must
 * be received or sent any more. Return false if it does not end within a second. */
bool v6nf_intel_disable_master(struct v6nf_nic *nic);

/* Show firmware that a driver owns the card, or that none does: a management controller then leaves the link alone, or
 * takes it over (8.2.3). A reset clears it. */
void v6nf_intel_show_driver(const struct v6nf_nic *nic, bool is_loaded);

/* Let the card do what the configuration leaves to it: set what rings and the port must know.
 * Checksums: it sums from the UDP header to the end of the frame, and what the checksum field has (82576, 7.2.5.2).
 * VLAN tags: not a virtual function, whose physical function would have to agree. */
void v6nf_intel_use_offloads(struct v6nf_nic *nic, enum intel_family family);

/* -- Filters ------------------------------------------------------------------------------------------------------- */

/* Write or read the exact filter whose registers begin at the byte offset `filter`. `flags`: bits 16 to 31 of its
 * second register. */
void v6nf_intel_write_filter(const struct v6nf_nic *nic, uint32_t filter, const uint8_t *mac, uint32_t flags);
void v6nf_intel_read_filter(const struct v6nf_nic *nic, uint32_t filter, uint8_t *mac);

/* Accept groups with this hash (nic_mac_hash()). */
void v6nf_intel_add_hash(const struct v6nf_nic *nic, uint32_t hash);

/* -- Queues: `queue` is the byte offset of the registers of one ---------------------------------------------------- */

/* Set the device address and the number of descriptors. */
void v6nf_intel_place_queue(const struct v6nf_nic *nic, uint32_t queue, uint64_t descriptors, uint32_t count);

/* Write `head`, the device address for head write-back, to a transmit queue (7.2.3.2). */
void v6nf_intel_place_head(const struct v6nf_nic *nic, uint32_t queue, uint64_t head);

/* Let the card reach memory, and enable the queue. Set *tail to its tail register. Return false, with the queue off and
 * *tail unchanged, if it does not start within a second. */
bool v6nf_intel_start_queue(struct v6nf_nic *nic, uint32_t queue, volatile uint32_t **tail);

/* Disable the queue (4.5.9, 4.5.10). Return true if `waits`, and the queue is off within a second. Without a link, a
 * transmit queue keeps its frames forever. */
bool v6nf_intel_stop_queue(const struct v6nf_nic *nic, uint32_t queue, bool waits);

/* -- Queues of a running ring: operations of ring.h, with the queue of a tail register ----------------------------- */

/* Return the byte offset of the registers of the queue with this tail register. */
static inline uint32_t intel_queue_of(const struct v6nf_nic *nic, const volatile uint32_t *tail)
{
    return (uint32_t)(tail - nic->registers) * 4u - QUEUE_TAIL;
}

bool v6nf_intel_end_input(struct v6nf_ring_device *device, volatile uint32_t *tail);
bool v6nf_intel_end_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head);

/* Keep what a reset clears: exact filters, whose registers begin at `filter`, groups, the RSS key. takes_all: all
 * stations are accepted. Keep nothing if something is kept: an earlier reset has failed. */
void v6nf_intel_keep(struct v6nf_nic *nic, uint32_t filter, uint32_t key, bool takes_all);

/* Write the kept groups and the RSS key. */
void v6nf_intel_restore(const struct v6nf_nic *nic, uint32_t key);

/* Get the kept address of exact filter number `n`. */
static inline void intel_kept_address(const struct v6nf_nic *nic, uint32_t n, uint8_t *mac)
{
    nic_mac_of_words(nic->kept.addresses[n % V6NF_NIC_ADDRESSES], mac);
}

/* -- RSS (7.1.1.7): packets with the same addresses and ports go to one input -------------------------------------- */

/* Where a family has these registers. */
struct intel_rss {
    uint32_t control; /* byte offset of MRQC */
    uint32_t mode;    /* its value with several inputs */
    uint32_t key;     /* byte offset of the first of 10 registers */
    uint32_t table;   /* byte offset of the first of 32 registers, 4 entries each */
};

/* Distribute packets among the inputs of the configuration. */
void v6nf_intel_share_inputs(const struct v6nf_nic *nic, const struct intel_rss *rss);

/* -- Counters ------------------------------------------------------------------------------------------------------ */

#define FCS_SIZE 4u /* bytes, which counters of bytes include and those of a port do not */

/* Return the bytes of `frames` frames without their FCS. The card may count frames before their bytes. */
static inline uint64_t intel_without_fcs(uint64_t bytes, uint64_t frames)
{
    return bytes > FCS_SIZE * frames ? bytes - FCS_SIZE * frames : 0u;
}

/* Return a counter in two registers. The one at `low` is read first: it latches the other, whose bits are
 * `high_mask`. */
uint64_t v6nf_intel_read_counter(const struct v6nf_nic *nic, uint32_t low, uint32_t high_mask);

#endif

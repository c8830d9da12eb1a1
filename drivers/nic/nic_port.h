/* nic_port.h: what drivers of cards share in addition to the ring: port operations, the life cycle, counting of queues,
 * identification of devices, and Ethernet addresses in registers. */
#ifndef DRIVERS_NIC_NIC_PORT_H
#define DRIVERS_NIC_NIC_PORT_H

#include "v6nf/driver/nic.h"

/* Operations of port.h. A driver's table adds link_up and read_counters. */
uint32_t v6nf_nic_poll_legacy(struct v6nf_port *port, v6nf_handler *handler, void *context);
uint32_t v6nf_nic_poll_advanced(struct v6nf_port *port, v6nf_handler *handler, void *context);
uint8_t *v6nf_nic_reserve(struct v6nf_port *port);
void v6nf_nic_commit(struct v6nf_port *port, uint32_t length);
enum v6nf_port_status v6nf_nic_port_status(struct v6nf_port *port);
bool v6nf_nic_stop_port(struct v6nf_port *port);

static inline struct v6nf_nic *nic_of(struct v6nf_port *port)
{
    return (struct v6nf_nic *)(void *)port;
}

/* wait() of every driver (port.h): no driver sets up the interrupts of its device. */
static inline void nic_wait(struct v6nf_port *port, uint64_t until)
{
    (void)port;
    v6nf_env_idle_briefly(until);
}

/* Check the configuration for a card with these limits. Return V6NF_NIC_READY, or the status of the first bad field. */
enum v6nf_nic_status v6nf_nic_check_config(const struct v6nf_nic_config *config, uint32_t mtu_max, uint32_t inputs);

/* Initialize *nic as a stopped card with at most `inputs` inputs: the first step of a driver's init. Return as
 * v6nf_nic_check_config(). */
enum v6nf_nic_status v6nf_nic_prepare(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config, uint32_t inputs);

/* Let the card run with these operations, and with counters at 0: the last step of a driver's init. Rings can be opened
 * over it only while it runs. Return V6NF_NIC_READY, or V6NF_NIC_NO_START if the card is gone. */
enum v6nf_nic_status v6nf_nic_begin(struct v6nf_nic *nic, const struct v6nf_port_operations *operations,
                                    const struct v6nf_ring_device_operations *device_operations);

/* Let the card reach memory, immediately before its first queue is enabled. Earlier, a card that another program left
 * running would write to this program's memory. Return false if it may not. */
bool v6nf_nic_allow_dma(struct v6nf_nic *nic);

/* Return true if the card runs and answers. Call it after the read of a register in which all ones are a valid value:
 * true confirms that value. */
bool v6nf_nic_answers(const struct v6nf_nic *nic);

/* Add what the card's counters have counted since the last call. Return false, and add nothing, if the card is gone:
 * its counters read as all ones. */
bool v6nf_nic_count(struct v6nf_nic *nic, const struct v6nf_port_counters *shown);

/* Write to *counters what was counted so far, by the card and its rings. */
static inline void nic_show_counters(const struct v6nf_nic *nic, struct v6nf_port_counters *counters)
{
    *counters = nic->counters;
    counters->transmit_dropped += nic->ring.transmit_dropped + nic->originate.transmit_dropped +
                                  nic->ring.queues[0].dropped + nic->originate.queue.dropped;
}

/* -- Resets under a running ring: operations of ring.h ------------------------------------------------------------- */

/* has_link and is_lost of every card. */
bool v6nf_nic_has_link(struct v6nf_ring_device *device);
bool v6nf_nic_is_lost(struct v6nf_ring_device *device);

/* Do what `reset` of ring.h does. set_up: reset the card, and set it up as init has, and with nic->kept. */
bool v6nf_nic_reset(struct v6nf_nic *nic, enum v6nf_nic_status (*set_up)(struct v6nf_nic *nic));

#define FRAME_OVERHEAD 22u /* bytes in addition to the packet: Ethernet header, VLAN tag, FCS */

/* Return the bytes of the longest frame that a card must accept. */
static inline uint32_t nic_longest_frame(const struct v6nf_nic *nic)
{
    return nic->config.mtu + FRAME_OVERHEAD;
}

/* -- Queues: for a driver's add_input and add_output --------------------------------------------------------------- */

/* Return true if the card has an input left, and `buffer_size` is enough for its frames. Set *tail to NULL. */
static inline bool nic_has_input(const struct v6nf_nic *nic, uint32_t buffer_size, volatile uint32_t **tail)
{
    *tail = NULL;
    return nic->inputs_count < nic->config.inputs && buffer_size >= nic->buffer_size;
}

/* Count the queue if it is open. Return `is_open`. */
static inline bool nic_count_input(struct v6nf_nic *nic, bool is_open)
{
    nic->inputs_count += is_open ? 1u : 0u;
    return is_open;
}

/* Return true if one of the card's `outputs` queues is left. Set *tail to NULL. */
static inline bool nic_has_output(const struct v6nf_nic *nic, uint32_t outputs, volatile uint32_t **tail)
{
    *tail = NULL;
    return nic->outputs_count < outputs;
}

static inline bool nic_count_output(struct v6nf_nic *nic, bool is_open)
{
    nic->outputs_count += is_open ? 1u : 0u;
    return is_open;
}

/* Return true if the ID is one of `count`. */
static inline bool nic_is_one_of(uint32_t id, const uint16_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == id) {
            return true;
        }
    }
    return false;
}

#define MAC_SIZE 6u /* bytes of an Ethernet address */

/* Convert an address to two words, the second with 16 bits: the format of registers and messages. */
static inline void nic_mac_to_words(uint32_t *words, const uint8_t *mac)
{
    words[0] = (uint32_t)mac[0] + ((uint32_t)mac[1] << 8) + ((uint32_t)mac[2] << 16) + ((uint32_t)mac[3] << 24);
    words[1] = (uint32_t)mac[4] + ((uint32_t)mac[5] << 8);
}

/* Do the reverse. */
static inline void nic_mac_of_words(const uint32_t *words, uint8_t *mac)
{
    for (uint32_t i = 0; i < MAC_SIZE; i++) {
        mac[i] = (uint8_t)((words[i / 4u] >> (8u * (i % 4u))) & 0xFFu);
    }
}

/* Return the bit of a group in a table of 4096: bits 36 to 47 of the address, in the order in which they are sent
 * (82576, RCTL.MO = 0, 8.10.15; 82599, MCSTCTRL.MO = 0, 8.2.3.7.3). */
static inline uint32_t nic_mac_hash(const uint8_t *mac)
{
    return ((uint32_t)mac[4] >> 4) + ((uint32_t)mac[5] << 4);
}

/* Return true if this is the address of one station, and not 0. */
static inline bool nic_mac_is_station(const uint8_t *mac)
{
    return (mac[0] & 1u) == 0u && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) != 0u;
}

/* Copy the address of the configuration to the port, and let the configuration point to the copy. Both structures must
 * outlive the use of the configuration. */
static inline void nic_copy_mac(struct v6nf_port *port, struct v6nf_nic_config *config)
{
    for (uint32_t i = 0; i < MAC_SIZE && config->mac != NULL; i++) {
        port->mac[i] = config->mac[i];
    }
    config->mac = config->mac != NULL ? port->mac : NULL;
}

#endif

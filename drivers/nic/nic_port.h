/* nic_port.h: what drivers of cards share besides the ring: the life cycle; port operations, to which a driver's table
 * adds link_up and read_counters; which devices it knows; Ethernet addresses, as registers have them. */
#ifndef DRIVERS_NIC_NIC_PORT_H
#define DRIVERS_NIC_NIC_PORT_H

#include "v6nf/driver/nic.h"

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

/* Check the configuration for a card with these limits (nic.h). Return V6NF_NIC_READY, or the status of the first bad
 * field. */
enum v6nf_nic_status v6nf_nic_check_config(const struct v6nf_nic_config *config, uint32_t mtu_max, uint32_t inputs);

/* Initialize *nic as stopped, for a card with at most `inputs` inputs. Return as v6nf_nic_check_config(). */
enum v6nf_nic_status v6nf_nic_prepare(struct v6nf_nic *nic, struct v6nf_env_pci_address address,
                                      const struct v6nf_nic_config *config, uint32_t inputs);

/* The last step of a driver's init: the card runs, with these operations, and its counters begin at 0. Before, and when
 * it runs no more, no ring can be opened over it. V6NF_NIC_NO_START if it is gone meanwhile. */
enum v6nf_nic_status v6nf_nic_begin(struct v6nf_nic *nic, const struct v6nf_port_operations *operations,
                                    const struct v6nf_ring_device_operations *device_operations);

/* Let the card reach memory: right before its first queue is enabled, when the reset is long over. A card that an
 * earlier program left running would otherwise write into this one's memory. */
bool v6nf_nic_allow_dma(struct v6nf_nic *nic);

/* Return true if the card runs and answers. Call it after the read of a register in which all ones are a valid value:
 * true confirms that value. */
bool v6nf_nic_answers(const struct v6nf_nic *nic);

/* Add what the card's counters showed since they were read last. A card that is gone shows all ones: nothing is added,
 * and false returned, for the caller to forget the rest of what it read. */
bool v6nf_nic_count(struct v6nf_nic *nic, const struct v6nf_port_counters *shown);

/* Fills *counters with what was read so far, and what its rings count. */
static inline void nic_show_counters(const struct v6nf_nic *nic, struct v6nf_port_counters *counters)
{
    *counters = nic->counters;
    counters->transmit_dropped += nic->ring.transmit_dropped + nic->originate.transmit_dropped;
}

/* The longest frame that a card is to take in, with a VLAN tag and FCS. */
static inline uint32_t nic_longest_frame(const struct v6nf_nic *nic)
{
    return nic->config.mtu + 22u;
}

/* Whether a driver knows the device: whether its ID is one of `count`. */
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

/* An address as two words, of which the second has 16 bits: so registers and messages have it. */
static inline void nic_mac_to_words(uint32_t *words, const uint8_t *mac)
{
    words[0] = (uint32_t)mac[0] + ((uint32_t)mac[1] << 8) + ((uint32_t)mac[2] << 16) + ((uint32_t)mac[3] << 24);
    words[1] = (uint32_t)mac[4] + ((uint32_t)mac[5] << 8);
}

static inline void nic_mac_of_words(const uint32_t *words, uint8_t *mac)
{
    for (uint32_t i = 0; i < MAC_SIZE; i++) {
        mac[i] = (uint8_t)((words[i / 4u] >> (8u * (i % 4u))) & 0xFFu);
    }
}

/* The bit of a group in a table of 4096: bits 36 to 47 of the address as they are sent (82576, RCTL.MO = 0, 8.10.15; 82599,
 * MCSTCTRL.MO = 0, 8.2.3.7.3). */
static inline uint32_t nic_mac_hash(const uint8_t *mac)
{
    return ((uint32_t)mac[4] >> 4) + ((uint32_t)mac[5] << 4);
}

/* True if it is the address of one station, and not 0. */
static inline bool nic_mac_is_station(const uint8_t *mac)
{
    return (mac[0] & 1u) == 0u && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) != 0u;
}

/* Copies the address that the configuration names to the port: the caller's may be gone later, when it is needed again.
 * Neither may be part of a structure that is cleared later. */
static inline void nic_copy_mac(struct v6nf_port *port, struct v6nf_nic_config *config)
{
    for (uint32_t i = 0; i < MAC_SIZE && config->mac != NULL; i++) {
        port->mac[i] = config->mac[i];
    }
    config->mac = config->mac != NULL ? port->mac : NULL;
}

#endif

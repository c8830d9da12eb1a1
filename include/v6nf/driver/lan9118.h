/* lan9118.h: SMSC/Microchip LAN9118 and its family: Ethernet controllers of 10 and 100 Mbit/s that are registers in
 * memory. They have no DMA: the CPU moves every word of a frame, between the card's FIFOs and the two buffers below.
 *
 *     RX FIFO --> frame --> the handler says how many bytes leave --> TX FIFO          originate --> TX FIFO
 *                                        | 0
 *                                        +--> nothing is written
 *
 * The card is not trusted. A frame that it says is damaged, or that is too long, is dropped and counted
 * (receive_dropped). Where what it says cannot be, nobody knows where the next frame begins in the FIFO: that counts as
 * a frame dropped, the receiver is stopped and emptied, as `receiver` says, and goes on. */
#ifndef V6NF_DRIVER_LAN9118_H
#define V6NF_DRIVER_LAN9118_H

#include <stdbool.h>
#include <stdint.h>

#include "nic.h"
#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_LAN9118_MTU 1500u
#define V6NF_LAN9118_BURST 8u /* frames that one poll shows at most */

/* Words of a buffer: two bytes, so that an IPv6 header begins at a word; the longest frame; its FCS. */
#define V6NF_LAN9118_WORDS ((2u + 14u + V6NF_LAN9118_MTU + 4u) / 4u)

enum v6nf_lan9118_receiver {
    V6NF_LAN9118_STOPPED,  /* not initialized, or by stop() */
    V6NF_LAN9118_GONE,     /* the card does not answer any more */
    V6NF_LAN9118_RECEIVES,
    V6NF_LAN9118_SKIPS,    /* the card drops a damaged frame */
    V6NF_LAN9118_STOPS,    /* it has contradicted itself: its receiver is asked to stop, */
    V6NF_LAN9118_EMPTIES   /* then to empty its FIFOs. From one of these a broken card may never come back */
};

/* The fields are the library's. */
struct v6nf_lan9118 {
    struct v6nf_port port;
    enum v6nf_lan9118_receiver receiver; /* for reading */
    struct v6nf_port_counters counters;  /* `sent`: what the card has said that it sent */
    volatile uint32_t *registers;
    uint32_t mac_control; /* what MAC_CR holds while it receives */
    bool is_up;
    bool was_down; /* the link, since link_up() was asked last */
    bool reserved;
    uint64_t link_looked; /* when, in microseconds */
    uint32_t frame[V6NF_LAN9118_WORDS];     /* bytes as in the frame, which begins with the third */
    uint32_t originate[V6NF_LAN9118_WORDS];
};

/* Resets and sets up the card whose registers begin at the physical address `address`, and opens *lan9118 as a port:
 * lan9118->port. Of the configuration, `mtu` (V6NF_LAN9118_MTU and no other), `mac` and `promiscuous` count, and
 * `inputs` is 0 or 1; all groups are received. Without a `mac`, the card has that of its EEPROM; V6NF_NIC_NO_EEPROM if
 * it has none. Waits for the card, for a second at most. *lan9118 is overwritten; on anything but V6NF_NIC_READY the
 * port shows and sends nothing.
 *
 * The link is negotiated anew, which takes seconds: the program waits for link_up(). poll() and link_up() look at it,
 * poll() twice a second, and have the card send as the other side does (half or full duplex); a look takes 0.1 ms. */
enum v6nf_nic_status v6nf_lan9118_init(struct v6nf_lan9118 *lan9118, uint64_t address,
                                       const struct v6nf_nic_config *config);

#ifdef __cplusplus
}
#endif

#endif

/* lan9118.h: SMSC/Microchip LAN9118 and its family: Ethernet controllers of 10 and 100 Mbit/s, as registers in memory.
 * They have no DMA: the CPU moves each word of a frame between the card's FIFOs and the two buffers below.
 *
 *     RX FIFO --> frame --> the handler returns a length --> TX FIFO          originate --> TX FIFO
 *                                        | 0
 *                                        +--> nothing is written
 *
 * The card is not trusted. A frame that it reports as damaged, or that is too long, is dropped and counted
 * (receive_dropped). If its FIFOs contradict each other, the start of the next frame is unknown. This counts as one
 * dropped frame; the receiver is stopped and emptied (`receiver`), and starts again.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_LAN9118_H
#define V6NF_DRIVER_LAN9118_H

#include <stdbool.h>
#include <stdint.h>

#include "nic.h"
#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_LAN9118_MTU 1500u /* the MTU of each port */
#define V6NF_LAN9118_BURST 8u  /* maximum frames of one poll */

/* Words of a buffer: two bytes, so that the IPv6 header is aligned to a word; the longest frame; its FCS. */
#define V6NF_LAN9118_WORDS ((2u + 14u + V6NF_LAN9118_MTU + 4u) / 4u)

/* State of the receiver. */
enum v6nf_lan9118_receiver {
    V6NF_LAN9118_STOPPED, /* not initialized, or stopped by stop() */
    V6NF_LAN9118_GONE,    /* the card does not answer any more */
    V6NF_LAN9118_RECEIVES, /* it works */
    V6NF_LAN9118_SKIPS,  /* the card drops a damaged frame */
    V6NF_LAN9118_STOPS,  /* the FIFOs contradict each other: wait until the receiver has stopped */
    V6NF_LAN9118_EMPTIES /* then wait until the FIFOs are empty. A faulty card can stay in this or the last state */
};

/* A card. Fields without a comment are private. */
struct v6nf_lan9118 {
    struct v6nf_port port; /* the card as a port */
    enum v6nf_lan9118_receiver receiver; /* may be read */
    struct v6nf_port_counters counters;  /* `sent`: frames that the card has reported as sent */
    volatile uint32_t *registers;
    uint32_t mac_control; /* value of MAC_CR while it receives */
    bool is_up;
    bool was_down; /* the link was down since the last link_up() */
    bool reserved;
    uint64_t link_looked;               /* time of the last look at the link, in microseconds */
    uint32_t frame[V6NF_LAN9118_WORDS]; /* bytes in network order; the frame begins at the third byte */
    uint32_t originate[V6NF_LAN9118_WORDS];
};

/* Reset and initialize the card, and open *lan9118 as a port: lan9118->port.
 * lan9118: overwritten; the caller's, until the port has stopped. address: physical address of the registers.
 * config: copied. `mtu` must be V6NF_LAN9118_MTU, `inputs` 0 or 1; `mac` and `promiscuous` have an effect. All groups
 * are received. Without `mac`, the card has the address of its EEPROM.
 * Return V6NF_NIC_READY. On any other status the port receives and sends nothing.
 * Errors: V6NF_NIC_MTU_BAD, _MAC_BAD, _INPUTS_BAD, _NO_REGISTERS, _OTHER_DEVICE, _NO_RESET, _NO_EEPROM, _NO_START.
 * Waits for the card, a second at most.
 * Negotiation of the link takes seconds more: the program waits for link_up(). poll() and link_up() check the link,
 * poll() twice a second, and set the MAC to the negotiated duplex mode. A check takes 0.1 ms. */
enum v6nf_nic_status v6nf_lan9118_init(struct v6nf_lan9118 *lan9118, uint64_t address,
                                       const struct v6nf_nic_config *config);

#ifdef __cplusplus
}
#endif

#endif

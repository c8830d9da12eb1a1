/* vlan.h: ports on the VLANs of another port (IEEE 802.1Q), so that any number of nodes share one card.
 *
 * A trunk is the port that carries tagged frames. A VLAN port has one VLAN ID of it: its user sees frames without the
 * tag, and what it sends gets the tag. The VLAN port with V6NF_VLAN_UNTAGGED has the frames without a tag, and those
 * with a priority tag (9.6: VLAN ID 0), which loses it.
 *
 *     trunk:  | destination | source | 81 00 | priority, VLAN ID | type ...
 *                       |        | moved by 4 bytes
 *     VLAN port:        | destination | source | type ...
 *
 * One poll of the trunk receives the frames of all VLANs, and shows each to the user of its VLAN:
 *
 *     v6nf_vlan_attach(&vlan_10, v6nf_run_handler, &run_10);     once for each node
 *     for (;;) {
 *         run_10.now = run_20.now = v6nf_env_clock();
 *         v6nf_vlan_poll(&trunk);
 *         v6nf_run_tick(&node_10, &vlan_10.port, run_10.now);    once for each node
 *     }
 *
 * A program with one VLAN port needs no attach: it uses &vlan.port as any other port, v6nf_run() included.
 *
 * Frames leave with priority 0; a frame with a priority tag is answered with one. A second tag and service tags
 * (0x88A8) are not removed.
 *
 * The device removes and inserts the tags if its port was opened for that (`tags` in port.h, config.tags in nic.h). Its
 * checksums can then be used, too. Users see the same frames. A frame with a priority tag is answered without one: the
 * device does not state which of the frames of VLAN ID 0 had it.
 *
 * All VLAN ports share the originate buffers of the trunk, one at a time: while one has reserved a buffer, reserve() of
 * the others returns NULL. Commit it, or give it back (v6nf_port_release(), port.h), before another reserves: the calls
 * of run.h do. A program that does neither keeps it until the trunk is polled. Others can take it from then on; its
 * commit then sends nothing, and counts as transmit_dropped.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_VLAN_H
#define V6NF_DRIVER_VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_VLAN_UNTAGGED 0u  /* the VLAN port of frames without a tag, and of priority tags */
#define V6NF_VLAN_ID_MAX 4094u /* VLAN ID 4095 is reserved (9.6) */

/* Lists of VLAN ports by VLAN ID, so that a look-up takes the same time with 1 and with 256 VLANs, and 16 steps with
 * all 4094. */
#define V6NF_VLAN_LISTS 256u

struct v6nf_vlan_trunk;

/* A VLAN port. A program uses `port`, and reads the counters by it. Other fields are private. */
struct v6nf_vlan {
    struct v6nf_port port; /* the interface of the VLAN: its MAC address may be changed before use */
    struct v6nf_vlan_trunk *trunk;
    struct v6nf_vlan *next; /* in its list */
    uint32_t id;
    uint32_t partial; /* V6NF_PORT_CHECKSUM_PARTIAL if lengths to send can have it */
    v6nf_handler *handler;
    void *context;
    bool is_stopped;
    struct v6nf_port_counters counters;
};

/* A trunk. The fields are private. */
struct v6nf_vlan_trunk {
    struct v6nf_port *port;
    struct v6nf_vlan *lists[V6NF_VLAN_LISTS];
    uint32_t flags;                /* bits of received lengths that users see */
    uint64_t unknown;              /* frames that arrived for no VLAN port */
    uint8_t *reserved;             /* the buffer that the port's reserve() returned last, */
    struct v6nf_vlan *reserved_by; /* and the VLAN port that has it; NULL if none */
    bool is_polled;                /* since then: others may take the buffer */
};

/* Make a trunk of a port.
 * port: open, with one output. From now on only the trunk polls it. It stays the caller's, who also stops it, after all
 * VLAN ports.
 * Return false, and change nothing, if the port has several outputs, or buffers below 1280 + 18 bytes, or was opened
 * for checksums by its device, and not for VLAN tags by it (`checksums` and `tags` in port.h).
 * *trunk must stay in memory while a VLAN port is open. */
bool v6nf_vlan_trunk_init(struct v6nf_vlan_trunk *trunk, struct v6nf_port *port);

/* Open a VLAN port.
 * id: VLAN ID, 1 to V6NF_VLAN_ID_MAX, or V6NF_VLAN_UNTAGGED.
 * Return false, and leave *vlan as it was, if `id` is larger, or the trunk has a VLAN port with it.
 * vlan->port has the MAC address of the trunk's port, what its device does with checksums, and its capacity and MTU,
 * less the tag: the MTU is smaller only where the buffers end with it. To have several MAC addresses on a card that
 * filters them, let it accept these, too (promiscuous, or v6nf_igb_add_address() and others).
 * *vlan must not be open. It is the caller's, and must stay in memory until its port was stopped. */
bool v6nf_vlan_open(struct v6nf_vlan *vlan, struct v6nf_vlan_trunk *trunk, uint32_t id);

/* Set who handles the frames of a VLAN port whenever the trunk is polled.
 * handler, context: as for poll(). NULL: frames that arrive are dropped, and counted as receive_dropped, except during
 * the VLAN port's own poll(), which has a handler. */
void v6nf_vlan_attach(struct v6nf_vlan *vlan, v6nf_handler *handler, void *context);

/* Show a burst of frames of the trunk, each to the handler that is attached to its VLAN port.
 * Return the number of frames that arrived, those of unknown VLANs included. */
uint32_t v6nf_vlan_poll(struct v6nf_vlan_trunk *trunk);

/* Return the number of frames that arrived for no VLAN port, or with a tag that was cut off. */
uint64_t v6nf_vlan_unknown(const struct v6nf_vlan_trunk *trunk);

#ifdef __cplusplus
}
#endif

#endif

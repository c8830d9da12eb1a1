/* port.h: the ports of a group of AF_XDP ports, as xdp.c opens and closes them. */
#ifndef V6NF_DRIVERS_XDP_PORT_H
#define V6NF_DRIVERS_XDP_PORT_H

#include "v6nf/driver/xdp.h"

#define XDP_HEADROOM 256u /* bytes before a received frame, which the kernel keeps (XDP_PACKET_HEADROOM) */
#define XDP_NOT_RESERVED UINT32_MAX

extern const struct v6nf_port_operations xdp_operations;

/* Give all frames of the port to their users: the kernel, and the originate path. */
void xdp_port_hand_out(struct v6nf_xdp_port *port);

#endif

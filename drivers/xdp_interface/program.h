/* program.h: the program of an AF_XDP interface: what it claims, and its way into the kernel. */
#ifndef V6NF_DRIVERS_XDP_PROGRAM_H
#define V6NF_DRIVERS_XDP_PROGRAM_H

#include "v6nf/driver/xdp_interface.h"

/* Load the program that `config` describes, with its map of sockets, and link it to the interface.
 * interface: index, mac and the files (all -1) are set. On any status the caller closes the files that are not -1. */
enum v6nf_xdp_status xdp_program_start(struct v6nf_xdp_interface *interface, const struct v6nf_xdp_config *config);

/* Let the program pass frames of `queue` to `socket`, until it is closed. Return false if the kernel refuses. */
bool xdp_program_add(const struct v6nf_xdp_interface *interface, uint32_t queue, int socket);

/* Return the status for `error`, an errno: the same for all calls. */
enum v6nf_xdp_status xdp_status_of_error(int error);

#endif

/* control.h: the control socket. Each line of a client is answered by one line, a list by its lines and then "ok". No
 * client can make the router wait: sockets do not block, and all that one call does is bounded. */
#ifndef CONTROL_H
#define CONTROL_H

#include <poll.h>

#include "lines.h"

#define CLIENTS_MAX 4u
#define CONTROL_POLLS (CLIENTS_MAX + 1u) /* descriptors to wait for */

/* Listen on a Unix socket. A socket without a listener, left over from a program that was killed, is replaced.
 * Return 0, or errno. */
int control_open(const char *path);

/* Remove the socket, and end all clients. Without effect if it is not open. */
void control_close(void);

/* Set what to wait for. Return true if there is something to do at once. */
bool control_wait_for(struct pollfd *polls);

/* Do what clients ask for: a part of it. */
void control_run(struct program *program, uint64_t now);

#endif

/* program.h: the interface between an example and its surroundings.
 *
 * The example (echo/echo.c, ping/ping.c) is a node on a port. It does not depend on the system that it runs on. The
 * surroundings (a directory each, such as linux/) find a port and the user's settings, and call program_run(). */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"
#include "settings.h"
#include "v6nf/v6nf.h"

/* -- What the example gives ---------------------------------------------------------------------------------------- */

struct program_about {
    const char *name;
    const char *purpose; /* a sentence for --help */
    const char *ready;   /* text before the addresses, once they can be used */
    bool pings;          /* accepts an address to ping, and the options of ping */
};

extern const struct program_about program_about;

/* Result of program_run(), as that of ping(8). */
enum program_status { PROGRAM_DONE = 0, PROGRAM_NO_REPLY = 1, PROGRAM_FAILED = 2 };

/* Run the example until it is done or program_should_stop(). */
enum program_status program_run(struct v6nf_port *port, const struct settings *settings);

/* -- What the surroundings give ------------------------------------------------------------------------------------ */

/* Return true once the user wants the program to end. Programs call it in each round of their loops. The surroundings
 * also do there what is due for them. */
bool program_should_stop(void);

/* Print why the program cannot continue: a subject and its problem. */
void program_error(const char *subject, const char *problem);

/* -- What the examples share (program.c) --------------------------------------------------------------------------- */

/* State of an example, in addition to its node. Zero it at the start. */
struct program {
    struct report report;   /* what was reported of the node */
    uint64_t stats_printed; /* when the counters were printed last; 0: not yet */
    uint64_t link_checked;  /* when the link was checked last */
    bool link_was_down;     /* at that check */
    bool port_failed;       /* the port is not running, which was reported */
    bool dhcp;              /* there is a client */
#if V6NF_DHCPV6
    struct v6nf_dhcpv6 client;
#endif
};

/* Wait for the link, and set up a node: its addresses, its gateway, and whether routers and DHCPv6 servers configure
 * it.
 * Return false if that fails, or if the device is gone meanwhile, after an error message. */
bool program_start(struct program *program, struct v6nf_node *node, struct v6nf_port *port,
                   const struct settings *settings);

/* Do what is due and the node does not do by itself: check the link, and send messages to DHCPv6 servers.
 * Return the number of frames sent. */
uint32_t program_tick(struct program *program, struct v6nf_node *node, struct v6nf_port *port, uint64_t now);

/* Print the changes of the node (report.h), and the counters if they are due. Return false if the node has no address
 * left, or the port no device, after an error message. */
bool program_report(struct program *program, const struct v6nf_node *node, struct v6nf_port *port,
                    const struct settings *settings, uint64_t now);

/* Release the addresses that a DHCPv6 server leased to the node. */
void program_stop(struct program *program, struct v6nf_node *node, struct v6nf_port *port);

/* Print the counters of the node, the client and the port that are not zero. */
void program_print_counters(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port);

/* Wait after a round at `now` without frames: until a frame arrives, something is due, the link must be checked, or a
 * signal arrives. */
void program_wait(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port, uint64_t now);

#endif

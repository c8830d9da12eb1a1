/* program.h: how an example and its surroundings meet.
 *
 * The example (echo/echo.c, ping/ping.c) is a node on a port, and does not know what it runs on. The surroundings (one
 * folder each, linux/ for one) find a port and the user's settings, and call program_run(). */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "print.h"
#include "report.h"
#include "settings.h"
#include "v6nf/v6nf.h"

/* -- What the example gives ---------------------------------------------------------------------------------------- */

struct program_about {
    const char *name;
    const char *purpose; /* a sentence for --help */
    const char *ready;   /* what to print before the addresses, once they can be used */
    bool pings;          /* takes an address to ping, and the options of ping */
};

extern const struct program_about program_about;

/* What program_run() returns: as ping(8) does. */
enum program_status { PROGRAM_DONE = 0, PROGRAM_NO_REPLY = 1, PROGRAM_FAILED = 2 };

/* Runs the example until it is done or program_should_stop(). */
enum program_status program_run(struct v6nf_port *port, const struct settings *settings);

/* -- What the surroundings give ------------------------------------------------------------------------------------ */

/* True once the user wants the program to end. Programs ask in each turn of their loops, where the surroundings also do
 * what is due for them. */
bool program_should_stop(void);

/* Tells the user why the program cannot go on: what is wrong with what. */
void program_error(const char *subject, const char *problem);

/* -- What the examples share (program.c) --------------------------------------------------------------------------- */

/* What an example needs beside its node; all zero at the beginning. */
struct program {
    struct report report;   /* what has been told of the node, */
    uint64_t stats_printed; /* and when the counters were; 0 for not yet */
    uint64_t link_looked;   /* when the link was looked at last, */
    bool link_was_down;     /* and how it was; */
    bool port_failed;       /* and then the port, too: the program has reported it */
    bool dhcp;              /* there is a client */
#if V6NF_DHCPV6
    struct v6nf_dhcpv6 client;
#endif
};

/* Waits for the link, and makes a node as the settings say: its addresses, its gateway, whether routers and DHCPv6
 * servers configure it. Returns false, and has said why, if that cannot be, or the device is gone meanwhile. */
bool program_start(struct program *program, struct v6nf_node *node, struct v6nf_port *port,
                   const struct settings *settings);

/* Does what is due beside what the node does by itself: tells it when the link is up again, and sends messages to
 * DHCPv6 servers. Returns how many frames were sent. */
uint32_t program_tick(struct program *program, struct v6nf_node *node, struct v6nf_port *port, uint64_t now);

/* Prints what is new of the node (report.h), and now and then the counters. Returns false, and has said why, if the
 * node is left without an address, or the port without its device. */
bool program_report(struct program *program, const struct v6nf_node *node, struct v6nf_port *port,
                    const struct settings *settings, uint64_t now);

/* Gives back what a DHCPv6 server leased to the node. */
void program_stop(struct program *program, struct v6nf_node *node, struct v6nf_port *port);

/* Prints the counters of the node, the client and the port that are not zero. */
void program_print_counters(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port);

/* Wait, after a round at `now` without frames, until there may be something to do: a frame, what is due, the next look at
 * the link, or the user's wish that the program end. */
void program_wait(const struct program *program, const struct v6nf_node *node, struct v6nf_port *port, uint64_t now);

#endif

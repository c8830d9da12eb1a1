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

/* True once the user wants the program to end. */
bool program_should_stop(void);

/* Tells the user why the program cannot go on: what is wrong with what. */
void program_error(const char *subject, const char *problem);

/* -- What the examples share (program.c) --------------------------------------------------------------------------- */

/* An idle loop polls without a break for PROGRAM_SPIN microseconds, so that the next frame of a busy link is answered
 * at once, and after that sleeps for at most PROGRAM_SLEEP between two looks. */
#define PROGRAM_SPIN 1000u
#define PROGRAM_SLEEP 200u

/* Waits for the link, and makes a node with the addresses and the gateway of the settings. Returns false, and has said
 * why, if that cannot be. */
bool program_start(struct v6nf_node *node, struct v6nf_port *port, const struct settings *settings);

/* What has been told so far; all zero at the beginning. */
struct program_report {
    struct report node;
    uint64_t stats_printed; /* when; 0 for not yet */
};

/* Prints what is new of the node (report.h), and now and then the counters. Returns false, and has said why, if the node is
 * left without an address. */
bool program_report(struct program_report *report, const struct v6nf_node *node, struct v6nf_port *port,
                    const struct settings *settings, uint64_t now);

/* Prints the counters of the node and the port that are not zero. */
void program_print_counters(const struct v6nf_node *node, struct v6nf_port *port);

/* How many microseconds an idle loop may sleep at `now`. */
static inline uint64_t program_pause(const struct v6nf_node *node, uint64_t now)
{
    uint64_t due = v6nf_node_next_due(node);
    uint64_t left = due > now ? due - now : 0u;
    return left < PROGRAM_SLEEP ? left : PROGRAM_SLEEP;
}

#endif

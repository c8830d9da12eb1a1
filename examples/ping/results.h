/* results.h: what a ping found, printed as ping(8) prints it. */
#ifndef EXAMPLES_PING_RESULTS_H
#define EXAMPLES_PING_RESULTS_H

#include "v6nf/ping.h"

/* The line for one result. */
void print_result(const struct v6nf_ping_result *result);

/* The lines at the end; the ping took `time` microseconds. */
void print_statistics(const struct v6nf_ping *ping, const struct v6nf_address *destination, uint64_t time);

#endif

/* results.h: print the results of a ping as ping(8) prints them. */
#ifndef EXAMPLES_PING_RESULTS_H
#define EXAMPLES_PING_RESULTS_H

#include "v6nf/ping.h"

/* Print the line of one result. */
void print_result(const struct v6nf_ping_result *result);

/* Print the summary of a ping that took `time` microseconds. */
void print_statistics(const struct v6nf_ping *ping, const struct v6nf_address *destination, uint64_t time);

#endif

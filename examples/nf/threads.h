/* threads.h: the agents of a network function on Linux: a thread for each, on a core of its own. */
#ifndef EXAMPLES_NF_THREADS_H
#define EXAMPLES_NF_THREADS_H

#include <stdint.h>

/* Read a list of cores, such as "0,1". Return NULL, or what is wrong with it. */
const char *threads_read_cores(const char *text);

/* Return the number of cores in the list, 0 without a list. */
uint32_t threads_count(void);

/* Check that this process may run on each core. Return NULL, or the problem with *core. */
const char *threads_check_cores(uint32_t *core);

/* Run agents on these cores until nf_stop_agents(), and look after the cards in this thread. The agents were started
 * (nf_start_agents()). Return NULL, or the problem. No agent runs any more at the return.
 * A thread that crashes ends the process by its signal, like any other crash: no agent goes on without it. */
const char *threads_run(void);

#endif

/* domain.h: how a protection domain (domain.c) and what it lives in (linux.c here) meet. The names of its two entry
 * points are those that Microkit calls. */
#ifndef EXAMPLES_EVENT_DOMAIN_H
#define EXAMPLES_EVENT_DOMAIN_H

#include <stdint.h>

#include "v6nf/driver/shm.h"
#include "v6nf/v6nf.h"

/* -- What the domain gives ----------------------------------------------------------------------------------------- */

/* Called once, before anything else. */
void init(void);

/* Called when a channel was notified, once for any number of notifications that came since. */
void notified(unsigned int channel);

/* -- What it is given ---------------------------------------------------------------------------------------------- */

/* Channels, as the domain numbers them: who is at the other end. */
enum { CHANNEL_RECEIVE, CHANNEL_TRANSMIT, CHANNEL_TIMER, CHANNELS };

/* What a system description would say, there before init(): queues, data region, and how to notify; and an address. */
extern struct v6nf_shm_config domain_network;
extern struct v6nf_address domain_address;
extern uint32_t domain_prefix_length;

/* Has CHANNEL_TIMER notified at `due` on v6nf_env_clock(), and not at what was said before; V6NF_NEVER: not at all. */
void domain_set_timer(uint64_t due);

/* Tells the user that the domain cannot run, and ends it. */
void domain_fail(const char *problem);

#endif

/* domain.h: the interface between a protection domain (domain.c) and its system (linux.c). The two entry points have
 * the names that Microkit calls. */
#ifndef EXAMPLES_EVENT_DOMAIN_H
#define EXAMPLES_EVENT_DOMAIN_H

#include <stdint.h>

#include "v6nf/driver/shm.h"
#include "v6nf/v6nf.h"

/* -- Provided by the domain ---------------------------------------------------------------------------------------- */

/* Called once, first. */
void init(void);

/* Called after notifications of a channel, once for any number of them since the last call. */
void notified(unsigned int channel);

/* -- Provided by the system ---------------------------------------------------------------------------------------- */

/* Channels of the domain, by the other end. */
enum { CHANNEL_RECEIVE, CHANNEL_TRANSMIT, CHANNEL_TIMER, CHANNELS };

/* The system description, complete before init(): queues, data region, notification; and an address. */
extern struct v6nf_shm_config domain_network;
extern struct v6nf_address domain_address;
extern uint32_t domain_prefix_length;

/* Notify CHANNEL_TIMER at `due` on v6nf_env_clock(), instead of at the time before. V6NF_NEVER disarms the timer. */
void domain_set_timer(uint64_t due);

/* Report that the domain cannot run, and end it. */
void domain_fail(const char *problem);

#endif

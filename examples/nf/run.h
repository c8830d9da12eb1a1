/* run.h: the loop of a network function, for board.c and linux.c, which find cards and ports.
 *
 * An agent is the function with its state, on paths of its own from each input to the others. Each core runs one.
 * Agents share the cards, whose queues are divided among them, and no cache line that an agent writes. */
#ifndef EXAMPLES_NF_RUN_H
#define EXAMPLES_NF_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "nf.h"
#include "v6nf/driver/card.h"

/* Agents of a program, at most: an 82599 or 82576 has so many queues that share packets. */
#define NF_AGENTS_MAX 16u

/* Run on cards. Open rings for `agents` agents, 1 to NF_AGENTS_MAX: for each, one from each card to the others. The
 * cards are the caller's, set up with as many inputs, and without rings.
 * Return V6NF_RING_OPEN. V6NF_RING_MIXED: rings need cards of one kind; make ports of them. After another status, no
 * function can run on these cards. */
enum v6nf_ring_status nf_use_cards(struct v6nf_nic *cards, uint32_t agents);

/* Run one agent on ports: a path from each port to the others, as a ring if all are virtio devices.
 * cards: those of the ports that are cards.
 * Return V6NF_RING_OPEN. After another status, no function can run on these devices. */
enum v6nf_ring_status nf_use_ports(struct v6nf_port *const *ports, struct v6nf_card *cards);

/* Run another agent on a group of ports, each of which sends by all others, from the buffer in which a frame arrived
 * (driver/xdp.h). ports[i] is port i of the group. Call it once for each agent, and no other nf_use...().
 * Return V6NF_RING_OPEN, or V6NF_RING_NO_MEMORY. */
enum v6nf_ring_status nf_use_group(struct v6nf_port *const *ports);

/* Start the function of all agents. Call it once, after the paths were opened, before one of these runs: */
void nf_start_agents(void);

/* Run agent number `agent` in this thread, until nf_stop_agents(). */
void nf_run_agent(uint32_t agent);

/* Do the same, and look after cards and ports. */
void nf_run_agent_and_look(uint32_t agent);

/* Look after cards and ports: check each second that all are there, read the counters of cards, and print what agents
 * counted. If one is gone, print that, and stop the agents. Reset a card that several agents use and that is stuck,
 * while they pause. Only one thread calls this, ten times a second or more often.
 * now: microseconds, on v6nf_env_clock(). */
void nf_look(uint64_t now);

/* Let all agents end. A signal handler may call it. */
void nf_stop_agents(void);

/* Return true if agents must end. */
bool nf_has_ended(void);

/* Print what agents counted, if there are several or the function has counters. Return the exit status of the program.
 * Call it when all agents have ended. The caller stops cards or ports afterwards. */
int nf_end(void);

/* Read an option of the function.
 * value: NULL if the command line ends.
 * Return NULL, or the problem: the function has no such option, or the value is not valid. */
const char *nf_read_option(const char *option, const char *value);

/* Check what the options of the function set. Call it after all of them, before nf_start_agents(). Return the exit
 * status: 0, or 1 after an error message. */
int nf_check_options(void);

/* Print what each agent has counted, every `seconds`. 0, the default: never. */
void nf_set_statistics(uint32_t seconds);

/* Print an error of the function. Return 1, the exit status. */
int nf_fail(const char *problem);

/* Return zeroed memory for an agent, in cache lines that are in no other memory; NULL if there is none. board.c and
 * linux.c implement it. */
void *nf_memory(size_t size);

#endif

/* steps.h: what happens to a node, one step at a time. */
#ifndef STEPS_H
#define STEPS_H

#include "packets.h"

/* Take the step that the record decides. Return what time it is then. */
uint64_t take_step(uint64_t now);

/* The program ends what it began. */
void end_steps(uint64_t now);

/* node_sequence.c: the hosts that the node asked answer. */
void answer_solicitations(uint64_t now);

#endif

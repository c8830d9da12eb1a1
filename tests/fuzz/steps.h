/* steps.h: the steps of an input of node_sequence. */
#ifndef STEPS_H
#define STEPS_H

#include "packets.h"

/* Execute the step that the record selects. Return the time after it. */
uint64_t execute_step(uint64_t now);

/* Stop the applications of the program. */
void end_steps(uint64_t now);

/* node_sequence.c: answer the solicitations of the node. */
void answer_solicitations(uint64_t now);

#endif

/* run.h: the loop of a network function, for board.c and linux.c, which find cards and ports. */
#ifndef EXAMPLES_NF_RUN_H
#define EXAMPLES_NF_RUN_H

#include <stdbool.h>

#include "nf.h"
#include "v6nf/driver/card.h"

/* Run on cards. Open a ring from each card to the others. The cards are the caller's, set up, and without rings.
 * Return V6NF_RING_OPEN. V6NF_RING_MIXED: rings need cards of one kind; make ports of them. After another status, no
 * function can run on these cards. */
enum v6nf_ring_status nf_use_cards(struct v6nf_nic *cards);

/* Run on ports: a path from each port to the others, as a ring if all are virtio devices.
 * cards: those of the ports that are cards.
 * Return V6NF_RING_OPEN. After another status, no function can run on these devices. */
enum v6nf_ring_status nf_use_ports(struct v6nf_port *const *ports, struct v6nf_card *cards);

/* Run the function, until nf_should_stop(), or until a card or port is gone. Print what happens. The caller stops the
 * cards or ports afterwards. Return the exit status of the program. */
int nf_run(void);

/* Print an error of the function. Return 1, the exit status. */
int nf_fail(const char *problem);

/* Return true if the user wants the program to end. board.c and linux.c implement it. */
bool nf_should_stop(void);

#endif

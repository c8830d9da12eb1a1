/* board.h: the board that the modelled cards are in: env.h's functions, time that goes on only when a program sleeps, and memory
 * whose device addresses are not the CPU's. */
#ifndef MODEL_BOARD_H
#define MODEL_BOARD_H

#include "card.h"

#define BOARD_CARDS 3u /* at 01:00.0 and the functions that follow */

extern struct card board_cards[BOARD_CARDS];

/* A new machine: memory is empty. The cards keep their knobs. */
void board_power_on(void);

/* `size` bytes at a device address; NULL, and a fault of the card, if they are not in memory that was given out. */
uint8_t *board_memory(struct card *card, uint64_t address, uint32_t size);

/* NULL, or what goes on while a driver sleeps or touches a register. */
extern void (*board_meanwhile)(void);

/* All programs end, and their memory is another's. The cards go on as they were left. */
void board_change_program(void);

uint64_t board_now(void);
void board_pass(uint64_t microseconds);

/* Has every card do what it can until there is nothing left, `steps` times at most. */
void board_run(uint32_t steps);

#endif

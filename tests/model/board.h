/* board.h: the board of the modelled cards: the functions of env.h, time that passes only while a program sleeps, and
 * memory whose device addresses differ from the CPU's. */
#ifndef MODEL_BOARD_H
#define MODEL_BOARD_H

#include "card.h"

#define BOARD_CARDS 3u /* at 01:00.0 and the functions that follow */

extern struct card board_cards[BOARD_CARDS];

/* Start a new machine with empty memory. The cards keep their knobs. */
void board_power_on(void);

/* Return `size` bytes at a device address; NULL, and a fault of the card, if they were never allocated. */
uint8_t *board_memory(struct card *card, uint64_t address, uint32_t size);

/* Called while a driver sleeps or accesses a register; NULL for none. */
extern void (*board_meanwhile)(void);

/* End all programs: another program owns their memory. The cards go on. */
void board_change_program(void);

uint64_t board_now(void);
void board_pass(uint64_t microseconds);

/* Let every card work until there is nothing left to do, at most `steps` times. */
void board_run(uint32_t steps);

#endif

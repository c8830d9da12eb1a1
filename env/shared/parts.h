/* parts.h: what a board without operating system provides to the parts that such boards share. A board defines the
 * functions below, v6nf_env_map_device() of env.h, and v6nf_board_stop() of board.h. The parts make the rest of
 * env.h and board.h from them. Addresses are physical, and everything is mapped to itself. */
#ifndef ENV_SHARED_PARTS_H
#define ENV_SHARED_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/board/board.h"
#include "v6nf/env.h"

/* Addresses from `first` to the byte before `end`. Empty if the two are equal. */
struct v6nf_board_range {
    uint64_t first;
    uint64_t end;
};

/* Return the memory for v6nf_env_memory(), which nothing else uses: usually what is behind the image. Called once.
 * The part that no pointer of the CPU can reach is not used. */
struct v6nf_board_range v6nf_board_memory(void);

#if !V6NF_ENV_DMA_COHERENT
/* Return memory that is mapped as not cached, for v6nf_env_memory(): for rings, some ten KB for each port. That of
 * v6nf_board_memory() is then for v6nf_env_buffers(). Called once.
 * The board also defines v6nf_env_cache_clean() and v6nf_env_cache_invalidate() of env.h. */
struct v6nf_board_range v6nf_board_uncached_memory(void);
#endif

struct v6nf_board_pci {
    uint64_t configuration; /* memory-mapped configuration space of bus 0 (PCI Express 2.0, 7.2.2); 0: no PCI */
    uint32_t buses;         /* in configuration space, at most 256 */
    /* Addresses to assign to base address registers, below 4 GiB. Empty: firmware has assigned them. */
    struct v6nf_board_range window;
    /* The same for registers of 64 bits, above 4 GiB. Empty: none. v6nf_env_map_device() maps these addresses. A CPU
     * whose pointers do not reach all of them does not use them. */
    struct v6nf_board_range high;
    uint64_t free; /* with an empty window: address of 16 MiB for registers without address; 0: none */
};

/* Return where PCI is, all zero without PCI. Called once, before the first access.
 * A pointer, of 32 bits on some CPUs, must reach all of configuration space, and the window must end at 4 GiB or below.
 * Otherwise the console reports it, and the program stops with V6NF_BOARD_EXCEPTION. */
struct v6nf_board_pci v6nf_board_pci(void);

/* Return a counter that never goes backwards. */
uint64_t v6nf_board_counter(void);

/* Return its frequency in Hz, not 0. Called once. */
uint64_t v6nf_board_counter_rate(void);

/* Hint to the CPU that the program polls. It may do nothing. */
void v6nf_board_pause(void);

/* Let the CPU sleep until an interrupt, for at most `counts` of the counter: 1 to its frequency. Set the timer,
 * sleep (WFI, HLT), and turn the timer off again. At all other times no interrupt may be pending or taken. It may
 * return early: a board without such a timer calls v6nf_board_pause(). */
void v6nf_board_idle(uint64_t counts);

/* Get 64 unpredictable bits. Return false without a source. */
bool v6nf_board_random(uint64_t *value);

/* Wake another core, with the clock running. Let it call `entry`, on the stack that ends at `stack_end`, in the same
 * mode as main(), with exceptions reported. `entry` does not return. v6nf_board_idle() must work there, too.
 * Return false if there is no such core, or if this is the core that runs. True does not mean that it runs already.
 * Without this function in the board, there are no other cores (cores.c). */
bool v6nf_board_wake_core(uint32_t core, void (*entry)(void), uintptr_t stack_end);

/* Write a byte to the console. Wait, for a bounded time, until it can accept one. */
void v6nf_board_put(uint8_t byte);

/* Write a text to the console (console.c). For boards. */
void v6nf_board_say(const char *text);

/* Return the command line that the boot loader passed, zero-terminated, "" without one. */
const char *v6nf_board_command_line(void);

/* The status of a program that ends by an exception, or because its board states invalid addresses. */
#define V6NF_BOARD_EXCEPTION 3

/* Handle an exception (start.S): print what the CPU reports of it, and stop. */
_Noreturn void v6nf_board_exception(uint64_t cause, uint64_t instruction, uint64_t address);

#endif

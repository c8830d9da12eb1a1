/* virtual_card.h: a card with virtual functions and the board that it is in, as far as configuration space and
 * mailboxes go. Registers that it does not know keep what is written. Time passes during sleeps.
 *
 * Of the life cycle it knows who may reach memory: a function that is let before its reset, or is not let when it
 * begins to, is a fault of the driver's; so is one that is held while its queues are on. */
#ifndef VIRTUAL_CARD_H
#define VIRTUAL_CARD_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../unit/driver/fixture_device_memory.h"
#include "v6nf/driver/nic.h"

#define FUNCTIONS 64u
#define REGISTERS_SIZE 0x20000u
#define WINDOW_SIZE 0x4000u /* of a virtual function */

#define BUS 1u
#define OFFSET 0x80u /* First VF Offset */
#define STRIDE 2u
#define SPACE UINT64_C(0xC0000000)

/* Offsets in configuration space. */
#define CAPABILITY 0x160u
#define NUMBER (CAPABILITY + 0x10u)
#define CONTROL (CAPABILITY + 0x08u)
#define VIRTUAL_BAR(n) (CAPABILITY + 0x24u + 4u * (n))

/* What a function's mailbox register shows. */
#define ANSWERED 0x30u
#define IN_RESET 0x40u

#define ACK 0x80000000u
#define NACK 0x40000000u
#define CTS 0x20000000u

/* Where a family of cards has what the model does. */
struct card_kind {
    uint32_t id;         /* of the card, as in configuration space */
    uint32_t virtual_id; /* of its functions */
    uint32_t functions;
    uint32_t mailbox;    /* of the physical function: one register for each virtual one */
    uint32_t messages;   /* 64 bytes for each */
    uint32_t requests;   /* registers of which each has the bits of: */
    uint32_t requests_each;
    uint32_t window_mailbox;  /* of a virtual function */
    uint32_t window_messages;
    uint32_t control_extended; /* where the card says that its reset is over */

    /* What a register of the card shows, if that is not what was written. */
    uint32_t (*read)(uint32_t offset, uint32_t written);

    /* The function was reset. */
    void (*reset_function)(uint32_t n);

    /* Whether the register with this value lets the function begin to reach memory: a queue is on, or all of them
     * are. */
    bool (*begins)(uint32_t offset, uint32_t value, bool is_virtual);

    /* Registers of which each bit is cleared by writing 1. */
    bool (*clears)(uint32_t offset);
};

extern uint32_t card_registers[REGISTERS_SIZE / 4u];
extern uint32_t card_configuration[1024];
extern uint32_t card_virtual_configuration[FUNCTIONS][16];
extern uint32_t card_function_state[FUNCTIONS]; /* mailbox registers as functions see them */
extern uint64_t card_now;
extern const char *card_fault; /* NULL if there was none */
extern bool card_is_gone;      /* all reads are all ones from now on */
extern bool card_never_ends;   /* what was turned on stays on, and what was asked for in memory is not answered */

#define REG(offset) card_registers[(offset) / 4u]

/* A new machine with this card. */
void card_power_on(const struct card_kind *kind);

/* Whether function `n`, FUNCTIONS for the card, may reach memory. */
bool card_is_master(uint32_t n);

/* From now on function 0 is at 00:01.0 of a virtual machine that does not show the card. */
void card_enter_virtual_machine(void);

struct v6nf_env_pci_address card_address(void);

/* Registers as function `n` has them. */
void card_function_write(uint32_t n, uint32_t offset, uint32_t value);
uint32_t card_function_read(uint32_t n, uint32_t offset);
uint32_t card_function_register(uint32_t n, uint32_t offset); /* the same as the card sees it */

/* Function `n` puts a message of three words into its mailbox. */
void card_function_says(uint32_t n, uint32_t first, uint32_t second, uint32_t third);

/* The first word of the answer, which must be there. */
uint32_t card_function_hears(uint32_t n);

/* Open the port, which then runs, has a link and a buffer to originate. */
void open_port(struct v6nf_nic *nic);

/* Assert what holds of a port from its stop on, or from when its device is gone. */
void assert_is_over(struct v6nf_nic *nic, enum v6nf_port_status status);

/* Assert that the link (`at` is 0), the counters (1) or the status (2), looked at first, show that the device is
 * gone. */
void look_first(struct v6nf_nic *nic, uint32_t at);

#endif

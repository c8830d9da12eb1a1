/* virtual_card.h: configuration space and mailboxes of a card with virtual functions, and its board. Unknown registers
 * keep the value that is written. Time passes during sleeps.
 *
 * The model knows which function may reach memory. The driver is at fault if it lets a function before its reset, does
 * not let it when a queue is enabled, or stops it while queues are on. */
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

/* Bits of a function's mailbox register. */
#define ANSWERED 0x30u
#define IN_RESET 0x40u

#define ACK 0x80000000u
#define NACK 0x40000000u
#define CTS 0x20000000u

/* What is special about a family of cards. */
struct card_kind {
    uint32_t id;         /* of the card, as in configuration space */
    uint32_t virtual_id; /* of its functions */
    uint32_t functions;
    uint32_t mailbox;    /* of the physical function: one register for each virtual one */
    uint32_t messages;   /* 64 bytes for each */
    uint32_t requests;   /* registers with request bits, */
    uint32_t requests_each; /* and the functions in each */
    uint32_t window_mailbox;  /* of a virtual function */
    uint32_t window_messages;
    uint32_t control_extended; /* the register with the end of the card's reset */

    /* Return the value of a register of the card, whose last written value is `written`. */
    uint32_t (*read)(uint32_t offset, uint32_t written);

    /* Called after the driver has written a register of the card; NULL for no effect. */
    void (*written)(uint32_t offset, uint32_t value);

    /* Called when the function is reset. */
    void (*reset_function)(uint32_t n);

    /* Return true if this value of the register lets the function reach memory: a queue is on. */
    bool (*begins)(uint32_t offset, uint32_t value, bool is_virtual);

    /* Return true for registers whose bits are cleared by writing 1. */
    bool (*clears)(uint32_t offset);
};

extern uint32_t card_registers[REGISTERS_SIZE / 4u];
extern uint32_t card_configuration[1024];
extern uint32_t card_virtual_configuration[FUNCTIONS][16];
extern uint32_t card_function_state[FUNCTIONS]; /* the functions' mailbox registers */
extern uint64_t card_now;
extern const char *card_fault; /* NULL if there was none */
extern bool card_is_gone;      /* all reads are all ones */
extern bool card_never_ends;   /* queues stay on, and requests to memory stay pending */
extern bool card_resets_functions; /* it has Function-Level Reset, which ends that */

#define REG(offset) card_registers[(offset) / 4u]

/* Start a new machine with this card. */
void card_power_on(const struct card_kind *kind);

/* Return true if function `n`, FUNCTIONS for the card, may reach memory. */
bool card_is_master(uint32_t n);

/* Show function 0 at 00:01.0 of a virtual machine without the card. */
void card_enter_virtual_machine(void);

struct v6nf_env_pci_address card_address(void);

/* Access registers of function `n`. */
void card_function_write(uint32_t n, uint32_t offset, uint32_t value);
uint32_t card_function_read(uint32_t n, uint32_t offset);
uint32_t card_function_register(uint32_t n, uint32_t offset); /* without effects of a read */

/* Put a message of three words into the mailbox of function `n`. */
void card_function_says(uint32_t n, uint32_t first, uint32_t second, uint32_t third);

/* Return the first word of the answer, which must exist. */
uint32_t card_function_hears(uint32_t n);

/* Open the port, which then runs, has a link and a buffer to originate. */
void open_port(struct v6nf_nic *nic);

/* Assert the contract of a port that was stopped, or whose device is gone. */
void assert_is_over(struct v6nf_nic *nic, enum v6nf_port_status status);

/* Assert that the link (`at` is 0), the counters (1) or the status (2) shows that the device is gone, if it is called
 * first. */
void look_first(struct v6nf_nic *nic, uint32_t at);

#endif

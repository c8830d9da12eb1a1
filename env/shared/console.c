/* console.c: characters, and the report of an exception that ends the program. */
#include "parts.h"

void v6nf_env_console(char character)
{
    if (character == '\n') {
        v6nf_board_put('\r');
    }
    v6nf_board_put((uint8_t)character);
}

void v6nf_board_say(const char *text)
{
    for (uint32_t i = 0; text[i] != '\0'; i++) {
        v6nf_env_console(text[i]);
    }
}

static void print_number(const char *what, uint64_t value)
{
    v6nf_board_say(what);
    for (uint32_t i = 0; i < 16u; i++) {
        v6nf_env_console("0123456789abcdef"[(value >> (60u - 4u * i)) & 0xFu]);
    }
}

_Noreturn void v6nf_board_exception(uint64_t cause, uint64_t instruction, uint64_t address)
{
    print_number("\nexception: cause ", cause);
    print_number(", instruction at ", instruction);
    print_number(", address ", address);
    v6nf_board_say("\n");
    v6nf_board_stop(V6NF_BOARD_EXCEPTION);
}

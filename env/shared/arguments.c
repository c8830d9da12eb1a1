/* arguments.c: the command line as arguments. */
#include "parts.h"

#define LINE_SIZE 2048u /* as on Linux; the rest is cut off */

uint32_t v6nf_board_arguments(char **arguments, uint32_t most)
{
    static char line[LINE_SIZE];
    const char *from = v6nf_board_command_line();
    uint32_t length = 0;
    uint32_t count = 1;
    arguments[0] = line + LINE_SIZE - 1u;
    for (; length < LINE_SIZE - 1u && from[length] != '\0'; length++) {
        line[length] = from[length] == ' ' ? '\0' : from[length];
        bool starts = line[length] != '\0' && (length == 0u || line[length - 1u] == '\0');
        if (starts && count < most) {
            arguments[count] = line + length;
            count++;
        }
    }
    line[length] = '\0';
    return count;
}

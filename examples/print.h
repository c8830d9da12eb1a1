/* print.h: short names of the library's calls that print. */
#ifndef EXAMPLES_PRINT_H
#define EXAMPLES_PRINT_H

#include "v6nf/print.h"

#define print_text v6nf_print_text
#define print_unsigned v6nf_print_unsigned
#define print_thousandths v6nf_print_thousandths
#define print_address v6nf_print_address

#endif

/* rte_debug.h: the end of a program that cannot go on. */
#ifndef RTE_DEBUG_H
#define RTE_DEBUG_H

#include "rte_common.h"

/* Print the message, release everything, and end the program with this status. */
void rte_exit(int exit_status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

/* Print the message, and abort. */
#define rte_panic(...) dpdk_panic(__func__, __VA_ARGS__)
void dpdk_panic(const char *function, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));

#endif

/* rte_common.h: macros of DPDK, and what the layer refuses when a program is compiled (README.md). */
#ifndef RTE_COMMON_H
#define RTE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Parameters are not used, in DPDK too. */
#define __rte_unused __attribute__((unused))
#define __rte_noreturn __attribute__((noreturn))
#define __rte_always_inline inline __attribute__((always_inline))
#define __rte_noinline __attribute__((noinline))
#define __rte_packed __attribute__((packed))

#define RTE_SET_USED(variable) (void)(variable)
#define RTE_DIM(array) (sizeof(array) / sizeof((array)[0]))
#define RTE_MIN(a, b) ((a) < (b) ? (a) : (b))
#define RTE_MAX(a, b) ((a) > (b) ? (a) : (b))

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* Attribute of a function of DPDK that this layer does not have: a call of it is an error of the compiler. */
#define DPDK_REFUSED(reason) __attribute__((error("this layer refuses it: " reason)))

#endif

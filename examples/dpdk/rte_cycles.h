/* rte_cycles.h: time. A cycle of this layer is a microsecond. */
#ifndef RTE_CYCLES_H
#define RTE_CYCLES_H

#include "rte_common.h"

uint64_t rte_get_timer_cycles(void);

static inline uint64_t rte_get_timer_hz(void)
{
    return 1000000u;
}

static inline uint64_t rte_get_tsc_hz(void)
{
    return rte_get_timer_hz();
}

static inline uint64_t rte_get_tsc_cycles(void)
{
    return rte_get_timer_cycles();
}

static inline uint64_t rte_rdtsc(void)
{
    return rte_get_timer_cycles();
}

#endif

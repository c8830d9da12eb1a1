/* rte_random.h: unpredictable numbers. */
#ifndef RTE_RANDOM_H
#define RTE_RANDOM_H

#include "rte_common.h"

uint64_t rte_rand(void);

/* The numbers would be others than those of DPDK. */
DPDK_REFUSED("rte_rand() needs no seed, and a seed gives other numbers than in DPDK")
void rte_srand(uint64_t seed);

#endif

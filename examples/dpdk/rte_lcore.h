/* rte_lcore.h: the layer runs on one core, and allocates on no particular socket. */
#ifndef RTE_LCORE_H
#define RTE_LCORE_H

#include "rte_common.h"

#define SOCKET_ID_ANY (-1)

static inline unsigned int rte_lcore_id(void)
{
    return 0;
}

static inline unsigned int rte_lcore_count(void)
{
    return 1;
}

static inline unsigned int rte_socket_id(void)
{
    return 0;
}

/* Several cores: an agent on each, ../README.md. */
DPDK_REFUSED("the layer runs on one core")
int rte_eal_remote_launch(int (*function)(void *), void *argument, unsigned int lcore);
DPDK_REFUSED("the layer runs on one core")
void rte_eal_mp_wait_lcore(void);

#endif

/* rte_mempool.h: a pool, as a name for the buffers of the ring. Nothing is allocated from it. */
#ifndef RTE_MEMPOOL_H
#define RTE_MEMPOOL_H

#include "rte_common.h"

struct rte_mempool;

void rte_mempool_free(struct rte_mempool *pool);

#define DPDK_NO_POOL "buffers belong to descriptors, and none can be taken or given back"
DPDK_REFUSED(DPDK_NO_POOL) int rte_mempool_get(struct rte_mempool *pool, void **object);
DPDK_REFUSED(DPDK_NO_POOL) int rte_mempool_get_bulk(struct rte_mempool *pool, void **objects, unsigned int count);
DPDK_REFUSED(DPDK_NO_POOL) void rte_mempool_put(struct rte_mempool *pool, void *object);
DPDK_REFUSED(DPDK_NO_POOL)
void rte_mempool_put_bulk(struct rte_mempool *pool, void *const *objects, unsigned int count);
DPDK_REFUSED(DPDK_NO_POOL) unsigned int rte_mempool_avail_count(const struct rte_mempool *pool);
DPDK_REFUSED(DPDK_NO_POOL) unsigned int rte_mempool_in_use_count(const struct rte_mempool *pool);

#endif

/* rte_mbuf.h: a received frame, in the buffer in which it was received. It is sent or freed before the next
 * rte_eth_rx_burst() of its port: nothing else may be done with it (README.md).
 *
 * Members of DPDK's structure that are not here do not exist in this layer: a frame is one segment, starts where its
 * buffer starts, and has one owner. */
#ifndef RTE_MBUF_H
#define RTE_MBUF_H

#include "rte_mempool.h"

#define RTE_PKTMBUF_HEADROOM 128
#define RTE_MBUF_DEFAULT_DATAROOM 2048
#define RTE_MBUF_DEFAULT_BUF_SIZE (RTE_MBUF_DEFAULT_DATAROOM + RTE_PKTMBUF_HEADROOM)

struct dpdk_port;

struct rte_mbuf {
    void *buf_addr;    /* the frame */
    uint32_t pkt_len;  /* its bytes */
    uint16_t data_len; /* the same: a frame in which both differ is not sent, and counted */
    uint16_t buf_len;  /* bytes of the buffer */
    uint16_t port;     /* that received it */
    bool dpdk_is_open; /* the program has it */
    struct dpdk_port *dpdk_input;
    uint32_t *dpdk_lengths; /* on a ring: its length on each output */
};

#define rte_pktmbuf_pkt_len(m) ((m)->pkt_len)
#define rte_pktmbuf_data_len(m) ((m)->data_len)
#define rte_pktmbuf_mtod_offset(m, type, offset) ((type)(void *)((char *)(m)->buf_addr + (offset)))
#define rte_pktmbuf_mtod(m, type) rte_pktmbuf_mtod_offset(m, type, 0)

static inline uint16_t rte_pktmbuf_tailroom(const struct rte_mbuf *m)
{
    return (uint16_t)(m->buf_len - m->data_len);
}

static inline int rte_pktmbuf_is_contiguous(const struct rte_mbuf *m)
{
    (void)m;
    return 1;
}

/* Make a frame longer at its end. Return where it was added; NULL if the buffer has no space for it. */
static inline char *rte_pktmbuf_append(struct rte_mbuf *m, uint16_t length)
{
    char *end = (char *)m->buf_addr + m->data_len;
    if (length > rte_pktmbuf_tailroom(m)) {
        return NULL;
    }
    m->data_len = (uint16_t)(m->data_len + length);
    m->pkt_len += length;
    return end;
}

/* Remove bytes at the end. Return -1 if the frame has fewer, else 0. */
static inline int rte_pktmbuf_trim(struct rte_mbuf *m, uint16_t length)
{
    if (length > m->data_len) {
        return -1;
    }
    m->data_len = (uint16_t)(m->data_len - length);
    m->pkt_len -= length;
    return 0;
}

/* Return a pool; NULL if a buffer of it would hold less than a frame, and rte_errno is then EINVAL. The number of
 * buffers, the cache and the socket have no effect. */
struct rte_mempool *rte_pktmbuf_pool_create(const char *name, unsigned int count, unsigned int cache_size,
                                            uint16_t private_size, uint16_t buffer_size, int socket);

/* Drop the frame. NULL is allowed. A frame that the program no longer has is a fault, which ends the program. */
void rte_pktmbuf_free(struct rte_mbuf *m);

void rte_pktmbuf_free_bulk(struct rte_mbuf **mbufs, unsigned int count);

#define DPDK_NO_BUFFER "a buffer belongs to its descriptor; a program sends only what it has received"
#define DPDK_ONE_OWNER "a frame has one owner, and is sent once"
#define DPDK_ONE_SEGMENT "a frame is one segment"
#define DPDK_NO_HEADROOM "a frame starts where its buffer starts"
DPDK_REFUSED(DPDK_NO_BUFFER) struct rte_mbuf *rte_pktmbuf_alloc(struct rte_mempool *pool);
DPDK_REFUSED(DPDK_NO_BUFFER)
int rte_pktmbuf_alloc_bulk(struct rte_mempool *pool, struct rte_mbuf **mbufs, unsigned int count);
DPDK_REFUSED(DPDK_NO_BUFFER) struct rte_mbuf *rte_mbuf_raw_alloc(struct rte_mempool *pool);
DPDK_REFUSED(DPDK_NO_BUFFER)
struct rte_mbuf *rte_pktmbuf_copy(const struct rte_mbuf *m, struct rte_mempool *pool, uint32_t offset, uint32_t length);
DPDK_REFUSED(DPDK_ONE_OWNER) struct rte_mbuf *rte_pktmbuf_clone(struct rte_mbuf *m, struct rte_mempool *pool);
DPDK_REFUSED(DPDK_ONE_OWNER) void rte_pktmbuf_attach(struct rte_mbuf *m, struct rte_mbuf *to);
DPDK_REFUSED(DPDK_ONE_OWNER) void rte_pktmbuf_detach(struct rte_mbuf *m);
DPDK_REFUSED(DPDK_ONE_OWNER) void rte_pktmbuf_refcnt_update(struct rte_mbuf *m, int16_t value);
DPDK_REFUSED(DPDK_ONE_OWNER) uint16_t rte_mbuf_refcnt_update(struct rte_mbuf *m, int16_t value);
DPDK_REFUSED(DPDK_ONE_OWNER) uint16_t rte_mbuf_refcnt_read(const struct rte_mbuf *m);
DPDK_REFUSED(DPDK_ONE_OWNER) void rte_mbuf_refcnt_set(struct rte_mbuf *m, uint16_t value);
DPDK_REFUSED(DPDK_ONE_SEGMENT) int rte_pktmbuf_chain(struct rte_mbuf *head, struct rte_mbuf *tail);
DPDK_REFUSED(DPDK_ONE_SEGMENT) void rte_pktmbuf_free_seg(struct rte_mbuf *m);
DPDK_REFUSED(DPDK_ONE_SEGMENT) struct rte_mbuf *rte_pktmbuf_lastseg(struct rte_mbuf *m);
DPDK_REFUSED(DPDK_ONE_SEGMENT) int rte_pktmbuf_linearize(struct rte_mbuf *m);
DPDK_REFUSED(DPDK_NO_HEADROOM) char *rte_pktmbuf_prepend(struct rte_mbuf *m, uint16_t length);
DPDK_REFUSED(DPDK_NO_HEADROOM) char *rte_pktmbuf_adj(struct rte_mbuf *m, uint16_t length);
DPDK_REFUSED(DPDK_NO_HEADROOM) uint16_t rte_pktmbuf_headroom(const struct rte_mbuf *m);

#endif

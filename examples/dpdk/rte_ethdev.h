/* rte_ethdev.h: ports, each with one receive and one transmit queue. */
#ifndef RTE_ETHDEV_H
#define RTE_ETHDEV_H

#include "rte_ether.h"
#include "rte_mbuf.h"

/* Maximum number of ports. */
#define RTE_MAX_ETHPORTS 8

/* -- Configuration ------------------------------------------------------------------------------------------------- */

enum rte_eth_rx_mq_mode { RTE_ETH_MQ_RX_NONE };
enum rte_eth_tx_mq_mode { RTE_ETH_MQ_TX_NONE };

/* A port does nothing for a program: no checksums, no tags, no several queues. */
struct rte_eth_rxmode {
    enum rte_eth_rx_mq_mode mq_mode;
    uint32_t mtu;      /* 0, or at most that of the port */
    uint64_t offloads; /* 0 */
};

struct rte_eth_txmode {
    enum rte_eth_tx_mq_mode mq_mode;
    uint64_t offloads; /* 0 */
};

struct rte_eth_conf {
    struct rte_eth_rxmode rxmode;
    struct rte_eth_txmode txmode;
};

/* NULL is the only one: a program that sets thresholds is not compiled. */
struct rte_eth_rxconf;
struct rte_eth_txconf;

struct rte_eth_stats {
    uint64_t ipackets; /* received by the program */
    uint64_t opackets; /* sent by it */
    uint64_t ibytes;
    uint64_t obytes;
    uint64_t imissed; /* dropped before the program saw them: no buffer, too long */
    uint64_t ierrors;
    uint64_t oerrors; /* of opackets: not sent because their length is none */
    uint64_t rx_nombuf;
};

uint16_t rte_eth_dev_count_avail(void);
int rte_eth_dev_is_valid_port(uint16_t port);
int rte_eth_dev_socket_id(uint16_t port);
/* Return 1 if the device is gone: it was deleted or unplugged. It receives nothing, and nothing is sent there. */
int rte_eth_dev_is_removed(uint16_t port);

/* Return the first port from this one on, RTE_MAX_ETHPORTS if there is none. */
uint64_t rte_eth_find_next(uint16_t port);
#define RTE_ETH_FOREACH_DEV(port)                                                                                      \
    for ((port) = (uint16_t)rte_eth_find_next(0); (port) < RTE_MAX_ETHPORTS;                                           \
         (port) = (uint16_t)rte_eth_find_next((uint16_t)((port) + 1)))

/* Each returns 0, or a negative errno: -ENODEV for a port that does not exist, -ENOTSUP for what the layer has not,
 * -EINVAL for other arguments, -EBUSY for a port that is started. */
int rte_eth_dev_configure(uint16_t port, uint16_t receive_queues, uint16_t transmit_queues,
                          const struct rte_eth_conf *configuration);
/* Leave both numbers of descriptors as they are: they have no effect. */
int rte_eth_dev_adjust_nb_rx_tx_desc(uint16_t port, uint16_t *receive, uint16_t *transmit);
int rte_eth_rx_queue_setup(uint16_t port, uint16_t queue, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_rxconf *configuration, struct rte_mempool *pool);
int rte_eth_tx_queue_setup(uint16_t port, uint16_t queue, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_txconf *configuration);
int rte_eth_dev_start(uint16_t port);
int rte_eth_dev_stop(uint16_t port);
int rte_eth_dev_close(uint16_t port);
int rte_eth_promiscuous_enable(uint16_t port);
int rte_eth_macaddr_get(uint16_t port, struct rte_ether_addr *address);
int rte_eth_stats_get(uint16_t port, struct rte_eth_stats *stats);

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Receive at most `count` frames. Each of the previous burst of this port must have been sent or freed: a program that
 * keeps one is ended by a message. Return their number: 0 for a port that is not started or does not exist. */
uint16_t rte_eth_rx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **frames, uint16_t count);

/* Send frames. They are sent, or dropped, in the order in which they were received, when the whole burst that they
 * belong to has been sent or freed.
 * Return how many were accepted: all on a ring. Fewer on a port that has no buffer: send or free the others. */
uint16_t rte_eth_tx_burst(uint16_t port, uint16_t queue, struct rte_mbuf **frames, uint16_t count);

struct rte_eth_dev_tx_buffer;
#define DPDK_NOTHING_KEPT "no frame may be kept until a later burst"
DPDK_REFUSED(DPDK_NOTHING_KEPT)
uint16_t rte_eth_tx_buffer(uint16_t port, uint16_t queue, struct rte_eth_dev_tx_buffer *buffer, struct rte_mbuf *m);
DPDK_REFUSED(DPDK_NOTHING_KEPT)
uint16_t rte_eth_tx_buffer_flush(uint16_t port, uint16_t queue, struct rte_eth_dev_tx_buffer *buffer);
DPDK_REFUSED(DPDK_NOTHING_KEPT)
int rte_eth_tx_done_cleanup(uint16_t port, uint16_t queue, uint32_t count);
DPDK_REFUSED("a port does nothing for a program: no offloads")
uint16_t rte_eth_tx_prepare(uint16_t port, uint16_t queue, struct rte_mbuf **frames, uint16_t count);

#endif

/* layer.c: bursts of frames, as DPDK has them, on rings and ports. See layer.h. It needs no C library. */
#include "layer.h"

#include <errno.h>
#include <string.h>

#include "rte_cycles.h"
#include "rte_errno.h"
#include "v6nf/driver/ring_burst.h"
#include "v6nf/env.h"

#if DPDK_OUTPUTS < 1u || DPDK_OUTPUTS > 8u
#error "layer.h: DPDK_OUTPUTS must be 1 to 8"
#endif

/* Microseconds after which an output of a ring is parked that does not advance although it has a link. */
#define PATIENCE 2000000u
#define WATCH_BURSTS 64u /* bursts between two looks at the outputs of a busy ring */
#define POOLS 8u

struct rte_mempool {
    bool is_used;
};

struct dpdk_port {
    struct v6nf_ring *ring; /* NULL: a port of another kind */
    enum v6nf_ring_format format;
    struct v6nf_port *port; /* without a ring; with one, its counters, or NULL */
    bool is_valid;
    bool is_configured;
    bool has_input;
    bool has_output;
    bool is_started;
    uint32_t unwatched; /* bursts since the last look at the outputs */
    uint32_t count;     /* frames of the burst; without a ring, of the last poll */
    uint32_t next;      /* without a ring: those of them that the program has not seen are from this one on */
    uint32_t open;      /* frames that the program has */
    struct rte_mbuf frames[DPDK_COPIES];
    uint8_t output_of[RTE_MAX_ETHPORTS];
    uint32_t lengths[DPDK_BURST_MAX][DPDK_OUTPUTS];
    uint8_t copies[DPDK_COPIES][DPDK_FRAME_MAX];
    struct rte_eth_stats stats;
};

int rte_errno;
static struct dpdk_port ports[RTE_MAX_ETHPORTS];
static uint32_t ports_count;
static struct rte_mempool pools[POOLS];

/* -- Ports --------------------------------------------------------------------------------------------------------- */

void dpdk_reset(void)
{
    memset(ports, 0, sizeof ports);
    memset(pools, 0, sizeof pools);
    ports_count = 0;
}

/* Number the outputs of all ports: output j of port i is port (i + 1 + j) % ports. */
static void number_outputs(void)
{
    for (uint32_t i = 0; i < ports_count; i++) {
        for (uint32_t j = 0; j < ports_count; j++) {
            ports[i].output_of[(i + 1u + j) % ports_count] = (uint8_t)j;
        }
    }
}

static struct dpdk_port *add_port(void)
{
    if (ports_count == RTE_MAX_ETHPORTS) {
        return NULL;
    }
    struct dpdk_port *port = &ports[ports_count++];
    port->is_valid = true;
    for (uint32_t i = 0; i < DPDK_COPIES; i++) {
        port->frames[i] = (struct rte_mbuf){.buf_addr = port->copies[i],
                                            .buf_len = DPDK_FRAME_MAX,
                                            .port = (uint16_t)(ports_count - 1u),
                                            .dpdk_input = port};
    }
    number_outputs();
    return port;
}

bool dpdk_add_ring(struct v6nf_ring *ring, enum v6nf_ring_format format, struct v6nf_port *card)
{
    struct dpdk_port *port = add_port();
    if (port == NULL) {
        return false;
    }
    port->ring = ring;
    port->format = format;
    port->port = card;
    for (uint32_t i = 0; i < DPDK_BURST_MAX; i++) {
        port->frames[i].buf_len = (uint16_t)ring->capacity;
        port->frames[i].dpdk_lengths = port->lengths[i];
    }
    return true;
}

bool dpdk_add_port(struct v6nf_port *its_port)
{
    struct dpdk_port *port = add_port();
    if (port == NULL) {
        return false;
    }
    port->port = its_port;
    return true;
}

/* Return the port, or NULL. */
static struct dpdk_port *find_port(uint16_t number)
{
    return number < ports_count && ports[number].is_valid ? &ports[number] : NULL;
}

uint64_t rte_eth_find_next(uint16_t port)
{
    while (port < ports_count && !ports[port].is_valid) {
        port++;
    }
    return port < ports_count ? port : RTE_MAX_ETHPORTS;
}

uint16_t rte_eth_dev_count_avail(void)
{
    uint16_t count = 0;
    for (uint32_t i = 0; i < ports_count; i++) {
        count = (uint16_t)(count + (ports[i].is_valid ? 1u : 0u));
    }
    return count;
}

int rte_eth_dev_is_valid_port(uint16_t port)
{
    return find_port(port) != NULL ? 1 : 0;
}

int rte_eth_dev_socket_id(uint16_t port)
{
    (void)port;
    return 0;
}

int rte_eth_dev_is_removed(uint16_t number)
{
    const struct dpdk_port *port = find_port(number);
    return port != NULL && port->port != NULL && port->port->operations->status(port->port) == V6NF_PORT_GONE ? 1 : 0;
}

static bool is_supported(const struct dpdk_port *port, const struct rte_eth_conf *configuration)
{
    const uint32_t mtu = port->port != NULL ? port->port->mtu : RTE_ETHER_MTU;
    return configuration->rxmode.mq_mode == RTE_ETH_MQ_RX_NONE && configuration->txmode.mq_mode == RTE_ETH_MQ_TX_NONE &&
           configuration->rxmode.offloads == 0u && configuration->txmode.offloads == 0u &&
           configuration->rxmode.mtu <= mtu;
}

int rte_eth_dev_configure(uint16_t number, uint16_t receive_queues, uint16_t transmit_queues,
                          const struct rte_eth_conf *configuration)
{
    struct dpdk_port *port = find_port(number);
    if (port == NULL) {
        return -ENODEV;
    }
    if (port->is_started) {
        return -EBUSY;
    }
    if (configuration == NULL) {
        return -EINVAL;
    }
    if (receive_queues != 1u || transmit_queues != 1u || !is_supported(port, configuration)) {
        return -ENOTSUP;
    }
    port->is_configured = true;
    port->has_input = false;
    port->has_output = false;
    return 0;
}

int rte_eth_dev_adjust_nb_rx_tx_desc(uint16_t port, uint16_t *receive, uint16_t *transmit)
{
    (void)receive;
    (void)transmit;
    return find_port(port) != NULL ? 0 : -ENODEV;
}

static int set_up_queue(const struct dpdk_port *port, uint16_t queue, const void *configuration)
{
    if (port == NULL) {
        return -ENODEV;
    }
    if (port->is_started) {
        return -EBUSY;
    }
    if (!port->is_configured || queue != 0u) {
        return -EINVAL;
    }
    return configuration == NULL ? 0 : -ENOTSUP;
}

int rte_eth_rx_queue_setup(uint16_t number, uint16_t queue, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_rxconf *configuration, struct rte_mempool *pool)
{
    struct dpdk_port *port = find_port(number);
    const int result = set_up_queue(port, queue, configuration);
    (void)descriptors;
    (void)socket;
    if (result != 0) {
        return result;
    }
    port->has_input = pool != NULL;
    return pool != NULL ? 0 : -EINVAL;
}

int rte_eth_tx_queue_setup(uint16_t number, uint16_t queue, uint16_t descriptors, unsigned int socket,
                           const struct rte_eth_txconf *configuration)
{
    struct dpdk_port *port = find_port(number);
    const int result = set_up_queue(port, queue, configuration);
    (void)descriptors;
    (void)socket;
    if (result == 0) {
        port->has_output = true;
    }
    return result;
}

int rte_eth_dev_start(uint16_t number)
{
    struct dpdk_port *port = find_port(number);
    if (port == NULL) {
        return -ENODEV;
    }
    port->is_started = port->has_input && port->has_output;
    return port->is_started ? 0 : -EINVAL;
}

int rte_eth_dev_stop(uint16_t number)
{
    struct dpdk_port *port = find_port(number);
    if (port == NULL) {
        return -ENODEV;
    }
    port->is_started = false;
    return 0;
}

int rte_eth_dev_close(uint16_t number)
{
    const int result = rte_eth_dev_stop(number);
    if (result == 0) {
        ports[number].is_valid = false;
    }
    return result;
}

/* Ports show all frames. */
int rte_eth_promiscuous_enable(uint16_t port)
{
    return find_port(port) != NULL ? 0 : -ENODEV;
}

int rte_eth_macaddr_get(uint16_t number, struct rte_ether_addr *address)
{
    const struct dpdk_port *port = find_port(number);
    if (port == NULL || address == NULL) {
        return port == NULL ? -ENODEV : -EINVAL;
    }
    if (port->port == NULL) {
        return -ENOTSUP;
    }
    memcpy(address->addr_bytes, port->port->mac, sizeof address->addr_bytes);
    return 0;
}

int rte_eth_stats_get(uint16_t number, struct rte_eth_stats *stats)
{
    const struct dpdk_port *port = find_port(number);
    if (port == NULL || stats == NULL) {
        return port == NULL ? -ENODEV : -EINVAL;
    }
    *stats = port->stats;
    if (port->port != NULL) {
        struct v6nf_port_counters counters;
        port->port->operations->read_counters(port->port, &counters);
        stats->imissed += counters.receive_dropped;
    }
    return 0;
}

/* -- Pools --------------------------------------------------------------------------------------------------------- */

struct rte_mempool *rte_pktmbuf_pool_create(const char *name, unsigned int count, unsigned int cache_size,
                                            uint16_t private_size, uint16_t buffer_size, int socket)
{
    (void)cache_size;
    (void)socket;
    rte_errno = EINVAL;
    if (name == NULL || count == 0u || private_size != 0u || buffer_size < RTE_MBUF_DEFAULT_BUF_SIZE) {
        return NULL;
    }
    for (uint32_t i = 0; i < POOLS; i++) {
        if (!pools[i].is_used) {
            pools[i].is_used = true;
            rte_errno = 0;
            return &pools[i];
        }
    }
    rte_errno = ENOMEM;
    return NULL;
}

void rte_mempool_free(struct rte_mempool *pool)
{
    if (pool != NULL) {
        pool->is_used = false;
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void commit_burst(struct dpdk_port *port)
{
    const uint32_t count = port->count;
    port->count = 0;
    if (port->format == V6NF_RING_ADVANCED) {
        v6nf_ring_commit(port->ring, V6NF_RING_ADVANCED, DPDK_OUTPUTS, count, port->lengths[0]);
    } else {
        v6nf_ring_commit(port->ring, V6NF_RING_LEGACY, DPDK_OUTPUTS, count, port->lengths[0]);
    }
}

/* Take back a frame of the program. */
static inline void close_frame(struct dpdk_port *input, struct rte_mbuf *m)
{
    m->dpdk_is_open = false;
    if (--input->open == 0u && input->ring != NULL) {
        commit_burst(input);
    }
}

/* Return the port of a frame. */
static inline struct dpdk_port *check_frame(const struct rte_mbuf *m)
{
    if (unlikely(!m->dpdk_is_open)) {
        dpdk_fail("the program sends or frees a frame twice, or one of an earlier burst");
    }
    return m->dpdk_input;
}

void rte_pktmbuf_free(struct rte_mbuf *m)
{
    if (m != NULL) {
        close_frame(check_frame(m), m);
    }
}

void rte_pktmbuf_free_bulk(struct rte_mbuf **mbufs, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        rte_pktmbuf_free(mbufs[i]);
    }
}

/* Give a frame to the program. */
static inline void open_frame(struct dpdk_port *port, struct rte_mbuf *m, uint32_t length)
{
    m->pkt_len = length;
    m->data_len = (uint16_t)length;
    m->dpdk_is_open = true;
    port->open++;
    port->stats.ibytes += length;
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

/* Park outputs that do not advance: between two bursts, not too often on a busy ring. */
static inline void watch_outputs(struct dpdk_port *port)
{
    if (++port->unwatched >= WATCH_BURSTS) {
        port->unwatched = 0;
        (void)v6nf_ring_watch(port->ring, PATIENCE, v6nf_env_clock());
    }
}

static uint16_t receive_on_ring(struct dpdk_port *port, struct rte_mbuf **frames, uint32_t limit)
{
    uint8_t *addresses[DPDK_BURST_MAX];
    uint32_t received[DPDK_BURST_MAX];
    uint16_t given = 0;
    watch_outputs(port);
    limit = limit < DPDK_BURST_MAX ? limit : DPDK_BURST_MAX;
    port->count = port->format == V6NF_RING_ADVANCED
                      ? v6nf_ring_peek(port->ring, V6NF_RING_ADVANCED, limit, addresses, received)
                      : v6nf_ring_peek(port->ring, V6NF_RING_LEGACY, limit, addresses, received);
    const uint32_t count = port->count;
    for (uint32_t i = 0; i < count; i++) {
        struct rte_mbuf *m = &port->frames[i];
        for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
            port->lengths[i][j] = 0;
        }
        if (likely(received[i] > 0u)) {
            m->buf_addr = addresses[i];
            open_frame(port, m, received[i]);
            frames[given++] = m;
        }
    }
    if (unlikely(given < count)) { /* the device has reported what is no frame */
        port->stats.ierrors += count - given;
        if (given == 0u) {
            commit_burst(port);
        }
    }
    return given;
}

/* Keep a copy of a received frame. */
static void keep_copy(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct dpdk_port *port = (struct dpdk_port *)context;
    (void)capacity;
    (void)lengths;
    if (length > DPDK_FRAME_MAX || port->count == DPDK_COPIES) {
        port->stats.imissed++;
        return;
    }
    struct rte_mbuf *m = &port->frames[port->count++];
    memcpy(m->buf_addr, frame, length);
    m->data_len = (uint16_t)length;
}

/* Copies that the program has not seen stay for the next call. */
static uint16_t receive_copies(struct dpdk_port *port, struct rte_mbuf **frames, uint32_t limit)
{
    uint16_t given = 0;
    if (port->next == port->count) {
        port->next = 0;
        port->count = 0;
        (void)port->port->operations->poll(port->port, keep_copy, port);
    }
    for (; given < limit && port->next < port->count; port->next++) {
        struct rte_mbuf *m = &port->frames[port->next];
        open_frame(port, m, m->data_len);
        frames[given++] = m;
    }
    return given;
}

uint16_t rte_eth_rx_burst(uint16_t number, uint16_t queue, struct rte_mbuf **frames, uint16_t count)
{
    struct dpdk_port *port = find_port(number);
    if (port == NULL || !port->is_started || queue != 0u) {
        return 0;
    }
    if (unlikely(port->open > 0u)) {
        dpdk_fail("the program keeps a frame of an earlier burst: it was neither sent nor freed");
    }
    const uint16_t given =
        port->ring != NULL ? receive_on_ring(port, frames, count) : receive_copies(port, frames, count);
    port->stats.ipackets += given;
    return given;
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

/* Send a frame from where it is, when its burst is complete. */
static inline void send_in_place(struct dpdk_port *input, struct rte_mbuf *m, uint16_t number)
{
    const uint32_t output = input->output_of[number];
    const uint32_t length = m->pkt_len;
    if (unlikely(output >= DPDK_OUTPUTS)) {
        dpdk_fail("the program sends a frame to a port that is no output of the port that received it; compile the "
                  "layer with a higher DPDK_OUTPUTS");
    }
    if (likely(length == m->data_len && V6NF_PORT_IS_FRAME(length, m->buf_len))) {
        m->dpdk_lengths[output] = length;
        ports[number].stats.obytes += length;
    } else {
        ports[number].stats.oerrors++;
    }
    close_frame(input, m);
}

/* Send a copy. Return false, and leave the frame to the program, if the port has no buffer. */
static bool send_a_copy(struct dpdk_port *input, struct rte_mbuf *m, struct dpdk_port *output)
{
    struct v6nf_port *port = output->port;
    if (m->pkt_len != m->data_len || !V6NF_PORT_IS_FRAME(m->pkt_len, port->capacity) || m->pkt_len > m->buf_len) {
        output->stats.oerrors++;
        close_frame(input, m);
        return true;
    }
    uint8_t *buffer = port->operations->reserve(port);
    if (buffer == NULL) {
        return false;
    }
    memcpy(buffer, m->buf_addr, m->pkt_len);
    port->operations->commit(port, m->pkt_len);
    output->stats.obytes += m->pkt_len;
    close_frame(input, m);
    return true;
}

uint16_t rte_eth_tx_burst(uint16_t number, uint16_t queue, struct rte_mbuf **frames, uint16_t count)
{
    struct dpdk_port *output = find_port(number);
    uint16_t sent = 0;
    if (output == NULL || !output->is_started || queue != 0u) {
        return 0;
    }
    for (; sent < count; sent++) {
        struct dpdk_port *input = check_frame(frames[sent]);
        if (input->ring != NULL) {
            send_in_place(input, frames[sent], number);
        } else if (!send_a_copy(input, frames[sent], output)) {
            break;
        }
    }
    output->stats.opackets += sent;
    return sent;
}

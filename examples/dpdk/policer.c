/* policer.c: a program for DPDK. It joins two ports, and limits each /64 of IPv6 sources to a rate in each direction.
 * Frames that may hide IPv6 are dropped; other protocols pass.
 *
 * It is compiled unchanged with DPDK itself, and with the layer of this directory. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_debug.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_random.h>

#define PORTS 2u
#define DESCRIPTORS 1024u
#define BUFFERS 8191u
#define BURST_SIZE 32u
#define LENGTH_MIN 17u /* bytes of the shortest frame that a card sends */
#define LENGTH_MAX (RTE_ETHER_MAX_LEN - RTE_ETHER_CRC_LEN + 2u * sizeof(struct rte_vlan_hdr))
#define TAGS_MAX 2u
#define LOOK 65536u /* rounds without a frame, after which the ports are looked at */
#define SETS 16384u /* of the table */
#define WAYS 4u
#define MICROSECONDS UINT64_C(1000000) /* in a second; and tokens of a byte */

/* The rest of the allowance of a prefix. */
struct bucket {
    uint64_t prefix;
    uint64_t filled; /* time, in microseconds */
    uint64_t tokens;
};

/* What arrives on a port. */
struct direction {
    uint64_t now; /* microseconds, not 0 */
    uint64_t passed;
    uint64_t dropped;
    struct bucket buckets[SETS][WAYS];
};

static struct direction directions[PORTS];
static uint64_t rate = 1250000;    /* bytes per second */
static uint64_t burst = 125000;    /* bytes at one time */
static uint64_t key;               /* odd, of the hash */
static uint64_t tick;              /* microseconds from one frame to the next; 0: real time */
static uint64_t idle = UINT64_MAX; /* rounds without a frame, after which the program ends */
static volatile sig_atomic_t is_ended;

static void end(int number)
{
    (void)number;
    is_ended = 1;
}

/* Return the bucket of the prefix. In a full set, the one that was not used for the longest time becomes its own. */
static struct bucket *find(struct direction *its, uint64_t prefix)
{
    struct bucket *set = its->buckets[(prefix * key) >> 50];
    struct bucket *oldest = set;
    for (unsigned int i = 0; i < WAYS; i++) {
        if (set[i].prefix == prefix && set[i].filled != 0u) {
            return &set[i];
        }
        oldest = set[i].filled < oldest->filled ? &set[i] : oldest;
    }
    *oldest = (struct bucket){.prefix = prefix, .filled = its->now, .tokens = burst * MICROSECONDS};
    return oldest;
}

static bool take(struct bucket *bucket, uint32_t bytes, uint64_t now)
{
    const uint64_t full = burst * MICROSECONDS;
    const uint64_t elapsed = now - bucket->filled;
    const uint64_t missing = full - bucket->tokens;
    bucket->tokens = rate != 0u && elapsed > missing / rate ? full : bucket->tokens + elapsed * rate;
    bucket->filled = now;
    if (bucket->tokens < bytes * MICROSECONDS) {
        return false;
    }
    bucket->tokens -= bytes * MICROSECONDS;
    return true;
}

/* Return true if the frame may be sent. */
static bool may_pass(struct direction *its, const struct rte_mbuf *m)
{
    const uint32_t length = rte_pktmbuf_pkt_len(m);
    const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
    uint32_t offset = RTE_ETHER_HDR_LEN;
    if (length < LENGTH_MIN || length > LENGTH_MAX) {
        return false;
    }
    its->now += tick;
    uint32_t type = rte_be_to_cpu_16(((const struct rte_ether_hdr *)(const void *)frame)->ether_type);
    for (unsigned int i = 0; i < TAGS_MAX && (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ); i++) {
        struct rte_vlan_hdr tag;
        if (length < offset + sizeof tag) {
            return false;
        }
        memcpy(&tag, frame + offset, sizeof tag);
        type = rte_be_to_cpu_16(tag.eth_proto);
        offset += (uint32_t)sizeof tag;
    }
    if (type != RTE_ETHER_TYPE_IPV6) { /* a third tag, or SNAP, may hide it */
        return type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ &&
               (type > RTE_ETHER_MTU || (length > offset && frame[offset] != 0xAA));
    }
    uint64_t prefix = 0;
    if (length < offset + sizeof(struct rte_ipv6_hdr)) {
        return false;
    }
    memcpy(&prefix, frame + offset + offsetof(struct rte_ipv6_hdr, src_addr), sizeof prefix);
    return take(find(its, prefix), length, its->now);
}

/* Handle a burst of a port. Return the number of frames. */
static uint16_t forward(uint16_t port)
{
    struct rte_mbuf *received[BURST_SIZE];
    struct rte_mbuf *passed[BURST_SIZE];
    struct direction *its = &directions[port];
    const uint16_t count = rte_eth_rx_burst(port, 0, received, BURST_SIZE);
    uint16_t kept = 0;
    for (uint16_t i = 0; i < count; i++) {
        if (may_pass(its, received[i])) {
            passed[kept++] = received[i];
        } else {
            rte_pktmbuf_free(received[i]);
        }
    }
    const uint16_t sent = rte_eth_tx_burst(port ^ 1u, 0, passed, kept);
    for (uint16_t i = sent; i < kept; i++) {
        rte_pktmbuf_free(passed[i]);
    }
    its->passed += sent;
    its->dropped += (uint64_t)count - sent;
    return count;
}

/* Return false if a port is gone. */
static bool run(void)
{
    const uint64_t hz = rte_get_timer_hz();
    for (uint64_t rounds = 0; is_ended == 0 && rounds < idle;) {
        const uint64_t cycles = rte_get_timer_cycles();
        uint32_t count = 0;
        for (uint16_t port = 0; port < PORTS; port++) {
            if (tick == 0u) {
                directions[port].now = 1u + cycles / hz * MICROSECONDS + cycles % hz * MICROSECONDS / hz;
            }
            count += forward(port);
        }
        rounds = count > 0u ? 0u : rounds + 1u;
        if (rounds % LOOK == LOOK - 1u && (rte_eth_dev_is_removed(0) == 1 || rte_eth_dev_is_removed(1) == 1)) {
            (void)fprintf(stderr, "policer: a port is gone\n");
            return false;
        }
    }
    return true;
}

static void open_port(uint16_t port, struct rte_mempool *pool)
{
    static const struct rte_eth_conf configuration;
    const unsigned int socket = rte_socket_id();
    if (rte_eth_dev_configure(port, 1, 1, &configuration) != 0 ||
        rte_eth_rx_queue_setup(port, 0, DESCRIPTORS, socket, NULL, pool) != 0 ||
        rte_eth_tx_queue_setup(port, 0, DESCRIPTORS, socket, NULL) != 0 || rte_eth_dev_start(port) != 0) {
        rte_exit(EXIT_FAILURE, "policer: port %u cannot be set up\n", port);
    }
    (void)rte_eth_promiscuous_enable(port); /* not all ports can, or need to */
}

static void read_options(int argc, char **argv)
{
    uint64_t *const values[] = {&rate, &burst, &key, &tick, &idle};
    static const uint64_t limits[] = {UINT32_MAX, UINT32_MAX, UINT64_MAX, UINT32_MAX, UINT64_MAX};
    static const struct option options[] = {{"rate", 1, NULL, 0}, {"burst", 1, NULL, 1}, {"key", 1, NULL, 2},
                                            {"tick", 1, NULL, 3}, {"idle", 1, NULL, 4},  {NULL, 0, NULL, 0}};
    for (int i; (i = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *rest = NULL;
        errno = 0;
        if (i < 5) {
            *values[i] = strtoull(optarg, &rest, 0);
        }
        if (i >= 5 || errno != 0 || rest == optarg || *rest != '\0' || *values[i] > limits[i]) {
            rte_exit(EXIT_FAILURE, "policer: a number follows each of --rate --burst --key --tick --idle\n");
        }
    }
    key |= 1u;
}

int main(int argc, char **argv)
{
    const int used = rte_eal_init(argc, argv);
    if (used < 0) {
        rte_exit(EXIT_FAILURE, "policer: %s\n", rte_strerror(rte_errno));
    }
    key = rte_rand();
    read_options(argc - used, argv + used);
    (void)signal(SIGINT, end);
    (void)signal(SIGTERM, end);
    struct rte_mempool *pool =
        rte_pktmbuf_pool_create("frames", BUFFERS, 250, 0, RTE_MBUF_DEFAULT_BUF_SIZE, (int)rte_socket_id());
    if (rte_eth_dev_count_avail() != PORTS || pool == NULL) {
        rte_exit(EXIT_FAILURE, "policer: it needs two ports, and memory for %u buffers\n", BUFFERS);
    }
    for (uint16_t port = 0; port < PORTS; port++) {
        directions[port].now = 1;
        open_port(port, pool);
    }
    const bool is_complete = run();
    for (uint16_t port = 0; port < PORTS; port++) {
        (void)printf("port %u: %ju passed, %ju dropped\n", port, (uintmax_t)directions[port].passed,
                     (uintmax_t)directions[port].dropped);
        (void)rte_eth_dev_stop(port);
        (void)rte_eth_dev_close(port);
    }
    return rte_eal_cleanup() == 0 && is_complete ? 0 : EXIT_FAILURE;
}

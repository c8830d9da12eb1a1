/* domain.c: the echo node as a protection domain on a microkernel. It sleeps until it is notified, handles all events,
 * sets the timer to the next due time, and sleeps again. It does not depend on how it is notified. */
#include "domain.h"

#define ECHO_PORT 7u

static struct v6nf_shm shm;
static struct v6nf_node node;

/* Return the received payload: it is already in the buffer of the reply. */
static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    if (datagram->source_port == ECHO_PORT) {
        return 0; /* from another echo service: the replies would never end */
    }
    datagram->unchanged = true;
    return datagram->length > 0u ? datagram->length : V6NF_UDP_EMPTY_REPLY;
}

/* Handle received frames and due events until there are none. */
static void run(void)
{
    uint64_t now = 0;
    do {
        now = v6nf_env_clock();
    } while (v6nf_run(&node, &shm.port, now) > 0u || !v6nf_shm_may_sleep(&shm));

    /* A due frame that was not sent lacked a buffer. It needs no timer: the port has requested a notification. */
    uint64_t due = v6nf_node_next_due(&node);
    domain_set_timer(due > now ? due : V6NF_NEVER);
}

void init(void)
{
    if (v6nf_shm_init(&shm, &domain_network) != V6NF_SHM_OPEN) {
        domain_fail("the queues are invalid for a port, or a port used them before");
    }
    uint64_t now = v6nf_env_clock();
    struct v6nf_node_config config = {.mac = shm.port.mac, .mtu = shm.port.mtu, .dad_transmits = 1u};
    uint8_t seed[8] = {0};
    config.predictable = !v6nf_env_entropy(seed, sizeof seed);
    config.seed = v6nf_word64(seed);
    if (v6nf_node_init(&node, &config, now) != V6NF_OK ||
        v6nf_node_add_address(&node, &domain_address, domain_prefix_length, now) != V6NF_OK ||
        v6nf_udp_bind(&node, ECHO_PORT, echo, NULL) != V6NF_OK) {
        domain_fail("the address is invalid for a node");
    }
    run(); /* frames may have arrived, and Duplicate Address Detection sends its first message */
}

/* The channel does not matter: run() checks received frames, free buffers and due events in any case. */
void notified(unsigned int channel)
{
    (void)channel;
    run();
}

/* domain.c: the echo node as a protection domain on a microkernel: it sleeps until it is notified, does all there is to
 * do, says when it wants to be woken up at the latest, and sleeps again. What notifies it, and how, it does not know.
 * */
#include "domain.h"

#define ECHO_PORT 7u

static struct v6nf_shm shm;
static struct v6nf_node node;

/* The reply is what came, and is already where a reply goes: in the buffer of what came. */
static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    if (datagram->source_port == ECHO_PORT) {
        return V6NF_UDP_NO_REPLY; /* from another echo service: the two would never stop */
    }
    datagram->unchanged = true;
    return datagram->length;
}

/* Does what there is to do, and what is due, until there is nothing. */
static void run(void)
{
    uint64_t now = 0;
    do {
        now = v6nf_env_clock();
    } while (v6nf_run(&node, &shm.port, now) > 0u || !v6nf_shm_may_sleep(&shm));

    /* What is due and has not left lacked a buffer. It need not be waited for: the port has asked to be notified of
     * one. */
    uint64_t due = v6nf_node_next_due(&node);
    domain_set_timer(due > now ? due : V6NF_NEVER);
}

void init(void)
{
    if (v6nf_shm_init(&shm, &domain_network) != V6NF_SHM_OPEN) {
        domain_fail("the queues are not what a port needs, or one ran on them before");
    }
    uint64_t now = v6nf_env_clock();
    struct v6nf_node_config config = {.mac = shm.port.mac, .mtu = shm.port.mtu, .dad_transmits = 1u};
    uint8_t seed[8] = {0};
    config.predictable = !v6nf_env_entropy(seed, sizeof seed);
    config.seed = v6nf_word64(seed);
    if (v6nf_node_init(&node, &config, now) != V6NF_OK ||
        v6nf_node_add_address(&node, &domain_address, domain_prefix_length, now) != V6NF_OK ||
        v6nf_udp_bind(&node, ECHO_PORT, echo, NULL) != V6NF_OK) {
        domain_fail("a node cannot have this address");
    }
    run(); /* there may be something already, and Duplicate Address Detection has a first message */
}

/* Whichever channel it is: what came, what can leave and what is due are looked at in any case. */
void notified(unsigned int channel)
{
    (void)channel;
    run();
}

/* run.c: see run.h. */
#include "run.h"

#include "v6nf/print.h"

#define LOOK_INTERVAL 1000000u /* microseconds between two checks that all cards and ports are there */

/* Microseconds without a packet after which the CPU sleeps between two rounds. By then every received frame was sent.
 * The gaps of a busy link are shorter. */
#define IDLE_AFTER 10000u

/* Microseconds after which an output of a ring is parked that does not advance although it has a link. */
#define PATIENCE 2000000u

static struct nf_path paths[NF_INPUTS];
static struct v6nf_nic *cards; /* NULL: ports */
static struct v6nf_port *ports[NF_INPUTS];

int nf_fail(const char *problem)
{
    v6nf_print_text(nf_name);
    v6nf_print_text(": ");
    v6nf_print_text(problem);
    v6nf_print_text("\n");
    return 1;
}

/* Return the number of the output with `after` others between the input and itself. */
static uint32_t output_of(uint32_t input, uint32_t after)
{
    return (input + 1u + after) % NF_INPUTS;
}

enum v6nf_ring_status nf_use_cards(struct v6nf_nic *its_cards)
{
    enum v6nf_ring_status status = V6NF_RING_OPEN;
    cards = its_cards;
    for (uint32_t i = 0; i < NF_INPUTS && status == V6NF_RING_OPEN; i++) {
        struct v6nf_ring_device *outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            outputs[j] = &cards[output_of(i, j)].device;
        }
        paths[i].kind = cards[i].device.format == V6NF_RING_LEGACY ? NF_LEGACY : NF_ADVANCED;
        status = v6nf_ring_open(&paths[i].ring, &cards[i].device, NF_OUTPUTS, outputs, cards[i].buffer_size);
    }
    return status;
}

static bool are_virtio(struct v6nf_port *const *its_ports, const struct v6nf_card *its_cards)
{
    bool are_virtio = true;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        are_virtio = are_virtio && its_ports[i] == &its_cards[i].virtio.port;
    }
    return are_virtio;
}

static enum v6nf_ring_status use_virtio(struct v6nf_card *its_cards)
{
    enum v6nf_ring_status status = V6NF_RING_OPEN;
    for (uint32_t i = 0; i < NF_INPUTS && status == V6NF_RING_OPEN; i++) {
        struct v6nf_virtio *outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            outputs[j] = &its_cards[output_of(i, j)].virtio;
        }
        paths[i].kind = NF_VIRTIO;
        status = v6nf_virtio_ring_open(&paths[i].virtio, &its_cards[i].virtio, NF_OUTPUTS, outputs);
    }
    return status;
}

static void forward(struct v6nf_port *const *its_ports)
{
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_port *outputs[NF_OUTPUTS];
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            outputs[j] = its_ports[output_of(i, j)];
        }
        paths[i].kind = NF_PORTS;
        (void)v6nf_forward_init(&paths[i].ports, its_ports[i], NF_OUTPUTS, outputs); /* a number that it takes */
    }
}

enum v6nf_ring_status nf_use_ports(struct v6nf_port *const *its_ports, struct v6nf_card *its_cards)
{
    cards = NULL;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        ports[i] = its_ports[i];
    }
    if (are_virtio(its_ports, its_cards)) {
        return use_virtio(its_cards);
    }
    forward(its_ports);
    return V6NF_RING_OPEN;
}

static bool all_are_there(void)
{
    bool are_there = true;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        enum v6nf_port_status status =
            cards != NULL ? v6nf_nic_look(&cards[i]) : ports[i]->operations->status(ports[i]);
        are_there = status == V6NF_PORT_RUNNING && are_there;
    }
    return are_there;
}

int nf_run(void)
{
    uint8_t secret[NF_SECRET_SIZE];
    if (!v6nf_env_entropy(secret, sizeof secret)) {
        v6nf_print_text("this board has no entropy: any sender can fill the tables of the function\n");
    }
    nf_start(secret);
    v6nf_print_text(nf_name);
    v6nf_print_text(": running\n");
    uint64_t looked = v6nf_env_clock();
    uint64_t busy = looked; /* when a packet last arrived */
    while (!nf_should_stop()) {
        const uint64_t now = v6nf_env_clock();
        if (now - looked >= LOOK_INTERVAL) {
            looked = now;
            if (!all_are_there()) {
                return nf_fail("a network card or port is gone; put it back, and start again");
            }
        }
        uint32_t packets = 0;
        for (uint32_t i = 0; i < NF_INPUTS; i++) {
            packets += nf_poll(&paths[i], i, now);
            if (paths[i].kind == NF_VIRTIO) {
                (void)v6nf_virtio_ring_watch(&paths[i].virtio, PATIENCE, now);
            } else if (paths[i].kind != NF_PORTS) { /* ports look after themselves */
                (void)v6nf_ring_watch(&paths[i].ring, PATIENCE, now);
            }
        }
        if (packets > 0u) {
            busy = now;
        } else if (now - busy >= IDLE_AFTER) {
            v6nf_env_idle_briefly(UINT64_MAX);
        }
    }
    return 0;
}

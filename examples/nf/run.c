/* run.c: see run.h. */
#include "run.h"

#include "v6nf/print.h"
#include "v6nf/text.h"

#define LOOK_INTERVAL 1000000u /* microseconds between two checks that all cards and ports are there */

/* Microseconds without a packet after which the CPU sleeps between two rounds. By then every received frame was sent.
 * The gaps of a busy link are shorter. */
#define IDLE_AFTER 10000u

/* Microseconds after which an output of a ring is parked that does not advance although it has a link. */
#define PATIENCE 2000000u

/* Microseconds in which all agents must pause, and between two looks whether they do. */
#define PAUSE_MAX 5000000u
#define PAUSE_STEP 100u

#define PACKETS UINT32_MAX /* in place of the number of a counter */

#define GONE "a network card or port is gone; put it back, and start again"

/* An agent, and nothing that another thread writes. */
struct agent {
    struct nf_path paths[NF_INPUTS];
    void *state;                    /* of the function */
    uint64_t busy;                  /* when a packet last arrived */
    uint64_t looked;                /* when the ports of its group were checked */
    uintptr_t packets;              /* handled; other threads read it, a whole word at a time */
    uint32_t paused;                /* the last pause that it has begun */
    struct v6nf_ring_device *stuck; /* a shared card that must be reset, or NULL */
};

/* Written before the agents run. */
static struct agent *agents[NF_AGENTS_MAX];
static uint32_t agents_count;
static struct v6nf_nic *cards; /* NULL: ports */
static struct v6nf_port *ports[NF_INPUTS];
static bool are_groups;     /* of ports, one for each agent, which checks them itself */
static uint32_t is_ended;   /* not 0: the agents end */
static uint32_t has_failed; /* not 0: a card or port is gone, or cannot be reset */
static uint32_t pauses;     /* odd: the agents pause */

/* Written by the thread that looks after the cards, in cache lines of its own. */
static struct {
    _Alignas(V6NF_ENV_CACHE_LINE) uint64_t looked;
    uint64_t printed;
    uint64_t interval;       /* microseconds; 0: prints nothing */
    const struct agent *own; /* the agent of this thread, or NULL */
} looks;

int nf_fail(const char *problem)
{
    v6nf_print_text(nf_name);
    v6nf_print_text(": ");
    v6nf_print_text(problem);
    v6nf_print_text("\n");
    return 1;
}

const char *nf_read_option(const char *option, const char *value)
{
    for (const struct nf_option *its = nf_extras.options; its != NULL && its->name != NULL; its++) {
        if (v6nf_text_equals(option, its->name)) {
            return value == NULL ? "needs a value after it" : its->read(value);
        }
    }
    return "unknown option";
}

int nf_check_options(void)
{
    const char *problem = nf_extras.check == NULL ? NULL : nf_extras.check();
    return problem == NULL ? 0 : nf_fail(problem);
}

#define WAYS_MAX (NF_OUTPUTS + 1u) /* outputs of a path, and the input itself */

/* Return the number of outputs of a path. */
static uint32_t count_ways(void)
{
    return NF_OUTPUTS + nf_extras.answers;
}

/* Return the number of the output with `after` others between the input and itself. The last one is the input. */
static uint32_t output_of(uint32_t input, uint32_t after)
{
    return (input + 1u + after) % NF_INPUTS;
}

/* Allocate an agent, and the state of its function. */
static enum v6nf_ring_status add_agent(void)
{
    struct agent *agent = agents[agents_count]; /* of an earlier call */
    if (agent == NULL) {
        agent = (struct agent *)nf_memory(sizeof *agent);
        void *state = nf_memory(nf_state_size > 0u ? nf_state_size : 1u);
        if (agent == NULL || state == NULL) {
            return V6NF_RING_NO_MEMORY;
        }
        agent->state = state;
        agents[agents_count] = agent;
    }
    agents_count++;
    return V6NF_RING_OPEN;
}

/* Open a ring from a card to the others. */
static enum v6nf_ring_status open_ring(struct nf_path *path, uint32_t input)
{
    struct v6nf_ring_device *outputs[WAYS_MAX];
    for (uint32_t j = 0; j < count_ways(); j++) {
        outputs[j] = &cards[output_of(input, j)].device;
    }
    path->kind = cards[input].device.format == V6NF_RING_LEGACY ? NF_LEGACY : NF_ADVANCED;
    return v6nf_ring_open(&path->ring, &cards[input].device, count_ways(), outputs, cards[input].buffer_size);
}

enum v6nf_ring_status nf_use_cards(struct v6nf_nic *its_cards, uint32_t count)
{
    enum v6nf_ring_status status = V6NF_RING_OPEN;
    cards = its_cards;
    agents_count = 0;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        cards[i].device.is_shared = count > 1u; /* no agent resets a card that others use */
    }
    for (uint32_t n = 0; n < count && n < NF_AGENTS_MAX && status == V6NF_RING_OPEN; n++) {
        status = add_agent();
        for (uint32_t i = 0; i < NF_INPUTS && status == V6NF_RING_OPEN; i++) {
            status = open_ring(&agents[n]->paths[i], i);
        }
    }
    return status;
}

static bool are_virtio(struct v6nf_port *const *its_ports, const struct v6nf_card *its_cards)
{
    bool are_virtio = true;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        are_virtio = are_virtio && its_ports[i] == &its_cards[i].virtio.common.port;
    }
    return are_virtio;
}

static enum v6nf_ring_status use_virtio(struct nf_path *paths, struct v6nf_card *its_cards)
{
    enum v6nf_ring_status status = V6NF_RING_OPEN;
    for (uint32_t i = 0; i < NF_INPUTS && status == V6NF_RING_OPEN; i++) {
        struct v6nf_virtio *outputs[WAYS_MAX];
        for (uint32_t j = 0; j < count_ways(); j++) {
            outputs[j] = &its_cards[output_of(i, j)].virtio;
        }
        paths[i].kind = NF_VIRTIO;
        status = v6nf_virtio_ring_open(&paths[i].virtio, &its_cards[i].virtio, count_ways(), outputs);
    }
    return status;
}

static void forward(struct nf_path *paths, struct v6nf_port *const *its_ports)
{
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_port *outputs[WAYS_MAX];
        for (uint32_t j = 0; j < count_ways(); j++) {
            outputs[j] = its_ports[output_of(i, j)];
        }
        paths[i].kind = NF_PORTS;
        (void)v6nf_forward_init(&paths[i].ports, its_ports[i], count_ways(), outputs); /* a number that it takes */
    }
}

enum v6nf_ring_status nf_use_ports(struct v6nf_port *const *its_ports, struct v6nf_card *its_cards)
{
    cards = NULL;
    agents_count = 0;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        ports[i] = its_ports[i];
    }
    const enum v6nf_ring_status status = add_agent();
    if (status == V6NF_RING_OPEN && are_virtio(its_ports, its_cards)) {
        return use_virtio(agents[0]->paths, its_cards);
    }
    if (status == V6NF_RING_OPEN) {
        forward(agents[0]->paths, its_ports);
    }
    return status;
}

enum v6nf_ring_status nf_use_group(struct v6nf_port *const *its_ports)
{
    cards = NULL;
    are_groups = true;
    const enum v6nf_ring_status status = agents_count < NF_AGENTS_MAX ? add_agent() : V6NF_RING_NO_MEMORY;
    for (uint32_t i = 0; i < NF_INPUTS && status == V6NF_RING_OPEN; i++) {
        struct nf_path *path = &agents[agents_count - 1u]->paths[i];
        path->kind = NF_GROUP;
        path->port = its_ports[i];
        path->number = i;
    }
    return status;
}

/* -- Agents -------------------------------------------------------------------------------------------------------- */

void nf_start_agents(void)
{
    const uint64_t now = v6nf_env_clock();
    for (uint32_t i = 0; i < agents_count; i++) {
        uint8_t secret[NF_SECRET_SIZE];
        if (!v6nf_env_entropy(secret, sizeof secret) && i == 0u) {
            v6nf_print_text("this board has no entropy: any sender can fill the tables of the function\n");
        }
        nf_start(agents[i]->state, secret);
        agents[i]->busy = now;
    }
    looks.looked = now;
    looks.printed = now;
    v6nf_print_text(nf_name);
    v6nf_print_text(": running\n");
}

void nf_stop_agents(void)
{
    __atomic_store_n(&is_ended, 1u, __ATOMIC_RELAXED);
}

bool nf_has_ended(void)
{
    return __atomic_load_n(&is_ended, __ATOMIC_RELAXED) != 0u;
}

/* End all agents because of this problem. */
static void fail_all(const char *problem)
{
    if (__atomic_load_n(&has_failed, __ATOMIC_RELAXED) == 0u) {
        __atomic_store_n(&has_failed, 1u, __ATOMIC_RELAXED);
        (void)nf_fail(problem);
    }
    nf_stop_agents();
}

/* Check the ports of a group, which belong to this thread. */
static void look_at_group(struct agent *agent, uint64_t now)
{
    agent->looked = now;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct v6nf_port *port = agent->paths[i].port;
        if (port->operations->status(port) != V6NF_PORT_RUNNING) {
            fail_all(GONE);
        }
    }
}

/* Watch the outputs of a ring. Report a shared card that must be reset. */
static void watch_ring(struct agent *agent, struct v6nf_ring *ring, uint64_t now)
{
    if (v6nf_ring_watch(ring, PATIENCE, now) != 0u && agents_count > 1u) {
        struct v6nf_ring_device *stuck = v6nf_ring_stuck_device(ring, now);
        if (stuck != NULL) {
            __atomic_store_n(&agent->stuck, stuck, __ATOMIC_RELAXED);
        }
    }
}

/* Poll each input once. Sleep for a moment if nothing has arrived for a while. */
static void run_turn(struct agent *agent, uint64_t now)
{
    uint32_t packets = 0;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        struct nf_path *path = &agent->paths[i];
        packets += nf_poll(agent->state, path, i, now);
        if (path->kind == NF_VIRTIO) {
            (void)v6nf_virtio_ring_watch(&path->virtio, PATIENCE, now);
        } else if (path->kind != NF_PORTS && path->kind != NF_GROUP) { /* ports look after themselves */
            watch_ring(agent, &path->ring, now);
        }
    }
    if (are_groups && now - agent->looked >= LOOK_INTERVAL) {
        look_at_group(agent, now);
    }
    if (packets > 0u) {
        agent->busy = now;
        __atomic_store_n(&agent->packets, agent->packets + packets, __ATOMIC_RELAXED);
    } else if (now - agent->busy >= IDLE_AFTER) {
        v6nf_env_idle_briefly(UINT64_MAX);
    }
}

/* Touch no ring while the agents pause. */
static void pause_if_asked(struct agent *agent)
{
    const uint32_t pause = __atomic_load_n(&pauses, __ATOMIC_ACQUIRE);
    if (pause % 2u != 0u) {
        __atomic_store_n(&agent->paused, pause, __ATOMIC_RELEASE);
        while (__atomic_load_n(&pauses, __ATOMIC_ACQUIRE) == pause && !nf_has_ended()) {
            v6nf_env_idle_briefly(UINT64_MAX);
        }
    }
}

void nf_run_agent(uint32_t agent)
{
    while (!nf_has_ended()) {
        pause_if_asked(agents[agent]);
        if (!nf_has_ended()) { /* a pause may have ended by that, while a card is reset */
            run_turn(agents[agent], v6nf_env_clock());
        }
    }
}

void nf_run_agent_and_look(uint32_t agent)
{
    looks.own = agents[agent];
    while (!nf_has_ended()) {
        nf_look(v6nf_env_clock());
        run_turn(agents[agent], v6nf_env_clock()); /* not before a reset */
    }
}

/* -- Looking after cards and ports --------------------------------------------------------------------------------- */

static bool is_there(uint32_t i)
{
    struct v6nf_port_counters counters;
    if (are_groups) {
        return true;
    }
    if (cards == NULL) {
        return ports[i]->operations->status(ports[i]) == V6NF_PORT_RUNNING;
    }
    if (v6nf_nic_look(&cards[i]) != V6NF_PORT_RUNNING) {
        return false;
    }
    if (cards[i].device.is_shared) { /* then v6nf_nic_look() reads no counters */
        cards[i].port.operations->read_counters(&cards[i].port, &counters);
    }
    return true;
}

/* Print a counter of the function of each agent, or the packets if `counter` is PACKETS. */
static void print_counter(const char *name, uint32_t counter)
{
    v6nf_print_text(nf_name);
    v6nf_print_text(": ");
    v6nf_print_text(name);
    v6nf_print_text(" of each agent:");
    for (uint32_t i = 0; i < agents_count; i++) {
        const uintptr_t *its = counter == PACKETS ? &agents[i]->packets : (const uintptr_t *)agents[i]->state + counter;
        v6nf_print_text(" ");
        v6nf_print_unsigned(__atomic_load_n(its, __ATOMIC_RELAXED));
    }
    v6nf_print_text("\n");
}

static void print_counts(void)
{
    print_counter("packets", PACKETS);
    for (uint32_t i = 0; nf_extras.counters != NULL && nf_extras.counters[i] != NULL; i++) {
        print_counter(nf_extras.counters[i], i);
    }
}

void nf_set_statistics(uint32_t seconds)
{
    looks.interval = (uint64_t)seconds * LOOK_INTERVAL;
}

/* Wait until all other agents pause. Return false if one does not. */
static bool have_paused(uint32_t pause)
{
    const uint64_t begin = v6nf_env_clock();
    for (uint32_t i = 0; i < agents_count; i++) {
        while (agents[i] != looks.own && __atomic_load_n(&agents[i]->paused, __ATOMIC_ACQUIRE) != pause) {
            if (nf_has_ended() || v6nf_env_clock() - begin >= PAUSE_MAX) {
                return false;
            }
            v6nf_env_sleep(PAUSE_STEP);
        }
    }
    return true;
}

/* Reset a card that several agents use, while they pause. They go on without it if that fails. */
static void reset_card(struct v6nf_ring_device *card)
{
    const uint32_t pause = __atomic_add_fetch(&pauses, 1u, __ATOMIC_RELEASE);
    if (!have_paused(pause)) {
        if (!nf_has_ended()) {
            fail_all("a card must be reset, and an agent does not pause for it; start again");
        }
        return;
    }
    (void)v6nf_ring_reset(card, v6nf_env_clock());
    for (uint32_t i = 0; i < agents_count; i++) {
        agents[i]->stuck = NULL;
    }
    __atomic_add_fetch(&pauses, 1u, __ATOMIC_RELEASE);
}

void nf_look(uint64_t now)
{
    for (uint32_t i = 0; i < agents_count && agents_count > 1u && !nf_has_ended(); i++) {
        struct v6nf_ring_device *stuck = __atomic_load_n(&agents[i]->stuck, __ATOMIC_RELAXED);
        if (stuck != NULL) {
            reset_card(stuck);
        }
    }
    if (now - looks.looked < LOOK_INTERVAL) {
        return;
    }
    looks.looked = now;
    bool are_there = true;
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        are_there = is_there(i) && are_there;
    }
    if (!are_there) {
        fail_all(GONE);
    }
    if (looks.interval > 0u && now - looks.printed >= looks.interval) {
        looks.printed = now;
        print_counts();
    }
}

int nf_end(void)
{
    if (agents_count > 1u || (agents_count == 1u && nf_extras.counters != NULL)) {
        print_counts();
    }
    return __atomic_load_n(&has_failed, __ATOMIC_RELAXED) != 0u ? 1 : 0;
}

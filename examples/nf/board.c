/* board.c: run a network function on the first cards of a board: on rings, if they are of one kind or virtio devices,
 * otherwise as ports. The command line may ask for several cores (--cores), which need rings. */
#include "v6nf/board/board.h"
#include "run.h"
#include "v6nf/print.h"
#include "v6nf/text.h"

#define MTU 1500u
#define ARGUMENTS_MAX 256u
#define STATS_MAX 86400u /* seconds */
#define STACK_SIZE 65536u
#define END_PAUSE 1000u /* microseconds */

static struct v6nf_nic_config config = {.mtu = MTU, .promiscuous = true};
static uint32_t cores = 1;
static uint32_t running; /* cores, in addition to the first */

void *nf_memory(size_t size)
{
    const size_t line = V6NF_ENV_CACHE_LINE;
    return v6nf_env_memory((size + line - 1u) / line * line, line);
}

/* -- The command line ---------------------------------------------------------------------------------------------- */

/* Return NULL, or the problem. */
static const char *read_option(const char *option, const char *value)
{
    uint32_t seconds = 0;
    if (value != NULL && v6nf_text_equals(option, "--cores")) {
        const bool is_good = v6nf_text_parse_number(&cores, value, V6NF_BOARD_CORES_MAX) && cores > 0u;
        return is_good ? NULL : "not a number of cores, 1 to 16";
    }
    if (value != NULL && v6nf_text_equals(option, "--stats")) {
        if (!v6nf_text_parse_number(&seconds, value, STATS_MAX) || seconds == 0u) {
            return "not a number of seconds, 1 to 86400";
        }
        nf_set_statistics(seconds);
        return NULL;
    }
    return nf_read_option(option, value);
}

/* Return 0, or 1 after an error message. */
static int read_arguments(void)
{
    static char *arguments[ARGUMENTS_MAX];
    const uint32_t count = v6nf_board_arguments(arguments, ARGUMENTS_MAX);
    for (uint32_t i = 1; i < count; i += 2u) {
        const char *problem = read_option(arguments[i], i + 1u < count ? arguments[i + 1u] : NULL);
        if (problem != NULL) {
            v6nf_print_text(arguments[i]);
            v6nf_print_text("\n");
            return nf_fail(problem);
        }
    }
    config.inputs = cores;
    config.symmetric = cores > 1u;
    return nf_check_options();
}

/* -- Cores --------------------------------------------------------------------------------------------------------- */

/* Run an agent on its core. */
static void run_core(void *context)
{
    nf_run_agent((uint32_t)(uintptr_t)context);
    __atomic_sub_fetch(&running, 1u, __ATOMIC_RELEASE);
}

/* Agent n runs on core n. Return false if one does not start. */
static bool start_cores(void)
{
    for (uint32_t i = 1; i < cores; i++) {
        void *stack = nf_memory(STACK_SIZE);
        __atomic_add_fetch(&running, 1u, __ATOMIC_RELAXED);
        if (stack == NULL || !v6nf_board_start_core(i, run_core, (void *)(uintptr_t)i, stack, STACK_SIZE)) {
            __atomic_sub_fetch(&running, 1u, __ATOMIC_RELAXED);
            return false;
        }
    }
    return true;
}

static int run_agents(void)
{
    nf_start_agents();
    const bool all_run = start_cores();
    if (!all_run) {
        nf_stop_agents();
    }
    nf_run_agent_and_look(0);
    while (__atomic_load_n(&running, __ATOMIC_ACQUIRE) > 0u) {
        v6nf_env_sleep(END_PAUSE);
    }
    const int exit_status = nf_end();
    return all_run ? exit_status : nf_fail("a core does not start: this board has fewer; give --cores a lower number");
}

/* -- Cards --------------------------------------------------------------------------------------------------------- */

/* Run on rings. Return false, with all cards stopped, if the first cards that have rings do not fit together. */
static bool run_on_rings(int *exit_status)
{
    static struct v6nf_nic cards[NF_INPUTS];
    enum v6nf_nic_status status = v6nf_card_init_first(cards, NF_INPUTS, v6nf_card_init, &config);
    enum v6nf_ring_status opened = status == V6NF_NIC_READY ? nf_use_cards(cards, cores) : V6NF_RING_MIXED;
    if (opened == V6NF_RING_OPEN) {
        *exit_status = run_agents();
    } else if (opened != V6NF_RING_MIXED) {
        *exit_status = nf_fail(v6nf_ring_status_text(opened));
    } else if (status != V6NF_NIC_READY && status != V6NF_NIC_OTHER_DEVICE) {
        *exit_status = nf_fail(v6nf_nic_status_text(status));
        opened = V6NF_RING_INVALID;
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        (void)v6nf_nic_stop(&cards[i]);
    }
    return opened != V6NF_RING_MIXED;
}

static int run_on_ports(void)
{
    static struct v6nf_card cards[NF_INPUTS];
    struct v6nf_port *ports[NF_INPUTS];
    enum v6nf_nic_status status = v6nf_card_open_first(cards, NF_INPUTS, &config);
    if (status != V6NF_NIC_READY) {
        return nf_fail(status == V6NF_NIC_OTHER_DEVICE ? "there are too few network cards that a driver knows"
                                                       : v6nf_nic_status_text(status));
    }
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        ports[i] = cards[i].port;
    }
    const enum v6nf_ring_status opened = nf_use_ports(ports, cards);
    int exit_status = opened == V6NF_RING_OPEN ? run_agents() : nf_fail(v6nf_ring_status_text(opened));
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        (void)ports[i]->operations->stop(ports[i]);
    }
    return exit_status;
}

int main(void)
{
    int exit_status = read_arguments();
    if (exit_status != 0 || run_on_rings(&exit_status)) {
        return exit_status;
    }
    return cores == 1u ? run_on_ports() : nf_fail("--cores needs Intel cards of one family, which have common rings");
}

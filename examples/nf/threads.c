/* threads.c: see threads.h. */
#define _GNU_SOURCE
#include "threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run.h"
#include "v6nf/text.h"

#define NUMBER_SIZE 8u      /* characters of the number of a core, with the final 0 */
#define LOOK_PAUSE 100000u  /* microseconds between two looks at the cards, and at the user's wish to end */
#define SIGNAL_STACK 65536u /* bytes: for the handler of a crash, also of one by a full stack (linux_pci.h) */
#define PATH_SIZE 64u

struct thread {
    pthread_t id;
    uint32_t agent;
    void *signal_stack;
};

static uint32_t cores[NF_AGENTS_MAX];
static uint32_t count;
static struct thread threads[NF_AGENTS_MAX];

/* -- The list ------------------------------------------------------------------------------------------------------ */

static bool is_named(uint32_t core)
{
    bool is_named = false;
    for (uint32_t i = 0; i < count; i++) {
        is_named = is_named || cores[i] == core;
    }
    return is_named;
}

const char *threads_read_cores(const char *text)
{
    bool is_last = false;
    count = 0;
    while (!is_last) {
        char number[NUMBER_SIZE] = "";
        uint32_t core = 0;
        const size_t length = strcspn(text, ",");
        is_last = text[length] == '\0';
        if (length < sizeof number) {
            memcpy(number, text, length);
        }
        if (!v6nf_text_parse_number(&core, number, CPU_SETSIZE - 1u)) {
            return "is not a list of cores, such as 0,1: numbers below 1024 with commas between them; lscpu -e lists "
                   "the cores";
        }
        if (is_named(core)) {
            return "names a core twice: each agent needs a core of its own";
        }
        if (count == NF_AGENTS_MAX) {
            return "names more than 16 cores, for which no card has enough queues: name fewer";
        }
        cores[count++] = core;
        text += is_last ? length : length + 1u;
    }
    return NULL;
}

uint32_t threads_count(void)
{
    return count;
}

/* -- The cores ----------------------------------------------------------------------------------------------------- */

static bool has_core(uint32_t core)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u", core);
    return access(path, F_OK) == 0;
}

const char *threads_check_cores(uint32_t *core)
{
    cpu_set_t before;
    cpu_set_t one;
    const char *problem = NULL;
    if (sched_getaffinity(0, sizeof before, &before) != 0) {
        *core = cores[0];
        return "the kernel does not report the cores of this process: it has more than 1024";
    }
    for (uint32_t i = 0; i < count && problem == NULL; i++) {
        *core = cores[i];
        CPU_ZERO(&one);
        CPU_SET(cores[i], &one);
        if (sched_setaffinity(0, sizeof one, &one) != 0) {
            problem = has_core(cores[i]) ? "may not be used by this process: it is off line (lscpu -e), or outside of "
                                           "the process's cpuset (cpuset.cpus of its cgroup)"
                                         : "does not exist; lscpu -e lists the cores";
        }
    }
    (void)sched_setaffinity(0, sizeof before, &before);
    return problem;
}

/* -- Threads ------------------------------------------------------------------------------------------------------- */

static void *run_thread(void *argument)
{
    const struct thread *its = (const struct thread *)argument;
    const stack_t stack = {.ss_sp = its->signal_stack, .ss_size = SIGNAL_STACK};
    (void)sigaltstack(&stack, NULL); /* cannot fail for such a stack */
    nf_run_agent(its->agent);
    return NULL;
}

/* Start an agent on its core. Return 0, or the error. */
static int start_thread(uint32_t agent)
{
    struct thread *thread = &threads[agent];
    pthread_attr_t attributes;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cores[agent], &one);
    *thread = (struct thread){.agent = agent, .signal_stack = nf_memory(SIGNAL_STACK)};
    if (thread->signal_stack == NULL) {
        return ENOMEM;
    }
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setaffinity_np(&attributes, sizeof one, &one);
        error = error != 0 ? error : pthread_create(&thread->id, &attributes, run_thread, thread);
        (void)pthread_attr_destroy(&attributes);
    }
    return error;
}

/* Signals that end the program are for this thread, which they wake. */
const char *threads_run(void)
{
    sigset_t ends;
    sigset_t before;
    uint32_t started = 0;
    int error = 0;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGINT);
    (void)sigaddset(&ends, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &ends, &before);
    while (started < count && error == 0) {
        error = start_thread(started);
        started += error == 0 ? 1u : 0u;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        nf_stop_agents();
    }
    while (!nf_has_ended()) {
        nf_look(v6nf_env_clock());
        v6nf_env_idle(v6nf_env_clock() + LOOK_PAUSE);
    }
    for (uint32_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i].id, NULL);
    }
    return error == 0 ? NULL : strerror(error);
}

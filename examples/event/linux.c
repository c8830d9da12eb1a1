/* linux.c: two protection domains as two Linux processes: domain.c in this one, and in its child the virtualiser over a
 * TAP interface. Regions are shared mappings, channels are eventfds, the timer is a timerfd. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "domain.h"
#include "v6nf/driver/tap.h"
#include "virtualiser.h"

#define CAPACITY 256u
#define BUFFER_SIZE 2048u
#define RECEIVE_BUFFERS 128u
#define ORIGINATE_BUFFERS 16u

struct v6nf_shm_config domain_network;
struct v6nf_address domain_address;
uint32_t domain_prefix_length;

static int to_domain[CHANNELS];        /* what notifies the domain; the last is the timer */
static int to_virtualiser[CHANNELS];   /* what notifies the other side */
static volatile sig_atomic_t stop_requested;

static void fail(const char *problem)
{
    (void)fprintf(stderr, "event: %s\n", problem);
    exit(2);
}

void domain_fail(const char *problem)
{
    fail(problem);
}

/* -- Channels ------------------------------------------------------------------------------------------------------ */

static void ring(int file)
{
    const uint64_t one = 1;
    if (write(file, &one, sizeof one) != (ssize_t)sizeof one) {
        fail(strerror(errno));
    }
}

static void notify_virtualiser(unsigned int channel)
{
    ring(to_virtualiser[channel]);
}

static void notify_domain(unsigned int channel)
{
    ring(to_domain[channel]);
}

/* Whether a file was ready, and then no longer. */
static bool take_ring(const struct pollfd *file)
{
    uint64_t rings = 0;
    return (file->revents & POLLIN) != 0 && read(file->fd, &rings, sizeof rings) == (ssize_t)sizeof rings;
}

void domain_set_timer(uint64_t due)
{
    struct itimerspec time = {.it_value = {0, 0}}; /* disarmed */
    if (due != V6NF_NEVER) {
        time.it_value.tv_sec = (time_t)(due / V6NF_SECOND);
        time.it_value.tv_nsec = (long)(due % V6NF_SECOND * 1000u);
    }
    (void)timerfd_settime(to_domain[CHANNEL_TIMER], TFD_TIMER_ABSTIME, &time, NULL);
}

/* -- The two processes --------------------------------------------------------------------------------------------- */

static void request_stop(int number)
{
    (void)number;
    stop_requested = 1;
}

/* What a microkernel does for a domain. */
static uint64_t run_domain(void)
{
    struct pollfd files[CHANNELS];
    uint64_t wakes = 0;
    for (unsigned int i = 0; i < CHANNELS; i++) {
        files[i] = (struct pollfd){.fd = to_domain[i], .events = POLLIN};
    }
    init();
    while (!stop_requested) {
        int ready = poll(files, CHANNELS, -1);
        for (unsigned int i = 0; i < CHANNELS && ready > 0; i++) {
            if (take_ring(&files[i])) {
                notified(i);
                wakes++;
            }
        }
    }
    return wakes;
}

static void run_virtualiser(struct v6nf_tap *tap)
{
    static struct virtualiser virtualiser;
    struct v6nf_shm_config network = domain_network;
    struct pollfd files[] = {{.fd = tap->file, .events = POLLIN},
                             {.fd = to_virtualiser[CHANNEL_RECEIVE], .events = POLLIN},
                             {.fd = to_virtualiser[CHANNEL_TRANSMIT], .events = POLLIN}};
    network.notify = notify_domain;
    virtualiser_init(&virtualiser, &tap->port, &network);
    for (;;) {
        if (!virtualiser_poll(&virtualiser) && virtualiser_may_sleep(&virtualiser) && poll(files, 3, -1) > 0) {
            (void)take_ring(&files[1]);
            (void)take_ring(&files[2]);
            if ((files[0].revents & POLLERR) != 0 && tap->port.operations->status(&tap->port) != V6NF_PORT_RUNNING) {
                fail("the TAP interface is gone: it was deleted; the program cannot go on without it");
            }
        }
    }
}

/* -- What a system description would say --------------------------------------------------------------------------- */

static void *map_region(size_t size)
{
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (region == MAP_FAILED) {
        fail(strerror(errno));
    }
    return region;
}

static volatile struct v6nf_shm_queue *map_queue(void)
{
    return (volatile struct v6nf_shm_queue *)map_region(V6NF_SHM_QUEUE_SIZE(CAPACITY));
}

static void describe_system(const struct v6nf_tap *tap)
{
    domain_network = (struct v6nf_shm_config){
        .receive_active = map_queue(),
        .receive_free = map_queue(),
        .transmit_active = map_queue(),
        .transmit_free = map_queue(),
        .receive_capacity = CAPACITY,
        .transmit_capacity = CAPACITY,
        .data = (uint8_t *)map_region((RECEIVE_BUFFERS + ORIGINATE_BUFFERS) * BUFFER_SIZE),
        .buffer_size = BUFFER_SIZE,
        .receive_buffers = RECEIVE_BUFFERS,
        .originate_buffers = ORIGINATE_BUFFERS,
        .mac = tap->port.mac,
        .mtu = tap->port.mtu,
        .notify = notify_virtualiser,
        .receive_channel = CHANNEL_RECEIVE,
        .transmit_channel = CHANNEL_TRANSMIT,
    };
    for (unsigned int i = 0; i < CHANNELS; i++) {
        to_domain[i] = i == CHANNEL_TIMER ? timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)
                                          : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        to_virtualiser[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (to_domain[i] < 0 || to_virtualiser[i] < 0) {
            fail(strerror(errno));
        }
    }
}

int main(int argc, char **argv)
{
    static struct v6nf_tap tap;
    if (argc != 3 || !v6nf_address_parse_prefix(&domain_address, &domain_prefix_length, argv[2])) {
        fail("usage: event TAP ADDRESS/LENGTH");
    }
    enum v6nf_tap_status status = v6nf_tap_open(&tap, argv[1], NULL);
    if (status != V6NF_TAP_OPEN) {
        fail(v6nf_tap_status_text(status));
    }
    describe_system(&tap);
    struct sigaction action = {.sa_handler = request_stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGCHLD, &action, NULL); /* without the other side there is nothing to do */
    pid_t child = fork();
    if (child < 0) {
        fail(strerror(errno));
    }
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_virtualiser(&tap);
    }
    uint64_t wakes = run_domain();
    (void)printf("the domain was woken up %llu times\n", (unsigned long long)wakes);
    return waitpid(child, NULL, WNOHANG) == 0 ? 0 : 2; /* the other side has said why it ended */
}

/* linux.c: two protection domains as two Linux processes: domain.c in the parent, the virtualiser over a TAP interface
 * in its child. Regions are shared mappings, channels are eventfds, the timer is a timerfd. */
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

static int to_domain[CHANNELS];      /* descriptors that notify the domain; the last is the timer */
static int to_virtualiser[CHANNELS]; /* descriptors that notify the virtualiser */
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

static void notify(int file)
{
    const uint64_t one = 1;
    if (write(file, &one, sizeof one) != (ssize_t)sizeof one) {
        fail(strerror(errno));
    }
}

static void notify_virtualiser(unsigned int channel)
{
    notify(to_virtualiser[channel]);
}

static void notify_domain(unsigned int channel)
{
    notify(to_domain[channel]);
}

/* Clear the notifications of a file. Return true if there was one. */
static bool clear_notifications(const struct pollfd *file)
{
    uint64_t count = 0;
    return (file->revents & POLLIN) != 0 && read(file->fd, &count, sizeof count) == (ssize_t)sizeof count;
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

/* Notify the domain, too: otherwise a signal right before its poll() would not end that. */
static void request_stop(int number)
{
    const uint64_t one = 1;
    const int error = errno;
    (void)number;
    stop_requested = 1;
    (void)!write(to_domain[CHANNEL_RECEIVE], &one, sizeof one);
    errno = error;
}

/* Run the domain as a microkernel does. Return the number of its wakeups. */
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
            if (clear_notifications(&files[i])) {
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
    struct pollfd files[] = {{.fd = v6nf_tap_descriptor(tap), .events = POLLIN},
                             {.fd = to_virtualiser[CHANNEL_RECEIVE], .events = POLLIN},
                             {.fd = to_virtualiser[CHANNEL_TRANSMIT], .events = POLLIN}};
    network.notify = notify_domain;
    virtualiser_init(&virtualiser, &tap->port, &network);
    for (;;) {
        if (!virtualiser_poll(&virtualiser) && virtualiser_may_sleep(&virtualiser) && poll(files, 3, -1) > 0) {
            (void)clear_notifications(&files[1]);
            (void)clear_notifications(&files[2]);
            if ((files[0].revents & POLLERR) != 0 && tap->port.operations->status(&tap->port) != V6NF_PORT_RUNNING) {
                fail("the TAP interface was deleted: create it and restart");
            }
        }
    }
}

/* -- System description -------------------------------------------------------------------------------------------- */

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
    (void)sigaction(SIGCHLD, &action, NULL); /* the domain is useless without the virtualiser */
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
    return waitpid(child, NULL, WNOHANG) == 0 ? 0 : 2; /* the virtualiser has reported why it ended */
}

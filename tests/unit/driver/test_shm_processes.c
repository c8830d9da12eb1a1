/* test_shm_processes.c: a shm port and its other side in two processes. They sleep on eventfds until they are notified,
 * and pause at random points. */
#define _GNU_SOURCE
#include "fixture_shm.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 100000u    /* in each direction */
#define PATIENCE_MS 20000 /* a side with work never sleeps this long */
#define PAUSES_IN 64u     /* one step in this number pauses, */
#define PAUSE_NS 50000u   /* for at most this time */
#define MAX_TURNS 100000000u

static int this_side_bell;  /* wakes up the side with the port, */
static int other_side_bell; /* and the other side */

/* Memory that both sides have mapped. */
struct shared {
    struct shm_memory memory;
    uint64_t requests; /* requests of this side to be notified, of at most two queues, */
    uint64_t rings;    /* and notifications that it sent */
};

/* -- Chance and sleep ---------------------------------------------------------------------------------------------- */

static uint64_t chance;

static uint32_t draw(uint32_t count)
{
    chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(chance >> 33) % count;
}

static void pause_perhaps(void)
{
    if (draw(PAUSES_IN) == 0u) {
        struct timespec time = {.tv_nsec = (long)draw(PAUSE_NS)};
        (void)nanosleep(&time, NULL);
    }
}

static void ring(int bell)
{
    const uint64_t one = 1;
    if (write(bell, &one, sizeof one) != (ssize_t)sizeof one) {
        abort();
    }
}

/* Sleep until the bell rings. Return false if it does not. */
static bool sleep_until_ring(int bell)
{
    uint64_t rings = 0;
    struct pollfd wait = {.fd = bell, .events = POLLIN};
    return poll(&wait, 1, PATIENCE_MS) == 1 && read(bell, &rings, sizeof rings) == (ssize_t)sizeof rings;
}

/* -- The side with the port, in the child -------------------------------------------------------------------------- */

/* Frames with an even number are answered in place. For odd numbers, another frame is originated. */
struct echo {
    uint32_t next;     /* next number to receive */
    uint32_t answered; /* odd numbers whose answer is not originated yet */
    bool wrong;
};

static void echo(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct echo *it = context;
    uint32_t value = shm_value(frame);
    it->wrong = it->wrong || value != it->next || length != 60u + value % 1000u || capacity != SHM_BUFFER;
    it->next++;
    if (value % 2u == 0u) {
        lengths[0] = length;
    } else {
        it->answered++;
    }
    pause_perhaps();
}

static void notify_other_side(unsigned int channel)
{
    (void)channel;
    ring(other_side_bell);
}

/* Return the number of a failure, 0 for none. */
static int run_port(struct shared *shared, struct v6nf_shm *shm)
{
    struct echo it = {.next = 0};
    uint32_t said = 0;
    chance = 1;
    for (uint32_t turn = 0; turn < MAX_TURNS && (it.next < FRAMES || said < FRAMES / 2u); turn++) {
        uint32_t shown = shm->port.operations->poll(&shm->port, echo, &it);
        uint8_t *frame = said < it.answered ? shm->port.operations->reserve(&shm->port) : NULL;
        if (frame != NULL) {
            uint32_t value = 2u * said + 1u;
            memcpy(frame, &value, sizeof value);
            shm->port.operations->commit(&shm->port, 60u + value % 1000u);
            said++;
        }
        pause_perhaps();
        if (shown > 0u || frame != NULL) {
            continue;
        }
        shared->requests++;
        if (v6nf_shm_may_sleep(shm) && !sleep_until_ring(this_side_bell)) {
            return 3; /* it was never notified */
        }
    }
    (void)v6nf_shm_may_sleep(shm); /* notifies of the last frames */
    shared->rings = shm->shm_counters.notifications;
    if (it.wrong || it.next != FRAMES || said != FRAMES / 2u) {
        return 4;
    }
    uint64_t lies = shm->shm_counters.unexpected + shm->shm_counters.bad_lengths;
    return lies + shm->receive_active.jumps + shm->transmit_free.jumps > 0u ? 5 : 0;
}

/* -- The other side ------------------------------------------------------------------------------------------------ */

struct generator {
    struct shm_peer peer;
    uint32_t sent;
    uint32_t even; /* the number of the next answer of each kind */
    uint32_t odd;
    uint64_t requests;
    uint64_t rings;
};

/* Take a frame, and return its buffer. Return false if there is none. */
static bool take_frame(struct generator *generator)
{
    struct v6nf_shm_descriptor frame;
    if (!shm_peer_take(&generator->peer, &frame)) {
        return false;
    }
    assert_true(frame.offset % SHM_BUFFER == 0u && frame.offset < SHM_BUFFERS * SHM_BUFFER);
    uint32_t value = shm_value(generator->peer.memory->data[frame.offset / SHM_BUFFER]);
    uint32_t *next = value % 2u == 0u ? &generator->even : &generator->odd;
    assert_int_equal(value, *next);
    assert_int_equal(frame.length, 60u + value % 1000u);
    *next += 2u;
    shm_peer_return(&generator->peer, frame.offset);
    return true;
}

static void notify_this_side(struct generator *generator)
{
    bool frames = v6nf_shm_must_notify(&generator->peer.receive_active);
    bool buffers = v6nf_shm_must_notify(&generator->peer.transmit_free);
    if (frames || buffers) {
        ring(this_side_bell);
        generator->rings++;
    }
}

/* The protocol of v6nf_shm_may_sleep(), for this side. */
static bool may_sleep(struct generator *generator)
{
    struct shm_peer *peer = &generator->peer;
    bool sends = generator->sent < FRAMES;
    v6nf_shm_request(&peer->transmit_active);
    if (sends) {
        v6nf_shm_request(&peer->receive_free);
    }
    generator->requests++;
    v6nf_env_dma_barrier();
    if (v6nf_shm_waiting(&peer->transmit_active) == 0u && (!sends || v6nf_shm_waiting(&peer->receive_free) == 0u)) {
        return true;
    }
    v6nf_shm_cancel(&peer->transmit_active);
    v6nf_shm_cancel(&peer->receive_free);
    return false;
}

static void run_generator(struct generator *generator)
{
    for (uint32_t turn = 0; turn < MAX_TURNS && (generator->even < FRAMES || generator->odd < FRAMES); turn++) {
        bool busy = false;
        for (uint32_t burst = 1u + draw(SHM_BUFFERS); burst > 0u; burst--) {
            bool sends = draw(2) == 0u && generator->sent < FRAMES;
            if (sends && shm_peer_send(&generator->peer, generator->sent, 60u + generator->sent % 1000u)) {
                generator->sent++;
                busy = true;
            }
            busy = take_frame(generator) || busy;
            pause_perhaps();
        }
        notify_this_side(generator);
        pause_perhaps();
        if (!busy && may_sleep(generator)) {
            assert_true(sleep_until_ring(other_side_bell));
        }
    }
}

static void test_no_frame_is_lost_and_no_side_oversleeps(void **state)
{
    (void)state;
    static struct v6nf_shm shm;
    static struct generator generator = {.odd = 1};
    int file = memfd_create("shm", MFD_CLOEXEC);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, sizeof(struct shared)), 0);
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true(shared != MAP_FAILED);
    this_side_bell = eventfd(0, EFD_CLOEXEC);
    other_side_bell = eventfd(0, EFD_CLOEXEC);
    assert_true(this_side_bell >= 0 && other_side_bell >= 0);
    struct v6nf_shm_config config = shm_config(&shared->memory, notify_other_side);
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    shm_peer_init(&generator.peer, &shared->memory);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failure of the parent ends this process */
        _exit(run_port(shared, &shm));
    }
    run_generator(&generator);
    assert_int_equal(generator.sent, FRAMES);
    assert_int_equal(generator.even, FRAMES);
    assert_int_equal(generator.odd, FRAMES + 1u);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    print_message("to this side: %llu requests, %llu notifications; to the other: %llu, %llu\n",
                  (unsigned long long)shared->requests, (unsigned long long)generator.rings,
                  (unsigned long long)generator.requests, (unsigned long long)shared->rings);
    assert_in_range(generator.rings, 1, 2u * shared->requests);
    assert_in_range(shared->rings, 1, 2u * generator.requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_frame_is_lost_and_no_side_oversleeps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

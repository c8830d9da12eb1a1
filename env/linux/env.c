/* env.c: time, entropy and the console on Linux, for any user. Calls that a process may not make fail as env.h
 * states. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS 64 /* needs the line before; without it a 32-bit system counts seconds to 2038 */
#include "v6nf/env.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MICROSECONDS 1000000u /* in a second */
#define IDLE_MAX (UINT64_C(1000000) * MICROSECONDS) /* with the clock, what the kernel's nanoseconds hold */

/* Link memory.c into every program. The linker searches this library before that of the drivers, which need it. */
static void *(*const needed_memory)(size_t, size_t) __attribute__((used)) = v6nf_env_memory;

/* -- Time, entropy, console ---------------------------------------------------------------------------------------- */

uint64_t v6nf_env_clock(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail: every Linux has this clock */
    return (uint64_t)now.tv_sec * MICROSECONDS + (uint64_t)now.tv_nsec / 1000u;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    uint64_t now = v6nf_env_clock();
    /* The kernel counts signed nanoseconds: INT64_MAX is 292 years. */
    uint64_t max_sleep = (uint64_t)INT64_MAX / 1000u - now;
    uint64_t end = now + (microseconds < max_sleep ? microseconds : max_sleep);
    struct timespec until = {(time_t)(end / MICROSECONDS), (long)(end % MICROSECONDS * 1000u)};
    int interrupted = EINTR;
    while (interrupted == EINTR) { /* a signal: wait for the absolute time again */
        interrupted = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}

/* Return early after a signal that has a handler: the program may want to stop. */
void v6nf_env_idle(uint64_t until)
{
    const uint64_t latest = v6nf_env_clock() + IDLE_MAX;
    const uint64_t end = until < latest ? until : latest;
    const struct timespec time = {(time_t)(end / MICROSECONDS), (long)(end % MICROSECONDS * 1000u)};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    size_t done = 0;
    ssize_t count = 0;
    while (done < size && (count >= 0 || errno == EINTR)) {
        count = getrandom(bytes + done, size - done, 0);
        done += count > 0 ? (size_t)count : 0u;
    }
    bool is_random = done == size;
    uint64_t mix = v6nf_env_clock() ^ (uint64_t)getpid() << 32; /* only for a kernel without getrandom() */
    for (; done < size; done++) {
        mix = mix * UINT64_C(6364136223846793005) + 1u; /* Knuth's linear congruential generator */
        bytes[done] = (uint8_t)(mix >> 56);
    }
    return is_random;
}

void v6nf_env_console(char character)
{
    (void)putchar(character);
    if (character == '\n') {
        (void)fflush(stdout); /* a crash must not lose output */
    }
}

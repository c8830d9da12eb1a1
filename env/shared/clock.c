/* clock.c: the time and sleep, from a counter. */
#include "parts.h"

#define MICROSECONDS UINT64_C(1000000) /* in a second */

#define IDLE_MIN 100u /* microseconds that are worth the timer */

static uint64_t rate; /* counts in a second; 0 before the first call */

uint64_t v6nf_env_clock(void)
{
    static uint64_t first;
    if (rate == 0u) {
        rate = v6nf_board_counter_rate();
        first = v6nf_board_counter();
    }
    uint64_t passed = v6nf_board_counter() - first;
    return passed / rate * MICROSECONDS + passed % rate * MICROSECONDS / rate;
}

/* Ask for at most a second: the product fits, and so do the counts into every timer. */
void v6nf_env_idle(uint64_t until)
{
    const uint64_t now = v6nf_env_clock();
    uint64_t left = until > now ? until - now : 0u;
    left = left < MICROSECONDS ? left : MICROSECONDS;
    const uint64_t counts = left * rate / MICROSECONDS;
    if (counts > 0u) {
        v6nf_board_idle(counts);
    }
}

void v6nf_env_sleep(uint64_t microseconds)
{
    const uint64_t start = v6nf_env_clock();
    uint64_t passed = 0;
    while (passed < microseconds) {
        const uint64_t left = microseconds - passed;
        if (left < IDLE_MIN) {
            v6nf_board_pause();
        } else {
            v6nf_env_idle(start + passed + (left < MICROSECONDS ? left : MICROSECONDS));
        }
        passed = v6nf_env_clock() - start;
    }
}

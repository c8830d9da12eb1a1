/* clock.c: the time, of a counter. */
#include "parts.h"

#define MICROSECONDS UINT64_C(1000000) /* in a second */

uint64_t v6nf_env_clock(void)
{
    static uint64_t rate; /* 0 before the first call */
    static uint64_t first;
    if (rate == 0u) {
        rate = v6nf_board_counter_rate();
        first = v6nf_board_counter();
    }
    uint64_t passed = v6nf_board_counter() - first;
    return passed / rate * MICROSECONDS + passed % rate * MICROSECONDS / rate;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    const uint64_t start = v6nf_env_clock();
    while (v6nf_env_clock() - start < microseconds) {
        v6nf_board_pause();
    }
}

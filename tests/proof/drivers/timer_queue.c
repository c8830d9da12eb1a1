/* timer_queue.c: proof of the timer queue (src/table/timer_queue.c) and of its invariant, with any timers. */
#include "src/table/timer_queue.c"
#include "src/table/timer_queue_valid.c"

#include "any_driver.h"

#define CAPACITY 16u

static struct v6nf_timer timers[CAPACITY];

/* Positions and entries do not necessarily match, and times are in any order. Only this holds: with no running timer no
 * entry has a position, and with all of them running each has one. */
static void any_timers(uint32_t count)
{
    for (uint32_t i = 0; i < CAPACITY; i++) {
        const bool is_running = count == CAPACITY || (count > 0u && any_bool());
        timers[i].due = any64;
        timers[i].entry = any_below(CAPACITY);
        timers[i].position = V6NF_TIMER_NONE;
        if (is_running) {
            timers[i].position = any_below(CAPACITY);
        }
    }
}

static void check_timers(uint32_t count)
{
    must(count <= CAPACITY);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        must(timers[i].entry < CAPACITY);
        must(timers[i].position == V6NF_TIMER_NONE || timers[i].position < CAPACITY);
    }
}

static void prove_timers(uint32_t running)
{
    uint32_t count = running;
    any_timers(running);
    (void)v6nf_timer_queue_is_valid(timers, count, CAPACITY);
    v6nf_timer_set(timers, &count, any_below(CAPACITY), any64);
    check_timers(count);
    const uint32_t first = v6nf_timer_first(timers, count);
    must(first == V6NF_TIMER_NONE || first < CAPACITY);
    (void)v6nf_timer_next_due(timers, count);
    (void)v6nf_timer_queue_is_valid(timers, count, CAPACITY);
}

int main(void)
{
    uint32_t count = 1;
    v6nf_timer_queue_init(timers, &count, CAPACITY);
    must(count == 0u);
    check_timers(count);
    for (uint32_t running = 0; running <= CAPACITY; running++) {
        prove_timers(running);
    }
    /* The invariant has a bound of its own, even if an index is wrong. */
    timers[any_below(CAPACITY)].entry = any32;
    timers[any_below(CAPACITY)].position = any32;
    (void)v6nf_timer_queue_is_valid(timers, any32, CAPACITY);
    return 0;
}

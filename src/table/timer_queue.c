/* timer_queue.c: a binary heap of timers: no timer is due before that of the place above it. */
#include "v6nf/table/timer_queue.h"

/* More levels than a heap with 2^32 places has. */
#define LEVELS_MAX 32u

static void put(struct v6nf_timer *timers, uint32_t place, uint32_t entry)
{
    timers[place].entry = entry;
    timers[entry].place = place;
}

static uint64_t due_at(const struct v6nf_timer *timers, uint32_t place)
{
    return timers[timers[place].entry].due;
}

/* Move the entry, which belongs to `place` or above, up to where it belongs. Return that place. */
static uint32_t move_up(struct v6nf_timer *timers, uint32_t place, uint32_t entry)
{
    for (uint32_t i = 0; i < LEVELS_MAX && place > 0u; i++) {
        const uint32_t above = (place - 1u) / 2u;
        if (due_at(timers, above) <= timers[entry].due) {
            break;
        }
        put(timers, place, timers[above].entry);
        place = above;
    }
    put(timers, place, entry);
    return place;
}

/* Move the entry, which belongs to `place` or below, down to where it belongs. */
static void move_down(struct v6nf_timer *timers, uint32_t count, uint32_t place, uint32_t entry)
{
    for (uint32_t i = 0; i < LEVELS_MAX && place < count / 2u; i++) {
        uint32_t below = 2u * place + 1u;
        if (below + 1u < count && due_at(timers, below + 1u) < due_at(timers, below)) {
            below++;
        }
        if (timers[entry].due <= due_at(timers, below)) {
            break;
        }
        put(timers, place, timers[below].entry);
        place = below;
    }
    put(timers, place, entry);
}

/* Move the entry from `place` to where it belongs. */
static void move(struct v6nf_timer *timers, uint32_t count, uint32_t place, uint32_t entry)
{
    move_down(timers, count, move_up(timers, place, entry), entry);
}

void v6nf_timer_queue_init(struct v6nf_timer *timers, uint32_t *count, uint32_t capacity)
{
    *count = 0;
    for (uint32_t i = 0; i < capacity; i++) {
        timers[i] = (struct v6nf_timer){.due = V6NF_TIMER_NEVER, .place = V6NF_TIMER_NONE};
    }
}

/* Take the entry out of its place: the last one fills it. */
static void cancel(struct v6nf_timer *timers, uint32_t *count, uint32_t entry)
{
    const uint32_t place = timers[entry].place;
    timers[entry].place = V6NF_TIMER_NONE;
    *count -= 1u;
    if (place != *count) {
        move(timers, *count, place, timers[*count].entry);
    }
}

void v6nf_timer_set(struct v6nf_timer *timers, uint32_t *count, uint32_t entry, uint64_t due)
{
    timers[entry].due = due;
    if (due == V6NF_TIMER_NEVER) {
        if (timers[entry].place != V6NF_TIMER_NONE) {
            cancel(timers, count, entry);
        }
        return;
    }
    if (timers[entry].place == V6NF_TIMER_NONE) {
        timers[entry].place = *count;
        *count += 1u;
    }
    move(timers, *count, timers[entry].place, entry);
}

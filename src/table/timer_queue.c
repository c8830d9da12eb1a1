/* timer_queue.c: a binary heap of timers: no timer ends before the one at the position above it. */
#include "v6nf/table/timer_queue.h"

/* At least the number of levels of a heap with 2^32 positions. */
#define LEVELS_MAX 32u

static void put_timer(struct v6nf_timer *timers, uint32_t position, uint32_t entry)
{
    timers[position].entry = entry;
    timers[entry].position = position;
}

static uint64_t due_at(const struct v6nf_timer *timers, uint32_t position)
{
    return timers[timers[position].entry].due;
}

/* Move the entry, which belongs at `position` or above, up to where it belongs. Return its new position. */
static uint32_t move_up(struct v6nf_timer *timers, uint32_t position, uint32_t entry)
{
    for (uint32_t i = 0; i < LEVELS_MAX && position > 0u; i++) {
        const uint32_t above = (position - 1u) / 2u;
        if (due_at(timers, above) <= timers[entry].due) {
            break;
        }
        put_timer(timers, position, timers[above].entry);
        position = above;
    }
    put_timer(timers, position, entry);
    return position;
}

/* Move the entry, which belongs at `position` or below, down to where it belongs. */
static void move_down(struct v6nf_timer *timers, uint32_t count, uint32_t position, uint32_t entry)
{
    for (uint32_t i = 0; i < LEVELS_MAX && position < count / 2u; i++) {
        uint32_t below = 2u * position + 1u;
        if (below + 1u < count && due_at(timers, below + 1u) < due_at(timers, below)) {
            below++;
        }
        if (timers[entry].due <= due_at(timers, below)) {
            break;
        }
        put_timer(timers, position, timers[below].entry);
        position = below;
    }
    put_timer(timers, position, entry);
}

/* Move the entry from `position` to where it belongs. */
static void move_timer(struct v6nf_timer *timers, uint32_t count, uint32_t position, uint32_t entry)
{
    move_down(timers, count, move_up(timers, position, entry), entry);
}

void v6nf_timer_queue_init(struct v6nf_timer *timers, uint32_t *count, uint32_t capacity)
{
    *count = 0;
    for (uint32_t i = 0; i < capacity; i++) {
        timers[i] = (struct v6nf_timer){.due = V6NF_TIMER_NEVER, .position = V6NF_TIMER_NONE};
    }
}

/* Remove the entry from its position, and move the last entry there. */
static void cancel_timer(struct v6nf_timer *timers, uint32_t *count, uint32_t position, uint32_t entry)
{
    timers[entry].position = V6NF_TIMER_NONE;
    *count -= 1u;
    if (position != *count) {
        move_timer(timers, *count, position, timers[*count].entry);
    }
}

void v6nf_timer_set(struct v6nf_timer *timers, uint32_t *count, uint32_t entry, uint64_t due)
{
    uint32_t position = timers[entry].position;
    timers[entry].due = due;
    if (due == V6NF_TIMER_NEVER) {
        if (position != V6NF_TIMER_NONE) {
            cancel_timer(timers, count, position, entry);
        }
        return;
    }
    if (position == V6NF_TIMER_NONE) {
        position = *count;
        *count += 1u;
    }
    move_timer(timers, *count, position, entry);
}

/* timer_queue_valid.c: the invariant of a timer queue, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

/* Return true if the entry's timer is at its position, or is not running. */
static bool is_timer_valid(const struct v6nf_timer *timers, uint32_t count, uint32_t entry)
{
    const uint32_t position = timers[entry].position;
    if (position == V6NF_TIMER_NONE) {
        return timers[entry].due == V6NF_TIMER_NEVER;
    }
    return position < count && timers[position].entry == entry && timers[entry].due != V6NF_TIMER_NEVER;
}

bool v6nf_timer_queue_is_valid(const struct v6nf_timer *timers, uint32_t count, uint32_t capacity)
{
    if (count > capacity) {
        return false;
    }
    for (uint32_t entry = 0; entry < capacity; entry++) {
        if (!is_timer_valid(timers, count, entry)) {
            return false;
        }
    }
    for (uint32_t position = 0; position < count; position++) {
        const uint32_t entry = timers[position].entry;
        if (entry >= capacity || timers[entry].position != position) {
            return false;
        }
        if (position > 0u && timers[timers[(position - 1u) / 2u].entry].due > timers[entry].due) {
            return false;
        }
    }
    return true;
}

#endif

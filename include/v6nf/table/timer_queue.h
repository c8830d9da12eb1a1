/* timer_queue.h: the timers of the entries of a table, at most one for each, in a heap: the next one that is due is
 * found at once, and the others are set, moved and cancelled in a time that grows with the logarithm of their number.
 *
 * The caller provides the memory: an array of timers. Its indexes are those of the entries and, at once, of the heap.
 * A call does at most two steps for each bit of the number of running timers.
 * Context: any. */
#ifndef V6NF_TABLE_TIMER_QUEUE_H
#define V6NF_TABLE_TIMER_QUEUE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_TIMER_NONE UINT32_MAX  /* in place of the index of an entry, or of a position in the heap: none */
#define V6NF_TIMER_NEVER UINT64_MAX /* time of a timer that is not running */

/* A timer. Its fields are for reading: v6nf_timer_set() writes them. */
struct v6nf_timer {
    uint64_t due;      /* time at which the timer of the entry with this index ends; V6NF_TIMER_NEVER: not running */
    uint32_t position; /* position of that entry in the heap; V6NF_TIMER_NONE: not running */
    uint32_t entry;    /* the entry at the position with this index */
};

/* Initialize timers, none of which is running.
 * timers: one for each entry.
 * count: the result, the number of running timers.
 * capacity: number of entries. */
void v6nf_timer_queue_init(struct v6nf_timer *timers, uint32_t *count, uint32_t capacity);

/* Start the timer of an entry, or move it.
 * timers: initialized.
 * count: the number of running timers, which is updated.
 * entry: index of the entry, below the capacity.
 * due: time at which the timer ends; V6NF_TIMER_NEVER cancels it. */
void v6nf_timer_set(struct v6nf_timer *timers, uint32_t *count, uint32_t entry, uint64_t due);

/* Return the entry whose timer ends first, V6NF_TIMER_NONE if no timer is running.
 * timers: initialized.
 * count: the number of running timers. */
static inline uint32_t v6nf_timer_first(const struct v6nf_timer *timers, uint32_t count)
{
    return count != 0u ? timers[0].entry : V6NF_TIMER_NONE;
}

/* Return the time at which the first timer ends, V6NF_TIMER_NEVER if none is running.
 * timers: initialized.
 * count: the number of running timers. */
static inline uint64_t v6nf_timer_next_due(const struct v6nf_timer *timers, uint32_t count)
{
    return count != 0u ? timers[timers[0].entry].due : V6NF_TIMER_NEVER;
}

#ifdef __cplusplus
}
#endif

#endif

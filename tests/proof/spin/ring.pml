/* ring.pml: a Spin model of the descriptor ring (include/v6nf/driver/ring.h, drivers/ring/ring.c, watch.c) and its
 * devices.
 *
 * receive and transmit are the devices, each at any speed. cpu is v6nf_ring_poll(), in steps wherever a device can
 * interleave. A poll that would change nothing blocks here instead of looping: a stalled ring is then a deadlock, which
 * Spin reports. A peer always has another frame.
 *
 * With PARKS, a card can stop sending at any time. The watch turns off an output that stops, parks it when it is off,
 * and lets it come back at descriptor 0.
 *
 * Ghost state shows who owns a buffer: `device` can receive into it, `filled` has a frame for the handler, an output
 * has not yet sent `pending`. The other variables are visible to the driver and the devices. */

#ifndef N
#define N 8        /* descriptors */
#define BURST 2    /* as in ring.h, but smaller */
#define RECYCLE 3  /* as in ring.h, but smaller */
#define OUTPUTS 1  /* 1 or 2 */
#define HEADS 1    /* 1: head write-back; 0: Descriptor Done in the marks */
#define ADVANCED 0 /* 1: each transmit descriptor looks like a received one, as those of an odd length do */
#define PARKS 0    /* times that an output stops, is parked, and comes back */
#endif

#define RELAXED 0 /* 1: relaxed ordering, heads may overtake each other on the bus */
#define MARKS (N / RECYCLE + 1)
#define CLEARS (ADVANCED || !HEADS)
#define AT(o, i) ((o) * N + (i))
#define NEXT(i) (((i) + 1) % N)
#define BEHIND(h) ((next + N - (h)) % N)
#define UNDER_WAY BEHIND(NEXT(receive_end))
#define PENDING(i) (pending[i] || pending[AT(OUTPUTS - 1, i)])

bit device[N];
bit filled[N];
bit pending[OUTPUTS * N];

bit done[N];           /* Descriptor Done, as a poll sees it */
bit rs[OUTPUTS * N];   /* Report Status */
bit sent[OUTPUTS * N]; /* SENT; in output 0's descriptors of the legacy format the same bit as done */
byte receive_head, receive_tail = N - 1;
byte head[OUTPUTS], tail[OUTPUTS], reported[OUTPUTS];
byte late[OUTPUTS]; /* with RELAXED, the head that others overtake plus 1, 0 if none */

/* Queues that are watched. A queue is turned off while it is ENDING, at some time. */
#define OPENED 0
#define ENDING 1
#define PARKED 2
byte state[OUTPUTS];
bit off[OUTPUTS];
bit waiting[OUTPUTS]; /* for the end of the ring, to come back */
bit stuck[OUTPUTS];   /* the card sends nothing; it may go on while it is turned off */
byte stops;

byte next, unmarked, receive_end = N - 1;
byte marks[MARKS], marks_first, marks_count, sent_until;

proctype receive()
{
    do
    :: atomic {
        receive_head != receive_tail ->
        assert(device[receive_head]);
        device[receive_head] = 0;
        filled[receive_head] = 1;
        done[receive_head] = 1;
        receive_head = NEXT(receive_head)
       }
    od
}

proctype transmit(byte o)
{
    byte i;
    do
    :: atomic {
        head[o] != tail[o] && !off[o] && !stuck[o] ->
        i = head[o];
        assert(pending[AT(o, i)]);
        pending[AT(o, i)] = 0;
        head[o] = NEXT(i);
        if
        :: rs[AT(o, i)] && HEADS -> reported[o] = head[o]
        :: rs[AT(o, i)] && HEADS && RELAXED && late[o] == 0 -> late[o] = head[o] + 1
        :: rs[AT(o, i)] && !HEADS ->
            sent[AT(o, i)] = 1;
            if
            :: o == 0 -> done[i] = 1
            :: else
            fi
        :: else
        fi;
        i = 0
       }
    :: atomic { late[o] > 0 -> reported[o] = late[o] - 1; late[o] = 0 }
    :: atomic { stops < PARKS && state[o] == OPENED && !stuck[o] -> stuck[o] = 1; stops++ }
    :: state[o] == ENDING && stuck[o] && !off[o] -> stuck[o] = 0
    :: state[o] == ENDING && !off[o] -> off[o] = 1
    od
}

/* -- v6nf_ring_recycle() ------------------------------------------------------------------------------------------- */

#define REPORTED(i) (sent[i] && sent[AT(OUTPUTS - 1, i)])

/* v6nf_ring_skip_parked(): the head of a parked output is `next`, and its marks are reported. */
inline skip_parked()
{
    d_step {
        o = 0;
        do
        :: o < OUTPUTS && state[o] == PARKED && !HEADS && i < marks_count ->
            sent[AT(o, marks[(marks_first + i) % MARKS])] = 1;
            done[marks[(marks_first + i) % MARKS]] = (o == 0 -> 1 : done[marks[(marks_first + i) % MARKS]]);
            i++
        :: o < OUTPUTS && !(state[o] == PARKED && !HEADS && i < marks_count) -> o++; i = 0
        :: o == OUTPUTS -> break
        od;
        o = 0;
    }
}

/* Read each head once. A head may advance while the other is read. A card may write an impossible head and then correct
 * it: outside the ring, ahead of the handled descriptors, or behind the sent ones. */
inline earliest_head()
{
    behind = 0;
    o = 0;
    do
    :: o < OUTPUTS ->
        atomic {
            if
            :: state[o] == PARKED -> value = next
            :: state[o] != PARKED -> value = reported[o]
            :: state[o] != PARKED -> value = N
            :: state[o] != PARKED && UNDER_WAY < N - 1 -> value = NEXT(next)
            :: state[o] != PARKED && UNDER_WAY < N - 1 -> value = receive_end
            fi;
            value = (value < N -> BEHIND(value) : UNDER_WAY);
            if
            :: value > behind -> behind = value
            :: else
            fi;
            value = 0;
            o++
        }
    :: else -> break
    od;
    atomic { earliest = (next + N - (behind < UNDER_WAY -> behind : UNDER_WAY)) % N; behind = 0; o = 0 }
}

inline earliest_mark()
{
    do
    :: marks_count > 0 && REPORTED(marks[marks_first]) ->
        d_step {
            sent_until = NEXT(marks[marks_first]);
            marks[marks_first] = 0;
            marks_first = (marks_first + 1) % MARKS;
            marks_count--
        }
    :: else -> break
    od;
    earliest = sent_until
}

inline clear()
{
    d_step {
        i = receive_end;
        do
        :: i != end ->
            i = NEXT(i);
            assert(!device[i] && !filled[i] && !PENDING(i));
            done[i] = 0;
            sent[i] = 0
        :: else -> break
        od;
        i = 0
    }
}

inline give_back()
{
    d_step {
        i = receive_end;
        do
        :: i != end ->
            assert(!device[i] && !filled[i] && !PENDING(i));
            device[i] = 1;
            i = NEXT(i)
        :: else -> break
        od;
        receive_end = end;
        receive_tail = end;
        i = 0;
        end = 0
    }
}

inline recycle()
{
#if PARKS
    skip_parked();
#endif
    if
    :: HEADS -> earliest_head()
    :: else -> earliest_mark()
    fi;
    atomic { end = (earliest + N - 1) % N; earliest = 0 };
    if
    :: CLEARS -> clear()
    :: else
    fi;
    give_back()
}

/* True if recycle() would change anything. */
#define IS_SENT(o) (state[o] == PARKED || sent[AT(o, marks[marks_first])])
#define LATE(o) (state[o] == PARKED -> 0 : BEHIND(reported[o]))
#define MAX_LATE (LATE(0) > LATE(OUTPUTS - 1) -> LATE(0) : LATE(OUTPUTS - 1))
#define CAN_RECYCLE ((HEADS && (next + N - MAX_LATE + N - 1) % N != receive_end) || \
                     (!HEADS && marks_count > 0 && IS_SENT(0) && IS_SENT(OUTPUTS - 1)))

/* -- v6nf_ring_watch() --------------------------------------------------------------------------------------------- */

#define MUST_END(o) (state[o] == OPENED && stuck[o])

inline end_output(w)
{
    state[w] = ENDING
}

/* The queue is off: its frames are dropped. */
inline park(w)
{
    d_step {
        i = 0;
        do
        :: i < N -> pending[AT(w, i)] = 0; i++
        :: else -> break
        od;
        i = 0;
        state[w] = PARKED
    };
    skip_parked()
}

/* The queue is turned on: it begins at 0, and so must the ring. */
inline open_again(w)
{
    skip_parked();
    d_step {
        reported[w] = 0;
        head[w] = 0;
        tail[w] = 0;
        off[w] = 0;
        stuck[w] = 0;
        waiting[w] = 0;
        state[w] = OPENED
    }
}

inline open_waiting()
{
    if
    :: next == 0 && waiting[0] -> open_again(0)
    :: else
    fi;
    if
    :: next == 0 && OUTPUTS == 2 && waiting[OUTPUTS - 1] -> open_again(OUTPUTS - 1)
    :: else
    fi
}

/* The link is back. */
inline come_back(w)
{
    waiting[w] = 1;
    open_waiting()
}

/* After a mark: let a mark follow at the end of the ring. */
inline await_end()
{
    open_waiting();
    if
    :: (waiting[0] || waiting[OUTPUTS - 1]) && N - next < RECYCLE -> unmarked = RECYCLE - (N - next)
    :: else
    fi
}

/* -- v6nf_ring_mark(), v6nf_ring_poll() ---------------------------------------------------------------------------- */

inline mark()
{
    recycle();
    d_step {
        i = (next + N - 1) % N;
        if
        :: !HEADS && marks_count < MARKS ->
            marks[(marks_first + marks_count) % MARKS] = i;
            marks_count++
        :: else
        fi;
        rs[i] = 1;
        rs[AT(OUTPUTS - 1, i)] = 1;
        unmarked = 0;
        i = 0
    };
#if PARKS
    await_end()
#endif
}

/* Handle a frame and write its commands, before any tail. */
inline handle()
{
    d_step {
        i = next + count;
        assert(filled[i]);
        filled[i] = 0;
        pending[i] = state[0] != PARKED;
        pending[AT(OUTPUTS - 1, i)] = state[OUTPUTS - 1] != PARKED;
        rs[i] = 0;
        rs[AT(OUTPUTS - 1, i)] = 0;
        sent[i] = 0;
        sent[AT(OUTPUTS - 1, i)] = 0;
        done[i] = ADVANCED;
        count++;
        i = 0
    }
}

proctype cpu()
{
    byte count, limit, behind, value, earliest, end, i, o;
    do
    :: done[next] ->
        limit = (N - next < BURST -> N - next : BURST);
        do
        :: count < limit && done[next + count] -> handle()
        :: else -> break
        od;
        atomic { next = (next + count) % N; unmarked = unmarked + count; count = 0; limit = 0 };
        if
        :: unmarked >= RECYCLE -> mark()
        :: else
        fi;
        do
        :: o < OUTPUTS && state[o] == OPENED -> d_step { tail[o] = next; o++ }
        :: o < OUTPUTS && state[o] != OPENED -> o++
        :: else -> break
        od;
        o = 0
    :: !done[next] && CAN_RECYCLE -> recycle()
    :: PARKS && MUST_END(0) -> end_output(0)
    :: PARKS && OUTPUTS == 2 && MUST_END(OUTPUTS - 1) -> end_output(OUTPUTS - 1)
    :: PARKS && state[0] == ENDING && off[0] -> park(0)
    :: PARKS && OUTPUTS == 2 && state[OUTPUTS - 1] == ENDING && off[OUTPUTS - 1] -> park(OUTPUTS - 1)
    :: PARKS && state[0] == PARKED && !waiting[0] -> come_back(0)
    :: PARKS && OUTPUTS == 2 && state[OUTPUTS - 1] == PARKED && !waiting[OUTPUTS - 1] -> come_back(OUTPUTS - 1)
    od
}

init
{
    byte k;
    atomic {
        do
        :: k < N - 1 -> device[k] = 1; k++
        :: else -> break
        od;
        k = 0;
        run receive();
        run transmit(0);
        if
        :: OUTPUTS == 2 -> run transmit(1)
        :: else
        fi;
        run cpu()
    }
}

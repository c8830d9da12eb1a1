/* shm.pml: two sides that pass buffers to each other through queues in shared memory, and sleep (include/v6nf/driver/shm.h,
 * drivers/shm/shm.c), for Spin.
 *
 * Each side takes from one queue and puts into the other; what one does to a queue, the other may do at any moment
 * between two steps of it, or long after. A store is not yet in memory: it waits in its side's store buffer, and stores
 * to different words get there in any order, unless a barrier waits for them. That is more than x86 does (there, the
 * order stays) and as much as ARM does with stores. Loads happen at once and in order.
 *
 * What may not be: a side that sleeps although its queue holds something and nobody is about to notify it; a descriptor
 * that is read before it is written; a notification that was not asked for, or a second one for one request; a state in
 * which nothing goes on. */

#ifndef N
#define N 2     /* buffers */
#define TIMER 1 /* 1: sleepers also wake up by themselves */
#endif

#define LAPS (2 * N) /* indexes count to this: a descriptor is told from the one of the lap before */
#define AT(s, i) ((s) * N + (i) % N)
#define LAP(i) ((i) / N)

/* Memory. Queue s is what side s takes from. A descriptor is the lap that it was written in. */
byte tail[2];
bit signalled[2];
bit descriptor[2 * N];

/* Store buffers: side s writes the other's queue, and the flags of both. */
bit tail_waits[2];
byte tail_value[2];
bit signalled_waits[4];
bit signalled_value[4];
bit descriptor_waits[2 * N];
bit descriptor_value[2 * N];

bit rung[2];     /* a notification that was not taken yet */
bit asleep[2];
bit telling[2];  /* has put something, and has not yet decided whether to notify */
bit asked[2];    /* ghost: queue s got a request, since its producer last heeded one */
byte taken[2];

#define FLAG(s, q) (2 * (s) + (q))
#define SEES(s, q) (signalled_waits[FLAG(s, q)] -> signalled_value[FLAG(s, q)] : signalled[q])
#define SIGNALLED(s) SEES(s, 1 - (s))
#define WAITING(s) ((tail[s] + LAPS - taken[s]) % LAPS)

inline store_tail(s, value)
{
    atomic { !tail_waits[s]; tail_waits[s] = 1; tail_value[s] = value }
}

inline store_flag(s, q, value)
{
    atomic { !signalled_waits[FLAG(s, q)]; signalled_waits[FLAG(s, q)] = 1; signalled_value[FLAG(s, q)] = value }
}

inline store_descriptor(s, i, value)
{
    atomic { !descriptor_waits[AT(s, i)]; descriptor_waits[AT(s, i)] = 1; descriptor_value[AT(s, i)] = value }
}

/* N is 3 at most. */
#define DESCRIPTORS_WAIT(s) \
    (descriptor_waits[AT(s, 0)] || descriptor_waits[AT(s, N / 2)] || descriptor_waits[AT(s, N - 1)])
#define STORES_WAIT(s) \
    (tail_waits[s] || signalled_waits[FLAG(s, 0)] || signalled_waits[FLAG(s, 1)] || DESCRIPTORS_WAIT(s))

inline barrier(s)
{
    !STORES_WAIT(s)
}

/* A store gets to memory. */
proctype buffer(bit s)
{
    byte i;
end:
    do
    :: d_step { tail_waits[s] -> tail[1 - s] = tail_value[s]; tail_waits[s] = 0; tail_value[s] = 0 }
    :: d_step { signalled_waits[FLAG(s, 0)] ->
        signalled[0] = signalled_value[FLAG(s, 0)]; asked[0] = asked[0] || !signalled[0];
        signalled_waits[FLAG(s, 0)] = 0; signalled_value[FLAG(s, 0)] = 0 }
    :: d_step { signalled_waits[FLAG(s, 1)] ->
        signalled[1] = signalled_value[FLAG(s, 1)]; asked[1] = asked[1] || !signalled[1];
        signalled_waits[FLAG(s, 1)] = 0; signalled_value[FLAG(s, 1)] = 0 }
    :: atomic { DESCRIPTORS_WAIT(s) ->
        if
        :: descriptor_waits[AT(s, 0)] -> i = 0
        :: descriptor_waits[AT(s, N / 2)] -> i = N / 2
        :: descriptor_waits[AT(s, N - 1)] -> i = N - 1
        fi;
        descriptor[AT(1 - s, i)] = descriptor_value[AT(s, i)];
        descriptor_waits[AT(s, i)] = 0; descriptor_value[AT(s, i)] = 0; i = 0 }
    od
}

/* -- v6nf_shm_take(), v6nf_shm_put() ------------------------------------------------------------------------------- */

inline take()
{
    atomic {
        assert(descriptor[AT(me, taken[me])] == LAP(taken[me]));
        taken[me] = (taken[me] + 1) % LAPS
    }
}

inline put_descriptor()
{
    store_descriptor(me, put, LAP(put));
    put = (put + 1) % LAPS
}

/* -- v6nf_shm_publish(), v6nf_shm_must_notify() ------------------------------------------------------------------- */

inline tell_put()
{
    telling[me] = 1;
    barrier(me); /* before the index */
    store_tail(me, put)
}

inline heed_request()
{
    assert(asked[1 - me]);
    asked[1 - me] = 0
}

inline ring()
{
    rung[1 - me] = 1
}

inline notify()
{
    barrier(me); /* before the flag is read */
    if
    :: atomic { !SIGNALLED(me) -> heed_request() };
        store_flag(me, 1 - me, 1);
        barrier(me); /* before the consumer wakes up */
        ring()
    :: else
    fi;
    telling[me] = 0
}

/* -- v6nf_shm_may_sleep() ------------------------------------------------------------------------------------------ */

inline request()
{
    atomic { store_flag(me, me, 0); requested = 1 }
}

inline cancel()
{
    atomic { store_flag(me, me, 1); requested = 0 }
}

inline sleep()
{
    asleep[me] = 1;
    do
    :: atomic { rung[me] -> rung[me] = 0; asleep[me] = 0; break }
    :: atomic { TIMER -> asleep[me] = 0; break }
    od
}

inline ask_and_sleep()
{
    request();
    barrier(me); /* before the last look */
    if
    :: WAITING(me) == 0 -> sleep()
    :: else -> cancel()
    fi
}

proctype side(bit me)
{
    byte put, count;
    bit requested;
    put = (me == 0 -> 0 : N);
    do
    :: if
       :: requested -> cancel()
       :: else
       fi;
       count = WAITING(me);
       if
       :: count > 0 ->
            do
            :: count > 0 -> take(); put_descriptor(); count--
            :: else -> break
            od;
            tell_put();
            notify()
       :: else -> ask_and_sleep()
       fi
    od
}

/* -- What may not be ----------------------------------------------------------------------------------------------- */

#define OVERSLEEPS(s) (asleep[s] && !rung[s] && WAITING(s) > 0 && !telling[1 - (s)] && !tail_waits[1 - (s)])

proctype watch()
{
end:
    do
    :: atomic { OVERSLEEPS(0) || OVERSLEEPS(1) -> assert(false) }
    od
}

init
{
    byte k;
    atomic {
        do
        :: k < N -> descriptor[AT(1, k)] = 1; k++
        :: else -> break
        od;
        k = 0;
        tail[0] = N; /* all buffers begin with side 0 */
        signalled[0] = 1;
        signalled[1] = 1;
        run buffer(0);
        run buffer(1);
        run side(0);
        run side(1);
        run watch()
    }
}

/* shm.pml: a Spin model of two sides that pass buffers through queues in shared memory, request notifications and sleep
 * (include/v6nf/driver/shm.h, drivers/shm/shm.c).
 *
 * Each side takes from one queue and puts into the other. The steps of both sides interleave in any order. Stores wait
 * in the store buffer of their side. Stores to different words reach memory in any order, unless a barrier waits for
 * them. This is weaker than x86, which keeps the order of stores, and as weak as ARM. Loads execute immediately and in
 * order.
 *
 * Errors: a side sleeps although its queue is not empty and no notification is pending or being decided; a descriptor
 * is read before it is written; a notification without a request, or a second one for the same request; a deadlock. */

#ifndef N
#define N 2     /* buffers */
#define TIMER 1 /* 1: sleepers also wake up by themselves */
#endif

#define LAPS (2 * N) /* modulus of indexes: it distinguishes a descriptor from that of the lap before */
#define AT(s, i) ((s) * N + (i) % N)
#define LAP(i) ((i) / N)

/* Memory. Side s takes from queue s. A descriptor contains the lap that it was written in. */
byte tail[2];
bit signalled[2];
bit descriptor[2 * N];

/* Store buffers: side s writes the other side's queue, and the flags of both queues. */
bit tail_waits[2];
byte tail_value[2];
bit signalled_waits[4];
bit signalled_value[4];
bit descriptor_waits[2 * N];
bit descriptor_value[2 * N];

bit notified[2];  /* a pending notification */
bit asleep[2];
bit undecided[2]; /* has put something, and has not yet decided whether to notify */
bit requests[2];  /* ghost: queue s has a request that its producer has not answered */
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

/* N is at most 3. */
#define DESCRIPTORS_WAIT(s) \
    (descriptor_waits[AT(s, 0)] || descriptor_waits[AT(s, N / 2)] || descriptor_waits[AT(s, N - 1)])
#define STORES_WAIT(s) \
    (tail_waits[s] || signalled_waits[FLAG(s, 0)] || signalled_waits[FLAG(s, 1)] || DESCRIPTORS_WAIT(s))

inline barrier(s)
{
    !STORES_WAIT(s)
}

/* Move a store to memory. */
proctype buffer(bit s)
{
    byte i;
end:
    do
    :: d_step { tail_waits[s] -> tail[1 - s] = tail_value[s]; tail_waits[s] = 0; tail_value[s] = 0 }
    :: d_step { signalled_waits[FLAG(s, 0)] ->
        signalled[0] = signalled_value[FLAG(s, 0)]; requests[0] = requests[0] || !signalled[0];
        signalled_waits[FLAG(s, 0)] = 0; signalled_value[FLAG(s, 0)] = 0 }
    :: d_step { signalled_waits[FLAG(s, 1)] ->
        signalled[1] = signalled_value[FLAG(s, 1)]; requests[1] = requests[1] || !signalled[1];
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

inline publish()
{
    undecided[me] = 1;
    barrier(me); /* before the index */
    store_tail(me, put)
}

inline answer_request()
{
    assert(requests[1 - me]);
    requests[1 - me] = 0
}

inline send_notification()
{
    notified[1 - me] = 1
}

inline notify()
{
    barrier(me); /* before the flag is read */
    if
    :: atomic { !SIGNALLED(me) -> answer_request() };
        store_flag(me, 1 - me, 1);
        barrier(me); /* before the consumer wakes up */
        send_notification()
    :: else
    fi;
    undecided[me] = 0
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
    :: atomic { notified[me] -> notified[me] = 0; asleep[me] = 0; break }
    :: atomic { TIMER -> asleep[me] = 0; break }
    od
}

inline request_and_sleep()
{
    request();
    barrier(me); /* before the final check */
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
            publish();
            notify()
       :: else -> request_and_sleep()
       fi
    od
}

/* -- Errors -------------------------------------------------------------------------------------------------------- */

#define OVERSLEEPS(s) (asleep[s] && !notified[s] && WAITING(s) > 0 && !undecided[1 - (s)] && !tail_waits[1 - (s)])

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

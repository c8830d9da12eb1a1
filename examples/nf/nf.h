/* nf.h: the interface between a network function and run.c.
 *
 * A function is one file: a handler that NF_POLL() compiles into the loop of a ring of cards, and into that of virtio
 * devices. The same handler also runs on groups of ports, and on ports of any other kind. run.c opens a path from each
 * input to NF_OUTPUTS others, the next ones in the order in which they were named or found, and to the input itself if
 * the function asks for it (NF_ANSWERS). One such set of paths is an agent. */
#ifndef EXAMPLES_NF_H
#define EXAMPLES_NF_H

#include <stddef.h>
#include <stdint.h>

#include "v6nf/driver/forward.h"
#include "v6nf/driver/nic.h"
#include "v6nf/driver/ring.h"
#include "v6nf/driver/virtio_ring.h"

/* 1, or 2 for a function that sends to two outputs. */
#ifndef NF_OUTPUTS
#define NF_OUTPUTS 1u
#endif

#define NF_INPUTS (NF_OUTPUTS + 1u)

/* 1 for a function that also sends to the interface that a frame came from, such as errors: it defines this before it
 * includes nf.h. That output is number NF_BACK. nf_send_all() does not send to it. */
#ifndef NF_ANSWERS
#define NF_ANSWERS 0u
#endif

#define NF_BACK NF_OUTPUTS                /* number of the output to the input itself */
#define NF_WAYS (NF_OUTPUTS + NF_ANSWERS) /* outputs of a path */

#define NF_SECRET_SIZE 16u

/* What a path runs on. */
enum nf_kind {
    NF_LEGACY,   /* a ring of cards with legacy descriptors */
    NF_ADVANCED, /* a ring of cards with advanced descriptors */
    NF_VIRTIO,   /* a ring of virtio devices */
    NF_GROUP,    /* a port that sends by all ports of its group, of which each input is one (AF_XDP) */
    NF_PORTS     /* ports of any kind */
};

/* An input and its outputs. */
struct nf_path {
    struct v6nf_ring ring; /* of both kinds of cards; first, so that its address needs no register of its own */
    enum nf_kind kind;
    struct v6nf_virtio_ring virtio;
    struct v6nf_forward ports; /* of NF_PORTS */
    struct v6nf_port *port;    /* of NF_GROUP */
    uint32_t number;           /* of that port in its group */
};

/* A handler whose output j is port (number + 1 + j) % NF_INPUTS of a group: NF_BACK is port `number`. */
struct nf_group_handler {
    v6nf_handler *handler;
    void *context;
    uint32_t number;
};

/* Name of the function, for the console. */
extern const char nf_name[];

/* Bytes of the state of the function. Each agent has one of its own: the function itself has no static variables. */
extern const uint32_t nf_state_size;

/* Size for a function without a state. */
#define NF_NO_STATE 0u

/* An option of a function on the command line, in addition to those of linux.c and board.c. It takes a value. What it
 * sets is written before the first agent starts, and is constant afterwards: agents share it. */
struct nf_option {
    const char *name;                       /* such as "--inside" */
    const char *usage;                      /* its value, and a line for --help */
    const char *(*read)(const char *value); /* return NULL, or the problem */
};

/* What the user of a function sees of it. */
struct nf_extra {
    const struct nf_option *options; /* up to one without a name; NULL: none */
    const char *(*check)(void);      /* called after all options; return NULL, or the problem; NULL: nothing to check */
    const char *const *counters; /* names, up to NULL, of as many uintptr_t that the state begins with; NULL: none */
    uint32_t answers;            /* NF_ANSWERS */
};

/* Extras of a function without options and counters. */
#define NF_NO_EXTRAS                                                                                                   \
    {                                                                                                                  \
        NULL, NULL, NULL, NF_ANSWERS                                                                                   \
    }

extern const struct nf_extra nf_extras;

/* Add 1 to a counter of the state. Other threads read it, a whole word at a time. */
static inline void nf_count(uintptr_t *counter)
{
    __atomic_store_n(counter, *counter + 1u, __ATOMIC_RELAXED);
}

/* Initialize the state of an agent, before its first packet.
 * state: nf_state_size bytes, all zero, in cache lines that no one else uses.
 * secret: NF_SECRET_SIZE unpredictable bytes, of this agent only. */
void nf_start(void *state, const uint8_t *secret);

/* Handle a burst of packets that number `input` received. Return the number of packets. */
uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now);

/* Poll virtio devices. This is apart, so that the loops of cards stay as they are; the compiler knows the handler. */
static __attribute__((noinline, unused)) uint32_t nf_poll_virtio(struct nf_path *path, v6nf_handler *handler,
                                                                 void *context)
{
    return v6nf_virtio_ring_poll(&path->virtio, NF_WAYS, handler, context);
}

static __attribute__((unused)) void nf_handle_in_group(void *context, uint8_t *frame, uint32_t length,
                                                       uint32_t capacity, uint32_t *lengths)
{
    const struct nf_group_handler *group = (const struct nf_group_handler *)context;
    uint32_t own[V6NF_PORT_OUTPUTS_MAX] = {0};
    group->handler(group->context, frame, length, capacity, own);
    for (uint32_t i = 0; i < NF_WAYS; i++) {
        lengths[(group->number + 1u + i) % NF_INPUTS] = own[i];
    }
}

/* Poll a port of a group: frames stay in their buffers. */
static __attribute__((noinline, unused)) uint32_t nf_poll_group(const struct nf_path *path, v6nf_handler *handler,
                                                                void *context)
{
    struct nf_group_handler group = {handler, context, path->number};
    return path->port->operations->poll(path->port, nf_handle_in_group, &group);
}

/* Poll with a constant format, as v6nf_ring_poll() needs it. This costs one branch for each burst. */
#define NF_POLL(path, handler, context)                                                                                \
    ((path)->kind == NF_LEGACY     ? v6nf_ring_poll(&(path)->ring, V6NF_RING_LEGACY, NF_WAYS, handler, context)        \
     : (path)->kind == NF_ADVANCED ? v6nf_ring_poll(&(path)->ring, V6NF_RING_ADVANCED, NF_WAYS, handler, context)      \
     : (path)->kind == NF_VIRTIO   ? nf_poll_virtio(path, handler, context)                                            \
     : (path)->kind == NF_GROUP    ? nf_poll_group(path, handler, context)                                             \
                                   : v6nf_forward_poll(&(path)->ports, handler, context))

/* Send the whole frame on each output. */
static inline void nf_send_all(uint32_t length, uint32_t *lengths)
{
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        lengths[i] = length;
    }
}

#endif

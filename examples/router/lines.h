/* lines.h: the lines that configure the router, from a file or from the control socket. They touch only
 * struct program: no file, no socket, no clock. */
#ifndef LINES_H
#define LINES_H

#include "v6nf/router/router.h"

#define LINE_SIZE 513u   /* a line and its zero */
#define WORDS_MAX 32u    /* words of a line */
#define ANSWER_SIZE 256u /* an answer to a line, and its zero */

/* The router, its interfaces, and what only the program knows of them. */
struct program {
    struct v6nf_router router;
    struct v6nf_fib fib;
    uint32_t count;                                    /* interfaces */
    const char *names[V6NF_ROUTER_INTERFACES_MAX];     /* of the ports */
    const uint8_t *macs[V6NF_ROUTER_INTERFACES_MAX];   /* of the ports */
    uint32_t port_mtus[V6NF_ROUTER_INTERFACES_MAX];    /* of the ports */
    uint32_t mtus[V6NF_ROUTER_INTERFACES_MAX];         /* of the links: the same, or less */
    uint64_t output_drops[V6NF_ROUTER_INTERFACES_MAX]; /* frames that were due, and found no buffer of the port */
    bool has_lifetimes[V6NF_ROUTER_INTERFACES_MAX][V6NF_ADVERTISER_PREFIXES]; /* a line gives those of the prefix */
    bool has_started;                                  /* program_start() has made nodes of the interfaces */
    struct v6nf_router_interface interfaces[V6NF_ROUTER_INTERFACES_MAX];
    struct v6nf_node nodes[V6NF_ROUTER_INTERFACES_MAX];
};

/* What a `show` line has still to write. */
enum show_kind { SHOW_NOTHING, SHOW_ROUTES, SHOW_NEIGHBORS, SHOW_COUNTERS, SHOW_ADDRESSES };

struct show {
    enum show_kind kind;
    uint32_t next; /* entry */
};

/* Make nodes and the router, with the MTUs that lines have set.
 * memory: V6NF_FIB_WORDS(routes, routes, program_hops(routes), 16) words.
 * secret: V6NF_ROUTER_SECRET_SIZE unpredictable bytes.
 * Return false if the library refuses that. */
bool program_start(struct program *program, uint64_t *memory, uint32_t routes, const uint8_t *secret, uint64_t now);

/* Return how many next hops so many routes may have. */
uint32_t program_hops(uint32_t routes);

/* Do what a line says. Before program_start(), only `mtu` is done, and all others are left for later.
 * line: zero-terminated, without its end of line; it is changed.
 * answer: ANSWER_SIZE characters: "ok", or "error: " with what is wrong. Empty for a line without words.
 * show: set if the line asks for a list, which show_next() writes before the answer.
 * Return false for an error. */
bool read_line(struct program *program, char *line, char *answer, struct show *show, uint64_t now);

/* Write the next line of a list, without its end of line. It looks at a bounded number of entries in each call.
 * text: ANSWER_SIZE characters; empty if these entries have nothing to show.
 * Return false at the end of the list. */
bool show_next(const struct program *program, struct show *show, char *text);

#endif

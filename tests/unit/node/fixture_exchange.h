/* fixture_exchange.h: a node, a frame to it, and the frame that it must answer with. */
#ifndef UNIT_NODE_FIXTURE_EXCHANGE_H
#define UNIT_NODE_FIXTURE_EXCHANGE_H

#include "fixture_frame_error.h"
#include "fixture_node.h"

extern struct fixture f;
extern struct test_frame in;       /* to the node */
extern struct test_frame expected; /* from the node */

/* Setup functions of CMocka: start `f`; the second also makes its peer REACHABLE. */
int setup_node(void **state);
int setup_exchange(void **state);

/* Hand `in` to the node, and compare what it transmits with `expected`. */
#define assert_answered()                                                                                              \
    do {                                                                                                               \
        fixture_mark(&f);                                                                                              \
        fixture_input(&f, &in);                                                                                        \
        assert_frame(&f.out, &expected);                                                                               \
    } while (0)

/* Hand `in` to the node. Nothing is transmitted, and `cause` is counted once. */
#define assert_dropped(cause)                                                                                          \
    do {                                                                                                               \
        fixture_mark(&f);                                                                                              \
        fixture_input(&f, &in);                                                                                        \
        assert_nothing(&f.out);                                                                                        \
        assert_counted(&f, cause, 1);                                                                                  \
    } while (0)

#endif

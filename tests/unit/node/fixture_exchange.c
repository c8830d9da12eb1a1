/* fixture_exchange.c: see fixture_exchange.h. */
#include "fixture_exchange.h"

struct fixture f;
struct test_frame in;
struct test_frame expected;

int setup_node(void **state)
{
    (void)state;
    fixture_start(&f);
    return 0;
}

int setup_exchange(void **state)
{
    (void)setup_node(state);
    fixture_make_reachable(&f, &f.peer);
    return 0;
}

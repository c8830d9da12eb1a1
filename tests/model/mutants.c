/* mutants.c: the tests of a mutant end at the first that fails. The linker (--wrap) calls this instead of CMocka. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct CMUnitTest unit_test;

int __real__cmocka_run_group_tests(const char *name, const unit_test *tests, size_t count, CMFixtureFunction set_up,
                                   CMFixtureFunction tear_down);
int __wrap__cmocka_run_group_tests(const char *name, const unit_test *tests, size_t count, CMFixtureFunction set_up,
                                   CMFixtureFunction tear_down);

int __wrap__cmocka_run_group_tests(const char *name, const unit_test *tests, size_t count, CMFixtureFunction set_up,
                                   CMFixtureFunction tear_down)
{
    for (size_t i = 0; i < count; i++) {
        if (__real__cmocka_run_group_tests(name, tests + i, 1, set_up, tear_down) != 0) {
            exit(EXIT_FAILURE);
        }
    }
    return 0;
}

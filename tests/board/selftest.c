/* selftest.c: an image that finds out whether its board keeps what env.h promises, and ends with 0 if it does, otherwise 1. */
#include "../unit/env_selftest.h"
#include "v6nf/env.h"

int main(void)
{
    const uint32_t failures = env_selftest();
    for (const char *text = failures == 0u ? "selftest: passed\n" : "selftest: failed\n"; *text != '\0'; text++) {
        v6nf_env_console(*text);
    }
    return failures == 0u ? 0 : 1;
}

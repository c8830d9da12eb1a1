/* env_selftest.h: checks of a board against the contracts of env.h. They run on the board, and need only the v6nf_env_*
 * functions, no C library. */
#ifndef UNIT_ENV_ENV_SELFTEST_H
#define UNIT_ENV_ENV_SELFTEST_H

#include <stdint.h>

/* Check the board. Print a line for each check on its console: "ok: ...", "FAILED: ...", or "note: ..." for optional
 * features. Use about 32 KiB of v6nf_env_memory(), which are never freed, and less than a second. Return the number of
 * failed checks. */
uint32_t env_selftest(void);

#endif

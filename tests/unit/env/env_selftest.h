/* env_selftest.h: does a board keep what env.h promises? Runs on the board itself: needs the v6nf_env_* functions and
 * nothing else, no C library. */
#ifndef UNIT_ENV_ENV_SELFTEST_H
#define UNIT_ENV_ENV_SELFTEST_H

#include <stdint.h>

/* Checks the board, and prints a line for each check on its console: "ok: ...", "FAILED: ...", or "note: ..." for what
 * a board may lack. Takes about 32 KiB of v6nf_env_memory(), which are never given back, and less than a second. Returns
 * how many checks failed. */
uint32_t env_selftest(void);

#endif

/* end.h: a last call when a process exits or is ended by a signal. */
#ifndef ENV_LINUX_END_H
#define ENV_LINUX_END_H

#include <stdbool.h>

/* Register `last` for the end of this process: exit(), quick_exit(), or a return from main(). If `by_signal`, also for
 * each signal for which the program has no handler at the time of this call; the signal then ends the process as usual.
 * `last` is not called in forked children, nor at _exit(), execve() and SIGKILL. It must be async-signal-safe, and may
 * be called more than once. A second call with the same function is harmless. Return false if registration failed. */
bool v6nf_linux_at_end(void (*last)(void), bool by_signal);

#endif

/* end.h: what a process still does when it ends, by itself or by a signal. */
#ifndef ENV_LINUX_END_H
#define ENV_LINUX_END_H

#include <stdbool.h>

/* Has `last` called when this process ends: by exit() or quick_exit(), by a return from main(), or, if `by_signal`, by
 * a signal for which the program has no handler at this moment, and which then ends it as always. Not called in
 * children that it forks, nor at _exit(), execve() and SIGKILL, where no one can. `last` must be async-signal-safe, and
 * may be called more than once. Returns false if that cannot be. Calling it again with the same function is harmless.
 * */
bool v6nf_linux_at_end(void (*last)(void), bool by_signal);

#endif

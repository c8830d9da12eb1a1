/* rte_errno.h: the reason of a call that failed. */
#ifndef RTE_ERRNO_H
#define RTE_ERRNO_H

/* One thread runs the layer. */
extern int rte_errno;

const char *rte_strerror(int number);

#endif

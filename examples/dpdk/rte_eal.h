/* rte_eal.h: start and end of a program. README.md lists the options. */
#ifndef RTE_EAL_H
#define RTE_EAL_H

#include "rte_common.h"

/* Read the options up to "--", and open the ports that they name. Return the number of arguments that were read, -1 on
 * an error; rte_errno is then the reason. */
int rte_eal_init(int argc, char **argv);

/* Stop all ports. Return 0. */
int rte_eal_cleanup(void);

#endif

/* rte_branch_prediction.h: likely() and unlikely() are in rte_common.h. */
#ifndef RTE_BRANCH_PREDICTION_H
#define RTE_BRANCH_PREDICTION_H

#include "rte_common.h"

#endif

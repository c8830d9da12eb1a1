#include "suite.h"
const struct conformance_case section_1_3[] = {END_OF_CASES};

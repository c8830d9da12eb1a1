#include "suite.h"
const struct conformance_case section_2_2[] = {END_OF_CASES};

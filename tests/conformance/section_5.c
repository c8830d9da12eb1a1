#include "suite.h"
const struct conformance_case section_5[] = {END_OF_CASES};

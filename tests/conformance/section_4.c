#include "suite.h"
const struct conformance_case section_4[] = {END_OF_CASES};

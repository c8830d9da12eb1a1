#include "router_suite.h"
#if V6NF_FORWARDING
const struct router_case router_section_2[] = {{NULL, NULL, NULL, 0}};
#endif

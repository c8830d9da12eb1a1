/* status.c: texts of the statuses that configuration calls return. Linked only into programs that print them. */
#include "v6nf/status.h"

const char *v6nf_status_text(enum v6nf_status status)
{
    switch (status) {
    case V6NF_OK:
        return "done";
    case V6NF_INVALID:
        return "an argument is not one that the call allows";
    case V6NF_FULL:
        return "the table is full: build library and program with a larger one (config.h)";
    case V6NF_EXISTS:
        return "it exists already";
    default:
        return "unknown status";
    }
}

/* send_status.c: the statuses of sending in words. */
#include "v6nf/status.h"

const char *v6nf_send_status_text(enum v6nf_send_status status)
{
    switch (status) {
    case V6NF_SEND_SENT:
        return "sent";
    case V6NF_SEND_WAITS:
        return "waits for address resolution";
    case V6NF_SEND_NO_ROUTE:
        return "no route to the destination";
    case V6NF_SEND_NO_SOURCE:
        return "no usable source address";
    case V6NF_SEND_TOO_LONG:
        return "too long";
    case V6NF_SEND_NO_BUFFER:
        return "no buffer free";
    case V6NF_SEND_NOT_ALLOWED:
        return "not allowed";
    case V6NF_SEND_UNREACHABLE:
        return "the neighbor does not answer";
    }
    return "unknown status";
}

/* status.h: what calls return that configure a node, or that send. */
#ifndef V6NF_STATUS_H
#define V6NF_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Status of calls that change a configuration. */
enum v6nf_status {
    V6NF_OK,      /* done */
    V6NF_INVALID, /* an argument is not one that the call allows; nothing has changed */
    V6NF_FULL,    /* the table is full (config.h); nothing has changed */
    V6NF_EXISTS   /* it exists already; nothing has changed */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_status_text(enum v6nf_status status);

/* Status of a datagram that the program sends. */
enum v6nf_send_status {
    V6NF_SEND_SENT,        /* it, or its first fragment, is in the frame to transmit; or it is looped back */
    V6NF_SEND_WAITS,       /* it waits for address resolution; if it is lost, that is reported (udp.h) */
    V6NF_SEND_NO_ROUTE,    /* no on-link prefix and no router for the destination */
    V6NF_SEND_NO_SOURCE,   /* no usable source address, or `local` of the message is not one */
    V6NF_SEND_TOO_LONG,    /* longer than the frame buffer, or than can be sent */
    V6NF_SEND_NO_BUFFER,   /* no buffer of the port, or no free slot or cache entry in the node: try again later */
    V6NF_SEND_NOT_ALLOWED, /* port 0, or no checksum where there must be one */
    V6NF_SEND_UNREACHABLE  /* in reports: the neighbor does not answer */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_send_status_text(enum v6nf_send_status status);

#ifdef __cplusplus
}
#endif

#endif

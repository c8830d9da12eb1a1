/* status.h: what a call that changes the configuration of a node returns. */
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
 * Context: any thread, any handler. */
const char *v6nf_status_text(enum v6nf_status status);

#ifdef __cplusplus
}
#endif

#endif

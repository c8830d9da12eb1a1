/* status.h: what a call that changes the configuration of a node returns. */
#ifndef V6NF_STATUS_H
#define V6NF_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* What a call that sets something up answers. */
enum v6nf_status {
    V6NF_OK,
    V6NF_INVALID,  /* an argument is outside what the call allows */
    V6NF_FULL,     /* the table is full: see config.h */
    V6NF_EXISTS    /* it is already there */
};

#ifdef __cplusplus
}
#endif

#endif

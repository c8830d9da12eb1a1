/* capture.h: a port on capture files: it receives what is in one, and writes what is sent to another. The files are
 * classic pcap (draft-ietf-opsawg-pcap) of Ethernet, in either byte order. */
#ifndef EXAMPLES_DPDK_CAPTURE_H
#define EXAMPLES_DPDK_CAPTURE_H

#include <stdio.h>

#include "v6nf/port.h"

#define DPDK_CAPTURE_FRAME 2048u
#define DPDK_CAPTURE_BURST 32u

/* Fields without a comment are private. */
struct dpdk_capture {
    struct v6nf_port port; /* the files as a port */
    bool has_failed;       /* after stop(): the output is not complete */

    FILE *input;     /* NULL: nothing is received */
    FILE *output;    /* NULL: what is sent is lost */
    bool is_swapped; /* the input has the other byte order */
    bool is_running;
    struct v6nf_port_counters counters;
    uint8_t frame[DPDK_CAPTURE_FRAME];
    uint8_t originate[DPDK_CAPTURE_FRAME];
};

/* Open the port.
 * input: name of the file to read, NULL for none.
 * output: name of the file to write, NULL for none.
 * Return NULL, or why it was not opened. */
const char *dpdk_capture_open(struct dpdk_capture *capture, const char *input, const char *output);

#endif

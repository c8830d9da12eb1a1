/* pcap.h: a port that records the frames of another port, in a capture file for tcpdump and Wireshark. It needs POSIX
 * files.
 *
 * The file is classic pcap (draft-ietf-opsawg-pcap) with nanosecond time stamps, little-endian, link type Ethernet. It
 * contains a frame that is answered twice: as it arrived, before the handler changed it, and as it was handed to the
 * inner port. Frames that the inner port then could not send are in it, too.
 *
 * A write that fails (the disk is full, the file may not grow, the reader of a pipe is gone) ends the recording and
 * nothing else: frames pass as before, `error` states why, and the program gets neither SIGPIPE nor SIGXFSZ. A pipe
 * whose reader does not read blocks the port.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_PCAP_H
#define V6NF_DRIVER_PCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_PCAP_SNAPLEN 65535u                                       /* bytes recorded of a longer frame */
#define V6NF_PCAP_RECORD_HEADER 16u                                    /* bytes before each frame */
#define V6NF_PCAP_BUFFER (V6NF_PCAP_RECORD_HEADER + V6NF_PCAP_SNAPLEN) /* one record always fits */

/* A recording. Fields without a comment are private. */
struct v6nf_pcap {
    struct v6nf_port port; /* the port that records */
    uint64_t recorded; /* frames in the file */
    uint64_t missed;   /* frames that were not written: all from the first that failed, in which the file may end */
    int error;         /* errno of the write that ended the recording; 0 while it continues */

    struct v6nf_port *inner;
    int file; /* descriptor; -1 when closed */
    const uint8_t *reserved; /* buffer of the inner port's reserve(), until commit() */
    v6nf_handler *handler;
    void *context;
    uint32_t used;    /* bytes of `buffer`: whole records */
    uint32_t waiting; /* frames in it */
    uint8_t buffer[V6NF_PCAP_BUFFER];
};

/* Wrap `inner`, and record to `file`, which is created or overwritten. From now on use &pcap->port instead, which has
 * the MAC address, MTU, capacity and outputs of the inner port. The file is complete up to the last poll or commit at
 * any time, even if the program is killed.
 * Return false if the file could not be created. errno is then the reason, and there is nothing to close.
 * Context: the loop. */
bool v6nf_pcap_open(struct v6nf_pcap *pcap, struct v6nf_port *inner, const char *file);

/* Close the file, without stopping the inner port. The port must not be used any more. The call may be repeated.
 * Return false if frames are missing in it (`missed`); `error` is then the reason. */
bool v6nf_pcap_close(struct v6nf_pcap *pcap);

#ifdef __cplusplus
}
#endif

#endif

/* pcap.h: a port that writes down what passes through another port, in a capture file for tcpdump and Wireshark. Needs
 * POSIX files.
 *
 * The file is classic pcap (draft-ietf-opsawg-pcap) with nanosecond time stamps, little-endian, link type Ethernet. It
 * holds every frame twice where it is answered: as it arrived, before the handler changed it, and as it was handed to
 * the inner port to be sent. Frames that the inner port then could not send are in it, too.
 *
 * A write that fails (the disk is full, the file may not grow, the reader of a pipe is gone) ends the recording and
 * nothing else: frames pass as before, `error` states why, and the program gets neither SIGPIPE nor SIGXFSZ for it. A
 * reader of a pipe that is there and does not read holds the port up. */
#ifndef V6NF_DRIVER_PCAP_H
#define V6NF_DRIVER_PCAP_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_PCAP_SNAPLEN 65535u                                       /* of a longer frame, so many bytes are kept */
#define V6NF_PCAP_RECORD_HEADER 16u                                    /* bytes before each frame */
#define V6NF_PCAP_BUFFER (V6NF_PCAP_RECORD_HEADER + V6NF_PCAP_SNAPLEN) /* so that one record always fits */

struct v6nf_pcap {
    struct v6nf_port port;
    uint64_t recorded; /* frames in the file */
    uint64_t missed;   /* frames that could not be written; none is tried after the first, in which the file may end */
    int error;         /* errno of the write that ended the recording; 0 while it goes on */

    struct v6nf_port *inner;
    int file; /* descriptor; -1 when closed */
    const uint8_t *reserved; /* what the inner port's reserve() gave, until commit() */
    v6nf_handler *handler;
    void *context;
    uint32_t used;    /* bytes of `buffer`, all of them whole records */
    uint32_t waiting; /* frames in it */
    uint8_t buffer[V6NF_PCAP_BUFFER];
};

/* Wraps `inner`, which from now on is polled and sent through &pcap->port only; it keeps the inner port's MAC address,
 * MTU, capacity and outputs. `file` is made anew, or overwritten. The file is complete up to the last poll or commit at
 * any time, even if the program is killed. Returns false if the file could not be made; errno says why, and *pcap holds
 * nothing to close. */
bool v6nf_pcap_open(struct v6nf_pcap *pcap, struct v6nf_port *inner, const char *file);

/* Closes the file that v6nf_pcap_open() has been called for, and does not stop the inner port. Returns false if not all
 * that passed is in the file (see `missed`); `error` is then the reason. The port may not be used any more. Closing
 * twice is harmless. */
bool v6nf_pcap_close(struct v6nf_pcap *pcap);

#ifdef __cplusplus
}
#endif

#endif

/* echo.c: a node that answers ping, and returns every datagram that arrives on UDP port 7 to its sender (RFC 862). */
#include "../program.h"

#define ECHO_PORT 7u

const struct program_about program_about = {
    .name = "echo",
    .purpose = "Answers ping, and returns every datagram that arrives on UDP port 7.",
    .ready = "listening on",
};

static struct settings echo_settings; /* for the handler */

/* Reply with the received datagram, which is already in the buffer of the reply. */
static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    const struct settings *settings = context;
    if (datagram->source_port == ECHO_PORT) {
        return 0; /* from another echo service: the two would never stop */
    }
    datagram->unchanged = !settings->checksums; /* with it, the card inserts a new checksum */
    return datagram->length > 0u ? datagram->length : V6NF_UDP_EMPTY_REPLY;
}

enum program_status program_run(struct v6nf_port *port, const struct settings *settings)
{
    static struct v6nf_node node;
    static struct program program;

    echo_settings = *settings;
    /* From here on the node answers for its addresses and answers ping by itself. */
    if (!program_start(&program, &node, port, settings)) {
        return PROGRAM_FAILED;
    }
    if (v6nf_udp_bind(&node, ECHO_PORT, echo, &echo_settings) != V6NF_OK) {
        program_error("UDP port 7", "cannot be opened");
        return PROGRAM_FAILED;
    }

    while (!program_should_stop()) {
        uint64_t now = v6nf_env_clock();
        if (v6nf_run(&node, port, now) + program_tick(&program, &node, port, now) == 0u) {
            program_wait(&program, &node, port, now);
        }
        if (!program_report(&program, &node, port, settings, now)) {
            return PROGRAM_FAILED;
        }
    }
    program_stop(&program, &node, port);
    program_print_counters(&program, &node, port);
    return PROGRAM_DONE;
}

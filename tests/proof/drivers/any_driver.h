/* any_driver.h: helpers of the proofs of drivers. */
#ifndef PROOF_DRIVERS_ANY_DRIVER_H
#define PROOF_DRIVERS_ANY_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "../eva/any.h"
#include "v6nf/port.h"

static uint32_t any_below(uint32_t end)
{
    return any32 % end;
}

static bool any_bool(void)
{
    return any8 != 0u;
}

/* Raise an alarm unless the condition always holds. */
static void must(bool holds)
{
    static const volatile uint8_t truth[1];
    (void)truth[!holds];
}

/* Access the first and the last byte of the frame and of the buffer; return any lengths. */
static void any_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const uint32_t bytes = length & V6NF_PORT_LENGTH; /* without flags */
    if (bytes > 0u) {
        (void)frame[0];
        (void)frame[bytes - 1u];
    }
    frame[0] = any8;
    frame[capacity - 1u] = any8;
    for (uint32_t i = 0; i < *(const uint32_t *)context; i++) {
        lengths[i] = any32;
    }
}

/* Reserve a frame, access its first and last byte, commit any length. */
static void originate_any(struct v6nf_port *port)
{
    uint8_t *frame = port->operations->reserve(port);
    if (frame != NULL) {
        frame[0] = any8;
        frame[port->capacity - 1u] = any8;
    }
    port->operations->commit(port, any32);
}

#endif

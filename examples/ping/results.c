/* results.c: print results as ping(8) does. */
#include "results.h"

#include "v6nf/print.h"

/* RFC 4443, 3 */
static const struct {
    uint8_t type;
    uint8_t code;
    const char *text;
} errors[] = {
    {1, 0, "Destination unreachable: No route"},
    {1, 1, "Destination unreachable: Administratively prohibited"},
    {1, 2, "Destination unreachable: Beyond scope of source address"},
    {1, 3, "Destination unreachable: Address unreachable"},
    {1, 4, "Destination unreachable: Port unreachable"},
    {2, 0, "Packet too big"},
    {3, 0, "Time exceeded: Hop limit"},
    {3, 1, "Time exceeded: Fragment reassembly time"},
    {4, 0, "Parameter problem: Wrong header field"},
    {4, 1, "Parameter problem: Unknown header"},
    {4, 2, "Parameter problem: Unknown option"},
};

static const char *error_text(uint8_t type, uint8_t code)
{
    for (uint32_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (errors[i].type == type && errors[i].code == code) {
            return errors[i].text;
        }
    }
    return "An ICMPv6 error unknown to this program";
}

/* Each pair is a text and the number that follows it. */
static void print_number(const char *text, uint64_t number)
{
    v6nf_print_text(text);
    v6nf_print_unsigned(number);
}

static void print_reply(const struct v6nf_ping_result *result)
{
    print_number("", result->size);
    v6nf_print_text(" bytes from ");
    v6nf_print_address(&result->source);
    print_number(": icmp_seq=", result->sequence);
    print_number(" hlim=", result->hop_limit);
    v6nf_print_text(" time=");
    v6nf_print_thousandths(result->time);
    v6nf_print_text(" ms");
    v6nf_print_text(result->event == V6NF_PING_DUPLICATE ? " (DUP!)\n"
                    : result->event == V6NF_PING_DAMAGED ? " (DAMAGED!)\n"
                                                         : "\n");
}

void print_result(const struct v6nf_ping_result *result)
{
    if (result->event == V6NF_PING_TIMEOUT) {
        print_number("no reply to icmp_seq=", result->sequence);
        v6nf_print_text("\n");
    } else if (result->event == V6NF_PING_NOT_SENT) {
        print_number("icmp_seq=", result->sequence);
        v6nf_print_text(" was not sent (");
        v6nf_print_text(v6nf_send_status_text(result->status));
        v6nf_print_text(")\n");
    } else if (result->event == V6NF_PING_ERROR) {
        v6nf_print_text("From ");
        v6nf_print_address(&result->source);
        print_number(" icmp_seq=", result->sequence);
        v6nf_print_text(" ");
        v6nf_print_text(error_text(result->type, result->code));
        v6nf_print_text("\n");
    } else {
        print_reply(result);
    }
}

static void print_if_any(const char *text, uint64_t number, const char *what)
{
    if (number > 0u) {
        print_number(text, number);
        v6nf_print_text(what);
    }
}

/* Print decimals only if they are not zero. */
static void print_loss(const struct v6nf_ping *ping)
{
    uint64_t lost = ping->transmitted - ping->received;
    uint64_t loss = ping->transmitted > 0u ? lost * 100000u / ping->transmitted : 0u;
    if (loss % 1000u == 0u) {
        v6nf_print_unsigned(loss / 1000u);
    } else {
        v6nf_print_thousandths(loss);
    }
}

static void print_times(const struct v6nf_ping *ping)
{
    v6nf_print_text("rtt min/avg/max/mdev = ");
    v6nf_print_thousandths(ping->time_min);
    v6nf_print_text("/");
    v6nf_print_thousandths(ping->time_sum / (ping->received + ping->duplicates));
    v6nf_print_text("/");
    v6nf_print_thousandths(ping->time_max);
    v6nf_print_text("/");
    v6nf_print_thousandths(v6nf_ping_deviation(ping));
    v6nf_print_text(" ms\n");
}

void print_statistics(const struct v6nf_ping *ping, const struct v6nf_address *destination, uint64_t time)
{
    v6nf_print_text("\n--- ");
    v6nf_print_address(destination);
    print_number(" ping statistics ---\n", ping->transmitted);
    print_number(" packets transmitted, ", ping->received);
    v6nf_print_text(" received, ");
    print_if_any("+", ping->duplicates, " duplicates, ");
    print_if_any("+", ping->damaged, " damaged, ");
    print_if_any("+", ping->errors, " errors, ");
    print_if_any("+", ping->not_sent, " not sent, ");
    print_loss(ping);
    print_number("% packet loss, time ", time / 1000u);
    v6nf_print_text("ms\n");
    if (ping->received > 0u) {
        print_times(ping);
    }
}

/* control.c: clients of the control socket. */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define OUT_SIZE 4096u
#define LINES_AT_ONCE 16u /* of a client, in one call */
#define IDLE_MIN (10u * V6NF_SECOND) /* a client that was idle for so long yields to one that waits */

/* A client. It takes no more lines until its answers are sent. */
struct client {
    int socket;       /* -1: the slot is free */
    bool has_ended;   /* it sends no more */
    bool is_too_long; /* the line that is being received is longer than LINE_SIZE */
    uint64_t active; /* time at which it was accepted, has sent, or has received */
    uint32_t in_count;
    uint32_t out_count;
    uint32_t out_sent;
    struct show show;
    char after[ANSWER_SIZE]; /* the answer to send after the list */
    char in[LINE_SIZE];
    char out[OUT_SIZE];
};

static int listener = -1;
static struct sockaddr_un name = {.sun_family = AF_UNIX};
static struct client clients[CLIENTS_MAX];

/* Return true if a program listens on the socket. */
static bool is_in_use(void)
{
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool is_used = probe >= 0 && (connect(probe, (const struct sockaddr *)&name, sizeof name) == 0 ||
                                        (errno != ECONNREFUSED && errno != ENOENT));
    if (probe >= 0) {
        (void)close(probe);
    }
    return is_used;
}

/* Remove a socket that no program listens on, and nothing else. */
static bool remove_socket(void)
{
    struct stat its;
    return lstat(name.sun_path, &its) == 0 && S_ISSOCK(its.st_mode) && unlink(name.sun_path) == 0;
}

int control_open(const char *path)
{
    if (strlen(path) >= sizeof name.sun_path) {
        return ENAMETOOLONG;
    }
    memcpy(name.sun_path, path, strlen(path) + 1u);
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        clients[i].socket = -1;
    }
    if (is_in_use()) {
        return EADDRINUSE;
    }
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) {
        return errno;
    }
    int bound = bind(listener, (const struct sockaddr *)&name, sizeof name);
    if (bound != 0 && errno == EADDRINUSE) {
        bound = remove_socket() ? bind(listener, (const struct sockaddr *)&name, sizeof name) : bound;
        errno = bound != 0 ? EADDRINUSE : 0;
    }
    if (bound != 0 || listen(listener, (int)CLIENTS_MAX) != 0) {
        const int problem = errno;
        (void)close(listener);
        listener = -1;
        return problem;
    }
    return 0;
}

static void end_client(struct client *client)
{
    (void)close(client->socket);
    client->socket = -1;
}

void control_close(void)
{
    for (uint32_t i = 0; listener >= 0 && i < CLIENTS_MAX; i++) {
        if (clients[i].socket >= 0) {
            end_client(&clients[i]);
        }
    }
    if (listener >= 0) {
        (void)close(listener);
        (void)unlink(name.sun_path);
        listener = -1;
    }
}

/* If a client waits and no slot is free, end the client that was idle longest. */
static void make_room(uint64_t now)
{
    struct pollfd waits = {.fd = listener, .events = POLLIN};
    struct client *oldest = &clients[0];
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (clients[i].socket < 0) {
            return;
        }
        oldest = clients[i].active < oldest->active ? &clients[i] : oldest;
    }
    if (now - oldest->active >= IDLE_MIN && poll(&waits, 1, 0) > 0) {
        end_client(oldest);
    }
}

static void accept_clients(uint64_t now)
{
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (clients[i].socket < 0) {
            const int its = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (its < 0) {
                return;
            }
            clients[i] = (struct client){.socket = its, .active = now};
        }
    }
}

static bool has_whole_line(const struct client *client)
{
    return memchr(client->in, '\n', client->in_count) != NULL;
}

bool control_wait_for(struct pollfd *polls)
{
    bool has_work = false;
    bool is_full = true;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *client = &clients[i];
        const bool is_used = listener >= 0 && client->socket >= 0;
        const bool must_send = client->out_sent < client->out_count;
        polls[i] = (struct pollfd){.fd = is_used ? client->socket : -1, .events = must_send ? POLLOUT : POLLIN};
        has_work = has_work || (is_used && !must_send &&
                                (client->show.kind != SHOW_NOTHING || has_whole_line(client) || client->has_ended));
        is_full = is_full && is_used;
    }
    polls[CLIENTS_MAX] = (struct pollfd){.fd = is_full ? -1 : listener, .events = POLLIN};
    return has_work;
}

/* Send what waits. Return true if nothing waits any longer. */
static bool send_out(struct client *client, uint64_t now)
{
    if (client->out_sent < client->out_count) {
        const ssize_t sent =
            send(client->socket, client->out + client->out_sent, client->out_count - client->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            end_client(client);
            return false;
        }
        client->out_sent += sent > 0 ? (uint32_t)sent : 0u;
        client->active = sent > 0 ? now : client->active;
        if (client->out_sent < client->out_count) {
            return false;
        }
    }
    client->out_sent = 0;
    client->out_count = 0;
    return true;
}

/* Append a line, for which there is space. */
static void append(struct client *client, const char *text)
{
    const uint32_t length = (uint32_t)strlen(text);
    memcpy(client->out + client->out_count, text, length);
    client->out[client->out_count + length] = '\n';
    client->out_count += length + 1u;
}

/* Write as much of a list as fits. */
static void write_list(const struct program *program, struct client *client)
{
    char text[ANSWER_SIZE];
    for (uint32_t i = 0; i < LINES_AT_ONCE && client->out_count + ANSWER_SIZE <= OUT_SIZE; i++) {
        if (!show_next(program, &client->show, text)) {
            append(client, client->after);
            return;
        }
        if (text[0] != '\0') {
            append(client, text);
        }
    }
}

/* Receive what fits. Of a line that is too long, only its end is kept. A last line without its end gets one. */
static void receive(struct client *client, uint64_t now)
{
    if (client->in_count == LINE_SIZE) {
        client->is_too_long = true;
        client->in_count = 0;
    }
    const ssize_t received = recv(client->socket, client->in + client->in_count, LINE_SIZE - client->in_count, 0);
    if (received > 0) {
        client->in_count += (uint32_t)received;
        client->active = now;
    } else if (received == 0 || (errno != EAGAIN && errno != EINTR)) {
        client->has_ended = true;
        if (received == 0 && (client->in_count > 0u || client->is_too_long)) {
            client->in[client->in_count++] = '\n'; /* there is space for one character at least */
        }
    }
}

/* Read the first line, if it is whole. Return false if there is none. */
static bool read_first_line(struct program *program, struct client *client, uint64_t now)
{
    char text[LINE_SIZE];
    const char *end = (const char *)memchr(client->in, '\n', client->in_count);
    if (end == NULL) {
        return false;
    }
    const uint32_t length = (uint32_t)(end - client->in);
    memcpy(text, client->in, length);
    text[length] = '\0';
    client->in_count -= length + 1u;
    memmove(client->in, end + 1, client->in_count);
    if (client->is_too_long) {
        client->is_too_long = false;
        append(client, "error: line: longer than 512 characters");
    } else if (strlen(text) != length) {
        append(client, "error: line: a line is printable ASCII");
    } else {
        (void)read_line(program, text, client->after, &client->show, now);
        if (client->show.kind == SHOW_NOTHING) {
            append(client, client->after[0] != '\0' ? client->after : "ok");
        }
    }
    return true;
}

static void run_client(struct program *program, struct client *client, uint64_t now)
{
    if (!send_out(client, now)) {
        return;
    }
    if (!has_whole_line(client) && !client->has_ended) {
        receive(client, now);
    }
    for (uint32_t i = 0; i < LINES_AT_ONCE && client->out_count + ANSWER_SIZE <= OUT_SIZE; i++) {
        if (client->show.kind != SHOW_NOTHING) {
            write_list(program, client);
            break;
        }
        if (!read_first_line(program, client, now)) {
            if (client->has_ended && client->out_count == 0u) {
                end_client(client);
                return;
            }
            break;
        }
    }
    (void)send_out(client, now);
}

void control_run(struct program *program, uint64_t now)
{
    if (listener < 0) {
        return;
    }
    make_room(now);
    accept_clients(now);
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (clients[i].socket >= 0) {
            run_client(program, &clients[i], now);
        }
    }
}

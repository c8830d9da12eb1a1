/* test_template.c: each function of the template reports its name and stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../env/template/env.c"

uint8_t image_end[1];

static jmp_buf stopped;
static char message[128];
static size_t length;

/* Collect the message. The end of a line ends the program. */
void v6nf_board_say(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            longjmp(stopped, 1);
        }
        assert_true(length < sizeof message - 1u);
        message[length] = *text;
        length++;
    }
}

static void call_counter(void)
{
    (void)v6nf_board_counter();
}

static void call_counter_rate(void)
{
    (void)v6nf_board_counter_rate();
}

static void call_idle(void)
{
    v6nf_board_idle(1);
}

static void call_memory(void)
{
    (void)v6nf_board_memory();
}

static void call_map_device(void)
{
    (void)v6nf_env_map_device(0x1000, 4096);
}

static void call_pci(void)
{
    (void)v6nf_board_pci();
}

static void call_random(void)
{
    uint64_t value;
    (void)v6nf_board_random(&value);
}

static void call_command_line(void)
{
    (void)v6nf_board_command_line();
}

static void call_stop(void)
{
    v6nf_board_stop(0);
}

/* Check that the call prints the text and does not return. */
static void check_message(void (*call)(void), const char *text)
{
    memset(message, 0, sizeof message);
    length = 0;
    if (setjmp(stopped) == 0) {
        call();
        fail_msg("returned without the message: %s", text);
    }
    assert_memory_equal(message, text, strlen(text));
}

static void each_function_reports_that_it_is_not_written(void **state)
{
    (void)state;
    check_message(call_stop, "v6nf_board_stop() is not written");
    check_message(call_counter, "v6nf_board_counter() is not written");
    check_message(call_counter_rate, "v6nf_board_counter_rate() is not written");
    check_message(v6nf_board_pause, "v6nf_board_pause() is not written");
    check_message(call_idle, "v6nf_board_idle() is not written");
    check_message(call_memory, "v6nf_board_memory() is not written");
    check_message(call_map_device, "v6nf_env_map_device() is not written");
    check_message(call_pci, "v6nf_board_pci() is not written");
    check_message(call_random, "v6nf_board_random() is not written");
    check_message(call_command_line, "v6nf_board_command_line() is not written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_function_reports_that_it_is_not_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_template.c: a board that is not written yet says which function it stopped in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../env/template/env.c"

uint8_t image_end[1];

static jmp_buf stopped;
static char said[128];
static size_t length;

/* The end of a line is the end of the program. */
void v6nf_board_say(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            longjmp(stopped, 1);
        }
        assert_true(length < sizeof said - 1u);
        said[length] = *text;
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

/* The call does not come back, and this is what it says. */
static void check_says(void (*call)(void), const char *text)
{
    memset(said, 0, sizeof said);
    length = 0;
    if (setjmp(stopped) == 0) {
        call();
        fail_msg("came back, and did not say that %s", text);
    }
    assert_memory_equal(said, text, strlen(text));
}

static void each_function_says_that_it_is_not_written(void **state)
{
    (void)state;
    check_says(call_stop, "v6nf_board_stop() is not written");
    check_says(call_counter, "v6nf_board_counter() is not written");
    check_says(call_counter_rate, "v6nf_board_counter_rate() is not written");
    check_says(v6nf_board_pause, "v6nf_board_pause() is not written");
    check_says(call_idle, "v6nf_board_idle() is not written");
    check_says(call_memory, "v6nf_board_memory() is not written");
    check_says(call_map_device, "v6nf_env_map_device() is not written");
    check_says(call_pci, "v6nf_board_pci() is not written");
    check_says(call_random, "v6nf_board_random() is not written");
    check_says(call_command_line, "v6nf_board_command_line() is not written");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_function_says_that_it_is_not_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

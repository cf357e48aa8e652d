/*
 * The console's common part.
 */
#include <console/console.h>
#include <time/clock.h>

#define POLL_INTERVAL 5000000 /* nanoseconds */
#define END_OF_INPUT 4        /* control-D */

const struct console *console;

void console_write(const char *text, size_t size)
{
    if (console)
        console->write(text, size);
}

/* There is no terminal in between that would do this: return becomes a new
 * line, and control-D at the start of a read ends the input. */
size_t console_read(char *to, size_t size)
{
    size_t length;

    if (!size)
        return 0;
    while (!(length = console->read(to, size)))
        clock_wait_until(clock_monotonic() + POLL_INTERVAL);
    for (size_t i = 0; i < length; i++)
        if (to[i] == '\r')
            to[i] = '\n';
    return to[0] == END_OF_INPUT ? 0 : length;
}

void print(const char *text, ...)
{
    char line[512];
    va_list list;
    size_t length;

    va_start(list, text);
    length = format_list(line, sizeof(line), text, list);
    va_end(list);
    console_write(line, smaller(length, sizeof(line) - 1));
}

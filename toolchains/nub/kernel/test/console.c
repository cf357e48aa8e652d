/*
 * Shows the console's input: repeats each line that it is sent, until one says
 * "end" or the input ends.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    struct pollfd input = { .fd = 0, .events = POLLIN };
    char line[200];

    printf("type\n");
    /* Nobody there? Then this has been a test of that. */
    if (!poll(&input, 1, 3000))
        return 0;
    while (fgets(line, sizeof(line), stdin)) {
        printf("read: %s", line);
        if (!strcmp(line, "end\n"))
            break;
    }
    return 0;
}

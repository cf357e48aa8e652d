/*
 * Shows the console's input: repeats each line that it is sent, until one says
 * "end" or the input ends.
 */
#include <stdio.h>
#include <string.h>

int main(void)
{
    char line[200];

    printf("type\n");
    while (fgets(line, sizeof(line), stdin)) {
        printf("read: %s", line);
        if (!strcmp(line, "end\n"))
            break;
    }
    return 0;
}

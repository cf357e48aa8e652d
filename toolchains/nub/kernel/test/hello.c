/*
 * Shows that a program starts, prints by stdio, and that its status arrives:
 * the first argument, if there is one, is the exit status.
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    printf("hello from %s\n", argv[0]);
    return argc > 1 ? atoi(argv[1]) : 0;
}

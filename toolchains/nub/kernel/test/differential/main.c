/*
 * The program that runs under Linux and on the kernel. Its arguments:
 *
 *   cases [NAME]               every case, or those from NAME on
 *   case NAME                  one
 *   sequences FIRST COUNT LENGTH   a line with a hash for each sequence
 *   trace SEED LENGTH [CALL...]    the calls of one, without those counted out
 *   plan FILE                  `trace` for each line of a file
 *
 * The last three take `without=NAME,...` as their first argument: operations
 * that are left out wherever a sequence has them.
 *
 * A case is told by the lines `case NAME` and `done NAME`, and what is between
 * them is its record. The program that ends before `done` was ended by the case.
 */
#include "record.h"
#include "sequence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EACH_TOPIC(each) \
    each(lifetimes) each(stacks) each(pointers) each(bad_pointers) each(paths) each(pipes) each(epoll) \
    each(fairness) each(signals) each(faults) each(mappings) each(files) each(descriptors) \
    each(timers) each(sockets) each(information)

#define DECLARE(name) extern const struct topic name;
#define REFER(name) &name,
EACH_TOPIC(DECLARE)
static const struct topic *const topics[] = {EACH_TOPIC(REFER)};

/* Runs the cases from `first` on, or all without one; gives how many it ran. */
static int run_cases(const char *first, int only)
{
    int ran = 0;
    for (unsigned i = 0; i < COUNT(topics); i++) {
        for (int j = 0; j < topics[i]->count; j++) {
            char name[100];
            snprintf(name, sizeof name, "%s.%s", topics[i]->name, topics[i]->cases[j].name);
            if (first != NULL && ran == 0 && strcmp(name, first) != 0)
                continue;
            if (only && ran > 0)
                return ran;
            watchdog_begin(name);
            start_afresh();
            put_line("case %s", name);
            topics[i]->cases[j].run();
            put_line("done %s", name);
            ran++;
        }
    }
    return ran;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "cases";
    int good = 0;
    watchdog_start();
    if (argc > 2 && strncmp(argv[2], "without=", 8) == 0) {
        leave_out(argv[2] + 8);
        memmove(argv + 2, argv + 3, (--argc - 2) * sizeof *argv);
    }
    if (strcmp(what, "cases") == 0)
        good = run_cases(argc > 2 ? argv[2] : NULL, 0) > 0;
    else if (strcmp(what, "case") == 0 && argc > 2)
        good = run_cases(argv[2], 1) > 0;
    else if (strcmp(what, "sequences") == 0 && argc > 4)
        good = run_sequences(atol(argv[2]), atol(argv[3]), atoi(argv[4]));
    else if (strcmp(what, "trace") == 0 && argc > 3)
        good = trace_sequence(argv + 2, argc - 2);
    else if (strcmp(what, "plan") == 0 && argc > 2)
        good = trace_plan(argv[2]);
    put_line(good ? "end" : "wrong arguments");
    return !good;
}

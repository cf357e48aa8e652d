/* Makes up the sequences, runs them, and writes down their calls or a hash of those. */
#define _GNU_SOURCE
#include "sequence.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int slots[SLOTS];
unsigned char data[DATA];

static uint64_t random_state, hash;
static int tracing;
static char text[2048];
static int text_size;

/* Mixes the bits of a number so that near ones come out far from each other. */
static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 29)) * 0xd1342543de82ef95u;
    return x ^ (x >> 32);
}

unsigned pick(unsigned limit)
{
    random_state = mixed(random_state + 0x632be59bd9b4e019u);
    return (uint32_t)(random_state >> 32) % limit;
}

int pick_slot(void)
{
    return pick(SLOTS);
}

const char *pick_new_name(void)
{
    static const char *const names[] = {
        "a", "b", "c", "d", "e", "a", "b", "d", "l", "m", "d/a", "d/b", "e/a", "d/e", "d/e/c",
        "d/e/a", "l/a", "./b", "d//a", "a/", "d/", "a/b", "",
    };
    return PICK(names);
}

const char *pick_name(void)
{
    static const char *const names[] = {".", "..", "d/..", "d/.", "d/../a", "/", "/tmp", "e/../b/"};
    return pick(8) == 0 ? PICK(names) : pick_new_name();
}

static void append(const char *format, va_list arguments)
{
    text_size += vsnprintf(text + text_size, sizeof text - text_size, format, arguments);
    if (text_size > (int)sizeof text - 1)
        text_size = sizeof text - 1;
}

void calls(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
    errno = 0;
}

void seen(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(format, arguments);
    va_end(arguments);
}

long long gave(long long answer)
{
    if (answer == -1 && errno != 0)
        seen(" = -1 %s", error_name(errno));
    else
        seen(" = %lld", answer);
    return answer;
}

static void line_end(int number)
{
    if (text_size == 0)
        return;
    for (int i = 0; i < text_size; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    if (tracing && number >= 0)
        put_line("%d %s", number, text);
    else if (tracing)
        put_line("end %s", text);
    text_size = 0;
}

void slot_empty(int slot)
{
    if (slots[slot] >= 0)
        close(slots[slot]);
    slots[slot] = -1;
}

void slot_fill(int slot, long long fd)
{
    slots[slot] = fd;
}

void data_fill(unsigned size)
{
    unsigned value = pick(250);
    for (unsigned i = 0; i < size; i++)
        data[i] = value + i % 251;
}

unsigned sum_of(const void *from, unsigned size)
{
    const unsigned char *bytes = from;
    unsigned sum = size;
    for (unsigned i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 0x01000193u;
    return sum;
}

static const struct group *const groups[] = {
    &tree_group, &descriptor_group, &memory_group, &waiting_group, &signal_group,
};
/* How often each group is chosen, in a few kinds of sequences. */
static const int kinds[][COUNT(groups)] = {
    {6, 4, 0, 0, 0}, {1, 2, 7, 0, 0}, {0, 4, 0, 6, 0}, {0, 1, 0, 2, 5}, {3, 3, 2, 2, 2},
};

static const struct group *pick_group(const int *weights)
{
    int total = 0, choice;
    for (unsigned i = 0; i < COUNT(groups); i++)
        total += weights[i];
    choice = pick(total);
    for (unsigned i = 0;; i++)
        if ((choice -= weights[i]) < 0)
            return groups[i];
}

static const char *left_out = "";

void leave_out(const char *names)
{
    left_out = names;
}

static int is_left_out(const char *name)
{
    size_t size = strlen(name);
    for (const char *at = left_out; (at = strstr(at, name)) != NULL; at += size)
        if ((at == left_out || at[-1] == ',') && (at[size] == ',' || at[size] == '\0'))
            return 1;
    return 0;
}

static void run_operation(const struct group *group)
{
    int total = 0, choice, i = 0;
    for (int each = 0; each < group->count; each++)
        total += group->operations[each].weight;
    choice = pick(total);
    while ((choice -= group->operations[i].weight) >= 0)
        i++;
    if (!is_left_out(group->operations[i].name))
        group->operations[i].run();
}

static void broken_pipe(int number)
{
    (void)number;
    seen(" SIGPIPE");
}

static void run_sequence(uint64_t seed, int length, const char *skip)
{
    const int *weights = kinds[seed % COUNT(kinds)];
    hash = 0xcbf29ce484222325u;
    text_size = 0;
    start_afresh();
    signal(SIGPIPE, broken_pipe);
    mkdir("s", 0755);
    if (chdir("s") != 0)
        put_line("no folder");
    for (int i = 0; i < SLOTS; i++)
        slots[i] = -1;
    for (unsigned i = 0; i < COUNT(groups); i++)
        if (weights[i] > 0 && groups[i]->begin)
            groups[i]->begin();
    for (int i = 0; i < length; i++) {
        if (skip != NULL && skip[i])
            continue;
        random_state = mixed(seed * 1000003u + i);
        run_operation(pick_group(weights));
        line_end(i);
    }
    for (unsigned i = 0; i < COUNT(groups); i++)
        if (weights[i] > 0 && groups[i]->end) {
            groups[i]->end();
            line_end(-1);
        }
    for (int i = 0; i < SLOTS; i++)
        slot_empty(i);
}

int run_sequences(uint64_t first, long count, int length)
{
    tracing = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        char name[60];
        snprintf(name, sizeof name, "sequence %llu", (unsigned long long)seed);
        watchdog_begin(name);
        run_sequence(seed, length, NULL);
        put_line("%s %016llx", name, (unsigned long long)hash);
    }
    return 1;
}

int trace_sequence(char **words, int count)
{
    static char skip[10000];
    int length = count > 1 ? atoi(words[1]) : 0;
    char name[60];
    if (length <= 0 || length > (int)sizeof skip)
        return 0;
    memset(skip, 0, sizeof skip);
    for (int i = 2; i < count; i++)
        if (atoi(words[i]) < length)
            skip[atoi(words[i])] = 1;
    tracing = 1;
    snprintf(name, sizeof name, "sequence %s", words[0]);
    watchdog_begin(name);
    put_line("case %s", name);
    run_sequence(strtoull(words[0], NULL, 10), length, skip);
    put_line("done %s", name);
    return 1;
}

int trace_plan(const char *file)
{
    static char line[10000];
    static char *words[2000];
    FILE *plan = fopen(file, "re");
    if (plan == NULL)
        return 0;
    while (fgets(line, sizeof line, plan) != NULL) {
        int count = 0;
        /* The descriptors of a sequence start at 3, as if no file was open. */
        long offset = ftell(plan);
        fclose(plan);
        for (char *word = strtok(line, " \n"); word && count < (int)COUNT(words);
             word = strtok(NULL, " \n"))
            words[count++] = word;
        if (count > 0 && !trace_sequence(words, count))
            return 0;
        plan = fopen(file, "re");
        if (plan == NULL || fseek(plan, offset, SEEK_SET) != 0)
            return 0;
    }
    fclose(plan);
    return 1;
}

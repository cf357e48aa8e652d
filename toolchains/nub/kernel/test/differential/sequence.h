/*
 * Sequences of calls, made up from a seed. What call number i of a sequence is
 * depends on the seed and on i alone, and never on what earlier calls gave, so
 * that calls can be left out and the others stay what they are. Results live in
 * slots: f0 to f7 hold descriptors, and pages of an arena memory.
 */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "record.h"

enum { SLOTS = 8 };

/* The descriptors, -1 where there is none. */
extern int slots[SLOTS];

/* A number below `limit`, the next one for the present call. */
unsigned pick(unsigned limit);
#define PICK(array) ((array)[pick(COUNT(array))])
int pick_slot(void);
/* The name of a file that calls look at, or that calls may make. */
const char *pick_name(void);
const char *pick_new_name(void);

/* Says what is about to be called, then what it gave (errno is taken), and what else is to be seen. */
void calls(const char *format, ...) __attribute__((format(printf, 1, 2)));
long long gave(long long answer);
void seen(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Puts a new descriptor in a slot, whose old one has been closed by slot_empty. */
void slot_empty(int slot);
void slot_fill(int slot, long long fd);

/* A buffer for data, its pattern, and a number that stands for its content. */
enum { DATA = 80 * 1024 };
extern unsigned char data[DATA];
void data_fill(unsigned size);
unsigned sum_of(const void *from, unsigned size);

struct operation {
    const char *name;
    int weight;
    void (*run)(void);
};
#define OPERATION(weight, name) {#name, weight, do_##name}
struct group {
    const struct operation *operations;
    int count;
    void (*begin)(void);
    /* Also writes down what is left, as further calls. */
    void (*end)(void);
};
#define GROUP(name, begin, end) \
    const struct group name = {name##_list, COUNT(name##_list), begin, end}
extern const struct group tree_group, descriptor_group, memory_group, waiting_group, signal_group;

/* Operations that are never run, by their names with commas between; kept by reference. */
void leave_out(const char *names);

int run_sequences(uint64_t first, long count, int length);
int trace_sequence(char **words, int count);
int trace_plan(const char *file);

#endif

/*
 * What a case writes down. Each line of its record is `what = answer`: `what`
 * is the call as it stands in the source, and the answer a number, the name of
 * an errno, or a word. The record under Linux and the one under the kernel are
 * then compared line by line, so nothing that may differ by right (addresses,
 * times, process and inode numbers) may stand in it.
 */
#ifndef RECORD_H
#define RECORD_H

#include <errno.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Writes down what a call returned, and errno where that is -1; gives its value. */
#define CALL(call) ({ \
    errno = 0; \
    long long answer_ = (long long)(call); \
    record_answer(#call, answer_); \
    answer_; \
})
/* For calls that return an address: `ok`, or errno. Gives the address. */
#define ADDRESS(call) ({ \
    errno = 0; \
    void *address_ = (void *)(call); \
    record_address(#call, address_); \
    address_; \
})
/* The same for one that is to lie near another: how many bytes it is past that. */
#define OFFSET(call, base) ({ \
    errno = 0; \
    void *address_ = (void *)(call); \
    record_offset(#call, address_, (base)); \
    address_; \
})
/* For calls that return the number of an error. */
#define FAILS(call) record_error(#call, (call))
/* For a value, which may well be -1. */
#define VALUE(value) record_number(#value, (long long)(value))
#define TEXT(text) record(#text, "\"%s\"", text)

void record(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));
void record_answer(const char *what, long long answer);
void record_address(const char *what, const void *address);
void record_offset(const char *what, const void *address, const void *base);
void record_error(const char *what, int error);
void record_number(const char *what, long long number);

/* The name of an errno, `E?` for a number without one. */
const char *error_name(int error);
/* Writes one whole line to the standard output, past all buffers: a panic loses none. */
void put_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct test_case {
    const char *name;
    void (*run)(void);
};
struct topic {
    const char *name;
    const struct test_case *cases;
    int count;
};
/* Each case runs in an empty folder of its own, with descriptors 0 to 2 open,
 * no signal blocked and every signal's action the default one. */
#define TOPIC(topic_, ...) \
    static const struct test_case topic_##_cases[] = {__VA_ARGS__}; \
    const struct topic topic_ = {#topic_, topic_##_cases, COUNT(topic_##_cases)}
#define CASE(function) {#function, function}

/* Ends the program with a line about it when nothing is made progress with for some seconds. */
void watchdog_start(void);
/* From now on the time is measured for this; the text is kept by reference. */
void watchdog_begin(const char *what);

/* Makes the process as a case expects to find it, its folder included. */
void start_afresh(void);

#endif

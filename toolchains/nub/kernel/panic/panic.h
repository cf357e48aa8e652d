/*
 * The ways to end: as the program wants, by a signal, or in a panic.
 */
#ifndef PANIC_PANIC_H
#define PANIC_PANIC_H

#include <arch.h>

#define VECTOR_DIVIDE_ERROR 0
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT 14

#define PANIC_STATUS 255

/* Says the verdict, the last line on the console, and leaves for good. */
NORETURN void finish(unsigned status);

/* Like panic, for what has happened where an exception came from. */
NORETURN void panic_at(const struct registers *r, const char *text, ...) PRINTF_LIKE(2, 3);

/* Reports an exception that nothing can be done about. */
NORETURN void panic_exception(const struct registers *r, uintptr_t stack, uintptr_t address);

/* panic/exceptions.c: where exceptions.S comes to. */
void exception(struct registers *r);

/* panic/symbols.c: "name+0x12" into text; false when the image names nothing there. */
bool symbol_describe(uintptr_t address, char *text, size_t size);

/* arch/.../registers.c */
void print_registers(const struct registers *r, uintptr_t stack);

#endif

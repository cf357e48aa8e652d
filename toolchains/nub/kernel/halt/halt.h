/*
 * The end: what has asked to run before it, the verdict, and then nothing.
 */
#ifndef HALT_HALT_H
#define HALT_HALT_H

#include <nub.h>

/* Says the verdict, the last line on the console, and leaves for good. It asks
 * nothing of the kernel but a console. */
NORETURN void halt(unsigned status);

/* What Xen tells the toolstack: SHUTDOWN_poweroff unless something else is set. Xen
 * itself ends with the initial domain, which always powers off. */
extern unsigned halt_reason;

/* halt/finish.c: lets those have their say first who have asked for it. */
NORETURN void finish(unsigned status);
void before_finish(void (*hook)(void));

#endif

/*
 * The order in which threads run that could.
 */
#ifndef THREADS_TURNS_H
#define THREADS_TURNS_H

#include <threads/thread.h>

/* Puts it behind those that something has happened for; or behind all others,
 * for it has had its turn, or is new. */
void turns_add_woken(struct thread *thread);
void turns_add_last(struct thread *thread);

/* Its priority has changed: puts it in its place if it could run. */
void turns_rank(struct thread *thread);

bool turns_wanted(void); /* could anybody run but the current one? */

/* Who is next; its turn begins. To be called if anybody could run. */
struct thread *turns_take(void);

/* If others could run, when the current turn ends at the latest; else NEVER. */
uint64_t turns_end(void);

/* Puts the current thread in its place among the others if it is for one of a
 * higher priority to run now; tells whether that is so. */
bool turns_outranked(void);

/* Something has happened: puts the current thread in its place among the others
 * if it is for another to run now; tells whether that is so. */
bool turns_pass(uint64_t now);

#endif

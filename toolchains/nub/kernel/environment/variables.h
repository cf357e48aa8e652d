/*
 * The program's environment variables.
 */
#ifndef ENVIRONMENT_VARIABLES_H
#define ENVIRONMENT_VARIABLES_H

#include <nub.h>

#define MOST_VARIABLES 128

extern const char *variables[MOST_VARIABLES];
extern size_t variable_count;

/* Is the word env.NAME=value? */
bool variable_is(const char *word);

/* Sets the variable, in the place of one of the same name; false for another word. */
bool variable_take(const char *word);

#endif

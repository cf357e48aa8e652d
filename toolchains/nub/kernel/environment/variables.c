/*
 * Environment variables: a few that programs expect, and those that the image or
 * the boot command line sets.
 */
#include <environment/variables.h>

#define PREFIX "env."

const char *variables[MOST_VARIABLES] = { "PATH=/usr/bin:/bin", "HOME=/", "TERM=dumb" };
size_t variable_count = 3;

/* How long the name is, 0 when the word sets nothing. */
static size_t name_length(const char *assignment)
{
    size_t length = 0;

    while (assignment[length] && assignment[length] != '=')
        length++;
    return assignment[length] ? length : 0;
}

bool variable_is(const char *word)
{
    return !strncmp(word, PREFIX, strlen(PREFIX)) && name_length(word + strlen(PREFIX));
}

bool variable_take(const char *word)
{
    const char *assignment = word + strlen(PREFIX);
    size_t at = 0;

    if (!variable_is(word))
        return false;
    while (at < variable_count && strncmp(variables[at], assignment, name_length(assignment) + 1))
        at++;
    if (at == MOST_VARIABLES)
        panic("there are more than %d environment variables", MOST_VARIABLES);
    variables[at] = assignment;
    if (at == variable_count)
        variable_count++;
    return true;
}

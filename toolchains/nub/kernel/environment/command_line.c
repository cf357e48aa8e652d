/*
 * Splitting the boot command line the way a shell quotes: blanks separate,
 * 'single' and "double" quotes join, a backslash keeps the next character
 * (inside double quotes only before a quote or a backslash).
 */
#include <archive/archive.h>
#include <environment/command_line.h>
#include <environment/environment.h>
#include <environment/variables.h>

const char *arguments[MOST_ARGUMENTS + 1];
size_t argument_count;
unsigned option_trace, option_stats;

static void add_argument(const char *word)
{
    if (argument_count == MOST_ARGUMENTS)
        panic("there are more than %d arguments", MOST_ARGUMENTS);
    arguments[argument_count++] = word;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Takes the next word out of *line, rewriting it in place without its quotes.
 * NULL at the end of the line. */
static char *next_word(char **line)
{
    char *from = *line, *to, *word, quote = 0;

    while (is_blank(*from))
        from++;
    if (!*from)
        return NULL;
    for (word = to = from; *from && (quote || !is_blank(*from)); from++) {
        if (quote ? *from == quote : *from == '\'' || *from == '"') {
            quote = quote ? 0 : *from;
            continue;
        }
        if (*from == '\\' && from[1] && quote != '\''
            && (!quote || from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *line = *from ? from + 1 : from;
    *to = 0;
    return word;
}

static unsigned number_in(const char *digits)
{
    unsigned value = 0;

    for (; *digits >= '0' && *digits <= '9'; digits++)
        value = value * 10 + (*digits - '0');
    return value;
}

static void set_option(const char *word)
{
    static const struct {
        const char *name;
        unsigned *value;
    } options[] = {
        { "nub.trace=", &option_trace },
        { "nub.stats=", &option_stats },
    };

    for (size_t i = 0; i < COUNT_OF(options); i++) {
        size_t length = strlen(options[i].name);

        if (!strncmp(word, options[i].name, length)) {
            *options[i].value = number_in(word + length);
            return;
        }
    }
    print("nub: %s is no option of this kernel\n", word);
}

/* The packed words, one after the other, each with its final zero: the program's
 * name, its arguments, and environment variables. */
static const char *packed_words(const char **end)
{
    const char *first = archive_at(__nub_files.cmdline_offset);

    *end = first + __nub_files.cmdline_size;
    return first;
}

static void add_packed_name(void)
{
    const char *end, *word = packed_words(&end);

    add_argument(word < end ? word : "program");
}

static void add_packed_variables(void)
{
    const char *end, *word = packed_words(&end);

    while (word < end && (word += strlen(word) + 1) < end)
        variable_take(word);
}

static void add_packed_arguments(void)
{
    const char *end, *word = packed_words(&end);

    while (word < end && (word += strlen(word) + 1) < end)
        if (!variable_is(word))
            add_argument(word);
}

void command_line_split(void)
{
    char *line = environment.command_line, *word;

    add_packed_name();
    add_packed_variables();
    while ((word = next_word(&line))) {
        if (!strncmp(word, "nub.", 4))
            set_option(word);
        else if (!variable_take(word))
            add_argument(word);
    }
    if (argument_count == 1)
        add_packed_arguments();
}

/*
 * /proc/self/maps: what the program has mapped, a line for each area.
 */
#include <environment/command_line.h>
#include <files/ram.h>
#include <files/text.h>
#include <memory/areas.h>
#include <threads/thread.h>

#define NAME_COLUMN 73

static void add_name(struct text *text, const struct area_view *view)
{
    static char name[LONGEST_PATH];
    const struct backing *backing = view->mapping.backing;

    if (backing && backing->kind->name)
        backing->kind->name(backing, name, sizeof(name));
    else if (view->image)
        format(name, sizeof(name), "%s", argument_count ? arguments[0] : "");
    else if (view->start <= first_stack_end - 1 && first_stack_end <= view->end)
        format(name, sizeof(name), "[stack]");
    else if (view->start == arena_start())
        format(name, sizeof(name), "[heap]");
    else
        name[0] = 0;
    text_add_bytes(text, name, strlen(name));
}

static void tell_area(const struct area_view *view, void *context)
{
    const struct mapping *mapping = &view->mapping;
    const struct backing *backing = mapping->backing;
    unsigned rights = mapping->rights;
    char line[NAME_COLUMN + 40];
    size_t length;

    length = format(line, sizeof(line), "%08lx-%08lx %c%c%c%c %08llx 00:%02x %llu ", (unsigned long)view->start,
                    (unsigned long)view->end, rights & MAY_READ ? 'r' : '-', rights & MAY_WRITE ? 'w' : '-',
                    rights & MAY_EXECUTE ? 'x' : '-', mapping->shared ? 's' : 'p',
                    (unsigned long long)(backing ? mapping->offset : 0), backing ? 1 : 0,
                    (unsigned long long)(backing && backing->kind->number ? backing->kind->number(backing) : 0));
    while (length < NAME_COLUMN)
        line[length++] = ' ';
    text_add_bytes(context, line, length);
    add_name(context, view);
    text_add_bytes(context, "\n", 1);
}

static void tell_maps(struct text *text)
{
    areas_each(tell_area, text);
}

TEXT_FILE(maps, "proc/1/maps", tell_maps);

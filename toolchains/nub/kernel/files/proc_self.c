/*
 * /proc/1, which /proc/self leads to: what is known of the process.
 */
#include <environment/command_line.h>
#include <files/names.h>
#include <files/text.h>
#include <memory/pages.h>
#include <threads/thread.h>

static void tell_arguments(struct text *text)
{
    for (size_t i = 0; i < argument_count; i++)
        text_add_bytes(text, arguments[i], strlen(arguments[i]) + 1);
}

static unsigned count_threads(void)
{
    unsigned count = 0;

    for (const struct thread *at = all_threads; at; at = at->next)
        count++;
    return count;
}

/* What the first thread calls itself, or the last part of the program's name as
 * far as a thread's may be long. */
static void add_name(struct text *text)
{
    const struct thread *first = thread_find(1);
    const char *name = argument_count ? arguments[0] : "program";

    for (const char *at = name; *at; at++)
        if (*at == '/')
            name = at + 1;
    if (first && first->name[0])
        name = first->name;
    text_add_bytes(text, name, smaller(strlen(name), sizeof(first->name) - 1));
}

static void tell_name(struct text *text)
{
    add_name(text);
    text_add(text, "\n");
}

static void tell_status(struct text *text)
{
    unsigned long used = (pages_total() - pages_unused()) << (PAGE_SHIFT - 10);

    text_add(text, "Name:\t");
    add_name(text);
    text_add(text, "\nState:\tR (running)\nTgid:\t1\nNgid:\t0\nPid:\t1\nPPid:\t0\nTracerPid:\t0\n");
    text_add(text, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%u\nGroups:\t0 \n", MOST_DESCRIPTORS);
    text_add(text, "VmRSS:\t%8lu kB\nThreads:\t%u\n", used, count_threads());
    text_add(text, "SigBlk:\t%016llx\n", (unsigned long long)current->blocked);
}

static void tell_mounts(struct text *text)
{
    text_add(text, "tmpfs / tmpfs rw 0 0\nproc /proc proc ro 0 0\n");
}

TEXT_FILE(arguments, "proc/1/cmdline", tell_arguments);
TEXT_FILE(mounts, "proc/1/mounts", tell_mounts);
TEXT_FILE(name, "proc/1/comm", tell_name);
TEXT_FILE(status, "proc/1/status", tell_status);

/* The program is no file of its own; if it was started by a path, it is said to
 * be there, as programs expect that look for other files from there. */
static int program_target(const struct node *link, const char **path, size_t *length)
{
    (void)link;
    if (!argument_count || arguments[0][0] != '/')
        return -ENOENT;
    *path = arguments[0];
    *length = strlen(*path);
    return 0;
}

static int folder_target(const struct node *link, const char **path, size_t *length)
{
    static char text[LONGEST_PATH];
    long size = path_of(working_folder, NULL, text, sizeof(text));

    (void)link;
    *path = text;
    *length = size - 1;
    return size < 0 ? size : 0;
}

static const struct file_kind program_link = { .mode = S_IFLNK, .target = program_target };
static const struct file_kind folder_link = { .mode = S_IFLNK, .target = folder_target };
DEVICE(program, "proc/1/exe", &program_link, 0, 0777);
DEVICE(folder, "proc/1/cwd", &folder_link, 0, 0777);

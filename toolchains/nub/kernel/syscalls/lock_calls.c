/*
 * flock(), and what fcntl() does for locks.
 */
#include <files/locks.h>
#include <memory/program.h>
#include <syscalls/handlers.h>

enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };

/* Sets it; the file is kept for as long as that takes. */
static long set(struct file *file, struct lock *lock, bool wait)
{
    long result;

    lock_for(lock, file);
    file->references++;
    result = lock_set(lock, wait);
    file_release(file);
    return result;
}

long files_flock(int fd, int operation)
{
    struct file *file = descriptor_opened(fd);
    struct lock lock = { .file = file, .whole = true, .last = INT64_MAX };
    int kind = operation & ~LOCK_NB;

    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return -EINVAL;
    if (!file)
        return -EBADF;
    /* A lock that was there is given up before another kind is waited for. */
    lock.type = F_UNLCK;
    if (kind != LOCK_UN && !lock_is_set(file, kind == LOCK_EX ? F_WRLCK : F_RDLCK))
        set(file, &lock, false);
    lock.type = kind == LOCK_UN ? F_UNLCK : kind == LOCK_EX ? F_WRLCK : F_RDLCK;
    return set(file, &lock, !(operation & LOCK_NB));
}

/* From the form in which the program tells it. */
static long take_range(const struct file *file, const struct record_lock *from, struct lock *lock)
{
    int64_t start;
    int error = position_from(file, from->start, from->whence, &start);

    if (error)
        return error;
    lock->start = start;
    lock->last = INT64_MAX;
    if (from->length > 0 && __builtin_add_overflow(start, from->length - 1, &lock->last))
        return -EOVERFLOW;
    if (from->length < 0) {
        lock->start = start + from->length;
        lock->last = start - 1;
    }
    return start < 0 || lock->start < 0 ? -EINVAL : 0;
}

static void tell(const struct lock *lock, struct record_lock *to)
{
    *to = (struct record_lock){
        .type = lock->type, .whence = SEEK_SET, .start = lock->start,
        .length = lock->last == INT64_MAX ? 0 : lock->last - lock->start + 1, .pid = lock->file ? -1 : 1,
    };
}

long lock_control(struct file *file, int command, struct record_lock *record)
{
    bool own = command == F_OFD_GETLK || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    bool get = command == F_GETLK64 || command == F_OFD_GETLK;
    struct lock lock = { .file = own ? file : NULL };
    const struct lock *conflict;
    long error;

    if (!program_may_read(record, sizeof(*record)) || (get && !program_may_write(record, sizeof(*record))))
        return -EFAULT;
    lock.type = record->type;
    error = take_range(file, record, &lock);
    if (error)
        return error;
    if (lock.type != F_RDLCK && lock.type != F_WRLCK && (get || lock.type != F_UNLCK))
        return -EINVAL;
    if (own && record->pid)
        return -EINVAL;
    if (get) {
        lock_for(&lock, file);
        conflict = lock_conflict(&lock);
        if (conflict)
            tell(conflict, record);
        else
            record->type = F_UNLCK;
        return 0;
    }
    if ((lock.type == F_RDLCK && (file->flags & O_ACCMODE) == O_WRONLY)
        || (lock.type == F_WRLCK && !(file->flags & O_ACCMODE)))
        return -EBADF;
    return set(file, &lock, command == F_SETLKW64 || command == F_OFD_SETLKW);
}

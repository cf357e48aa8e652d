/*
 * The handlers behind the table, by chapter. A suffix 32 marks what only
 * i386's older variants of a call need. Those of files/calls.h are among them.
 */
#ifndef SYSCALLS_HANDLERS_H
#define SYSCALLS_HANDLERS_H

#include <arch.h>
#include <files/calls.h>
#include <linux/interface.h>

/* syscalls/file_calls.c, descriptor_calls.c */
long files_read(int fd, void *to, size_t size);
long files_write(int fd, const void *from, size_t size);
long files_readv(int fd, const struct iovec *parts, int count);
long files_writev(int fd, const struct iovec *parts, int count);
long files_pread(int fd, void *to, size_t size, WIDE_ARGUMENTS(position));
long files_pwrite(int fd, const void *from, size_t size, WIDE_ARGUMENTS(position));
long files_preadv(int fd, const struct iovec *parts, int count, unsigned long low, unsigned long high);
long files_pwritev(int fd, const struct iovec *parts, int count, unsigned long low, unsigned long high);
long files_close(int fd);
long files_close_range(unsigned first, unsigned last, unsigned flags);
long files_lseek(int fd, long offset, int whence);
long files_llseek(int fd, unsigned long high, unsigned long low, int64_t *result, int whence);
long files_dup(int fd);
long files_dup2(int fd, int target);
long files_dup3(int fd, int target, int flags);
long files_fcntl(int fd, int command, long argument);
long files_ioctl(int fd, unsigned long request, void *argument);
long files_sync(int fd);
long files_sync_all(void);
long files_sync_system(int fd);

/* For calls that are made of these: what a file may be used for, and moving its
 * contents to and from the kernel's own memory. */
struct file;
bool may_read(const struct file *file);
bool may_write(const struct file *file);
long file_read_own(struct file *file, void *to, size_t size, uint64_t *position);
long file_write_own(struct file *file, const void *from, size_t size, uint64_t *position);

/* syscalls/open_calls.c */
extern uint32_t permissions_mask; /* umask */
long files_open(const char *path, int flags, uint32_t mode);
long files_openat(int folder, const char *path, int flags, uint32_t mode);
long files_creat(const char *path, uint32_t mode);
long files_getdents(int fd, void *to, size_t size);
long files_readlink(const char *path, char *to, size_t size);
long files_readlinkat(int folder, const char *path, char *to, size_t size);
long files_umask(uint32_t set);

/* syscalls/tree_calls.c */
long files_mkdir(const char *path, uint32_t mode);
long files_mkdirat(int folder, const char *path, uint32_t mode);
long files_mknod(const char *path, uint32_t mode, uint32_t device);
long files_mknodat(int folder, const char *path, uint32_t mode, uint32_t device);
long files_link(const char *from, const char *to);
long files_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);
long files_symlink(const char *target, const char *path);
long files_symlinkat(const char *target, int folder, const char *path);
long files_unlink(const char *path);
long files_unlinkat(int folder, const char *path, int flags);
long files_rmdir(const char *path);
long files_rename(const char *from, const char *to);
long files_renameat(int from_folder, const char *from, int to_folder, const char *to);
long files_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags);
long files_getcwd(char *to, size_t size);
long files_chdir(const char *path);
long files_fchdir(int fd);

/* syscalls/attribute_calls.c */
long files_chmod(const char *path, uint32_t permissions);
long files_fchmod(int fd, uint32_t permissions);
long files_fchmodat(int folder, const char *path, uint32_t permissions);
long files_fchmodat2(int folder, const char *path, uint32_t permissions, int flags);
long files_chown(const char *path, uint32_t uid, uint32_t gid);
long files_lchown(const char *path, uint32_t uid, uint32_t gid);
long files_fchown(int fd, uint32_t uid, uint32_t gid);
long files_fchownat(int folder, const char *path, uint32_t uid, uint32_t gid, int flags);
long files_utimens(int folder, const char *path, const struct timespec64 *times, int flags);
long files_utimens32(int folder, const char *path, const struct timespec32 *times, int flags);
long files_access(const char *path, int mode);
long files_faccessat(int folder, const char *path, int mode);
long files_faccessat2(int folder, const char *path, int mode, int flags);

/* syscalls/space_calls.c */
struct file_system;
long files_truncate(const char *path, WIDE_ARGUMENTS(size));
long files_ftruncate(int fd, WIDE_ARGUMENTS(size));
long files_fallocate(int fd, int mode, WIDE_ARGUMENTS(from), WIDE_ARGUMENTS(size));
long files_fadvise(int fd, WIDE_ARGUMENTS(from), WIDE_ARGUMENTS(size), int advice);
long files_statfs(const char *path, struct file_system *to);
long files_fstatfs(int fd, struct file_system *to);
long files_statfs64(const char *path, size_t size, struct file_system *to);
long files_fstatfs64(int fd, size_t size, struct file_system *to);

/* syscalls/lock_calls.c */
struct record_lock;
long lock_control(struct file *file, int command, struct record_lock *record); /* of fcntl */
long files_flock(int fd, int operation);

/* syscalls/transfer_calls.c */
long files_sendfile(int to, int from, long *position, size_t size);
long files_sendfile64(int to, int from, int64_t *position, size_t size);
long files_copy_range(int from, int64_t *from_position, int to, int64_t *to_position, size_t size, unsigned flags);

/* syscalls/poll_calls.c */
long poll_until(struct pollfd *wanted, unsigned long count, uint64_t deadline, const uint64_t *mask);
long poll_poll(struct pollfd *wanted, unsigned long count, int milliseconds);
long poll_ppoll(struct pollfd *wanted, unsigned long count, const struct timespec64 *timeout, const uint64_t *mask);
long poll_ppoll32(struct pollfd *wanted, unsigned long count, const struct timespec32 *timeout, const uint64_t *mask);

/* syscalls/select_calls.c */
struct selected;
long poll_pselect(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                  struct timespec64 *timeout, const struct selected *mask);
long poll_pselect32(int count, unsigned long *in, unsigned long *out, unsigned long *except,
                    struct timespec32 *timeout, const struct selected *mask);
long poll_select(int count, unsigned long *in, unsigned long *out, unsigned long *except, long *timeout);

/* syscalls/stat_calls.c */
long files_stat(const char *path, void *to);
long files_lstat(const char *path, void *to);
long files_fstat(int fd, void *to);
long files_fstatat(int folder, const char *path, void *to, int flags);
long files_statx(int folder, const char *path, int flags, unsigned mask, struct statx *to);

/* syscalls/memory_calls.c */
long memory_mmap(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, uint64_t offset);
long memory_mmap2(uintptr_t address, size_t size, unsigned rights, unsigned flags, int fd, unsigned long pages);
long memory_munmap(uintptr_t address, size_t size);
long memory_mprotect(uintptr_t address, size_t size, unsigned rights);
long memory_mremap(uintptr_t address, size_t old_size, size_t new_size, unsigned flags, uintptr_t target);
long memory_brk(uintptr_t end);

/* syscalls/memory_advice_calls.c */
long memory_madvise(uintptr_t address, size_t size, int advice);
long memory_mlock(uintptr_t address, size_t size);
long memory_mlock2(uintptr_t address, size_t size, unsigned flags);
long memory_munlock(uintptr_t address, size_t size);
long memory_mlockall(unsigned flags);
long memory_munlockall(void);
long memory_msync(uintptr_t address, size_t size, unsigned flags);
long memory_mincore(uintptr_t address, size_t size, unsigned char *to);

/* syscalls/memory_file_calls.c */
long memory_file_create(const char *name, unsigned flags);

/* syscalls/time_calls.c */
long time_gettime(int clock, struct timespec64 *to);
long time_getres(int clock, struct timespec64 *to);
long time_clock_nanosleep(int clock, int flags, const struct timespec64 *request, struct timespec64 *left);
long time_nanosleep(const struct timespec64 *request, struct timespec64 *left);
long time_gettimeofday(long *to, int *zone);
long time_time(long *to);
long time_gettime32(int clock, struct timespec32 *to);
long time_getres32(int clock, struct timespec32 *to);
long time_clock_nanosleep32(int clock, int flags, const struct timespec32 *request, struct timespec32 *left);
long time_nanosleep32(const struct timespec32 *request, struct timespec32 *left);

/* syscalls/interval_calls.c */
long interval_get(int which, long *to);
long interval_call(int which, const long *from, long *before);
long interval_alarm(unsigned seconds);

/* syscalls/timer_calls.c */
struct signal_event;
struct timer_times;
struct timer_times32;
long timer_create_call(int clock, const struct signal_event *event, int *id);
long timer_settime_call(int id, int flags, const struct timer_times *times, struct timer_times *before);
long timer_gettime_call(int id, struct timer_times *to);
long timer_settime32(int id, int flags, const struct timer_times32 *times, struct timer_times32 *before);
long timer_gettime32(int id, struct timer_times32 *to);
long timer_getoverrun_call(int id);
long timer_delete_call(int id);

/* syscalls/process_calls.c */
long process_exit(int status);
long process_uname(struct utsname *to);
long process_sethostname(const char *name, size_t size);
long process_setdomainname(const char *name, size_t size);
long process_personality(unsigned long wanted);
long process_sysinfo(struct sysinfo *to);
long process_getrandom(void *to, size_t size, unsigned flags);
long process_getrusage(int who, long *to);
long process_times(long *to);
long process_wait(int pid, int *status, int options);
long process_wait_id(int kind, int id, void *information, int options);

/* syscalls/limit_calls.c */
struct limit;
long limit_exchange(int pid, int resource, const struct limit *set, struct limit *get);
long limit_get(int resource, unsigned long *get);
long limit_set(int resource, const unsigned long *set);

/* May a regular file become so large? A write is made shorter if some of it may. */
long limit_size(uint64_t size);
long limit_write(uint64_t position, size_t *size);

/* syscalls/identity_calls.c */
bool process_is_root(void);
long identity_setuid(unsigned id);
long identity_setgid(unsigned id);
long identity_setreuid(unsigned real, unsigned effective);
long identity_setregid(unsigned real, unsigned effective);
long identity_setfsuid(unsigned id);
long identity_setfsgid(unsigned id);
long identity_setresuid(unsigned real, unsigned effective, unsigned saved);
long identity_setresgid(unsigned real, unsigned effective, unsigned saved);
long identity_getresuid(unsigned *real, unsigned *effective, unsigned *saved);
long identity_getresgid(unsigned *real, unsigned *effective, unsigned *saved);
long identity_getgroups(int count, unsigned *to);
long identity_setgroups(size_t count, const unsigned *from);
long identity_getpgid(int pid);
long identity_setpgid(int pid, int group_id);
long identity_setsid(void);

/* syscalls/schedule_calls.c */
long schedule_set(int id, int policy, const int *priority);
long schedule_set_priority(int id, const int *priority);
long schedule_get(int id);
long schedule_get_priority(int id, int *to);
long schedule_most(int policy);
long schedule_least(int policy);
long schedule_turn(int id, struct timespec64 *to);
long schedule_turn32(int id, struct timespec32 *to);
long schedule_get_processors(int id, size_t size, unsigned long *mask);
long schedule_set_processors(int id, size_t size, const unsigned char *mask);
long schedule_processor(unsigned *processor, unsigned *node);
long schedule_set_nice(int which, int id, int nice);
long schedule_get_nice(int which, int id);
long schedule_nice(int more);

/* syscalls/control_calls.c */
long control_call(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

/* syscalls/thread_calls.c */
long threads_exit(int status);
long threads_id(void);
long threads_set_clear_id(int *where);
long threads_yield(void);
long threads_arch_prctl(int code, uintptr_t address);
long threads_set_thread_area(struct user_desc *description);

/* syscalls/futex_calls.c */
long futex_call(int *word, int operation, int value, const struct timespec64 *timeout, int *other, int compared);
long futex_call32(int *word, int operation, int value, const struct timespec32 *timeout, int *other, int compared);

/* syscalls/signal_calls.c */
long signals_action(int signal, const struct sigaction *set, struct sigaction *get, size_t size);
long signals_mask(int how, const uint64_t *set, uint64_t *get, size_t size);
long signals_pending(uint64_t *to, size_t size);
long signals_suspend(const uint64_t *set, size_t size);
long signals_pause(void);
long signals_timedwait(const uint64_t *set, void *information, const struct timespec64 *timeout, size_t size);
long signals_timedwait32(const uint64_t *set, void *information, const struct timespec32 *timeout, size_t size);
long signals_stack(const struct stack *set, struct stack *get);
long signals_kill(int pid, int signal);
long signals_tkill(int id, int signal);
long signals_tgkill(int group, int id, int signal);
struct signal_information;
long signals_queue(int pid, int signal, const struct signal_information *information);
long signals_queue_thread(int group, int id, int signal, const struct signal_information *information);

/* What the program calls by name (arch/.../calls.S): true when it goes on with all
 * of the registers, instead of merely returning. */
bool system_call(struct registers *r);
bool clone_call(struct registers *r);
bool unmap_self_call(struct registers *r);

#endif

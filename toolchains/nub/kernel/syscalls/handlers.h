/*
 * The handlers behind the table, by chapter. A suffix 32 marks what only
 * i386's older variants of a call need.
 */
#ifndef SYSCALLS_HANDLERS_H
#define SYSCALLS_HANDLERS_H

#include <syscalls/linux.h>

/* syscalls/file_calls.c */
long files_read(int fd, void *to, size_t size);
long files_write(int fd, const void *from, size_t size);
long files_readv(int fd, const struct iovec *parts, int count);
long files_writev(int fd, const struct iovec *parts, int count);
long files_pread(int fd, void *to, size_t size, uint64_t position);
long files_pwrite(int fd, const void *from, size_t size, uint64_t position);
long files_open(const char *path, int flags);
long files_openat(int folder, const char *path, int flags);
long files_close(int fd);
long files_lseek(int fd, long offset, int whence);
long files_llseek(int fd, unsigned long high, unsigned long low, int64_t *result, int whence);
long files_getdents(int fd, void *to, size_t size);
long files_readlink(const char *path, char *to, size_t size);
long files_readlinkat(int folder, const char *path, char *to, size_t size);
long files_access(const char *path, int mode);
long files_faccessat(int folder, const char *path, int mode);
long files_getcwd(char *to, size_t size);
long files_dup(int fd);
long files_dup2(int fd, int target);
long files_dup3(int fd, int target, int flags);
long files_fcntl(int fd, int command, long argument);
long files_ioctl(int fd, unsigned long request, uint16_t *window);

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
long memory_mremap(uintptr_t address, size_t old_size, size_t new_size, unsigned flags);
long memory_madvise(uintptr_t address, size_t size, int advice);
long memory_brk(uintptr_t end);

/* syscalls/time_calls.c */
long time_gettime(int clock, struct timespec64 *to);
long time_getres(int clock, struct timespec64 *to);
long time_clock_nanosleep(int clock, int flags, const struct timespec64 *request, struct timespec64 *left);
long time_nanosleep(const struct timespec64 *request, struct timespec64 *left);
long time_gettimeofday(long *to);
long time_time(long *to);
long time_gettime32(int clock, struct timespec32 *to);
long time_getres32(int clock, struct timespec32 *to);
long time_clock_nanosleep32(int clock, int flags, const struct timespec32 *request);
long time_nanosleep32(const struct timespec32 *request);

/* syscalls/process_calls.c */
long process_exit(int status);
long process_one(void);
long process_zero(void);
long process_set_thread_area(struct user_desc *description);
long process_arch_prctl(int code, uintptr_t address);
long process_uname(struct utsname *to);
long process_prlimit(int pid, int resource, const void *set, uint64_t *get);
long process_getrlimit(int resource, unsigned long *get);
long process_sysinfo(struct sysinfo *to);
long process_getrandom(void *to, size_t size);
long process_yield(void);
long process_futex(const int *word, int operation, int value, const struct timespec64 *timeout);
long process_futex32(const int *word, int operation, int value, const struct timespec32 *timeout);

/* syscalls/signal_calls.c */
long signals_action(int signal, const struct sigaction *set, struct sigaction *get);
long signals_mask(int how, const uint64_t *set, uint64_t *get);
long signals_kill(int pid, int signal);
long signals_tgkill(int group, int thread, int signal);

#endif

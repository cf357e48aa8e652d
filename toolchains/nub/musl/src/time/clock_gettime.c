/* The clocks that only have to be looked at need no system call: the kernel has a
 * function for them that is called like any other. */
#include <errno.h>
#include <time.h>
#include "syscall.h"

long __nub_clock_gettime(int clock, struct timespec *to);

int __clock_gettime(clockid_t clock, struct timespec *to)
{
	long result = __nub_clock_gettime(clock, to);

	if (result == -ENOSYS)
#ifdef SYS_clock_gettime64
		result = __syscall(SYS_clock_gettime64, clock, to);
#else
		result = __syscall(SYS_clock_gettime, clock, to);
#endif
	return __syscall_ret(result);
}

weak_alias(__clock_gettime, clock_gettime);

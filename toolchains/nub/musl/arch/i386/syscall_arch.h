/* A system call is a call of a function of the kernel that the program is
 * linked with. There is no vDSO; clock_gettime has a function of its own. */
#define __SYSCALL_LL_E(x) (long)(x), (long)((unsigned long long)(x) >> 32)
#define __SYSCALL_LL_O(x) __SYSCALL_LL_E(x)

long __nub_syscall(long, long, long, long, long, long, long);

static inline long __syscall0(long n)
{
	return __nub_syscall(n, 0, 0, 0, 0, 0, 0);
}

static inline long __syscall1(long n, long a1)
{
	return __nub_syscall(n, a1, 0, 0, 0, 0, 0);
}

static inline long __syscall2(long n, long a1, long a2)
{
	return __nub_syscall(n, a1, a2, 0, 0, 0, 0);
}

static inline long __syscall3(long n, long a1, long a2, long a3)
{
	return __nub_syscall(n, a1, a2, a3, 0, 0, 0);
}

static inline long __syscall4(long n, long a1, long a2, long a3, long a4)
{
	return __nub_syscall(n, a1, a2, a3, a4, 0, 0);
}

static inline long __syscall5(long n, long a1, long a2, long a3, long a4, long a5)
{
	return __nub_syscall(n, a1, a2, a3, a4, a5, 0);
}

static inline long __syscall6(long n, long a1, long a2, long a3, long a4, long a5, long a6)
{
	return __nub_syscall(n, a1, a2, a3, a4, a5, a6);
}

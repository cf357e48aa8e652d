/* Atomic operations, by the compiler. What differs from musl's own: a_crash is
 * an invalid instruction. `hlt`, a fault for a process, would only stop the
 * processor here, where the program has the kernel's privilege. */

#define a_cas a_cas
static inline int a_cas(volatile int *p, int expected, int wanted)
{
	__atomic_compare_exchange_n(p, &expected, wanted, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return expected;
}

#define a_swap a_swap
static inline int a_swap(volatile int *p, int value)
{
	return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}

#define a_fetch_add a_fetch_add
static inline int a_fetch_add(volatile int *p, int value)
{
	return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}

#define a_and a_and
static inline void a_and(volatile int *p, int value)
{
	__atomic_fetch_and(p, value, __ATOMIC_SEQ_CST);
}

#define a_or a_or
static inline void a_or(volatile int *p, int value)
{
	__atomic_fetch_or(p, value, __ATOMIC_SEQ_CST);
}

#define a_inc a_inc
static inline void a_inc(volatile int *p)
{
	__atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
}

#define a_dec a_dec
static inline void a_dec(volatile int *p)
{
	__atomic_fetch_sub(p, 1, __ATOMIC_SEQ_CST);
}

#define a_store a_store
static inline void a_store(volatile int *p, int value)
{
	__atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

#define a_barrier a_barrier
static inline void a_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* With one processor nothing changes while we look, and `pause` is slow where it
 * is emulated. */
#define a_spin a_spin
static inline void a_spin(void)
{
	__asm__ __volatile__("" : : : "memory");
}

#define a_crash a_crash
static inline void a_crash(void)
{
	__builtin_trap();
}

#define a_ctz_64 a_ctz_64
static inline int a_ctz_64(uint64_t value)
{
	return __builtin_ctzll(value);
}

#define a_ctz_32 a_ctz_32
static inline int a_ctz_32(uint32_t value)
{
	return __builtin_ctz(value);
}

#define a_clz_64 a_clz_64
static inline int a_clz_64(uint64_t value)
{
	return __builtin_clzll(value);
}

#define a_clz_32 a_clz_32
static inline int a_clz_32(uint32_t value)
{
	return __builtin_clz(value);
}

/* Threads, as CMake's FindThreads looks for them in the C library. */
#include <pthread.h>
#include <stddef.h>

static void *run(void *argument) { return argument; }

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, run, NULL);
	pthread_detach(thread);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	pthread_atfork(NULL, NULL, NULL);
	pthread_exit(NULL);
}

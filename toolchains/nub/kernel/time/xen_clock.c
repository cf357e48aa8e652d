/*
 * Xen's time: a point in time and the time stamp counter's rate, which Xen
 * keeps current in the shared page (xen.h, struct vcpu_time_info).
 */
#include <arch.h>
#include <time/source.h>
#include <xen/hypercall.h>

static uint64_t epoch(void)
{
    const volatile struct shared_info *info = &shared_page.info;
    uint32_t version;
    uint64_t result;

    do {
        version = info->wc_version;
        barrier();
        result = info->wc_sec * NANOSECONDS + info->wc_nsec;
        barrier();
    } while (version & 1 || version != info->wc_version);
    return result;
}

static void wait(uint64_t until)
{
    struct sched_poll poll = { .timeout = until };

    HYPERCALL2(sched_op, SCHEDOP_poll, &poll);
}

void clock_use_xen(void)
{
    clock_use(&(struct clock_source){ &shared_page.info.vcpu_info[0].time, epoch, wait });
}

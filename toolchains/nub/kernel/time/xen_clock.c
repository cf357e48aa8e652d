/*
 * Xen's time: a point in time and the time stamp counter's rate, which Xen
 * keeps current in the shared page (xen.h, struct vcpu_time_info).
 */
#include <arch.h>
#include <time/source.h>
#include <xen/hypercall.h>

static uint64_t now(void)
{
    const volatile struct vcpu_time_info *time = &shared_page.info.vcpu_info[0].time;
    uint32_t version;
    uint64_t result;

    do {
        version = time->version;
        barrier();
        result = time->system_time
               + scale_tsc(read_tsc() - time->tsc_timestamp, time->tsc_to_system_mul, time->tsc_shift);
        barrier();
    } while (version & 1 || version != time->version);
    return result;
}

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

/* The rate may change a little while Xen corrects it; who counts in ticks does
 * without such corrections. */
static uint64_t duration(uint64_t ticks)
{
    const volatile struct vcpu_time_info *time = &shared_page.info.vcpu_info[0].time;

    return scale_tsc(ticks, time->tsc_to_system_mul, time->tsc_shift);
}

static const struct clock_source xen_clock = { now, epoch, wait, duration };

void clock_use_xen(void)
{
    clock_use(&xen_clock);
}

/*
 * /proc: what is known of the machine, in Linux's words.
 */
#include <arch.h>
#include <counts.h>
#include <files/text.h>
#include <memory/pages.h>
#include <threads/cpu_time.h>
#include <time/clock.h>

#define KIB(pages) ((pages) << (PAGE_SHIFT - 10))

static void tell_memory(struct text *text)
{
    const struct {
        const char *name;
        size_t pages;
    } lines[] = {
        { "MemTotal:", pages_total() }, { "MemFree:", pages_unused() }, { "MemAvailable:", pages_unused() },
        { "Buffers:", 0 }, { "Cached:", 0 }, { "SwapCached:", 0 }, { "SwapTotal:", 0 }, { "SwapFree:", 0 },
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        text_add(text, "%-15s %8lu kB\n", lines[i].name, (unsigned long)KIB(lines[i].pages));
}

static void add_seconds(struct text *text, uint64_t time, const char *end)
{
    uint64_t hundredths = time / (NANOSECONDS / 100);

    text_add(text, "%llu.%02u%s", (unsigned long long)(hundredths / 100), (unsigned)(hundredths % 100), end);
}

static void tell_uptime(struct text *text)
{
    uint64_t since = clock_monotonic() - clock_started, busy = cpu_time_of_process();

    add_seconds(text, since, " ");
    add_seconds(text, since > busy ? since - busy : 0, "\n");
}

/* Linux's 100 ticks a second: user, nice, system, idle and six others. */
static void tell_statistics(struct text *text)
{
    const uint64_t tick = NANOSECONDS / 100;
    uint64_t since = clock_monotonic() - clock_started, busy = cpu_time_of_process();
    uint64_t idle = since > busy ? since - busy : 0;

    for (unsigned i = 0; i < 2; i++)
        text_add(text, "cpu%s %llu 0 0 %llu 0 0 0 0 0 0\n", i ? "0" : " ", (unsigned long long)(busy / tick),
                 (unsigned long long)(idle / tick));
    text_add(text, "intr %lu\nctxt %lu\nbtime %llu\nprocesses %d\nprocs_running 1\nprocs_blocked 0\n",
             counts.interrupts, counts.switches, (unsigned long long)((clock_realtime() - since) / NANOSECONDS),
             threads_started());
}

static void tell_version(struct text *text)
{
    text_add(text, "Linux version " LINUX_RELEASE " (nub " NUB_VERSION ")\n");
}

/* Names of the bits of CPUID's answers, with Linux's spelling; "" is not told. */
static const char *const flags_1_d[32] = {
    "fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "", "sep", "mtrr", "pge", "mca", "cmov",
    "pat", "pse36", "pn", "clflush", "", "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss", "ht", "tm", "ia64", "pbe",
};
static const char *const flags_1_c[32] = {
    "pni", "pclmulqdq", "dtes64", "monitor", "ds_cpl", "vmx", "smx", "est", "tm2", "ssse3", "cid", "sdbg", "fma",
    "cx16", "xtpr", "pdcm", "", "pcid", "dca", "sse4_1", "sse4_2", "x2apic", "movbe", "popcnt", "tsc_deadline_timer",
    "aes", "xsave", "", "avx", "f16c", "rdrand", "hypervisor",
};
static const char *const flags_7_b[32] = {
    "fsgsbase", "tsc_adjust", "sgx", "bmi1", "hle", "avx2", "", "smep", "bmi2", "erms", "invpcid", "rtm", "cqm", "",
    "mpx", "rdt_a", "avx512f", "avx512dq", "rdseed", "adx", "smap", "avx512ifma", "", "clflushopt", "clwb", "intel_pt",
    "avx512pf", "avx512er", "avx512cd", "sha_ni", "avx512bw", "avx512vl",
};
static const char *const flags_extended_d[32] = {
    [11] = "syscall", [20] = "nx", [22] = "mmxext", [25] = "fxsr_opt", [26] = "pdpe1gb", [27] = "rdtscp", [29] = "lm",
};
static const char *const flags_extended_c[32] = {
    "lahf_lm", "cmp_legacy", "svm", "extapic", "cr8_legacy", "abm", "sse4a", "misalignsse", "3dnowprefetch", "osvw",
};

static void add_flags(struct text *text, uint32_t bits, const char *const *names)
{
    for (unsigned bit = 0; bit < 32; bit++)
        if (bits >> bit & 1 && names[bit] && *names[bit])
            text_add(text, " %s", names[bit]);
}

static void add_brand(struct text *text)
{
    char brand[49] = "";

    if (cpuid(0x80000000).a < 0x80000004)
        return;
    for (unsigned i = 0; i < 3; i++) {
        struct cpuid r = cpuid(0x80000002 + i);

        memcpy(brand + 16 * i, &r, 16);
    }
    text_add(text, "model name\t: %s\n", brand);
}

static void tell_processor(struct text *text)
{
    struct cpuid most = cpuid(0), first = cpuid(1), extended = { .a = 0 };
    uint32_t family = first.a >> 8 & 15, model = first.a >> 4 & 15, vendor[3] = { most.b, most.d, most.c };

    if (family == 6 || family == 15)
        model |= first.a >> 12 & 0xf0;
    if (family == 15)
        family += first.a >> 20 & 0xff;
    text_add(text, "processor\t: 0\nvendor_id\t: ");
    text_add_bytes(text, (const char *)vendor, sizeof(vendor));
    text_add(text, "\ncpu family\t: %u\nmodel\t\t: %u\n", family, model);
    add_brand(text);
    text_add(text, "stepping\t: %u\nphysical id\t: 0\nsiblings\t: 1\ncore id\t\t: 0\ncpu cores\t: 1\n", first.a & 15);
    text_add(text, "fpu\t\t: yes\ncpuid level\t: %u\nflags\t\t:", most.a);
    if (cpuid(0x80000000).a >= 0x80000001)
        extended = cpuid(0x80000001);
    add_flags(text, first.d, flags_1_d);
    add_flags(text, extended.d, flags_extended_d);
    add_flags(text, first.c, flags_1_c);
    add_flags(text, extended.c, flags_extended_c);
    if (most.a >= 7)
        add_flags(text, cpuid(7).b, flags_7_b);
    text_add(text, "\n\n");
}

TEXT_FILE(processor, "proc/cpuinfo", tell_processor);
TEXT_FILE(statistics, "proc/stat", tell_statistics);
TEXT_FILE(version, "proc/version", tell_version);
TEXT_FILE(memory, "proc/meminfo", tell_memory);
TEXT_FILE(uptime, "proc/uptime", tell_uptime);

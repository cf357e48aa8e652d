/*
 * What Xen's own libraries do with /dev/xen/privcmd, done by a privileged domain to domains that
 * it makes: an HVM domain, whose frames have numbers of its own, and a PV domain, whose frames
 * have the machine's. Each round makes one of each, maps and unmaps, and destroys them; Xen has
 * as many pages free in the end as after the first round, and so has this domain's kernel.
 *
 *     privcmd [ROUNDS]
 */
#include "check.h"
#include "touch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>


#include <xenctrl.h>
#include <xendevicemodel.h>
#include <xenforeignmemory.h>
#include <xen/hvm/ioreq.h>
#include <xen/memory.h>
#include <xen/sys/privcmd.h>

#define PAGES 200 /* of each domain; more than any batch */
#define PAGE 4096UL

static xc_interface *xch;
static xenforeignmemory_handle *foreign;

static uint32_t make_domain(bool hvm, xen_pfn_t *frames)
{
    struct xen_domctl_createdomain config = {
        .max_vcpus = 1, .max_evtchn_port = 127, .max_grant_frames = 4, .max_maptrack_frames = 4, .grant_opts = 1,
    };
    uint32_t domid = 0;

    if (hvm) {
        config.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
        config.arch.emulation_flags = XEN_X86_EMU_ALL & ~XEN_X86_EMU_VPCI;
    }
    if (!CHECK(!xc_domain_create(xch, &domid, &config))) {
        printf("no domain: %s\n", strerror(errno));
        exit(summary());
    }
    CHECK(!xc_domain_max_vcpus(xch, domid, 1));
    CHECK(!xc_domain_setmaxmem(xch, domid, (PAGES + 64) * 4));
    if (hvm)
        CHECK(!xc_set_paging_mempool_size(xch, domid, 2 << 20));
    for (int i = 0; i < PAGES; i++)
        frames[i] = 0x100 + i;
    CHECK(!xc_domain_populate_physmap_exact(xch, domid, PAGES, 0, 0, frames));
    return domid;
}

/* Xen gives a domain's memory back when nobody looks at it any more. */
static uint64_t settled_free_pages(void)
{
    uint64_t last = 0;

    for (int same = 0, i = 0; same < 5 && i < 100; i++) {
        xc_physinfo_t info = { 0 };

        if (xc_physinfo(xch, &info))
            return 0;
        same = info.free_pages + info.scrub_pages == last ? same + 1 : 0;
        last = info.free_pages + info.scrub_pages;
        usleep(2000);
    }
    return last;
}

static unsigned long own_free_memory(void)
{
    struct sysinfo info = { 0 };

    return sysinfo(&info) ? 0 : info.freeram;
}

static void fill(uint32_t *page, uint32_t seed)
{
    for (size_t i = 0; i < PAGE / 4; i++)
        page[i] = seed + (uint32_t)i * 2654435761U;
}

static bool holds(const uint32_t *page, uint32_t seed)
{
    for (size_t i = 0; i < PAGE / 4; i++)
        if (page[i] != seed + (uint32_t)i * 2654435761U)
            return false;
    return true;
}

/* All frames are written through one mapping and read through another, in the other order. */
static void write_and_read(uint32_t domid, const xen_pfn_t *frames)
{
    static int errors[PAGES];
    static xen_pfn_t backwards[PAGES];
    char *map = xenforeignmemory_map(foreign, domid, PROT_READ | PROT_WRITE, PAGES, frames, errors);
    int wrong = 0;

    if (!CHECK(map))
        return;
    for (int i = 0; i < PAGES; i++) {
        wrong += errors[i] != 0;
        backwards[PAGES - 1 - i] = frames[i];
    }
    CHECK(wrong == 0);
    for (int i = 0; i < PAGES; i++)
        fill((uint32_t *)(map + i * PAGE), domid * 1000 + i);
    CHECK(!xenforeignmemory_unmap(foreign, map, PAGES));
    CHECK(touch(map, false) == SIGSEGV);

    map = xenforeignmemory_map(foreign, domid, PROT_READ, PAGES, backwards, errors);
    if (!CHECK(map))
        return;
    for (int i = 0; i < PAGES; i++)
        wrong += errors[i] || !holds((uint32_t *)(map + i * PAGE), domid * 1000 + PAGES - 1 - i);
    CHECK(wrong == 0);
    CHECK(touch(map, true) == SIGSEGV);
    CHECK(!xenforeignmemory_unmap(foreign, map, PAGES));
}

/* Frames that are not there fail by themselves, wherever they are among others. Which error Xen has
 * for them depends on the kinds of both domains. */
static void map_missing(uint32_t domid, const xen_pfn_t *frames)
{
    static const int missing[] = { 0, 1, 63, 64, 65, 100, PAGES - 1 };
    static int errors[PAGES];
    static xen_pfn_t some[PAGES];
    int wrong = 0, fd;
    char *map;

    memcpy(some, frames, sizeof(some));
    for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
        some[missing[i]] = i & 1 ? (xen_pfn_t)-1 : (xen_pfn_t)0xfffff00;
    map = xenforeignmemory_map(foreign, domid, PROT_READ | PROT_WRITE, PAGES, some, errors);
    if (!CHECK(map))
        return;
    for (int i = 0; i < PAGES; i++) {
        bool gone = some[i] != frames[i];

        if ((errors[i] != 0) == gone && touch(map + i * PAGE, true) == (gone ? SIGBUS : 0))
            continue;
        wrong++;
        printf("page %d: error %d\n", i, errors[i]);
    }
    CHECK(wrong == 0);
    CHECK(errors[0] == -EINVAL || errors[0] == -EPERM);
    /* Nor can the kernel be made to touch them. */
    fd = open("/dev/null", O_RDWR);
    CHECK(write(fd, map + 2 * PAGE, PAGE) == (ssize_t)PAGE);
    close(fd);
    fd = open("/tmp/privcmd", O_RDWR | O_CREAT, 0600);
    CHECK(write(fd, map, PAGE) == -1 && errno == EFAULT);
    CHECK(write(fd, map + 2 * PAGE, 62 * PAGE) == (ssize_t)(61 * PAGE));
    CHECK(pread(fd, map + 63 * PAGE, PAGE, 0) == -1 && errno == EFAULT);
    CHECK(pread(fd, map + 2 * PAGE, PAGE, PAGE) == (ssize_t)PAGE);
    close(fd);
    unlink("/tmp/privcmd");
    CHECK(!xenforeignmemory_unmap(foreign, map, PAGES));

    /* Without room for errors, the first one undoes all. */
    CHECK(!xenforeignmemory_map(foreign, domid, PROT_READ, PAGES, some, NULL) && errno == -errors[0]);
}

/* What else can be done to a mapping. */
static void change(uint32_t domid, const xen_pfn_t *frames)
{
    int errors[8], wrong = 0;
    char *map = xenforeignmemory_map(foreign, domid, PROT_READ | PROT_WRITE, 8, frames, errors), *moved;
    char line[256];
    bool seen = false;
    FILE *maps;

    if (!CHECK(map))
        return;
    for (int i = 0; i < 8; i++)
        fill((uint32_t *)(map + i * PAGE), 7000 + i);

    maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof(line), maps))
        seen |= strtoull(line, NULL, 16) == (uintptr_t)map && strstr(line, " rw-s ")
             && strstr(line, "/dev/xen/privcmd\n");
    fclose(maps);
    CHECK(seen);

    CHECK(!mprotect(map + PAGE, 2 * PAGE, PROT_READ));
    CHECK(touch(map + PAGE, false) == 0 && touch(map + PAGE, true) == SIGSEGV);
    CHECK(touch(map, true) == 0 && touch(map + 3 * PAGE, true) == 0);
    CHECK(!mprotect(map, 4 * PAGE, PROT_NONE));
    CHECK(touch(map, false) == SIGSEGV && touch(map + 3 * PAGE, false) == SIGSEGV);
    CHECK(!mprotect(map, 4 * PAGE, PROT_READ | PROT_WRITE));
    for (int i = 0; i < 8; i++)
        wrong += !holds((uint32_t *)(map + i * PAGE), 7000 + i) || touch(map + i * PAGE, true);
    CHECK(wrong == 0);

    CHECK(madvise(map, 8 * PAGE, MADV_DONTNEED) == -1 && errno == EINVAL);
    CHECK(madvise(map, 8 * PAGE, MADV_DONTFORK) == 0);
    CHECK(mlock(map, 8 * PAGE) == 0);
    CHECK(mremap(map, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);

    /* Half of it moves away, a page in between becomes ordinary memory, the rest goes. */
    moved = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mremap(map + 4 * PAGE, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, moved) == moved);
    for (int i = 0; i < 4; i++)
        wrong += !holds((uint32_t *)(moved + i * PAGE), 7004 + i);
    CHECK(wrong == 0);
    CHECK(touch(map + 4 * PAGE, false) == SIGSEGV);
    CHECK(mmap(map + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
          == map + PAGE);
    CHECK(map[PAGE] == 0);
    map[PAGE] = 1;
    CHECK(holds((uint32_t *)map, 7000) && holds((uint32_t *)(map + 2 * PAGE), 7002));
    CHECK(!munmap(map, 4 * PAGE));
    CHECK(!munmap(moved, 4 * PAGE));

    map = xenforeignmemory_map(foreign, domid, PROT_READ, 8, frames, errors);
    for (int i = 0; map && i < 8; i++)
        wrong += !holds((uint32_t *)(map + i * PAGE), 7000 + i);
    CHECK(map && wrong == 0);
    CHECK(!munmap(map, 8 * PAGE));
}

/* Requests that are not right; the answers are Linux's. */
static void ask_wrongly(uint32_t domid, const xen_pfn_t *frames)
{
    int fd = open("/dev/xen/privcmd", O_RDWR | O_CLOEXEC), errors[5];
    xen_pfn_t own[4];
    char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *other = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *far;
    privcmd_mmapbatch_v2_t call = { .num = 4, .dom = domid, .addr = (uintptr_t)map, .arr = frames, .err = errors };
    privcmd_mmapbatch_t old = { .num = 4, .dom = domid, .addr = (uintptr_t)map, .arr = own };
    privcmd_mmap_resource_t resource = { .dom = domid, .num = 1 };
    privcmd_hypercall_t hypercall = { .op = 4096 };
    privcmd_dm_op_buf_t buffers[2] = { { other, 8 }, { other, 4097 } };
    privcmd_dm_op_t dm_op = { .dom = domid, .num = 2, .ubufs = buffers };

#define FAILS(request, argument, error) CHECK(ioctl(fd, request, argument) == -1 && errno == (error))
    CHECK(fd >= 0 && map != MAP_FAILED);
    far = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 1 << 30); /* the offset means nothing */
    CHECK(far != MAP_FAILED && !munmap(far, PAGE));
    FAILS(0x5401, NULL, ENOTTY);
    FAILS(IOCTL_PRIVCMD_HYPERCALL, (void *)16, EFAULT);
    FAILS(IOCTL_PRIVCMD_HYPERCALL, &hypercall, EINVAL);
    hypercall.op = 127;
    FAILS(IOCTL_PRIVCMD_HYPERCALL, &hypercall, ENOSYS);

    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, NULL, EFAULT);
    CHECK(touch(map, false) == SIGBUS);
    call.num = 0;
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EINVAL);
    call.num = 3; /* not all of it */
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EINVAL);
    call.num = 5;
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EINVAL);
    call.num = 4;
    call.addr = (uintptr_t)other; /* not of this device */
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EINVAL);
    call.addr = (uintptr_t)map;
    call.err = (int *)16;
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EFAULT);
    call.err = (int *)map; /* where nothing is yet */
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EFAULT);
    call.err = errors;
    call.arr = (xen_pfn_t *)16;
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EFAULT);
    call.arr = frames;
    CHECK(ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &call) == 0);
    FAILS(IOCTL_PRIVCMD_MMAPBATCH_V2, &call, EINVAL); /* it is full */
    CHECK(touch(map + 3 * PAGE, true) == 0);
    CHECK(!munmap(map, 4 * PAGE));

    /* The older request has its errors in the frames' own numbers, and later ones fill holes. */
    old.addr = (uintptr_t)(map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    memcpy(own, frames, sizeof(own));
    own[2] = 0xfffff00;
    CHECK(ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH, &old) == 0);
    CHECK(own[2] == (0xfffff00 | PRIVCMD_MMAPBATCH_MFN_ERROR) && own[1] == frames[1]);
    CHECK(touch(map + PAGE, true) == 0 && touch(map + 2 * PAGE, false) == SIGBUS);
    call = (privcmd_mmapbatch_v2_t){ 1, domid, (uintptr_t)map + 2 * PAGE, frames + 2, errors };
    CHECK(ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &call) == 0 && errors[0] == 0);
    CHECK(touch(map + 2 * PAGE, true) == 0);
    CHECK(!munmap(map, 4 * PAGE));

    /* A domain that is not there: all frames fail. */
    call = (privcmd_mmapbatch_v2_t){ 4, 4000, 0, frames, errors };
    call.addr = (uintptr_t)(map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    CHECK(ioctl(fd, IOCTL_PRIVCMD_MMAPBATCH_V2, &call) == 0);
    CHECK(errors[0] == -ESRCH && errors[3] == -ESRCH);
    CHECK(!munmap(map, 4 * PAGE));

    FAILS(IOCTL_PRIVCMD_MMAP_RESOURCE, &resource, EINVAL); /* pages, and no place for them */
    resource.addr = (uintptr_t)other;
    FAILS(IOCTL_PRIVCMD_MMAP_RESOURCE, &resource, EINVAL);

    FAILS(IOCTL_PRIVCMD_DM_OP, &dm_op, E2BIG);
    buffers[1] = (privcmd_dm_op_buf_t){ (void *)16, 8 };
    FAILS(IOCTL_PRIVCMD_DM_OP, &dm_op, EFAULT);
    dm_op.num = 17;
    FAILS(IOCTL_PRIVCMD_DM_OP, &dm_op, E2BIG);
    dm_op.num = 0;
    CHECK(ioctl(fd, IOCTL_PRIVCMD_DM_OP, &dm_op) == 0);
    munmap(other, 4 * PAGE);
    close(fd);
}

/* A file that is for one domain refuses others. */
static void restrict_files(uint32_t domid, uint32_t another, const xen_pfn_t *frames, const xen_pfn_t *others)
{
    xenforeignmemory_handle *memory = xenforeignmemory_open(NULL, 0);
    xendevicemodel_handle *model = xendevicemodel_open(NULL, 0);
    int fd = open("/dev/xen/privcmd", O_RDWR), error;
    privcmd_hypercall_t hypercall = { .op = __HYPERVISOR_xen_version };
    domid_t wanted = domid, unwanted = another;
    ioservid_t id;
    void *map;

    CHECK(!xenforeignmemory_restrict(memory, domid));
    map = xenforeignmemory_map(memory, domid, PROT_READ, 1, frames, &error);
    CHECK(map && !error && !xenforeignmemory_unmap(memory, map, 1));
    CHECK(!xenforeignmemory_map(memory, another, PROT_READ, 1, others, &error) && errno == EPERM);
    CHECK(xenforeignmemory_restrict(memory, another) == -1 && errno == EINVAL);
    CHECK(!xendevicemodel_restrict(model, domid));
    CHECK(!xendevicemodel_create_ioreq_server(model, domid, 0, &id));
    CHECK(!xendevicemodel_destroy_ioreq_server(model, domid, id));
    CHECK(xendevicemodel_create_ioreq_server(model, another, 0, &id) == -1 && errno == EPERM);

    CHECK(ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &hypercall) > 0);
    CHECK(ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &wanted) == 0);
    CHECK(ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &wanted) == 0);
    CHECK(ioctl(fd, IOCTL_PRIVCMD_RESTRICT, &unwanted) == -1 && errno == EINVAL);
    CHECK(ioctl(fd, IOCTL_PRIVCMD_HYPERCALL, &hypercall) == -1 && errno == EPERM);
    close(fd);
    xenforeignmemory_close(memory);
    xendevicemodel_close(model);
}

/* What QEMU does for each of its domains: a server for requests, and the page that they are on. */
static void serve(uint32_t domid)
{
    xendevicemodel_handle *model = xendevicemodel_open(NULL, 0);
    xenforeignmemory_resource_handle *resource;
    void *at = NULL;
    ioservid_t id;
    size_t size = 0;

    CHECK(!xendevicemodel_create_ioreq_server(model, domid, HVM_IOREQSRV_BUFIOREQ_ATOMIC, &id));
    CHECK(!xenforeignmemory_resource_size(foreign, domid, XENMEM_resource_ioreq_server, id, &size));
    CHECK(size >= 2 * PAGE);
    CHECK(!xendevicemodel_map_io_range_to_ioreq_server(model, domid, id, 1, 0xfee0000, 0xfeeffff));
    resource = xenforeignmemory_map_resource(foreign, domid, XENMEM_resource_ioreq_server, id,
                                             XENMEM_resource_ioreq_server_frame_bufioreq, 2, &at,
                                             PROT_READ | PROT_WRITE, 0);
    if (CHECK(resource)) {
        buffered_iopage_t *buffered = at;
        shared_iopage_t *requests = (void *)((char *)at + PAGE);

        CHECK(buffered->read_pointer == 0 && buffered->write_pointer == 0);
        buffered->read_pointer = 1;
        /* The other page is with it; a port in it says that Xen has made the server's channels. */
        CHECK(!xendevicemodel_set_ioreq_server_state(model, domid, id, 1));
        CHECK(requests->vcpu_ioreq[0].vp_eport != 0);
        CHECK(buffered->read_pointer == 1);
        CHECK(!xenforeignmemory_unmap_resource(foreign, resource));
        CHECK(touch(at, false) == SIGSEGV);
    }
    at = NULL;
    CHECK(!xenforeignmemory_map_resource(foreign, domid, XENMEM_resource_ioreq_server, id + 77, 0, 1, &at,
                                         PROT_READ, 0));
    CHECK(!xendevicemodel_destroy_ioreq_server(model, domid, id));
    xendevicemodel_close(model);
}

int main(int argc, char **argv)
{
    static xen_pfn_t hvm_frames[PAGES], pv_frames[PAGES];
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    uint64_t before = 0, after = 0;
    unsigned long own_before = 0, own_after = 0;

    signal(SIGSEGV, on_signal);
    signal(SIGBUS, on_signal);
    xch = xc_interface_open(NULL, NULL, 0);
    foreign = xenforeignmemory_open(NULL, 0);
    if (!CHECK(xch) || !CHECK(foreign))
        return summary();
    for (int i = 0; i <= rounds && !failures; i++) {
        uint32_t hvm = make_domain(true, hvm_frames), pv = make_domain(false, pv_frames);
        int error = -1;
        char *last;

        write_and_read(hvm, hvm_frames);
        write_and_read(pv, pv_frames);
        map_missing(hvm, hvm_frames);
        map_missing(pv, pv_frames);
        change(hvm, hvm_frames);
        change(pv, pv_frames);
        ask_wrongly(hvm, hvm_frames);
        ask_wrongly(pv, pv_frames);
        serve(hvm);
        restrict_files(hvm, pv, hvm_frames, pv_frames);

        /* A mapping outlives its domain. */
        last = xenforeignmemory_map(foreign, hvm, PROT_READ | PROT_WRITE, 1, hvm_frames, &error);
        CHECK(last && !error);
        fill((uint32_t *)last, 99);
        CHECK(!xc_domain_destroy(xch, hvm));
        CHECK(!xc_domain_destroy(xch, pv));
        CHECK(holds((uint32_t *)last, 99));
        CHECK(!xenforeignmemory_unmap(foreign, last, 1));

        after = settled_free_pages();
        own_after = own_free_memory();
        if (!i) {
            before = after;
            own_before = own_after;
        }
        if (after != before)
            printf("round %d: %" PRIu64 " pages are free\n", i, after);
    }
    printf("%d rounds: free pages %" PRIu64 " and %" PRIu64 "\n", rounds, before, after);
    printf("free memory here %lu and %lu\n", own_before, own_after);
    CHECK(before && after == before);
    CHECK(own_before && own_after == own_before);
    xenforeignmemory_close(foreign);
    xc_interface_close(xch);
    return summary();
}

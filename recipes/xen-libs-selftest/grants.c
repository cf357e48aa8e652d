/*
 * What Xen's own libraries do with /dev/xen/evtchn, gntalloc and gntdev: ports of the initial
 * domain are connected with each other; what it lends to itself, and what a domain that it
 * makes has lent to it, is mapped and copied. Each round does all of it; the kernel has as many
 * pages free in the last third of the rounds as in the one before, but for one at most.
 *
 *     grants [ROUNDS [pvh]]
 *
 * A PVH domain can map nothing that it has lent itself.
 */
#include "check.h"
#include "touch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sys/evtchn.h>
#include <xen/sys/gntalloc.h>

#define PAGE 4096UL
#define SELF 0 /* the initial domain's number */
#define MANY 1000

static unsigned long free_memory(void)
{
    struct sysinfo info = { 0 };

    return sysinfo(&info) ? 0 : info.freeram * info.mem_unit / PAGE;
}

/* The kernel's record of pages that were in use before grows until all have been. */
static void use_all_memory(void)
{
    size_t size = (free_memory() - 1024) * PAGE;
    char *all = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    CHECK(all != MAP_FAILED && !munmap(all, size));
}

static bool is_readable(int fd)
{
    struct pollfd poller = { .fd = fd, .events = POLLIN };

    return poll(&poller, 1, 0) == 1 && poller.revents & POLLIN;
}

/* How many ports are read; all are written back. */
static int drain(xenevtchn_handle *handle)
{
    int count = 0;

    while (is_readable(xenevtchn_fd(handle))) {
        int port = xenevtchn_pending(handle);

        CHECK(port > 0);
        CHECK(!xenevtchn_unmask(handle, port));
        count++;
    }
    return count;
}

static void ports_fire(xenevtchn_handle *a, xenevtchn_handle *b, int one, int two)
{
    drain(a), drain(b);
    CHECK(!is_readable(xenevtchn_fd(a)) && !is_readable(xenevtchn_fd(b)));
    CHECK(!xenevtchn_notify(a, one));
    CHECK(!is_readable(xenevtchn_fd(a)) && is_readable(xenevtchn_fd(b)));
    CHECK(xenevtchn_pending(b) == two);
    /* Masked until it is written back; what came in between is one event. */
    CHECK(!xenevtchn_notify(a, one) && !xenevtchn_notify(a, one));
    CHECK(!is_readable(xenevtchn_fd(b)));
    CHECK(!xenevtchn_unmask(b, two));
    CHECK(is_readable(xenevtchn_fd(b)) && drain(b) == 1);
    for (int i = 0; i < 10; i++) {
        CHECK(!xenevtchn_notify(b, two) && drain(a) == 1 && drain(b) == 0);
        CHECK(!xenevtchn_notify(a, one) && drain(b) == 1 && drain(a) == 0);
    }
    /* A reset forgets it, but does not unmask. */
    CHECK(!xenevtchn_notify(a, one) && is_readable(xenevtchn_fd(b)));
    CHECK(!ioctl(xenevtchn_fd(b), IOCTL_EVTCHN_RESET) && !is_readable(xenevtchn_fd(b)));
    CHECK(!xenevtchn_notify(a, one) && !is_readable(xenevtchn_fd(b)));
    CHECK(!xenevtchn_unmask(b, two) && drain(b) == 1);
}

static void ports_are_refused(xenevtchn_handle *a, xenevtchn_handle *b, int one)
{
    char byte;

    CHECK(xenevtchn_notify(b, one) == -1 && errno == ENOTCONN);
    CHECK(xenevtchn_unbind(b, one) == -1 && errno == ENOTCONN);
    CHECK(xenevtchn_unbind(b, 1 << 20) == -1 && errno == EINVAL);
    CHECK(xenevtchn_bind_interdomain(a, SELF, 1 << 20) == -1 && errno == EINVAL);
    CHECK(xenevtchn_bind_virq(a, 1000) == -1 && errno == EINVAL);
    CHECK(ioctl(xenevtchn_fd(a), 12345) == -1 && errno == ENOSYS);
    CHECK(read(xenevtchn_fd(a), &byte, 1) == 0);
    CHECK(fcntl(xenevtchn_fd(a), F_SETFL, O_NONBLOCK) == 0);
    CHECK(xenevtchn_pending(a) == -1 && errno == EAGAIN);
}

static void restriction(void)
{
    xenevtchn_handle *handle = xenevtchn_open(NULL, 0);

    CHECK(xenevtchn_restrict(handle, 0) == -1 && errno == EINVAL);
    CHECK(!xenevtchn_restrict(handle, 1));
    CHECK(xenevtchn_restrict(handle, 1) == -1 && errno == EACCES);
    CHECK(xenevtchn_bind_unbound_port(handle, SELF) == -1 && errno == EACCES);
    CHECK(xenevtchn_bind_interdomain(handle, SELF, 1) == -1 && errno == EACCES);
    CHECK(xenevtchn_bind_virq(handle, VIRQ_DOM_EXC) == -1 && errno == EACCES);
    CHECK(!xenevtchn_close(handle));
}

static void ports(void)
{
    xenevtchn_handle *a = xenevtchn_open(NULL, 0), *b = xenevtchn_open(NULL, 0), *c;
    int one, two;

    if (!CHECK(a && b))
        return;
    CHECK((one = xenevtchn_bind_unbound_port(a, SELF)) > 0);
    CHECK((two = xenevtchn_bind_interdomain(b, SELF, one)) > 0);
    ports_fire(a, b, one, two);
    ports_are_refused(a, b, one);
    /* What is open no more has no ports: the other end sends into the void. */
    CHECK(!xenevtchn_notify(b, two));
    CHECK(!xenevtchn_close(a) && !xenevtchn_notify(b, two) && drain(b) == 0);
    CHECK(!xenevtchn_unbind(b, two) && xenevtchn_notify(b, two) == -1 && errno == ENOTCONN);
    c = xenevtchn_open(NULL, 0);
    CHECK(xenevtchn_bind_virq(c, VIRQ_DOM_EXC) > 0);
    CHECK(xenevtchn_bind_virq(b, VIRQ_DOM_EXC) == -1 && errno == EEXIST);
    CHECK(!xenevtchn_close(c) && !xenevtchn_close(b));
    restriction();
}

static xengntshr_handle *lender;
static xengnttab_handle *taker;

static void lend_and_map(void)
{
    uint32_t ref = 0, *lent, *taken;

    CHECK((lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1)) != NULL);
    CHECK(ref >= 8 && lent[0] == 0);
    lent[0] = 0x12345678;
    taken = xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ | PROT_WRITE);
    if (!CHECK(taken != NULL))
        return;
    CHECK(taken != lent && taken[0] == 0x12345678);
    taken[1] = 0x9abcdef0;
    lent[2] = 5;
    CHECK(lent[1] == 0x9abcdef0 && taken[2] == 5);
    /* With other rights, and back. */
    CHECK(!mprotect(taken, PAGE, PROT_READ) && taken[1] == 0x9abcdef0 && touch((char *)taken, true) == SIGSEGV);
    CHECK(!mprotect(taken, PAGE, PROT_NONE) && touch((char *)taken, false) == SIGSEGV);
    CHECK(!mprotect(taken, PAGE, PROT_READ | PROT_WRITE) && taken[2] == 5);
    taken[3] = 6;
    CHECK(lent[3] == 6);
    /* Elsewhere. */
    taken = mremap(taken, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                   (char *)mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(taken != MAP_FAILED && taken[3] == 6);
    CHECK(xengnttab_unmap(taker, taken, 2) == -1 && errno == EINVAL);
    CHECK(!xengnttab_unmap(taker, taken, 1));
    CHECK(touch((char *)taken, false) == SIGSEGV && lent[3] == 6);
    CHECK(xengnttab_unmap(taker, taken, 1) == -1 && errno == EINVAL);
    CHECK(!xengntshr_unshare(lender, lent, 1));
    CHECK(!xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ) && errno == EINVAL);
}

/* The page stays as long as somebody has it. */
static void end_while_mapped(void)
{
    uint32_t ref, *lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1), *taken;
    char *others[64];

    lent[0] = 77;
    taken = xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ | PROT_WRITE);
    CHECK(taken && !xengntshr_unshare(lender, lent, 1));
    for (int i = 0; i < 64; i++) {
        uint32_t other;

        CHECK((others[i] = xengntshr_share_pages(lender, SELF, 1, &other, 1)) != NULL && other != ref);
        memset(others[i], 0xff, PAGE);
    }
    CHECK(taken[0] == 77 && taken[1] == 0);
    taken[1] = 1;
    for (int i = 0; i < 64; i++) {
        CHECK(((uint32_t *)others[i])[1] == ~0U);
        CHECK(!xengntshr_unshare(lender, others[i], 1));
    }
    CHECK(!xengnttab_unmap(taker, taken, 1));
}

static void lend_read_only(void)
{
    uint32_t ref, *lent = xengntshr_share_pages(lender, SELF, 1, &ref, 0), *taken;

    lent[0] = 3;
    CHECK(!xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ | PROT_WRITE) && errno == EINVAL);
    CHECK((taken = xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ)) && taken[0] == 3);
    CHECK(touch((char *)taken, true) == SIGSEGV);
    CHECK(mprotect(taken, PAGE, PROT_READ | PROT_WRITE) == -1 && errno == EACCES);
    CHECK(!xengnttab_unmap(taker, taken, 1) && !xengntshr_unshare(lender, lent, 1));
}

static void lend_many(void)
{
    static uint32_t refs[MANY];
    uint32_t *lent = xengntshr_share_pages(lender, SELF, MANY, refs, 1), *taken, extra[100];
    int wrong = 0;

    if (!CHECK(lent != NULL))
        return;
    CHECK(!xengntshr_share_pages(lender, SELF, 100, extra, 1) && errno == ENOSPC);
    for (int i = 0; i < MANY; i++)
        lent[i * PAGE / 4] = i * 7;
    taken = xengnttab_map_domain_grant_refs(taker, MANY, SELF, refs, PROT_READ | PROT_WRITE);
    CHECK(taken != NULL);
    for (int i = 0; taken && i < MANY; i++) {
        wrong += taken[i * PAGE / 4] != (uint32_t)i * 7;
        taken[i * PAGE / 4 + 1] = i;
        wrong += lent[i * PAGE / 4 + 1] != (uint32_t)i;
    }
    CHECK(wrong == 0);
    CHECK(taken && !xengnttab_unmap(taker, taken, MANY));
    CHECK(!xengntshr_unshare(lender, lent, MANY));
    /* One that is not lent any more is enough for all not to be mapped. */
    CHECK(!xengnttab_map_domain_grant_refs(taker, 2, SELF, refs, PROT_READ) && errno == EINVAL);
    refs[0] = ~0U;
    CHECK(!xengnttab_map_grant_ref(taker, SELF, refs[0], PROT_READ) && errno == EINVAL);
    CHECK(!xengnttab_map_grant_ref(taker, 1234, 8, PROT_READ) && errno == EINVAL);
}

static void copy(void)
{
    uint32_t ref;
    char *lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1);
    static char buffer[2 * PAGE] __attribute__((aligned(4096)));
    xengnttab_grant_copy_segment_t segment = {
        .source.virt = buffer + PAGE - 100, .dest.foreign = { .ref = ref, .offset = 40, .domid = SELF },
        .len = 300, .flags = GNTCOPY_dest_gref,
    };

    for (int i = 0; i < 300; i++)
        buffer[PAGE - 100 + i] = i;
    CHECK(!xengnttab_grant_copy(taker, 1, &segment) && segment.status == GNTST_okay);
    CHECK(lent[39] == 0 && !memcmp(lent + 40, buffer + PAGE - 100, 300) && lent[340] == 0);
    segment = (xengnttab_grant_copy_segment_t){
        .dest.virt = buffer + PAGE - 7, .source.foreign = { .ref = ref, .offset = 40, .domid = SELF },
        .len = 20, .flags = GNTCOPY_source_gref,
    };
    CHECK(!xengnttab_grant_copy(taker, 1, &segment) && segment.status == GNTST_okay);
    CHECK(!memcmp(lent + 40, buffer + PAGE - 7, 20));
    segment.dest.virt = (void *)8;
    CHECK(xengnttab_grant_copy(taker, 1, &segment) == -1 && errno == EFAULT);
    segment.dest.virt = buffer;
    segment.source.foreign.offset = PAGE - 10;
    CHECK(xengnttab_grant_copy(taker, 1, &segment) == -1 && errno == EINVAL);
    segment.source.foreign.offset = 0;
    segment.flags = 0;
    CHECK(xengnttab_grant_copy(taker, 1, &segment) == -1 && errno == EINVAL);
    segment.flags = GNTCOPY_source_gref;
    CHECK(!xengntshr_unshare(lender, lent, 1));
    CHECK(!xengnttab_grant_copy(taker, 1, &segment) && segment.status < 0);
}

/* Either side is told when the other has let go. */
static void notify(void)
{
    xenevtchn_handle *a = xenevtchn_open(NULL, 0), *b = xenevtchn_open(NULL, 0);
    int one = xenevtchn_bind_unbound_port(a, SELF), two = xenevtchn_bind_interdomain(b, SELF, one);
    uint32_t ref;
    char *lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1), *taken;

    drain(a), drain(b);
    lent[9] = 1;
    taken = xengnttab_map_grant_ref_notify(taker, SELF, ref, PROT_READ | PROT_WRITE, 9, two);
    CHECK(taken && taken[9] == 1 && !is_readable(xenevtchn_fd(a)));
    CHECK(!xengnttab_unmap(taker, taken, 1));
    CHECK(lent[9] == 0 && drain(a) == 1);
    CHECK(!xengnttab_map_grant_ref_notify(taker, SELF, ref, PROT_READ | PROT_WRITE, 9, 900) && errno == EINVAL);
    CHECK(!xengntshr_unshare(lender, lent, 1));

    lent = xengntshr_share_page_notify(lender, SELF, &ref, 1, 11, two);
    lent[11] = 1;
    taken = xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ);
    CHECK(taken && taken[11] == 1 && drain(a) == 0);
    CHECK(!xengntshr_unshare(lender, lent, 1));
    CHECK(taken[11] == 0 && drain(a) == 1);
    CHECK(!xengnttab_unmap(taker, taken, 1));
    CHECK(!xenevtchn_close(a) && !xenevtchn_close(b));
}

/* All is ended with the file; what is mapped stays until it is not. */
static void close_lends(void)
{
    uint32_t ref, *lent, *taken;

    lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1);
    taken = xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ | PROT_WRITE);
    CHECK(!xengntshr_close(lender) && !xengnttab_close(taker));
    CHECK((lender = xengntshr_open(NULL, 0)) && (taker = xengnttab_open(NULL, 0)));
    lent[0] = 4;
    CHECK(taken && taken[0] == 4);
    CHECK(!munmap(taken, PAGE) && !munmap(lent, PAGE));
    CHECK(!xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ) && errno == EINVAL);
}

#define PAGES 100

static uint32_t make_domain(xc_interface *xch, xen_pfn_t *frames)
{
    struct xen_domctl_createdomain config = {
        .max_vcpus = 1, .max_evtchn_port = 127, .max_grant_frames = 4, .max_maptrack_frames = 4, .grant_opts = 1,
        .flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap,
        .arch.emulation_flags = XEN_X86_EMU_ALL & ~XEN_X86_EMU_VPCI,
    };
    uint32_t domid = 0;

    CHECK(!xc_domain_create(xch, &domid, &config) && !xc_domain_max_vcpus(xch, domid, 1));
    CHECK(!xc_domain_setmaxmem(xch, domid, (PAGES + 64) * 4));
    CHECK(!xc_set_paging_mempool_size(xch, domid, 2 << 20));
    for (int i = 0; i < PAGES; i++)
        frames[i] = 0x100 + i;
    CHECK(!xc_domain_populate_physmap_exact(xch, domid, PAGES, 0, 0, frames));
    return domid;
}

/* Its pages are seen by their numbers, too. */
static void map_what_it_lends(uint32_t domid, grant_entry_v1_t *table, uint32_t **pages)
{
    uint32_t refs[PAGES], *taken;
    int wrong = 0;

    for (int i = 0; i < PAGES; i++) {
        refs[i] = 8 + i;
        table[8 + i] = (grant_entry_v1_t){ .domid = SELF, .frame = 0x100 + i };
        __atomic_store_n(&table[8 + i].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
        pages[i][0] = i * 11;
    }
    taken = xengnttab_map_domain_grant_refs(taker, PAGES, domid, refs, PROT_READ | PROT_WRITE);
    if (!CHECK(taken != NULL))
        return;
    for (int i = 0; i < PAGES; i++) {
        taken[i * PAGE / 4 + 1] = i * 13;
        wrong += taken[i * PAGE / 4] != (uint32_t)i * 11 || pages[i][1] != (uint32_t)i * 13;
        wrong += (table[8 + i].flags & (GTF_reading | GTF_writing)) != (GTF_reading | GTF_writing);
    }
    CHECK(!wrong);
    CHECK(!mprotect(taken, PAGES * PAGE, PROT_READ) && taken[1] == 0 && touch((char *)taken, true) == SIGSEGV);
    CHECK(!mprotect(taken, PAGES * PAGE, PROT_NONE) && touch((char *)taken, false) == SIGSEGV);
    CHECK(!mprotect(taken, PAGES * PAGE, PROT_READ | PROT_WRITE) && taken[PAGE / 4 + 1] == 13);
    taken = mremap(taken, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                   (char *)mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    CHECK(taken != MAP_FAILED && taken[(PAGES - 1) * PAGE / 4 + 1] == (PAGES - 1) * 13);
    CHECK(!munmap(taken + 7 * PAGE / 4, PAGE) && !(table[8 + 7].flags & (GTF_reading | GTF_writing)));
    CHECK(table[8 + 8].flags & GTF_reading && taken[8 * PAGE / 4 + 1] == 8 * 13);
    CHECK(touch((char *)taken + 7 * PAGE, false) == SIGSEGV);
    CHECK(!xengnttab_unmap(taker, taken, PAGES));
    for (int i = 0; i < PAGES; i++)
        wrong += table[8 + i].flags != GTF_permit_access;
    CHECK(!wrong);
    table[8].flags = 0;
    CHECK(!xengnttab_map_domain_grant_refs(taker, 2, domid, refs, PROT_READ) && errno == EINVAL);
    CHECK(table[9].flags == GTF_permit_access);
    table[9].flags |= GTF_readonly;
    CHECK(!xengnttab_map_grant_ref(taker, domid, 9, PROT_READ | PROT_WRITE) && errno == EINVAL);
    CHECK((taken = xengnttab_map_grant_ref(taker, domid, 9, PROT_READ)) && taken[0] == 11);
    CHECK(touch((char *)taken, true) == SIGSEGV && !xengnttab_unmap(taker, taken, 1));
}

static void other_domain(void)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    xenforeignmemory_handle *foreign = xenforeignmemory_open(NULL, 0);
    xenforeignmemory_resource_handle *resource;
    xen_pfn_t frames[PAGES];
    int errors[PAGES];
    uint32_t *pages[PAGES], domid = make_domain(xch, frames);
    void *table = NULL;
    char *all = xenforeignmemory_map(foreign, domid, PROT_READ | PROT_WRITE, PAGES, frames, errors);

    resource = xenforeignmemory_map_resource(foreign, domid, XENMEM_resource_grant_table,
                                             XENMEM_resource_grant_table_id_shared, 0, 1, &table,
                                             PROT_READ | PROT_WRITE, 0);
    if (CHECK(all && resource)) {
        for (int i = 0; i < PAGES; i++)
            pages[i] = (uint32_t *)(all + i * PAGE);
        map_what_it_lends(domid, table, pages);
        xenforeignmemory_unmap_resource(foreign, resource);
        xenforeignmemory_unmap(foreign, all, PAGES);
    }
    CHECK(!xc_domain_destroy(xch, domid));
    xenforeignmemory_close(foreign);
    xc_interface_close(xch);
}

/* Its own page must stay where it is. */
static void refuse_own(void)
{
    uint32_t ref, *lent = xengntshr_share_pages(lender, SELF, 1, &ref, 1);

    lent[0] = 8;
    CHECK(!xengnttab_map_grant_ref(taker, SELF, ref, PROT_READ) && errno == EINVAL);
    lent[0]++;
    CHECK(lent[0] == 9 && !xengntshr_unshare(lender, lent, 1));
}

static bool pvh;

static void round_of_all(void)
{
    if (!CHECK((lender = xengntshr_open(NULL, 0)) && (taker = xengnttab_open(NULL, 0))))
        return;
    ports();
    copy();
    other_domain();
    if (pvh) {
        refuse_own();
    } else {
        lend_and_map();
        end_while_mapped();
        lend_read_only();
        lend_many();
        notify();
        close_lends();
    }
    CHECK(!xengntshr_close(lender) && !xengnttab_close(taker));
}

/* The most pages that are free after any of so many rounds. */
static unsigned long best_of(int rounds)
{
    unsigned long best = 0;

    for (int i = 0; i < rounds && !failures; i++) {
        unsigned long now;

        round_of_all();
        now = free_memory();
        best = now > best ? now : best;
    }
    return best;
}

/* The program's own allocator takes some pages more or less from round to round, with a period
 * of about fifty, so one page does not count. */
int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 600;
    struct sigaction action = { .sa_handler = on_signal };
    unsigned long before, after;

    pvh = argc > 2 && !strcmp(argv[2], "pvh");
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    use_all_memory();
    best_of(rounds / 3);
    before = best_of(rounds / 3);
    after = best_of(rounds / 3);
    printf("%d rounds: free memory %lu and %lu\n", rounds, before, after);
    CHECK(before && after + 1 >= before);
    return summary();
}

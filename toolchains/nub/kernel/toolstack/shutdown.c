/*
 * `control/shutdown`, where the toolstack writes how the domain shall end. The process
 * gets a SIGTERM, and what it makes of that is its own business, as when any machine is
 * shut down. The word is taken away as a sign that it was understood.
 */
#include <halt/halt.h>
#include <signals/signals.h>
#include <toolstack/toolstack.h>
#include <xen/numbers.h>
#include <xenstore/xenstore.h>

#define ORDER "control/shutdown"

static const struct {
    const char *word;
    unsigned reason;
} orders[] = {
    { "poweroff", SHUTDOWN_poweroff },
    { "halt", SHUTDOWN_poweroff },
    { "reboot", SHUTDOWN_reboot },
};

static struct xenstore_watch watch;

static void obey(struct xenstore_request *request, uint32_t type, const char *word, size_t length)
{
    (void)request;
    if (type != XS_READ || !length)
        return;
    for (size_t i = 0; i < COUNT_OF(orders); i++)
        if (!strcmp(word, orders[i].word)) {
            xenstore_tell(ORDER, "", 0);
            halt_reason = orders[i].reason;
            signal_send(NULL, SIGTERM);
            return;
        }
    print("nub: the toolstack asks for another end than poweroff, halt and reboot, and is not heeded\n");
}

static void look(struct xenstore_watch *changed, const char *path)
{
    struct xenstore_request *request = xenstore_request(XS_READ, 0, sizeof(ORDER));

    (void)changed;
    (void)path;
    if (!request)
        return;
    memcpy(request->body, ORDER, sizeof(ORDER));
    request->answered = obey;
    xenstore_send(request);
}

void shutdown_heed(void)
{
    struct xenstore_request *request;

    if (!xenstore_present)
        return;
    watch.changed = look;
    xenstore_watch_add(&watch);
    request = xenstore_watch_request(XS_WATCH, &watch, ORDER);
    if (!request)
        return;
    xenstore_send(request);
    signals_only.outside = true;
    xenstore_tell("control/feature-poweroff", "1", 1);
    xenstore_tell("control/feature-reboot", "1", 1);
}

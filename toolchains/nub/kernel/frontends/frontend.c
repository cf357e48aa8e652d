/*
 * The states that a device goes through. Each event of the backend's state has it read,
 * and then the backend's keys if what follows needs them; one look at a time.
 */
#include <frontends/values.h>
#include <linux/interface.h>

static const char *const state_key[] = { "state", NULL };

/* A backend that fails and begins again for ever does not fill the console. */
#define MOST_COMPLAINTS 10

static void look(struct frontend *frontend);

static const struct frontend_calls *calls_of(const struct frontend *frontend)
{
    return frontend->class->calls;
}

void frontend_enter(struct frontend *frontend, enum frontend_phase phase)
{
    frontend->phase = phase;
    wake_all(&frontend->phases, 0);
}

/* What has been offered, or was about to be. */
static void end(struct frontend *frontend)
{
    bool offered = frontend->phase == FRONTEND_OFFERED || frontend->phase == FRONTEND_CONNECTED;

    frontend_enter(frontend, FRONTEND_CLOSED);
    if (offered && calls_of(frontend)->end)
        calls_of(frontend)->end(frontend);
}

static void close(struct frontend *frontend)
{
    end(frontend);
    frontend_set_state(frontend, XenbusStateClosed);
}

void frontend_fail(struct frontend *frontend, const char *why)
{
    if (frontend->phase != FRONTEND_OFFERED && frontend->phase != FRONTEND_CONNECTED)
        return;
    if (frontend->complaints < MOST_COMPLAINTS) {
        frontend->complaints++;
        print("nub: %s %u is not used any more: %s\n", frontend->class->type, (unsigned)frontend->number, why);
    }
    close(frontend);
}

/* Each look ends here: what has happened meanwhile is seen to now. */
static void done(struct frontend *frontend)
{
    if (!frontend->look_again)
        return;
    frontend->look_again = false;
    if (frontend->phase == FRONTEND_ABSENT)
        frontend_identify(frontend);
    else
        look(frontend);
}

static void offer(struct frontend *frontend)
{
    if (frontend->phase == FRONTEND_FOUND && !frontend->lost) {
        frontend_enter(frontend, FRONTEND_OFFERED);
        if (calls_of(frontend)->offer(frontend))
            frontend_fail(frontend, "nothing could be offered to it");
        else
            frontend_set_state(frontend, frontend->class->offered);
    }
    done(frontend);
}

static void connect(struct frontend *frontend)
{
    if (frontend->phase == FRONTEND_CONNECTED && !frontend->lost) {
        if (calls_of(frontend)->changed)
            calls_of(frontend)->changed(frontend);
    } else if (frontend->phase == FRONTEND_OFFERED && !frontend->lost) {
        if (calls_of(frontend)->connect(frontend)) {
            frontend_fail(frontend, "its backend says what cannot be");
        } else {
            if (frontend->state != XenbusStateConnected)
                frontend_set_state(frontend, XenbusStateConnected);
            frontend_enter(frontend, FRONTEND_CONNECTED);
        }
    }
    done(frontend);
}

static void ask_keys(struct frontend *frontend, void (*then)(struct frontend *frontend))
{
    frontend_ask(frontend, frontend->backend, frontend->class->keys, frontend->values, then);
}

/* A backend that begins again finds us at the beginning. */
static void begin_again(struct frontend *frontend)
{
    if (frontend->phase != FRONTEND_CLOSED)
        return;
    frontend_enter(frontend, FRONTEND_FOUND);
    frontend_set_state(frontend, XenbusStateInitialising);
}

static void act(struct frontend *frontend)
{
    switch (frontend->other) {
    case XenbusStateInitialising:
        begin_again(frontend);
        break;
    case XenbusStateInitWait:
        begin_again(frontend);
        if (frontend->phase != FRONTEND_FOUND)
            break;
        ask_keys(frontend, offer);
        return;
    case XenbusStateConnected:
        if (frontend->phase != FRONTEND_OFFERED && frontend->phase != FRONTEND_CONNECTED)
            break;
        ask_keys(frontend, connect);
        return;
    case XenbusStateClosing:
        if (frontend->phase != FRONTEND_CLOSED)
            close(frontend);
        break;
    case XenbusStateUnknown: /* it has no folder any more */
    case XenbusStateClosed:
        if (frontend->phase == FRONTEND_OFFERED || frontend->phase == FRONTEND_CONNECTED)
            close(frontend);
        break;
    default:
        break;
    }
    done(frontend);
}

static void state_is_known(struct frontend *frontend)
{
    const struct frontend_value *value = &frontend->state_value;
    uint64_t state = XenbusStateUnknown;

    if (frontend->phase == FRONTEND_ABSENT || frontend->lost
        || (value->there && (!frontend_parse(value->text, &state) || state > XenbusStateReconfigured))) {
        done(frontend);
        return;
    }
    frontend->other = state;
    act(frontend);
}

static void look(struct frontend *frontend)
{
    if (frontend->phase == FRONTEND_ABSENT)
        return;
    if (frontend->asked) {
        frontend->look_again = true;
        return;
    }
    frontend_ask(frontend, frontend->backend, state_key, &frontend->state_value, state_is_known);
}

static void changed(struct xenstore_watch *watch, const char *path)
{
    (void)path;
    look((struct frontend *)((char *)watch - offsetof(struct frontend, watch)));
}

static void send_watch(struct frontend *frontend, uint32_t type)
{
    char path[2 * FRONTEND_VALUE];
    struct xenstore_request *request;

    frontend_path(path, sizeof(path), frontend->backend, "state");
    request = xenstore_watch_request(type, &frontend->watch, path);
    if (request)
        xenstore_send(request);
}

/* The first event of the watch comes at once, and with it the first look. */
void frontend_appear(struct frontend *frontend)
{
    frontend_enter(frontend, FRONTEND_FOUND);
    if (calls_of(frontend)->found && calls_of(frontend)->found(frontend)) {
        frontend_enter(frontend, FRONTEND_ABSENT);
        return;
    }
    if (frontend->state != XenbusStateInitialising)
        frontend_set_state(frontend, XenbusStateInitialising);
    frontend->watch.changed = changed;
    xenstore_watch_add(&frontend->watch);
    send_watch(frontend, XS_WATCH);
}

void frontend_vanish(struct frontend *frontend)
{
    if (frontend->phase == FRONTEND_ABSENT)
        return;
    send_watch(frontend, XS_UNWATCH);
    xenstore_watch_remove(&frontend->watch);
    end(frontend);
    frontend_enter(frontend, FRONTEND_ABSENT);
    if (calls_of(frontend)->gone)
        calls_of(frontend)->gone(frontend);
}

int frontend_wait(struct frontend *frontend, uint64_t deadline)
{
    while (frontend->phase == FRONTEND_FOUND || frontend->phase == FRONTEND_OFFERED) {
        enum wake why = wait_on(&frontend->phases, 0, deadline);

        if (why == WAKE_SIGNAL)
            return -EINTR;
        if (why == WAKE_TIMEOUT)
            return -ETIMEDOUT;
    }
    return frontend->phase == FRONTEND_CONNECTED ? 0 : -ENODEV;
}

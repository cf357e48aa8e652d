/*
 * What the parts of frontend.h need of each other.
 */
#ifndef FRONTENDS_VALUES_H
#define FRONTENDS_VALUES_H

#include <frontends/frontend.h>

/* values.c: room for the values of a class' keys; NULL for want of memory. */
struct frontend_value *frontend_values_make(struct frontend *frontend, const char *const *keys);

/* Asks for the values of keys in a folder, the first ones for all that the device needs of
 * it; `then` is called when all have been answered. If any was lost, for want of memory
 * or of xenstore, `lost` is set. */
void frontend_ask(struct frontend *frontend, const char *folder, const char *const *keys,
                  struct frontend_value *values, void (*then)(struct frontend *frontend));

/* Decimal digits and nothing else, for a number of up to 64 bits. */
bool frontend_parse(const char *text, uint64_t *number);

/* The device's own folder; any that a class is named after fits. */
#define OWN_PATH 48
void frontend_own_path(const struct frontend *frontend, char *to);

/* Changes phase, and tells who waits for that. */
void frontend_enter(struct frontend *frontend, enum frontend_phase phase);
void frontend_set_state(struct frontend *frontend, enum xenbus_state state);

/* Which backend a device has, when nothing else is being asked for it. */
void frontend_identify(struct frontend *frontend);

/* frontend.c: the device has been found in its folder, or is no longer there. */
void frontend_appear(struct frontend *frontend);
void frontend_vanish(struct frontend *frontend);

/* Folder and key together; false when that does not fit. */
bool frontend_path(char *to, size_t size, const char *folder, const char *key);

#endif

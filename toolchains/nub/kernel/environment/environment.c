/*
 * A name for where we run.
 */
#include <environment/environment.h>

struct environment environment;

const char *environment_name(void)
{
    if (!environment.xen)
        return "PVH without a hypervisor";
    if (!environment.pv)
        return "Xen PVH";
    return environment.initial_domain ? "Xen PV initial domain" : "Xen PV";
}

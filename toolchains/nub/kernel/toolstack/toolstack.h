/*
 * What Xen's toolstack asks of the domain, through xenstore.
 */
#ifndef TOOLSTACK_TOOLSTACK_H
#define TOOLSTACK_TOOLSTACK_H

/* Ends the process when the toolstack wants that (`xl shutdown`, `xl reboot`), from
 * now on. Does nothing where there is no xenstore. */
void shutdown_heed(void);

#endif

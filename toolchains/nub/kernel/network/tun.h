/*
 * Linux's interface of /dev/net/tun (its uapi/linux/if_tun.h and if.h), as far as it is for whole
 * ethernet frames.
 */
#ifndef NETWORK_TUN_H
#define NETWORK_TUN_H

#include <nub.h>

#define IFNAMSIZ 16

struct ifreq {
    char name[IFNAMSIZ];
    union {
        uint16_t flags;
        struct {
            uint16_t family;
            uint8_t data[14];
        } hwaddr;
        struct {
            unsigned long words[2];
            uint32_t half_words[2];
        } map; /* the longest */
    };
};

_Static_assert(sizeof(struct ifreq) == (sizeof(long) == 8 ? 40 : 32), "Linux's");

/* Flags of an interface. */
#define IFF_TUN 0x0001U
#define IFF_TAP 0x0002U
#define IFF_MULTI_QUEUE 0x0100U
#define IFF_NO_PI 0x1000U
#define IFF_ONE_QUEUE 0x2000U
#define IFF_VNET_HDR 0x4000U

#define TUNSETIFF 0x400454caUL
#define TUNGETFEATURES 0x800454cfUL
#define TUNSETOFFLOAD 0x400454d0UL
#define TUNGETIFF 0x800454d2UL
#define TUNGETSNDBUF 0x800454d3UL
#define TUNSETSNDBUF 0x400454d4UL
#define TUNGETVNETHDRSZ 0x800454d7UL
#define TUNSETVNETHDRSZ 0x400454d8UL
#define SIOCGIFHWADDR 0x8927UL

/* What a reader can do itself. Frames that come have all done, whatever it can. */
#define TUN_F_ALL 0x1fU /* CSUM, TSO4, TSO6, TSO_ECN, UFO */

#define VIRTIO_NET_HDR_SIZE 10

#define ARPHRD_ETHER 1

#endif

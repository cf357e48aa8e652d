# The devices of QEMU in a stub domain: a PC with what xl gives to guests, and nothing else; QEMU's
# own list makes the program half as large again. With --without-default-devices only what is named
# here, and what that needs, is compiled.

# Machines pc and xenfv, with IDE, floppy disks and serial ports. Machines xenpv and none need no line.
CONFIG_I440FX=y
CONFIG_HPET=y
CONFIG_PARALLEL=y

# vga=stdvga and vga=cirrus.
CONFIG_VGA_PCI=y
CONFIG_VGA_CIRRUS=y

# Network cards: xl's default, and the one that most guests know.
CONFIG_RTL8139_PCI=y
CONFIG_E1000_PCI=y

# hdtype=ahci.
CONFIG_AHCI_ICH9=y

# usbversion=1, 2 and 3. Tablet, mouse and keyboard come with USB.
CONFIG_USB_UHCI=y
CONFIG_USB_EHCI_PCI=y
CONFIG_USB_XHCI_PCI=y

# isa-debugcon and isa-debug-exit, with which test guests speak and end.
CONFIG_ISA_DEBUG=y

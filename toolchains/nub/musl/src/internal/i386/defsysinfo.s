# i386 programs keep the address of Linux's own entry here. There is none, and
# nothing calls it: the word only fills its place in the thread structure.

	.data
	.balign 4
	.global __sysinfo
	.hidden __sysinfo
__sysinfo:
	.long 0

	.section .note.GNU-stack, "", @progbits

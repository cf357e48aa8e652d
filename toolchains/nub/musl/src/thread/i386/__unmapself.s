# __unmapself(stack, size): ends the thread and takes its stack away. The
# kernel does both at once, on a stack of its own.

	.text
	.global __unmapself
	.type __unmapself, @function
__unmapself:
	jmp __nub_unmapself

	.section .note.GNU-stack, "", @progbits

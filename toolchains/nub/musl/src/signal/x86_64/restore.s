# What a signal handler returns to: rt_sigreturn, which does not come back.

	.text
	.global __restore_rt
	.hidden __restore_rt
	.type __restore_rt, @function
__restore_rt:
	sub $16, %rsp
	mov $15, %edi
	call __nub_syscall

	.section .note.GNU-stack, "", @progbits

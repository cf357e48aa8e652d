# What a signal handler returns to: sigreturn or rt_sigreturn, which do not
# come back.

	.text
	.global __restore, __restore_rt
	.hidden __restore, __restore_rt
	.type __restore, @function
__restore:
	sub $24, %esp
	push $119
	call __nub_syscall
	.type __restore_rt, @function
__restore_rt:
	sub $24, %esp
	push $173
	call __nub_syscall

	.section .note.GNU-stack, "", @progbits

# vfork: whatever the kernel says, as -1 and errno when it is an error.

	.text
	.global vfork
	.type vfork, @function
	.hidden __syscall_ret
vfork:
	sub $24, %esp
	push $190
	call __nub_syscall
	mov %eax, (%esp)
	call __syscall_ret
	add $28, %esp
	ret

	.section .note.GNU-stack, "", @progbits

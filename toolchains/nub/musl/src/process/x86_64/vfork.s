# vfork: whatever the kernel says, as -1 and errno when it is an error.

	.text
	.global vfork
	.type vfork, @function
	.hidden __syscall_ret
vfork:
	sub $24, %rsp
	mov $58, %edi
	call __nub_syscall
	add $24, %rsp
	mov %rax, %rdi
	jmp __syscall_ret

	.section .note.GNU-stack, "", @progbits

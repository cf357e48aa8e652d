# __syscall_cp_asm(cancel, nr, u, v, w, x, y, z): a system call that does not
# begin when *cancel is set. Between __cp_begin and __cp_end, the handler of the
# cancellation signal sends the thread to __cp_cancel instead.

	.text
	.global __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm
	.hidden __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm, __cancel
	.type __syscall_cp_asm, @function
__syscall_cp_asm:
__cp_begin:
	mov 4(%esp), %eax
	cmpl $0, (%eax)
	jne __cp_cancel
	# The arguments all move up one place, over `cancel`.
	mov 8(%esp), %eax
	mov %eax, 4(%esp)
	mov 12(%esp), %eax
	mov %eax, 8(%esp)
	mov 16(%esp), %eax
	mov %eax, 12(%esp)
	mov 20(%esp), %eax
	mov %eax, 16(%esp)
	mov 24(%esp), %eax
	mov %eax, 20(%esp)
	mov 28(%esp), %eax
	mov %eax, 24(%esp)
	mov 32(%esp), %eax
	mov %eax, 28(%esp)
	jmp __nub_syscall
__cp_end:
__cp_cancel:
	jmp __cancel

	.section .note.GNU-stack, "", @progbits

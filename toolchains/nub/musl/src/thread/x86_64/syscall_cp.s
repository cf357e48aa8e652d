# __syscall_cp_asm(cancel, nr, u, v, w, x, y, z): a system call that does not
# begin when *cancel is set. Between __cp_begin and __cp_end, the handler of the
# cancellation signal sends the thread to __cp_cancel instead.

	.text
	.global __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm
	.hidden __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm, __cancel
	.type __syscall_cp_asm, @function
__syscall_cp_asm:
__cp_begin:
	cmpl $0, (%rdi)
	jne __cp_cancel
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %rcx
	mov %r9, %r8
	mov 8(%rsp), %r9
	mov 16(%rsp), %rax
	mov %rax, 8(%rsp)	# the seventh argument takes our own seventh's place
	jmp __nub_syscall
__cp_end:
__cp_cancel:
	jmp __cancel

	.section .note.GNU-stack, "", @progbits

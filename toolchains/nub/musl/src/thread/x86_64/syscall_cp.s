# __syscall_cp_asm(cancel, nr, u, v, w, x, y, z): a system call that does not
# begin when *cancel is set. When the cancellation signal finds the thread
# between __cp_begin and __cp_end, its handler sends it to __cp_cancel instead.
#
# The kernel says so of a thread that waits in the call and has done nothing
# yet: it names the place where the call returns to. Of one whose call is
# complete it names the place one byte further, behind the nop. All the way the
# stack is the same, so that __cp_cancel can be reached from anywhere.

	.text
	.global __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm
	.hidden __cp_begin, __cp_end, __cp_cancel, __syscall_cp_asm, __cancel
	.type __syscall_cp_asm, @function
__syscall_cp_asm:
	push 16(%rsp)
__cp_begin:
	cmpl $0, (%rdi)
	jne __cp_cancel
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %rcx
	mov %r9, %r8
	mov 16(%rsp), %r9
	call __nub_syscall
	nop
__cp_end:
	add $8, %rsp
	ret
__cp_cancel:
	add $8, %rsp
	jmp __cancel

	.section .note.GNU-stack, "", @progbits

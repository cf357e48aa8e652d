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
	# z, y, x, w, v, u and nr: each push brings the next one to this place.
	.rept 7
	push 32(%esp)
	.endr
__cp_begin:
	mov 32(%esp), %eax
	cmpl $0, (%eax)
	jne __cp_cancel
	call __nub_syscall
	nop
__cp_end:
	add $28, %esp
	ret
__cp_cancel:
	add $28, %esp
	jmp __cancel

	.section .note.GNU-stack, "", @progbits

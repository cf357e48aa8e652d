/*
 * Where the registers lie in struct registers, for assembly; arch.h checks it.
 */
#ifndef FRAME_H
#define FRAME_H

#define FRAME_DI 0
#define FRAME_SI 4
#define FRAME_BP 8
#define FRAME_BX 16
#define FRAME_AX 28
#define FRAME_VECTOR 32
#define FRAME_IP 40
#define FRAME_CS 44
#define FRAME_FLAGS 48
#define FRAME_SP 52
#define FRAME_SS 56
#define FRAME_SIZE 60

/* From here on they are interrupts, not exceptions: first the PC's lines. */
#define VECTOR_FIRST_LINE 32

/* Behind the exceptions and interrupts: how else a program enters the kernel. */
#define VECTOR_SYSTEM_CALL 128 /* by an instruction */
#define VECTOR_CALL 129        /* by calling a function */

#define ENTRY_STACK_SIZE 4096

#endif

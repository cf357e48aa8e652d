/*
 * Where the registers lie in struct registers, for assembly; arch.h checks it.
 */
#ifndef FRAME_H
#define FRAME_H

#define FRAME_R15 0
#define FRAME_R14 8
#define FRAME_R13 16
#define FRAME_R12 24
#define FRAME_R9 48
#define FRAME_R8 56
#define FRAME_BP 64
#define FRAME_DI 72
#define FRAME_SI 80
#define FRAME_DX 88
#define FRAME_CX 96
#define FRAME_BX 104
#define FRAME_AX 112
#define FRAME_VECTOR 120
#define FRAME_IP 136
#define FRAME_CS 144
#define FRAME_FLAGS 152
#define FRAME_SP 160
#define FRAME_SS 168
#define FRAME_SIZE 176

/* From here on they are interrupts, not exceptions: first the PC's lines. */
#define VECTOR_FIRST_LINE 32

/* Behind the exceptions and interrupts: how else a program enters the kernel. */
#define VECTOR_SYSTEM_CALL 128 /* by an instruction */
#define VECTOR_CALL 129        /* by calling a function */

#define ENTRY_STACK_SIZE 4096

/* How far from its beginning native interrupts push their frames (exceptions.S);
 * exceptions do at its end. */
#define INTERRUPT_STACK 0x7f0

#endif

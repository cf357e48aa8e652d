/** Talks to QEMU's monitor (QMP), which QEMU itself connects to one of our sockets. */
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { LabFailure } from './lab-failure.js';
import { orAborted } from './or-aborted.js';

interface Reply {
  id?: number;
  return?: unknown;
  error?: { desc: string };
}

export class Monitor {
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #next = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly signal: AbortSignal,
  ) {
    const lines = createInterface({ input: socket });
    // When QEMU ends, that is reported by its own end.
    lines.on('error', () => {});
    lines.on('line', (line) => {
      const reply = JSON.parse(line) as Reply;
      // The greeting and events have no number.
      if (reply.id === undefined) return;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
  }

  /** `signal` ends all waiting, with its reason. */
  static async open(socket: Socket, signal: AbortSignal): Promise<Monitor> {
    const monitor = new Monitor(socket, signal);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /** What QEMU returns; throws LabFailure with its error. */
  async execute(command: string, args?: Record<string, unknown>): Promise<unknown> {
    const id = ++this.#next;
    const replied = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const { return: value, error } = await orAborted(replied, this.signal);
    if (error) throw new LabFailure('failed', `QEMU: ${command}: ${error.desc}`);
    return value;
  }

  /** Waits for a migration's end; throws LabFailure when it fails. */
  async migrated(): Promise<void> {
    for (;;) {
      const answer = await this.execute('query-migrate');
      const { status, 'error-desc': why } = answer as { status?: string; 'error-desc'?: string };
      if (status === 'completed') return;
      if (status === 'failed') throw new LabFailure('failed', `QEMU: ${why ?? 'it failed'}`);
      await orAborted(new Promise((resolve) => setTimeout(resolve, 20)), this.signal);
    }
  }
}

import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { LabMachine } from './lab-machine.js';

/** Where somebody types, and reads what comes of it. */
export interface Prompt {
  input: Readable;
  output: Writable;
  size?: { rows: number; columns: number };
  /** Called before the first byte, and after the last. */
  begin(): void;
  end(): void;
}

/** What a terminal sends for the key Ctrl-D. */
const endOfInput = '\x04';

/** Runs a shell in dom0, joined to a prompt, until the shell or the machine ends. */
export async function runPrompt(
  machine: LabMachine,
  socket: Socket,
  prompt: Prompt,
): Promise<void> {
  const { input, output, size } = prompt;
  const send = (bytes: Buffer) => socket.write(bytes);
  const show = (bytes: Buffer) => output.write(bytes);
  const end = () => socket.write(endOfInput);
  prompt.begin();
  socket.on('data', show);
  input.on('data', send);
  input.once('end', end);
  const stty = size ? `stty rows ${size.rows} cols ${size.columns} < /dev/hvc1; ` : '';
  try {
    await machine.agent.run(
      `${stty}cd /root; PS1='dom0 # ' exec setsid -c sh -i <> /dev/hvc1 >&0 2>&1`,
      machine.ended.signal,
    );
  } finally {
    socket.off('data', show);
    input.off('data', send);
    input.off('end', end);
    prompt.end();
  }
}

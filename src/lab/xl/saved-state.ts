/** A machine's state in files, by QEMU's migration: its devices in one, its memory in another. */
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Monitor } from './monitor.js';

/** The devices' file in QEMU's folder. The memory's is `memory`, which QEMU has mapped. */
export const stateFile = 'state';

/** Memory stays in its file, whichever machine has it mapped, and is not copied. */
const memoryStays = { capabilities: [{ capability: 'x-ignore-shared', state: true }] };

/** Goes on with the state that QEMU's folder has; QEMU was started with `-incoming defer`. */
export async function loadState(monitor: Monitor): Promise<void> {
  await monitor.execute('migrate-set-capabilities', memoryStays);
  await monitor.execute('migrate-incoming', { uri: `exec:cat ${stateFile}` });
  await monitor.migrated();
  await monitor.execute('cont');
}

/** The state of all devices; the machine stands still from now on, and its memory is in its file. */
export async function saveState(monitor: Monitor, directory: string): Promise<Buffer> {
  const socket = 'saving';
  const server = createServer();
  const state = new Promise<Buffer>((resolve, reject) => {
    server.once('error', reject);
    server.once('connection', (from) => {
      const parts: Buffer[] = [];
      from.on('data', (bytes: Buffer) => parts.push(bytes));
      from.once('error', reject);
      from.once('end', () => resolve(Buffer.concat(parts)));
    });
  });
  await new Promise<void>((resolve) => server.listen(join(directory, socket), resolve));
  try {
    await monitor.execute('stop');
    await monitor.execute('migrate-set-capabilities', memoryStays);
    await monitor.execute('migrate', { uri: `unix:${socket}` });
    await monitor.migrated();
    return await state;
  } finally {
    server.close();
  }
}

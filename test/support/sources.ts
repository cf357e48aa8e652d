import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Header } from 'tar';
import { onTestFinished } from 'vitest';
import type { Event } from '../../src/events/event.js';
import type { Project } from '../../src/project/project.js';
import { StateLayout } from '../../src/project/state-layout.js';
import type { Diagnostic } from '../../src/util/diagnostic.js';
import { UserError } from '../../src/util/diagnostic.js';

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'stubforge-source-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function projectIn(root: string): Project {
  return {
    root,
    recipeDirs: [],
    toolchainDirs: [],
    lockFile: join(root, 'stubforge.lock'),
    builtinLockFile: join(root, 'builtin', 'stubforge.lock'),
    state: new StateLayout(join(root, 'state')),
  };
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on the loopback interface; `requests` are the paths that were asked for, in order. */
export async function serve(handler: Handler): Promise<{ uri: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Serves the files by their paths, and 404 for all others. */
export const filesHandler =
  (files: ReadonlyMap<string, Buffer | string>): Handler =>
  (request, response) => {
    const content = files.get(decodeURIComponent(request.url ?? ''));
    if (content === undefined) response.writeHead(404).end();
    else response.end(content);
  };

/** The problems with which the work fails. */
export async function diagnosticsOf(work: Promise<unknown>): Promise<Diagnostic[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof UserError) return error.diagnostics;
    throw error;
  }
  throw new Error('the work did not fail');
}

export function recorder(): { emit: (event: Event) => void; events: Event[] } {
  const events: Event[] = [];
  return { events, emit: (event) => void events.push(event) };
}

export interface TestMember {
  path: string;
  type?: string;
  linkpath?: string;
  content?: string | Buffer;
  /** A size that the header claims instead of the content's. */
  size?: number;
}

/** A tar archive with exactly these members, however hostile. */
export function makeTar(members: readonly TestMember[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, type = 'File', linkpath, content = '', size } of members) {
    const data = Buffer.from(content);
    const block = Buffer.alloc(512);
    new Header({
      path,
      type: type as never,
      linkpath,
      mode: type === 'Directory' ? 0o755 : 0o644,
      size: size ?? data.length,
      mtime: new Date(1_000_000_000_000),
    }).encode(block);
    blocks.push(block, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/**
 * The test program of toolchains/nub/kernel/test/differential, built for Linux and for the kernel,
 * and the machines that it runs on.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { S_IFREG } from '../../../src/artifacts/image/files-segment.js';
import { packImage } from '../../../src/artifacts/image/pack-image.js';
import { bootImage } from '../../../src/lab/boot-image.js';
import { packageRoot } from '../../../src/project/project.js';

const sources = join(packageRoot, 'toolchains/nub/kernel/test/differential');
const options = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];

/** What the program said, and how that came to an end. */
export interface Said {
  lines: string[];
  ending: 'end' | 'hung' | 'panic' | 'stopped';
}

export interface Machine {
  /** As the table of differences calls it: `linux`, or such as `i386 pvh`. */
  name: string;
  /** Runs the program with these arguments; `plan` is the content of the file /plan. */
  run(words: readonly string[], plan?: string): Promise<Said>;
}

/** Compiles the program with this compiler. Throws with what the compiler said. */
export async function compile(compiler: string, output: string, more: readonly string[] = []) {
  const files = (await readdir(sources)).filter((name) => name.endsWith('.c'));
  const paths = files.map((name) => join(sources, name));
  await execa(compiler, [...options, ...more, '-o', output, ...paths]);
}

/**
 * The Linux that the tests run on. The program sees what it sees as a guest: it is root, /tmp is
 * empty and in memory, and there is little else.
 */
export function linux(program: string): Machine {
  return {
    name: 'linux',
    async run(words, plan = '') {
      const folder = await mkdtemp(join(tmpdir(), 'stubforge-linux-'));
      try {
        const file = join(folder, 'plan');
        await writeFile(file, plan);
        // Node.js gives a socket where others give a pipe, and the program can tell one from the other.
        const { stdout } = await execa(
          'sh',
          [
            ...['-c', '"$@" | cat', 'sh', 'bwrap'],
            ...['--unshare-user', '--uid', '0', '--gid', '0', '--unshare-pid', '--die-with-parent'],
            ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--dir', '/tmp'],
            ...['--ro-bind', program, '/program', '--ro-bind', file, '/plan'],
            ...['/program', ...words],
          ],
          { reject: false, stdin: 'ignore', maxBuffer: 200_000_000 },
        );
        return saidIn(stdout.split('\n'));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** A guest of the kernel in one of the labs. */
export function guest(settings: {
  name: string;
  program: string;
  under: 'pvh' | 'xen';
  hypervisor?: string;
}): Machine {
  const { name, program, under, hypervisor } = settings;
  return {
    name,
    async run(words, plan = '') {
      const folder = await mkdtemp(join(tmpdir(), 'stubforge-nub-'));
      try {
        const image = join(folder, 'image');
        const content = packImage({
          elf: await readFile(program),
          files: [{ path: '/plan', mode: S_IFREG | 0o644, content: Buffer.from(plan) }],
          arguments: ['program', ...words],
          date: 0,
        });
        await writeFile(image, content);
        const lines: string[] = [];
        await bootImage(
          { image, under, hypervisor, accelerator: 'tcg', timeout: 300 },
          {
            emit: (event) => {
              if (event.type === 'console') lines.push(event.line);
            },
            signal: new AbortController().signal,
          },
        );
        return saidIn(lines);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function saidIn(all: readonly string[]): Said {
  const lines = all.filter((line) => !line.startsWith('nub: '));
  const has = (pattern: RegExp) => all.some((line) => pattern.test(line));
  if (lines.includes('end')) return { lines, ending: 'end' };
  if (has(/^hung /)) return { lines, ending: 'hung' };
  return { lines, ending: has(/^nub: panic: /) ? 'panic' : 'stopped' };
}

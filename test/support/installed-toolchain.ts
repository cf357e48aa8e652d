/** An installed toolchain, used by hand as in a user's shell after the lines that `install` prints. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { stubforge, stubforgeJson } from './stubforge.js';

export class InstalledToolchain {
  readonly prefix: string;
  /** What `toolchain install` printed. */
  readonly said: string;

  private constructor(
    /** For the tests' own folders; the prefix is in it. */
    readonly folder: string,
    said: string,
  ) {
    this.prefix = join(folder, 'prefix');
    this.said = said;
  }

  /** Installs all architectures into a temporary folder. */
  static async install(): Promise<InstalledToolchain> {
    const folder = await mkdtemp(join(tmpdir(), 'stubforge-toolchain-'));
    const words = ['toolchain', 'install', join(folder, 'prefix'), '--all'];
    const { exitCode, stderr, stdout } = await stubforge(words);
    expect(exitCode, stderr).toBe(0);
    return new InstalledToolchain(folder, stdout);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** The folder with config.site and the files for meson and CMake. */
  files(triple: string): string {
    return join(this.prefix, 'share/stubforge', triple);
  }

  async run(triple: string, cwd: string, command: string, words: readonly string[]) {
    const ran = await execa(command, words, {
      cwd,
      env: {
        PATH: `${this.prefix}/bin:/usr/bin:/bin`,
        CONFIG_SITE: join(this.files(triple), 'config.site'),
        HOME: cwd,
        LC_ALL: 'C',
      },
      extendEnv: false,
      reject: false,
      all: true,
    });
    return { ok: !ran.failed, all: ran.all, stdout: ran.stdout };
  }

  /** Gives what the command printed; the test fails where the command does. */
  async succeed(...call: Parameters<InstalledToolchain['run']>): Promise<string> {
    const ran = await this.run(...call);
    expect(ran.ok, ran.all).toBe(true);
    return ran.stdout;
  }

  /** A program from one C source, for stubdom-amd64; gives its path. */
  async program(source: string): Promise<string> {
    const program = join(this.folder, basename(source, '.c'));
    const words = ['-O2', '-pthread', '-o', program, source];
    await this.succeed('x86_64-xen-stubdom', this.folder, 'x86_64-xen-stubdom-gcc', words);
    return program;
  }
}

/** The lines of the console of a guest, which has to exit with 0. */
export async function consoleOf(image: string): Promise<string[]> {
  const { events, exitCode } = await stubforgeJson(['boot', image, '--under', 'pvh']);
  const lines = events.flatMap((event) => (event.type === 'console' ? [event.line] : []));
  expect(exitCode, lines.join('\n')).toBe(0);
  return lines;
}

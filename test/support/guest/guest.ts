import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export interface GuestOptions {
  bits: 32 | 64;
  /** What it prints; line ends are its own business. */
  text?: string;
  /** How it ends: it shuts down, it does not end, or it runs into an invalid instruction. */
  end?: 'exit' | 'hang' | 'crash';
  /** Further flags of the compiler. */
  flags?: readonly string[];
}

const ends = { exit: 0, hang: 1, crash: 2 };

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Assembles and links `guest.S` with the machine's own compiler: an image that nothing is packed into. */
export async function linkGuest(options: GuestOptions): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-guest-'));
  try {
    const object = join(directory, 'guest.o');
    const output = join(directory, 'guest.elf');
    const text = JSON.stringify(options.text ?? 'hello\nnub: exit status 0\n');
    await execa('gcc', [
      ...[`-m${options.bits}`, `-DTEXT=${text}`, `-DEND=${ends[options.end ?? 'exit']}`],
      ...(options.flags ?? []),
      ...['-c', here('guest.S'), '-o', object],
    ]);
    await execa('ld', [
      ...['-m', options.bits === 64 ? 'elf_x86_64' : 'elf_i386', '-z', 'max-page-size=4096'],
      ...['-T', here('guest.lds'), object, '-o', output],
    ]);
    return await readFile(output);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import { UserError } from '../../util/diagnostic.js';
import { writeFileAtomic } from '../../util/files.js';
import { collectFiles, type FileToPack } from './collect-files.js';
import { packImage } from './pack-image.js';

export interface WriteImageInput {
  /** The linked program's path. */
  program: string;
  files: readonly FileToPack[];
  /** The default arguments, argv[0] first. */
  arguments: readonly string[];
  /** Modification time of the packed files, in seconds since 1970. */
  date: number;
  /** The folder that gets `<name>.elf` and `<name>.gz`. */
  directory: string;
  name: string;
  signal?: AbortSignal;
}

export interface WrittenImage {
  elf: string;
  gz: string;
  /** Sizes of both files. */
  bytes: number;
  gzBytes: number;
}

/**
 * Packs an image and writes it twice: as ELF file and compressed. Neither file is ever seen half
 * written. Throws UserError for a program or files that cannot be packed.
 */
export async function writeImage(input: WriteImageInput): Promise<WrittenImage> {
  let program: Buffer;
  try {
    program = await readFile(input.program);
  } catch (error) {
    throw new UserError({
      id: 'image.unreadable-file',
      message: `the program ${input.program} cannot be read: ${(error as Error).message}`,
    });
  }
  const image = packImage({
    elf: program,
    files: await collectFiles(input.files),
    arguments: input.arguments,
    date: input.date,
  });
  const compressed = await compress(image, input.signal);
  const elf = join(input.directory, `${input.name}.elf`);
  const gz = join(input.directory, `${input.name}.gz`);
  await writeFileAtomic(elf, image, 0o755);
  await writeFileAtomic(gz, compressed);
  return { elf, gz, bytes: image.length, gzBytes: compressed.length };
}

/**
 * Compresses as `gzip -8n` does, by gzip itself: its output is the same on every machine, while
 * the zlib in Node differs between versions and processors. `-n` leaves name and time out. Level 9
 * takes half as long again, and programs come out no smaller.
 */
async function compress(image: Buffer, signal?: AbortSignal): Promise<Buffer> {
  try {
    const { stdout } = await execa('gzip', ['-8n'], {
      input: image,
      encoding: 'buffer',
      maxBuffer: image.length + (1 << 20),
      // GZIP in the environment would add options.
      env: { GZIP: undefined },
      cancelSignal: signal,
    });
    return Buffer.from(stdout);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (error instanceof ExecaError && error.code === 'ENOENT') {
      throw new UserError({
        id: 'machine.missing-tools',
        message: 'the command gzip is missing',
        help: 'install it: apt-get install --no-install-recommends gzip',
      });
    }
    throw error;
  }
}

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { execa } from 'execa';
import { UserError } from '../util/diagnostic.js';
import { removeAbandoned, temporaryBeside } from '../util/files.js';

type Compression = 'none' | 'gzip' | 'zstd';

/** The compression that a file name's extension stands for. Throws UserError for an unknown one. */
export function compressionOf(file: string): Compression {
  if (/\.tar$/.test(file)) return 'none';
  if (/\.(?:tar\.gz|tgz)$/.test(file)) return 'gzip';
  if (/\.(?:tar\.zst|tzst)$/.test(file)) return 'zstd';
  throw new UserError(
    {
      id: 'store.unknown-archive-type',
      message: `the name of ${file} does not say what kind of archive it is`,
      help: 'use a name that ends with .tar, .tar.gz or .tar.zst',
    },
    2,
  );
}

/** Writes a stream to a file, compressed as its name says. The file appears when it is complete. */
export async function writeCompressed(file: string, content: Readable): Promise<void> {
  const compression = compressionOf(file);
  const temporary = temporaryBeside(file);
  await mkdir(dirname(file), { recursive: true });
  await removeAbandoned(file);
  try {
    const output = createWriteStream(temporary);
    if (compression === 'none') await pipeline(content, output);
    else if (compression === 'gzip') await pipeline(content, createGzip({ level: 6 }), output);
    else await pipeline(content, zstd(['-q', '-c', '-T1', '-9'], file), output);
    const handle = await open(temporary, 'r');
    await handle.sync().finally(() => handle.close());
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Reads a file, uncompressed as its name says, and hands it to `consume` as a stream. */
export async function readCompressed(
  file: string,
  consume: (content: Readable) => Promise<void>,
): Promise<void> {
  const compression = compressionOf(file);
  const input = createReadStream(file);
  const content = new PassThrough();
  const consumed = consume(content);
  // When reading stops early, the pipeline's own error is not what went wrong.
  const fed =
    compression === 'none'
      ? pipeline(input, content)
      : compression === 'gzip'
        ? pipeline(input, createGunzip(), content)
        : pipeline(input, zstd(['-q', '-d', '-c'], file), content);
  const outcome = await Promise.allSettled([consumed, fed]);
  for (const each of outcome) if (each.status === 'rejected') throw each.reason;
}

/** Node 20 has no zstd of its own, so the distro's does it. */
function zstd(words: string[], file: string) {
  return async function* (source: AsyncIterable<Buffer>) {
    const child = execa('zstd', words, { encoding: 'buffer', buffer: false, reject: false });
    const feeding = pipeline(source, child.stdin!).catch(() => {});
    yield* child.stdout as AsyncIterable<Buffer>;
    await feeding;
    const { exitCode, code } = await child;
    if (exitCode === 0) return;
    throw new UserError(
      code === 'ENOENT'
        ? {
            id: 'machine.missing-tools',
            message: `zstd is not installed, but needed for ${file}`,
            help: 'run: apt-get install zstd; or use .tar.gz',
          }
        : { id: 'store.compression-failed', message: `zstd could not process ${file}` },
    );
  };
}

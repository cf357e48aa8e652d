/** Takes the kernel proper out of a bzImage, which would unpack itself slowly under emulation. */
import { execa } from 'execa';
import { findProgram } from '../../machine/find-program.js';
import { UserError } from '../../util/diagnostic.js';

const xzMagic = Buffer.from('fd377a585a00', 'hex');

/** The ELF file that a bzImage (boot protocol 2.08 or later) carries, compressed by xz. */
export async function unpackKernel(image: Buffer, signal: AbortSignal): Promise<Buffer> {
  const fail = (message: string): never => {
    throw new UserError({ id: 'lab.unusable-kernel', message: `dom0's kernel ${message}` });
  };
  if (image.length < 0x260 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') {
    fail('is not a bzImage');
  }
  const setup = (image[0x1f1]! || 4) + 1;
  const start = setup * 512 + image.readUInt32LE(0x248);
  const payload = image.subarray(start, start + image.readUInt32LE(0x24c));
  if (!payload.subarray(0, 6).equals(xzMagic)) fail('is not compressed by xz');
  if (!(await findProgram('xz'))) {
    throw new UserError({
      id: 'machine.missing-tools',
      message: 'the command xz is missing',
      help: 'install it: apt-get install --no-install-recommends xz-utils',
    });
  }
  // Behind the compressed kernel stands its size.
  const { stdout, exitCode, stderr } = await execa('xz', ['-dc', '--single-stream'], {
    input: payload,
    encoding: 'buffer',
    maxBuffer: 1024 * 1024 * 1024,
    reject: false,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (exitCode !== 0)
    fail(
      `cannot be unpacked: ${Buffer.from(stderr ?? '')
        .toString()
        .trim()}`,
    );
  return Buffer.from(stdout!);
}

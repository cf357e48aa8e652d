/** Disks that start Linux on a PC, without a boot loader of the distro's and without root. */
import { UserError } from '../../util/diagnostic.js';
import { bootLoader, partTable, pieceSize, setupAddress, setupSize } from './boot-loader.js';

const kernelAddress = 0x100000;
/** Beyond where the kernel unpacks itself. */
const ramdiskAddress = 0x7000000;

/** Linux's boot protocol: where the header of a bzImage has what. */
const header = {
  setupSectors: 0x1f1,
  magic: 0x202,
  loader: 0x210,
  flags: 0x211,
  ramdisk: 0x218,
  ramdiskSize: 0x21c,
  heapEnd: 0x224,
  commandLine: 0x228,
};
/** Flags: the kernel may use the heap that the loader names. */
const canUseHeap = 0x80;

/**
 * A raw disk: our boot sector, the kernel's real-mode code with the command line in the last sector of its
 * piece, the kernel, its first file system. The PC needs 192 MiB of memory. Throws UserError when the kernel is no
 * bzImage.
 */
export function linuxDisk(image: Buffer, ramdisk: Buffer, commandLine: string): Buffer {
  const codeSize = ((image[header.setupSectors] || 4) + 1) * 512;
  const cmdline = Buffer.from(`${commandLine}\0`);
  const commandLineAt = setupSize - 512;
  const valid = image.toString('latin1', header.magic, header.magic + 4) === 'HdrS';
  if (!valid || codeSize > commandLineAt || cmdline.length > 512) {
    throw new UserError({
      id: 'lab.unusable-kernel',
      message: "the guest's kernel is not one that the lab's boot sector can load",
    });
  }
  const setup = Buffer.alloc(setupSize);
  image.copy(setup, 0, 0, codeSize);
  setup[header.loader] = 0xff;
  setup[header.flags]! |= canUseHeap;
  setup.writeUInt32LE(ramdiskAddress, header.ramdisk);
  setup.writeUInt32LE(ramdisk.length, header.ramdiskSize);
  // The stack, which ends below the command line, is counted from the heap's end.
  setup.writeUInt16LE(commandLineAt - 0x400, header.heapEnd);
  setup.writeUInt32LE(setupAddress + commandLineAt, header.commandLine);
  cmdline.copy(setup, commandLineAt);

  const sector = Buffer.from(bootLoader);
  const parts = [
    { address: kernelAddress, bytes: pieces(image.subarray(codeSize)) },
    { address: ramdiskAddress, bytes: pieces(ramdisk) },
  ];
  for (const [index, { address, bytes }] of parts.entries()) {
    sector.writeUInt32LE(address, partTable + index * 8);
    sector.writeUInt32LE(bytes.length / pieceSize, partTable + index * 8 + 4);
  }
  return Buffer.concat([sector, setup, ...parts.map(({ bytes }) => bytes)]);
}

/** Filled up to whole pieces. */
function pieces(bytes: Buffer): Buffer {
  const whole = Buffer.alloc(Math.ceil(bytes.length / pieceSize) * pieceSize);
  bytes.copy(whole);
  return whole;
}

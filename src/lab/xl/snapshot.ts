/** Snapshots of a booted dom0: made once, kept in the state folder, and gone on with in a second. */
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Project } from '../../project/project.js';
import { lockFile } from '../../util/file-lock.js';
import { temporaryIn } from '../../util/files.js';
import { canonicalJson, sha256 } from '../../util/hash.js';
import { type Dom0, type Dom0Options, step } from '../dom0/dom0.js';
import { LabMachine } from './lab-machine.js';
import { type MachineParts, machineArguments } from './machine-arguments.js';
import { monitorPort, Ports, portArguments } from './ports.js';
import { saveState, stateFile } from './saved-state.js';
import { layOutMachine } from './scenario-files.js';

/** Raised when the same parts are saved in another way. */
const format = 1;

export interface SnapshotParts extends Omit<MachineParts, 'snapshot' | 'disks'> {
  qemu: string;
  dom0: Dom0;
  hypervisor: Uint8Array;
  disks: number;
  /** How long, in seconds, dom0 may take to come up. */
  startTime: number;
}

/** A folder with the files of a saved machine: `memory`, `state` and `log`. */
export interface Snapshot {
  directory: string;
}

/** The snapshot for a machine of these parts; made now where there is none. Throws when it cannot be made. */
export async function prepareSnapshot(
  project: Project,
  parts: SnapshotParts,
  context: Dom0Options,
): Promise<Snapshot> {
  const args = [
    ...machineArguments({ ...parts, disks: Array(parts.disks).fill(undefined), snapshot: 'save' }),
    ...portArguments([monitorPort]),
  ];
  const directory = join(project.state.dom0s, `${await keyOf(parts, args)}-started`);
  await using _lock = await lockFile(`${directory}.lock`, { signal: context.signal });
  if (!existsSync(directory)) {
    await step('boot Xen and dom0, and keep a snapshot', context, () =>
      save(project, parts, args, directory, context),
    );
  }
  // Housekeeping removes what nobody has used lately.
  await utimes(directory, new Date(), new Date());
  return { directory };
}

/** The processor counts as well, because its time stamp counter ticks on in the emulated one. */
async function keyOf({ qemu, dom0, hypervisor }: SnapshotParts, args: string[]): Promise<string> {
  const { size, mtimeMs } = await stat(qemu);
  const made = { qemu, size, mtimeMs, processor: cpus()[0]?.model };
  const hash = sha256(Buffer.from(hypervisor));
  return sha256(canonicalJson({ format, made, dom0: dom0.key, hypervisor: hash, args })).slice(
    0,
    32,
  );
}

async function save(
  project: Project,
  { qemu, dom0, hypervisor, startTime }: SnapshotParts,
  args: string[],
  directory: string,
  { emit, signal }: Dom0Options,
): Promise<void> {
  const result = temporaryIn(project.state.dom0s);
  const folder = await mkdtemp(join(tmpdir(), 'stubforge-xl-'));
  try {
    await mkdir(result, { recursive: true });
    await writeFile(join(result, 'memory'), '');
    await linkMemory(result, folder);
    await layOutMachine(folder, { ...dom0, hypervisor });
    await using ports = await Ports.listen([monitorPort], folder);
    const options = { qemu, args, directory: folder, ports, consoles: [], emit, signal };
    await using machine = await LabMachine.startUp({ ...options, systemLines: false }, startTime);
    await writeFile(join(result, stateFile), await saveState(machine.monitor, folder));
    await writeFile(join(result, 'log'), Buffer.concat(machine.log));
    await rename(result, directory);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(result, { recursive: true, force: true });
  }
}

const linkMemory = (from: string, directory: string) =>
  symlink(resolve(from, 'memory'), join(directory, 'memory'));

/** Has a machine in this folder go on from the snapshot. Returns what the saved machine has printed. */
export async function layOutSnapshot(snapshot: Snapshot, directory: string): Promise<Buffer> {
  await linkMemory(snapshot.directory, directory);
  await symlink(resolve(snapshot.directory, stateFile), join(directory, stateFile));
  return readFile(join(snapshot.directory, 'log'));
}

/** For a snapshot that QEMU does not load. */
export async function removeSnapshot({ directory }: Snapshot): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

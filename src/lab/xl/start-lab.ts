/** Starts a machine for a scenario: from a snapshot, or by booting Xen and dom0. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emit } from '../../events/event.js';
import type { Project } from '../../project/project.js';
import { type Dom0Options, step } from '../dom0/dom0.js';
import { LabFailure } from './lab-failure.js';
import { LabMachine } from './lab-machine.js';
import { filesDisk, machineArguments } from './machine-arguments.js';
import { monitorPort, Ports, promptPort } from './ports.js';
import { layOutMachine, type ScenarioFiles } from './scenario-files.js';
import {
  layOutSnapshot,
  prepareSnapshot,
  removeSnapshot,
  type Snapshot,
  type SnapshotParts,
} from './snapshot.js';

/** Of a machine that the snapshot is of, and that scenarios make their own. */
export interface LabParts extends Omit<SnapshotParts, 'disks'> {
  files: ScenarioFiles;
  /** Consoles of domains. */
  consoles: string[];
  /** Whether somebody types to dom0. */
  prompt: boolean;
  systemLines: boolean;
  /** Whether to begin with a snapshot. */
  snapshot: boolean;
}

/** A machine with dom0, and what it has on this one: its ports and its folder, which go with it. */
export class Lab implements AsyncDisposable {
  readonly #cleanUp: (() => Promise<unknown>)[] = [];
  machine!: LabMachine;
  ports!: Ports;

  /** Starts Xen and dom0. Throws LabFailure when they do not come up. */
  static async start(project: Project, parts: LabParts, context: Dom0Options): Promise<Lab> {
    // A few more devices do no harm, and let scenarios share a snapshot.
    const disks = Math.ceil((1 + parts.files.disks.length) / 4) * 4;
    const saved = { ...parts, disks };
    const { emit } = context;
    const wanted = parts.snapshot && parts.accelerator === 'tcg';
    const snapshot = wanted
      ? await usable(() => prepareSnapshot(project, saved, context), emit)
      : undefined;
    if (snapshot) {
      const lab = await usable(() => new Lab().#run(saved, parts, context, snapshot), emit);
      if (lab) return lab;
      await removeSnapshot(snapshot);
    }
    return new Lab().#run(saved, parts, context);
  }

  async #run(
    saved: SnapshotParts,
    { files, consoles, prompt, systemLines }: LabParts,
    { emit, signal }: Dom0Options,
    snapshot?: Snapshot,
  ): Promise<Lab> {
    try {
      const directory = await mkdtemp(join(tmpdir(), 'stubforge-xl-'));
      this.#cleanUp.push(() => rm(directory, { recursive: true, force: true }));
      await layOutMachine(directory, { ...saved.dom0, hypervisor: saved.hypervisor, files });
      const load = snapshot && { log: await layOutSnapshot(snapshot, directory) };
      const own = ['control', monitorPort, ...(prompt ? [promptPort] : [])];
      this.ports = await Ports.listen([...own, ...consoles], directory);
      this.#cleanUp.push(() => this.ports[Symbol.asyncDispose]());
      const disks = Array.from({ length: saved.disks }, (_, index) => {
        if (index === 0) return filesDisk;
        return index <= files.disks.length ? `disk${index - 1}` : undefined;
      });
      const args = [
        ...machineArguments({ ...saved, disks, snapshot: load && 'load' }),
        ...this.ports.qemuArguments(),
      ];
      const { qemu, startTime } = saved;
      const { ports } = this;
      const start = { qemu, args, directory, ports, consoles, emit, signal, systemLines, load };
      const name = load ? 'start Xen and dom0 from a snapshot' : 'boot Xen and dom0';
      this.machine = await step(name, { emit }, () => LabMachine.start(start, startTime));
      this.#cleanUp.push(() => this.machine[Symbol.asyncDispose]());
      return this;
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.#cleanUp.splice(0).reverse()) await each();
  }
}

/** Undefined, with a word to the user, when a snapshot is of no use: dom0 can always be booted. */
async function usable<Value>(work: () => Promise<Value>, emit: Emit): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    // A snapshot is large, and may find no room.
    const unwritten = error instanceof Error && 'errno' in error;
    if (!(error instanceof LabFailure) && !unwritten) throw error;
    const message = `the snapshot of dom0 is of no use, so dom0 is booted: ${error.message}`;
    emit({ type: 'warning', diagnostic: { id: 'lab.unusable-snapshot', message } });
    return undefined;
  }
}

import { join } from 'node:path';
import { type UnitName, unitFileName } from '../events/unit-id.js';

/**
 * Where everything is kept below the state folder. The path of anything new belongs here, so that
 * housekeeping knows about it too.
 */
export class StateLayout {
  /** `root` is absolute, without characters that make or configure scripts cannot handle. */
  constructor(readonly root: string) {}

  /** Outputs and records: a store of its own, which can be moved to another machine. */
  get store(): string {
    return join(this.root, 'store');
  }

  /** Downloaded files, each in a folder called after its SHA-256. */
  get downloads(): string {
    return join(this.root, 'sources');
  }

  /** Bare repositories of sources that are git commits. */
  get repositories(): string {
    return join(this.root, 'git');
  }

  /** apt's lists and caches, in states apart from the build machine's own. */
  get apt(): string {
    return join(this.root, 'apt');
  }

  /** Lock files of processes that change the same file of the user's. */
  get locks(): string {
    return join(this.root, 'locks');
  }

  /** Build trees, each with the file that locks it beside it. */
  get builds(): string {
    return join(this.root, 'build');
  }
  build(unit: UnitName): string {
    return join(this.builds, unitFileName(unit));
  }
  /** The file by which a process keeps others out of a unit's build tree. */
  buildLock(unit: UnitName): string {
    return `${this.build(unit)}.lock`;
  }

  /** What the tools of each unit's newest build printed. */
  get logs(): string {
    return join(this.root, 'logs');
  }
  log(unit: UnitName): string {
    return join(this.logs, `${unitFileName(unit)}.log`);
  }

  /** Second builds of units, which are compared with the first. */
  get secondBuilds(): string {
    return join(this.root, 'check', 'again');
  }
  secondBuild(unit: UnitName): string {
    return join(this.secondBuilds, unitFileName(unit));
  }
  secondBuildLock(unit: UnitName): string {
    return `${this.secondBuild(unit)}.lock`;
  }
  secondLog(unit: UnitName): string {
    return join(this.logs, `${unitFileName(unit)}.again.log`);
  }

  /** Libraries that are preloaded into second builds. */
  get preloads(): string {
    return join(this.root, 'check', 'preload');
  }

  /** Toolchains, written over the outputs of their parts. */
  get prefixes(): string {
    return join(this.root, 'prefixes');
  }

  /** What sandboxes show in place of the build machine's own folders. */
  get sandboxes(): string {
    return join(this.root, 'sandbox');
  }

  /** What the lab boots as dom0, each in a folder called after the hash of what it is made of. */
  get dom0s(): string {
    return join(this.root, 'dom0');
  }

  /** What was computed before and is computed again when it is gone. */
  get memo(): string {
    return join(this.root, 'cache');
  }

  /** The folders in which a process that is ended by force may leave half-written files. */
  get foldersOfTemporaries(): readonly string[] {
    return [
      this.builds,
      this.memo,
      this.prefixes,
      this.downloads,
      this.logs,
      this.sandboxes,
      join(this.sandboxes, 'commands'),
      this.preloads,
      ...['keys', 'units', 'manifests', 'outputs'].map((name) => join(this.store, name)),
    ];
  }
}

import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '../../util/diagnostic.js';
import type { Toolchain } from '../toolchain.js';
import type { AdoptedDescription, ArchitectureName } from '../toolchain-description.js';

/** A toolchain that is on the machine as an installed prefix, such as Mini-OS's. */
export class AdoptedToolchain implements Toolchain {
  /**
   * None yet: `target` does not know what identifies a prefix that somebody else installed, nor how its
   * programs are linked into images.
   */
  readonly buildable = [];

  constructor(
    readonly description: AdoptedDescription,
    /** Where to look after the description's own prefixes. */
    private readonly path = process.env.PATH ?? '',
  ) {}

  target(): never {
    throw new UserError({
      id: 'toolchain.cannot-build',
      message: `cannot build with the toolchain ${this.description.name}: adopted toolchains are not supported yet`,
      help: 'choose an architecture of a built toolchain from: stubforge toolchain list',
    });
  }

  async state(architecture: ArchitectureName) {
    const prefix = this.prefix(architecture);
    return { usable: prefix !== undefined, state: prefix ? `in ${prefix}` : 'not installed' };
  }

  describe(): string[] {
    return [`looked for in: ${[...this.description.prefixes, 'PATH'].join(', ')}`];
  }

  describeArchitecture(): string[] {
    return [];
  }

  /** The prefix with `bin/<triple>-gcc`: the first of the description's, then of PATH's. */
  prefix(architecture: ArchitectureName): string | undefined {
    const { architectures, prefixes } = this.description;
    const triple = architectures.find((each) => each.name === architecture)!.triple;
    const onPath = this.path.split(delimiter).filter((dir) => dir.startsWith('/'));
    return [...prefixes, ...onPath.map(dirname)].find((prefix) => {
      try {
        accessSync(join(prefix, 'bin', `${triple}-gcc`), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  }
}

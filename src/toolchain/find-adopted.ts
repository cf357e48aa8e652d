import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { AdoptedToolchain, ToolchainArchitecture } from './toolchain.js';

/** The prefix that holds `bin/<triple>-gcc`: the first of the description's, then of PATH's. */
export function findAdopted(
  toolchain: AdoptedToolchain,
  architecture: ToolchainArchitecture,
  path = process.env.PATH ?? '',
): string | undefined {
  const onPath = path.split(delimiter).filter((dir) => dir.startsWith('/'));
  return [...toolchain.prefixes, ...onPath.map(dirname)].find((prefix) => {
    try {
      accessSync(join(prefix, 'bin', `${architecture.triple}-gcc`), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

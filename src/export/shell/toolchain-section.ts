/** A toolchain's prefix as a piece of a shell script that writes it. */
import { unitFileName } from '../../events/unit-id.js';
import { binDir, filesDir, libgccDir, sysrootDir } from '../../toolchain/prefix-layout.js';
import type { TargetToolchain } from '../../toolchain/toolchain.js';
import { shellQuote } from '../../util/shell-text.js';
import { writeTree } from './embed.js';

/**
 * A function `toolchain` that writes all but the sysroot into a folder, and the bare prefix. `bare` is
 * the folder of the written bare prefix; what it holds does not depend on where it is.
 */
export async function bareSection(toolchain: TargetToolchain, bare: string): Promise<string> {
  const { architecture } = toolchain;
  const checks = (await toolchain.programs()).map(
    ({ path, version }) => `check_compiler ${shellQuote(path)} ${shellQuote(version)}\n`,
  );
  const libgcc = libgccDir('"$1"', architecture);
  return [
    ...checks,
    'toolchain() {\n',
    writeTree(binDir(bare), binDir('"$1"')),
    writeTree(filesDir(bare, architecture), filesDir('"$1"', architecture)),
    `mkdir -p ${libgcc}\n`,
    // Links into the compiler's own folder.
    writeTree(libgccDir(bare, architecture), libgcc),
    '}\n',
    'rm -rf "$work/prefix-bare"\n',
    'toolchain "$work/prefix-bare"\n',
  ].join('');
}

/** The prefix over the outputs of `units`. */
export function fullSection(
  { architecture }: TargetToolchain,
  units: readonly string[],
  id: string,
): string {
  const folder = '"$work/prefix"';
  return [
    `if [ ! -e "$work/prefix.${id}" ]; then\n`,
    'rm -rf "$work/prefix" "$work/prefix."*\n',
    'toolchain "$work/prefix"\n',
    `see ${sysrootDir(folder, architecture)} ${units.map((name) => shellQuote(unitFileName(name))).join(' ')}\n`,
    `: >"$work/prefix.${id}"\n`,
    'fi\n',
  ].join('');
}

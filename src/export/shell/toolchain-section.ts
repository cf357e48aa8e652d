/** A toolchain's prefix as a piece of a shell script that writes it. */
import { join } from 'node:path';
import { execa } from 'execa';
import { unitFileName } from '../../events/unit-id.js';
import type { BuiltUnit } from '../../plan/unit.js';
import { cleanEnvironment, findDistroCompiler } from '../../toolchain/distro-compiler.js';
import { binDir, filesDir, libgccDir, sysrootDir } from '../../toolchain/prefix-layout.js';
import { shellQuote } from '../../util/shell.js';
import { writeTree } from './embed.js';

type Toolchain = NonNullable<BuiltUnit['toolchain']>;

/**
 * A function `toolchain` that writes all but the sysroot into a folder, and the bare prefix. `bare` is
 * the folder of the written bare prefix; what it holds does not depend on its place.
 */
export async function bareSection(toolchain: Toolchain, bare: string): Promise<string> {
  const { description, architecture } = toolchain;
  const host = await findDistroCompiler(description, architecture);
  const checks = await Promise.all(
    [host.gcc, host.tools.ld!].map(async (command) => {
      const { stdout } = await execa(command, ['--version'], {
        env: cleanEnvironment,
        extendEnv: false,
      });
      return `check_compiler ${shellQuote(command)} ${shellQuote(stdout.split('\n')[0]!)}\n`;
    }),
  );
  const libgcc = libgccDir('"$1"', architecture);
  return [
    ...checks,
    'toolchain() {\n',
    writeTree(binDir(bare), binDir('"$1"')),
    writeTree(filesDir(bare, architecture), filesDir('"$1"', architecture)),
    `mkdir -p ${libgcc}\n`,
    ...['libgcc.a', 'libgcc_eh.a'].map(
      (name) => `ln -sf ${shellQuote(join(host.libgccDir, name))} ${libgcc}/\n`,
    ),
    '}\n',
    'rm -rf "$work/prefix-bare"\n',
    'toolchain "$work/prefix-bare"\n',
  ].join('');
}

/** The prefix over the outputs of `units`. */
export function fullSection(
  { architecture }: Toolchain,
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

import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  configSubPath,
  describeToolchain,
  type InstalledToolchain,
  installToolchain,
  toolchainVariables,
} from '../../app/toolchains.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { toolchainNamed } from '../../toolchain/find-toolchain.js';
import { loadToolchains } from '../../toolchain/load-toolchains.js';
import { answerFiles, binDir, filesDir } from '../../toolchain/prefix-layout.js';
import type { ToolchainArchitecture } from '../../toolchain/toolchain-description.js';
import { shellQuote } from '../../util/shell-text.js';
import type { Define } from '../context.js';
import { parseJobs } from '../options.js';

interface InstallOptions {
  arch?: string;
  all?: boolean;
  jobs?: number;
}

interface EnvOptions {
  arch?: string;
  sh?: boolean;
  jobs?: number;
}

const define: Define = (command, run) => {
  command.addHelpText('after', examples);

  command
    .command('list')
    .description('list toolchains, their architectures and whether this machine has them')
    .action(
      run(async (context) => {
        const found = await Promise.all(
          loadToolchains(context.session.project).map(describeToolchain),
        );
        const lines = found.flatMap((each) => [
          `${each.name} (${each.kind}): ${each.summary}`,
          ...each.architectures.map(({ name, triple, state }) => `  ${name}  ${triple}  ${state}`),
        ]);
        context.result('toolchain list', found, lines.join('\n'));
        return 0;
      }),
    );

  command
    .command('show')
    .description('show what a toolchain is made of')
    .argument('[name]', 'a toolchain', 'nub')
    .action(
      run(async (context, _options, args) => {
        const toolchain = toolchainNamed(loadToolchains(context.session.project), args[0] ?? 'nub');
        const { description } = toolchain;
        const described = await describeToolchain(toolchain);
        context.result(
          'toolchain show',
          { ...described, description },
          [
            `${description.name} (${description.kind}): ${description.summary}`,
            `described in ${description.file}`,
            ...toolchain.describe(),
            ...description.architectures.flatMap((each, index) => [
              `${each.name}:`,
              `  triple ${each.triple}, ${each.bits} bits`,
              ...toolchain.describeArchitecture(each.name).map((line) => `  ${line}`),
              `  ${described.architectures[index]!.state}`,
            ]),
          ].join('\n'),
        );
        return 0;
      }),
    );

  addArch(command.command('env'))
    .description('print the variables with which to configure and build packages')
    .option('--sh', 'print shell commands, for eval')
    .action(
      run<EnvOptions>(async (context, options) => {
        const architecture = options.arch ?? defaultArchitecture;
        const variables = await toolchainVariables(context.session, { ...options, architecture });
        if (!variables) return 1;
        const lines = Object.entries(variables).map(([key, value]) =>
          options.sh ? `export ${key}=${shellQuote(value)}` : `${key}=${value}`,
        );
        context.result('toolchain env', variables, lines.join('\n'));
        return 0;
      }),
    );

  addArch(command.command('install'))
    .description('write a toolchain as an ordinary prefix, usable without stubforge')
    .argument('<dir>', 'a folder that does not exist, or an older prefix to replace')
    .option('--all', 'install all architectures of the toolchain')
    .action(
      run<InstallOptions>(async (context, options, args) => {
        const dir = resolve(args[0]!);
        const architecture = options.arch ?? defaultArchitecture;
        const settings = { ...options, architecture };
        const installed = await installToolchain(context.session, dir, settings);
        if (!installed) return 1;
        const { architectures, has } = installed;
        const triples = architectures.map((each) => each.triple);
        context.result(
          'toolchain install',
          { prefix: dir, triples },
          usage(dir, architectures, has),
        );
        return 0;
      }),
    );
};

const addArch = (command: Command) =>
  command
    .option('--arch <name>', `a partial architecture (default: ${defaultArchitecture})`)
    .option('-j, --jobs <n>', 'jobs at once, where it has to be built first', parseJobs);

const examples = `
Examples:
  stubforge toolchain list
  stubforge toolchain install ~/stubdom --all
  eval "$(stubforge toolchain env --arch stubdom-i386 --sh)"
  ./configure --host=i686-xen-stubdom`;

/** How to use an installed prefix; `has` tells which of the optional files are in it. */
function usage(
  dir: string,
  parts: readonly ToolchainArchitecture[],
  has: InstalledToolchain['has'],
): string {
  const first = parts[0]!;
  const files = filesDir(dir, first);
  return [
    `installed in ${dir}: ${parts.map((each) => each.triple).join(', ')}`,
    '',
    `  export PATH=${shellQuote(binDir(dir))}:"$PATH"`,
    ...(has.answers
      ? [`  export CONFIG_SITE=${shellQuote(join(files, answerFiles['config-site']))}`]
      : []),
    has.configSub
      ? `  cp ${shellQuote(join(dir, configSubPath))} .   # where the package's own rejects the triple`
      : "  stubforge config-sub patch .   # where the package's own config.sub rejects the triple",
    `  ./configure --host=${first.triple}`,
    '',
    `For meson and CMake, in ${files}:`,
    `  meson setup --cross-file meson-cross.ini${has.answers ? ` --cross-file ${answerFiles['meson-answers']}` : ''}`,
    `  cmake -DCMAKE_TOOLCHAIN_FILE=toolchain.cmake${has.answers ? ` -C ${answerFiles['cmake-answers']}` : ''}`,
  ].join('\n');
}

export default define;

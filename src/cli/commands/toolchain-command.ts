import { delimiter, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { planRecipes } from '../../app/planning.js';
import { runBuild } from '../../app/run-build.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { findPatch } from '../../configsub/find-patch.js';
import { newestOnMachine } from '../../configsub/machine-copy.js';
import { systemsOf } from '../../configsub/target-system.js';
import { ensurePrefix } from '../../engine/environment/toolchain-prefix.js';
import { formatUnit } from '../../events/unit-id.js';
import { findDistroCompiler } from '../../toolchain/distro-compiler.js';
import { findAdopted } from '../../toolchain/find-adopted.js';
import { checkInstallDir, installPrefix } from '../../toolchain/install-prefix.js';
import { findToolchain, loadToolchains, toolchainNamed } from '../../toolchain/load-toolchains.js';
import { answerFiles, binDir, filesDir } from '../../toolchain/prefix-layout.js';
import { unitEnvironment } from '../../toolchain/target-environment.js';
import type { BuiltToolchain, Toolchain } from '../../toolchain/toolchain.js';
import { UserError } from '../../util/diagnostic.js';
import { shellQuote } from '../../util/shell.js';
import type { Context, Define } from '../context.js';
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
        const found = await Promise.all(loadToolchains(context.session.project).map(describe));
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
        const described = await describe(toolchain);
        context.result(
          'toolchain show',
          { ...described, description: toolchain },
          [
            `${toolchain.name} (${toolchain.kind}): ${toolchain.summary}`,
            `described in ${toolchain.file}`,
            ...(toolchain.kind === 'built'
              ? [
                  `compiler behind it: ${toolchain.compilerPrefix}gcc of the distro`,
                  `sysroot: ${toolchain.sysroot.join(', ')} (recipes in ${toolchain.recipeDirs.join(', ')})`,
                ]
              : [`looked for in: ${[...toolchain.prefixes, 'PATH'].join(', ')}`]),
            ...toolchain.architectures.flatMap((each, index) => [
              `${each.name}:`,
              `  triple ${each.triple}, ${each.bits} bits`,
              ...(each.compilerFlags.length > 0 ? [`  flags ${each.compilerFlags.join(' ')}`] : []),
              `  ${described.architectures[index]!.state}`,
            ]),
          ].join('\n'),
        );
        return 0;
      }),
    );

  addArch(command.command('env'))
    .description('print the variables with which packages are configured and built')
    .option('--sh', 'as shell commands, for eval')
    .action(
      run<EnvOptions>(async (context, options) => {
        const name = options.arch ?? defaultArchitecture;
        const toolchain = builtToolchain(context, name);
        const built = await buildSysroot(context, toolchain, [name], options.jobs);
        if (!built) return 1;
        const architecture = toolchain.architectures.find((each) => each.name === name)!;
        const prefix = await ensurePrefix(
          built.engine,
          toolchain,
          architecture,
          built.outputs(name),
        );
        const variables = shellVariables(toolchain, name, prefix, built.answers(name));
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
    .option('--all', 'all architectures of the toolchain')
    .action(
      run<InstallOptions>(async (context, options, args) => {
        const dir = resolve(args[0]!);
        await checkInstallDir(dir);
        const name = options.arch ?? defaultArchitecture;
        const toolchain = builtToolchain(context, name);
        const parts = toolchain.architectures.filter((each) => options.all || each.name === name);
        const names = parts.map((each) => each.name);
        const built = await buildSysroot(context, toolchain, names, options.jobs);
        if (!built) return 1;
        const configSub = await patchedConfigSub(toolchain, context.session.signal);
        await installPrefix(
          toolchain,
          parts.map((architecture) => ({
            architecture,
            trees: built
              .outputs(architecture.name)
              .map((output) => built.engine.store.outputDirectory(output)),
            answers: built.answers(architecture.name),
          })),
          dir,
          {
            signal: context.session.signal,
            files: configSub === undefined ? {} : { [configSubPath]: configSub },
          },
        );
        const triples = parts.map((each) => each.triple);
        context.result(
          'toolchain install',
          { prefix: dir, triples },
          usage(dir, parts, {
            configSub: configSub !== undefined,
            answers: toolchain.answers !== undefined,
          }),
        );
        return 0;
      }),
    );
};

const configSubPath = join('share', 'stubforge', 'config.sub');

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

/** For people and programs: a toolchain and whether this machine can use it. */
async function describe(toolchain: Toolchain) {
  const architectures = await Promise.all(
    toolchain.architectures.map(async (each) => ({
      name: each.name,
      triple: each.triple,
      ...(await stateOf(toolchain, each.name)),
    })),
  );
  const { name, kind, summary } = toolchain;
  return { name, kind, summary, architectures };
}

async function stateOf(toolchain: Toolchain, name: string) {
  const architecture = toolchain.architectures.find((each) => each.name === name)!;
  if (toolchain.kind === 'adopted') {
    const prefix = findAdopted(toolchain, architecture);
    return { usable: prefix !== undefined, state: prefix ? `in ${prefix}` : 'not installed' };
  }
  try {
    const { gcc } = await findDistroCompiler(toolchain, architecture);
    return { usable: true, state: `around ${gcc}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const parts = error.diagnostics.flatMap(({ message, help }) =>
      help ? [message, help] : message,
    );
    return { usable: false, state: parts.join('; ') };
  }
}

function builtToolchain(context: Context, architecture: string): BuiltToolchain {
  const toolchain = findToolchain(loadToolchains(context.session.project), architecture);
  if (toolchain.kind === 'built') return toolchain;
  throw new UserError({
    message: `the toolchain ${toolchain.name} is adopted: it comes as an installed prefix already`,
    help: 'name an architecture of a built toolchain: stubforge toolchain list',
  });
}

/**
 * Builds headers, libc and kernel where they are not in the store, and asks them what configure would
 * ask; undefined when that failed.
 */
async function buildSysroot(
  context: Context,
  toolchain: BuiltToolchain,
  architectures: readonly string[],
  jobs: number | undefined,
) {
  const asked = toolchain.answers === undefined ? [] : [toolchain.answers];
  const planned = await planRecipes(context.session, [...toolchain.sysroot, ...asked], {
    arch: architectures.join(','),
    depth: 'contents',
  });
  const summary = await runBuild(planned, { jobs });
  if (summary.failed.length > 0 || summary.skipped.length > 0) return undefined;
  const { engine } = planned;
  const outputOf = (recipe: string, architecture: string) =>
    summary.outputs.get(formatUnit({ recipe, architecture }))!;
  return {
    engine,
    outputs: (architecture: string) =>
      toolchain.sysroot.map((recipe) => outputOf(recipe, architecture)),
    /** The folder with the answers. */
    answers: (architecture: string) =>
      asked.map((recipe) => engine.store.outputDirectory(outputOf(recipe, architecture)))[0],
  };
}

/** The machine's newest config.sub, taught the triples; undefined where there is none to teach. */
async function patchedConfigSub(toolchain: BuiltToolchain, signal: AbortSignal) {
  const copy = await newestOnMachine('config.sub');
  if (!copy) return undefined;
  const patched = await findPatch(copy.text, systemsOf([toolchain]), { signal });
  return 'text' in patched ? patched.text : undefined;
}

/** For a person's own shell: the prefix before the PATH that is there. */
function shellVariables(
  toolchain: BuiltToolchain,
  name: string,
  prefix: string,
  answers: string | undefined,
) {
  const architecture = toolchain.architectures.find((each) => each.name === name)!;
  const { environment } = unitEnvironment(toolchain, architecture, { prefix });
  const { LC_ALL: _locale, TZ: _zone, STUBFORGE_SYSROOT: _sysroot, ...variables } = environment;
  const path = [binDir(prefix), ...(process.env.PATH ?? '').split(delimiter)].join(delimiter);
  const site =
    answers === undefined ? {} : { CONFIG_SITE: join(answers, answerFiles['config-site']) };
  return { ...variables, ...site, PATH: path };
}

/** How to use an installed prefix; `has` tells which of the optional files are in it. */
function usage(
  dir: string,
  parts: BuiltToolchain['architectures'],
  has: { configSub: boolean; answers: boolean },
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
      : '  stubforge config-sub patch .   # where the package’s own config.sub rejects the triple',
    `  ./configure --host=${first.triple}`,
    '',
    `For meson and CMake, in ${files}:`,
    `  meson setup --cross-file meson-cross.ini${has.answers ? ` --cross-file ${answerFiles['meson-answers']}` : ''}`,
    `  cmake -DCMAKE_TOOLCHAIN_FILE=toolchain.cmake${has.answers ? ` -C ${answerFiles['cmake-answers']}` : ''}`,
  ].join('\n');
}

export default define;

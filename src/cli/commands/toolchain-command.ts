import { delimiter, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { planRecipes } from '../../app/planning.js';
import { runBuild } from '../../app/run-build.js';
import { defaultArchitecture } from '../../app/unit-argument.js';
import { findPatch } from '../../configsub/find-patch.js';
import { newestOnMachine } from '../../configsub/machine-copy.js';
import { systemsOf } from '../../configsub/target-system.js';
import { formatUnit } from '../../events/unit-id.js';
import type { HeldStore } from '../../store/store.js';
import { findToolchain, toolchainNamed } from '../../toolchain/find-toolchain.js';
import { checkInstallDir, installPrefix } from '../../toolchain/install-prefix.js';
import { loadToolchains } from '../../toolchain/load-toolchains.js';
import { answerFiles, binDir, filesDir } from '../../toolchain/prefix-layout.js';
import type { TargetToolchain, Toolchain } from '../../toolchain/toolchain.js';
import type { ToolchainArchitecture } from '../../toolchain/toolchain-description.js';
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
        const { description } = toolchain;
        const described = await describe(toolchain);
        context.result(
          'toolchain show',
          { ...described, description },
          [
            `${description.name} (${description.kind}): ${description.summary}`,
            `described in ${description.file}`,
            ...toolchain.madeOf(),
            ...description.architectures.flatMap((each, index) => [
              `${each.name}:`,
              `  triple ${each.triple}, ${each.bits} bits`,
              ...toolchain.madeOfMore(each.name).map((line) => `  ${line}`),
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
        const target = findToolchain(loadToolchains(context.session.project), name).target(name);
        await using held = await context.session.holdStore('shared');
        const built = await buildSysroot(context, held, [target], options.jobs);
        if (!built) return 1;
        const { environments, store } = built.engine;
        const prefix = await environments.prefix(store, target, built.outputs(target));
        const variables = shellVariables(target, prefix, built.answers(target));
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
        const toolchain = findToolchain(loadToolchains(context.session.project), name);
        const wanted = toolchain.target(name);
        const targets = options.all
          ? toolchain.buildable.map((each) => toolchain.target(each.name))
          : [wanted];
        await using held = await context.session.holdStore('shared');
        const built = await buildSysroot(context, held, targets, options.jobs);
        if (!built) return 1;
        const configSub = await patchedConfigSub(toolchain, context.session.signal);
        await installPrefix(
          toolchain.description.name,
          targets.map((target) => ({
            target,
            trees: built
              .outputs(target)
              .map((output) => built.engine.store.outputDirectory(output)),
            answers: built.answers(target),
          })),
          dir,
          {
            signal: context.session.signal,
            files: configSub === undefined ? {} : { [configSubPath]: configSub },
          },
        );
        const parts = targets.map((each) => each.architecture);
        const triples = parts.map((each) => each.triple);
        context.result(
          'toolchain install',
          { prefix: dir, triples },
          usage(dir, parts, {
            configSub: configSub !== undefined,
            answers: wanted.sysroot.answers !== undefined,
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
    toolchain.description.architectures.map(async ({ name, triple }) => ({
      name,
      triple,
      ...(await toolchain.state(name)),
    })),
  );
  const { name, kind, summary } = toolchain.description;
  return { name, kind, summary, architectures };
}

/**
 * Builds headers, libc and kernel where they are not in the store, and asks them what configure would
 * ask; undefined when that failed.
 */
async function buildSysroot(
  context: Context,
  held: HeldStore,
  targets: readonly TargetToolchain[],
  jobs: number | undefined,
) {
  // All of one toolchain, and so over the same recipes.
  const { programs, answers } = targets[0]!.sysroot;
  const asked = answers === undefined ? [] : [answers];
  const planned = await planRecipes(context.session, held, [...programs, ...asked], {
    arch: targets.map((each) => each.architecture.name).join(','),
    depth: 'contents',
  });
  const summary = await runBuild(planned, { jobs });
  if (summary.failed.length > 0 || summary.skipped.length > 0) return undefined;
  const { engine } = planned;
  const outputOf = (recipe: string, { architecture }: TargetToolchain) =>
    summary.outputs.get(formatUnit({ recipe, architecture: architecture.name }))!;
  return {
    engine,
    outputs: (target: TargetToolchain) => programs.map((recipe) => outputOf(recipe, target)),
    /** The folder with the answers. */
    answers: (target: TargetToolchain) =>
      asked.map((recipe) => engine.store.outputDirectory(outputOf(recipe, target)))[0],
  };
}

/** The machine's newest config.sub, patched for the triples; undefined where there is none to patch. */
async function patchedConfigSub({ description }: Toolchain, signal: AbortSignal) {
  const copy = await newestOnMachine('config.sub');
  if (!copy) return undefined;
  const patched = await findPatch(copy.text, systemsOf([description]), { signal });
  return 'text' in patched ? patched.text : undefined;
}

/** For a person's own shell: the prefix before the PATH that is there. */
function shellVariables(target: TargetToolchain, prefix: string, answers: string | undefined) {
  const { environment } = target.environment({ prefix });
  const { LC_ALL: _locale, TZ: _zone, STUBFORGE_SYSROOT: _sysroot, ...variables } = environment;
  const path = [binDir(prefix), ...(process.env.PATH ?? '').split(delimiter)].join(delimiter);
  const site =
    answers === undefined ? {} : { CONFIG_SITE: join(answers, answerFiles['config-site']) };
  return { ...variables, ...site, PATH: path };
}

/** How to use an installed prefix; `has` tells which of the optional files are in it. */
function usage(
  dir: string,
  parts: readonly ToolchainArchitecture[],
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

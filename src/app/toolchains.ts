/** Toolchains for people: what there is, and how to use one without stubforge. */
import { delimiter, join } from 'node:path';
import { findPatch } from '../configsub/find-patch.js';
import { newestOnMachine } from '../configsub/machine-copy.js';
import { systemsOf } from '../configsub/target-system.js';
import { formatUnit } from '../events/unit-id.js';
import { searchPath } from '../machine/find-program.js';
import type { HeldStore } from '../store/store.js';
import { findToolchain } from '../toolchain/find-toolchain.js';
import { checkInstallDir, installPrefix } from '../toolchain/install-prefix.js';
import { loadToolchains } from '../toolchain/load-toolchains.js';
import { answerFiles, binDir } from '../toolchain/prefix-layout.js';
import type { TargetToolchain, Toolchain } from '../toolchain/toolchain.js';
import type { ToolchainArchitecture } from '../toolchain/toolchain-description.js';
import { planRecipes } from './planning.js';
import { runBuild } from './run-build.js';
import type { Session } from './session.js';

/** Where an installed prefix has a config.sub that accepts its triples. */
export const configSubPath = join('share', 'stubforge', 'config.sub');

/** For people and programs: a toolchain and whether this machine can use it. */
export async function describeToolchain(toolchain: Toolchain) {
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

export interface ToolchainOptions {
  /** An architecture's name. */
  architecture: string;
  /** All architectures of its toolchain. */
  all?: boolean;
  /** Jobs at once, where something has to be built first. */
  jobs?: number;
}

/**
 * The variables with which packages are configured and built in a person's own shell; undefined when a
 * part of the toolchain failed to build.
 */
export async function toolchainVariables(
  session: Session,
  { architecture, jobs }: ToolchainOptions,
): Promise<Record<string, string> | undefined> {
  const toolchain = findToolchain(loadToolchains(session.project), architecture);
  const target = toolchain.target(architecture);
  await using held = await session.holdStore('shared');
  const built = await buildSysroot(session, held, [target], jobs);
  if (!built) return undefined;
  const prefix = await session.environments.prefix(session.store, target, built.outputs(target));
  return shellVariables(target, prefix, built.answers(target));
}

export interface InstalledToolchain {
  architectures: ToolchainArchitecture[];
  /** Which of the optional files are in it. */
  has: { configSub: boolean; answers: boolean };
}

/**
 * Writes a toolchain as an ordinary prefix to a folder that does not exist, or over an older
 * prefix; undefined when a part of it failed to build. Throws UserError for any other folder.
 */
export async function installToolchain(
  session: Session,
  dir: string,
  { architecture, all, jobs }: ToolchainOptions,
): Promise<InstalledToolchain | undefined> {
  await checkInstallDir(dir);
  const toolchain = findToolchain(loadToolchains(session.project), architecture);
  const wanted = toolchain.target(architecture);
  const targets = all ? toolchain.buildable.map(({ name }) => toolchain.target(name)) : [wanted];
  await using held = await session.holdStore('shared');
  const built = await buildSysroot(session, held, targets, jobs);
  if (!built) return undefined;
  const configSub = await patchedConfigSub(toolchain, session.signal);
  await installPrefix(
    toolchain.description.name,
    targets.map((target) => ({
      target,
      trees: built.outputs(target).map((output) => session.store.outputDirectory(output)),
      answers: built.answers(target),
    })),
    dir,
    {
      signal: session.signal,
      files: configSub === undefined ? {} : { [configSubPath]: configSub },
    },
  );
  return {
    architectures: targets.map((target) => target.architecture),
    has: { configSub: configSub !== undefined, answers: wanted.sysroot.answers !== undefined },
  };
}

/**
 * Builds headers, libc and kernel where they are not in the store, and asks them what configure would
 * ask; undefined when that failed.
 */
async function buildSysroot(
  session: Session,
  held: HeldStore,
  targets: readonly TargetToolchain[],
  jobs: number | undefined,
) {
  // All of one toolchain, and so over the same recipes.
  const { programs, answers } = targets[0]!.sysroot;
  const asked = answers === undefined ? [] : [answers];
  const planned = await planRecipes(session, held, [...programs, ...asked], {
    arch: targets.map((each) => each.architecture.name).join(','),
    depth: 'contents',
  });
  const summary = await runBuild(planned, { jobs });
  if (summary.failed.length > 0 || summary.skipped.length > 0) return undefined;
  const outputOf = (recipe: string, { architecture }: TargetToolchain) =>
    summary.outputs.get(formatUnit({ recipe, architecture: architecture.name }))!;
  return {
    outputs: (target: TargetToolchain) => programs.map((recipe) => outputOf(recipe, target)),
    /** The folder with the answers. */
    answers: (target: TargetToolchain) =>
      asked.map((recipe) => session.store.outputDirectory(outputOf(recipe, target)))[0],
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
  const path = [binDir(prefix), ...searchPath()].join(delimiter);
  return {
    ...variables,
    ...(answers !== undefined && { CONFIG_SITE: join(answers, answerFiles['config-site']) }),
    PATH: path,
  };
}

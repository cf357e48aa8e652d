import { artifactKind } from '../artifacts/kinds.js';
import { toolsForGraph } from '../engine/environment/unit-tools.js';
import { formatUnit } from '../events/unit-id.js';
import type { BootOptions, BootResult } from '../lab/boot-image.js';
import { installTools, labTools, sandboxTools } from '../machine/build-tools.js';
import { isBuilt } from '../recipe/recipe.js';
import { UserError } from '../util/diagnostic.js';
import { bootResolved } from './boot-named.js';
import { hypervisorRecipe } from './named-image.js';
import { planSelection, sandboxKind } from './planning.js';
import { runBuild } from './run-build.js';
import { architectures, selectUnits } from './selection.js';
import type { Session } from './session.js';

export interface DemoOptions {
  /** The architecture's name; the default one when absent. */
  arch?: string;
  under: BootOptions['under'];
  accelerator?: BootOptions['accelerator'];
  /** Jobs at once; one for each processor when absent. */
  jobs?: number;
  sandbox?: string;
}

export interface DemoResult extends BootResult {
  /** The image's file. */
  image: string;
  architecture: string;
  /** From nothing to the verdict. */
  seconds: number;
}

/** Emulation is slow, and a machine may be busy. In seconds. */
const bootTimeout = 180;

/**
 * From nothing to the verdict of an image: installs tools that are missing, builds the image and what it
 * is booted by, verifies and boots it. Undefined when a unit failed; throws UserError when nothing could
 * be started.
 */
export async function demonstrate(
  session: Session,
  name: string,
  options: DemoOptions,
): Promise<DemoResult | undefined> {
  const started = Date.now();
  const image = await selectUnits(session, [name], options.arch);
  const [architecture, more] = architectures(image.catalogue, options.arch);
  if (!architecture || more) {
    throw new UserError(
      {
        id: 'cli.several-architectures',
        message: 'demo takes one architecture at a time',
        help: 'name one: --arch NAME',
      },
      2,
    );
  }
  const { bits } = image.catalogue.toolchain(architecture).architecture;
  const names = options.under === 'xen' ? [name, hypervisorRecipe(bits)] : [name];
  const selection = await selectUnits(session, names, architecture);
  const sandbox = sandboxKind(options.sandbox) === 'none' ? [] : sandboxTools;
  await installTools([...labTools, ...sandbox, ...toolsForGraph(selection.graph)], session);

  // From the plan to the guest's end, nothing is removed from the store.
  await using held = await session.holdStore('shared');
  const planned = await planSelection(session, held, selection, { ...options, depth: 'contents' });
  const { recipe } = planned.wanted.find((unit) => unit.recipe.name === name)!;
  const settings = isBuilt(recipe) ? undefined : artifactKind(recipe).bootSettings(recipe);
  if (isBuilt(recipe) || !settings) {
    throw new UserError(
      {
        id: 'boot.not-an-image',
        message: `${name} is a ${recipe.kind}, and only images boot`,
        help: 'name an image recipe, or try a small one: stubforge demo --small',
      },
      2,
    );
  }
  const summary = await runBuild(planned, options);
  if (summary.failed.length > 0) return undefined;
  const hash = summary.outputs.get(formatUnit({ recipe: name, architecture }))!;
  const output = session.store.outputDirectory(hash);
  const kind = artifactKind(recipe);
  const { main: file } = kind.files(output, name)!;
  const { kept } = await kind.verify(output, name);
  session.note(
    `${name} keeps the image contract (${kept} rules; list them: stubforge verify --rules)`,
  );
  const { under, accelerator } = options;
  const choices = { under, accelerator, timeout: bootTimeout };
  const result = await bootResolved(session, { file, settings }, choices);
  return { ...result, image: file, architecture, seconds: (Date.now() - started) / 1000 };
}

import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AcceleratorChoice } from '../lab/accelerator.js';
import { linuxStubdomain } from '../lab/dom0/lab-images.js';
import { builtinScenario, builtinScenarios, readScenario } from '../lab/scenario/read-scenario.js';
import type { Scenario, ScenarioDomain } from '../lab/scenario/scenario-schema.js';
import type { Prompt } from '../lab/xl/run-prompt.js';
import { runScenario, type ScenarioResult } from '../lab/xl/run-scenario.js';
import type { FindFile } from '../lab/xl/scenario-files.js';
import { isBuilt } from '../recipe/recipe.js';
import { loadRecipes } from '../recipe/recipe-set.js';
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';
import { requireNewestOutput } from './built-outputs.js';
import { hypervisorFinder, resolveImage } from './named-image.js';
import type { Session } from './session.js';
import { defaultArchitecture } from './unit-argument.js';

/** What a user wants to be different from the scenario. */
export interface LabChanges {
  /** What the guest boots: the kernel of a pv or pvh guest. */
  image?: string;
  /** Of recipes that the scenario names. */
  architecture?: string;
  /** Of all hvm guests; `linux` is the lab's own, `none` the device model in dom0. */
  stubdomain?: string;
  disk?: string;
  network?: boolean;
  memory?: string;
  cmdline?: string;
  /** Ends the scenario as soon as a line of the guest's console matches. */
  expect?: string;
}

export interface LabChoices {
  accelerator?: AcceleratorChoice;
  hypervisor?: string;
  systemLines?: boolean;
  /** Whether to begin with a snapshot of a booted dom0; true when absent. */
  snapshot?: boolean;
  /** Has dom0 on a prompt when the steps are done. */
  prompt?: Prompt;
}

/** The file of a scenario: one that came with stubforge, by its name, or the user's. */
export function scenarioFile(text: string): string {
  const known = builtinScenarios();
  if (known.includes(text)) return builtinScenario(text);
  if (existsSync(text)) return text;
  throw new UserError(
    {
      id: 'lab.unknown-scenario',
      message: `there is no scenario '${text}', and no file of that name`,
      help: suggestion(text, known, 'scenarios'),
    },
    2,
  );
}

/**
 * Runs a scenario with changes to its only domain. Resolves whatever the guests do; throws UserError when
 * it cannot be run at all.
 */
export async function labXl(
  session: Session,
  file: string,
  changes: LabChanges,
  choices: LabChoices,
): Promise<ScenarioResult> {
  session.requireState();
  const scenario = changed(readScenario(file), changes);
  return runScenario(
    session.project,
    {
      ...choices,
      scenario,
      findFile: fileFinder(session, file, changes.architecture),
      findHypervisor: hypervisorFinder(session),
      accelerators: session.accelerators,
    },
    session,
  );
}

/** What the command line names is relative to the current folder, and not to the scenario's. */
const ownFile = (text: string | undefined) =>
  text !== undefined && existsSync(text) ? resolve(text) : text;

function changed(original: Scenario, changes: LabChanges): Scenario {
  const scenario = withStubdomain(original, changes.stubdomain);
  const { network, memory, cmdline, expect } = changes;
  const [image, disk] = [changes.image, changes.disk].map(ownFile);
  const wanted = Object.values({ image, disk, network, memory, cmdline, expect });
  if (wanted.every((value) => value === undefined)) return scenario;
  const [name, ...others] = Object.keys(scenario.domains);
  if (name === undefined || others.length > 0) {
    throw new UserError(
      {
        id: 'lab.several-domains',
        message: 'the scenario does not have one domain, so it has to be changed in its file',
        help: 'leave out the image and the options that describe a guest',
      },
      2,
    );
  }
  const old = scenario.domains[name]!;
  const domain: ScenarioDomain = {
    ...old,
    kernel: image ?? old.kernel,
    memory: memory ?? old.memory,
    cmdline: cmdline ?? old.cmdline,
    network: network ?? old.network,
    disks:
      disk === undefined ? old.disks : [{ file: disk, as: old.type === 'hvm' ? 'hda' : 'xvda' }],
  };
  const steps: Scenario['steps'] =
    expect === undefined ? scenario.steps : [{ create: name }, { expect, on: name, within: 120 }];
  return { ...scenario, domains: { [name]: domain }, steps };
}

/** The scenario with this image in the place of the stub domains of its hvm guests. */
function withStubdomain(scenario: Scenario, text: string | undefined): Scenario {
  if (text === undefined) return scenario;
  const hvm = Object.entries(scenario.domains).filter(([, { type }]) => type === 'hvm');
  if (hvm.length === 0) {
    throw new UserError(
      {
        id: 'lab.unused-stubdomain',
        message: 'the scenario has no hvm guest, and others have no device model for a stub domain',
        help: 'take an HVM guest: --guest hvm',
      },
      2,
    );
  }
  const kernel = text === 'linux' ? linuxStubdomain.kernel : ownFile(text)!;
  const changed = hvm.map(([name, { stubdomain, ...domain }]) => {
    if (text === 'none') return [name, domain];
    // What else the scenario says is of the image that it names.
    return [
      name,
      { ...domain, stubdomain: stubdomain?.kernel === kernel ? stubdomain : { kernel } },
    ];
  });
  return { ...scenario, domains: { ...scenario.domains, ...Object.fromEntries(changed) } };
}

/** Files are relative to the scenario's; what is no file there names a recipe, or is the user's own path. */
function fileFinder(session: Session, scenario: string, architecture?: string): FindFile {
  return async (text, options) => {
    const beside = resolve(dirname(scenario), text);
    if (existsSync(beside)) return beside;
    const wanted = architecture ?? options.architecture;
    if (options.kind === 'disk') {
      const disk = await recipeDisk(session, text, wanted);
      if (disk !== undefined) return disk;
    }
    return (await resolveImage(session, text, wanted)).file;
  };
}

/** The disk image that a recipe has installed; undefined where there is no such recipe. */
async function recipeDisk(
  session: Session,
  text: string,
  architecture = defaultArchitecture,
): Promise<string | undefined> {
  if (existsSync(text) || text.includes('/')) return undefined;
  const recipes = await loadRecipes(session.project);
  if (!recipes.has(text)) return undefined;
  const recipe = recipes.evaluate(text, architecture);
  const files = isBuilt(recipe) ? recipe.provides.files : [];
  const disk = files.find((each) => each.endsWith('.img'));
  if (disk === undefined) {
    throw new UserError({
      id: 'lab.not-a-disk',
      message: `${text} is a recipe that provides no disk image (a file called *.img)`,
      help: 'name a raw disk image by its file',
    });
  }
  const output = await requireNewestOutput(session, { recipe: text, architecture });
  return join(session.store.outputDirectory(output), disk);
}

/** A scenario from its files to its verdict: real Xen, a Linux dom0 and its guests, in QEMU. */
import type { Project } from '../../project/project.js';
import { type AcceleratorChoice, Accelerators } from '../accelerator.js';
import { type Dom0Options, prepareDom0 } from '../dom0/dom0.js';
import { labImage, linuxStubdomain } from '../dom0/lab-images.js';
import { chooseHypervisor, type FindHypervisor } from '../hypervisor.js';
import type { Outcome } from '../judge.js';
import { findQemu } from '../qemu.js';
import type { Scenario } from '../scenario/scenario-schema.js';
import { LabFailure } from './lab-failure.js';
import { promptPort } from './ports.js';
import { type Prompt, runPrompt } from './run-prompt.js';
import { runSteps } from './run-steps.js';
import { type FindFile, scenarioFiles } from './scenario-files.js';
import { Lab } from './start-lab.js';

export interface ScenarioOptions {
  scenario: Scenario;
  findFile: FindFile;
  findHypervisor: FindHypervisor;
  /** Emulation when absent: KVM that nests Xen is rare. */
  accelerator?: AcceleratorChoice;
  accelerators?: Accelerators;
  /** Instead of the distro's: a file. */
  hypervisor?: string;
  /** Also emit the lines of Xen and of dom0's kernel. */
  systemLines?: boolean;
  /** Whether to begin with a snapshot of a booted dom0; true when absent. */
  snapshot?: boolean;
  /** Has dom0 on a prompt when the steps are done, or one has failed. */
  prompt?: Prompt;
}

export interface ScenarioResult {
  outcome: Outcome;
  /** One sentence without a final period. */
  detail: string;
  /** Lines that explain a failure. */
  details: string[];
  /** From the start of QEMU to the end of the last step. */
  seconds: number;
}

/** How long, in seconds, dom0 may take to come up. */
const startTime = 300;

/**
 * Runs a scenario. Resolves whatever the guests do; throws UserError when it cannot be run at all, and
 * the signal's reason when that is aborted. QEMU has ended in every case.
 */
export async function runScenario(
  project: Project,
  options: ScenarioOptions,
  context: Dom0Options,
): Promise<ScenarioResult> {
  const scenario = withLinuxStubdomains(options.scenario);
  const { emit, signal } = context;
  const qemu = await findQemu();
  const accelerators = options.accelerators ?? new Accelerators();
  const accelerator = await accelerators.choose(qemu, options.accelerator ?? 'tcg', signal);
  const dom0 = await prepareDom0(project, context);
  const files = await scenarioFiles(
    scenario,
    async (text, kind) => labImage(dom0.directory, text) ?? options.findFile(text, kind),
  );
  const hypervisor = await chooseHypervisor(files.pv32 ? 32 : 64, {
    path: options.hypervisor ?? (files.pv32 ? undefined : dom0.hypervisor),
    find: options.findHypervisor,
  });
  const consoles = Object.entries(scenario.domains).flatMap(([name, { stubdomain }]) =>
    stubdomain ? [name, `${name}-dm`] : [name],
  );
  const parts = {
    ...{ qemu, accelerator, dom0, files, consoles, startTime },
    hypervisor: hypervisor.bytes,
    memory: scenario.memory,
    dom0Memory: scenario.dom0.memory,
    prompt: options.prompt !== undefined,
    systemLines: options.systemLines ?? false,
    snapshot: options.snapshot ?? true,
  };
  const begin = performance.now();
  const conclude = (outcome: Outcome, detail: string, details: readonly string[] = []) => ({
    outcome,
    detail,
    details: [...details],
    seconds: (performance.now() - begin) / 1000,
  });
  try {
    await using lab = await Lab.start(project, parts, context);
    const { machine, ports } = lab;
    const failure = await failureOf(runSteps(machine, scenario, emit));
    if (options.prompt && !machine.ended.signal.aborted) {
      await runPrompt(machine, await ports.socket(promptPort), options.prompt);
    }
    if (failure) throw failure;
    const { length } = scenario.steps;
    return conclude('passed', `all ${length} step${length === 1 ? '' : 's'} went as expected`);
  } catch (error) {
    if (error instanceof LabFailure) return conclude(error.outcome, error.message, error.details);
    throw error;
  }
}

/** Says for Linux's stub domains what goes with the kernel. */
function withLinuxStubdomains(scenario: Scenario): Scenario {
  const domains = Object.entries(scenario.domains).map(([name, domain]) => {
    const { stubdomain } = domain;
    if (stubdomain?.kernel !== linuxStubdomain.kernel) return [name, domain];
    return [name, { ...domain, stubdomain: { ...linuxStubdomain, ...stubdomain } }];
  });
  return { ...scenario, domains: Object.fromEntries(domains) };
}

async function failureOf(work: Promise<void>): Promise<LabFailure | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof LabFailure) return error;
    throw error;
  }
}

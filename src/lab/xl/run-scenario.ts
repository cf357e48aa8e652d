/** A scenario from its files to its verdict: real Xen, a Linux dom0 and its guests, in QEMU. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emit } from '../../events/event.js';
import type { Project } from '../../project/project.js';
import { type AcceleratorChoice, Accelerators } from '../accelerator.js';
import { type Dom0Options, prepareDom0, step } from '../dom0/dom0.js';
import { chooseHypervisor, type FindHypervisor } from '../hypervisor.js';
import type { Outcome } from '../judge.js';
import { findQemu } from '../qemu.js';
import type { Scenario } from '../scenario/scenario-schema.js';
import { LabFailure } from './lab-failure.js';
import { LabMachine } from './lab-machine.js';
import { machineArguments } from './machine-arguments.js';
import { Ports, promptPort } from './ports.js';
import { type Prompt, runPrompt } from './run-prompt.js';
import { runSteps } from './run-steps.js';
import { type FindFile, layOutMachine, scenarioFiles } from './scenario-files.js';

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
const startTime = 120;

/**
 * Runs a scenario. Resolves whatever the guests do; throws UserError when it cannot be run at all, and
 * the signal's reason when that is aborted. QEMU has ended in every case.
 */
export async function runScenario(
  project: Project,
  options: ScenarioOptions,
  context: Dom0Options,
): Promise<ScenarioResult> {
  const { scenario } = options;
  const { emit, signal } = context;
  const qemu = await findQemu();
  const accelerators = options.accelerators ?? new Accelerators();
  const accelerator = await accelerators.choose(qemu, options.accelerator ?? 'tcg', signal);
  const files = await scenarioFiles(scenario, options.findFile);
  const dom0 = await prepareDom0(project, context);
  const hypervisor = await chooseHypervisor(files.pv32 ? 32 : 64, {
    path: options.hypervisor ?? (files.pv32 ? undefined : dom0.hypervisor),
    find: options.findHypervisor,
  });
  const directory = await mkdtemp(join(tmpdir(), 'stubforge-xl-'));
  try {
    await layOutMachine(directory, { ...dom0, hypervisor: hypervisor.bytes, files });
    const consoles = Object.entries(scenario.domains).flatMap(([name, { stubdomain }]) =>
      stubdomain ? [name, `${name}-dm`] : [name],
    );
    const { systemLines = false, prompt } = options;
    const own = prompt ? ['control', promptPort] : ['control'];
    await using ports = await Ports.listen([...own, ...consoles], directory);
    const args = [
      ...machineArguments({
        accelerator,
        memory: scenario.memory,
        dom0Memory: scenario.dom0.memory,
        disks: files.disks.length,
      }),
      ...ports.qemuArguments(),
    ];
    const begin = performance.now();
    const conclude = (outcome: Outcome, detail: string, details: readonly string[] = []) => ({
      outcome,
      detail,
      details: [...details],
      seconds: (performance.now() - begin) / 1000,
    });
    try {
      const start = { qemu, args, directory, ports, consoles, emit, signal, systemLines };
      await using machine = await startMachine(start, emit);
      const failure = await failureOf(runSteps(machine, scenario, emit));
      if (prompt && !machine.ended.signal.aborted) {
        await runPrompt(machine, await ports.socket(promptPort), prompt);
      }
      if (failure) throw failure;
      const { length } = scenario.steps;
      return conclude('passed', `all ${length} step${length === 1 ? '' : 's'} went as expected`);
    } catch (error) {
      if (error instanceof LabFailure) return conclude(error.outcome, error.message, error.details);
      throw error;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
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

function startMachine(
  options: Parameters<typeof LabMachine.start>[0],
  emit: Emit,
): Promise<LabMachine> {
  return step('boot Xen and dom0', { emit }, () => LabMachine.start(options, startTime));
}

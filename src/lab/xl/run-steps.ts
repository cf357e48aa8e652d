/** Does a scenario's steps, one after the other. */
import type { Emit } from '../../events/event.js';
import { Judge } from '../judge.js';
import type { Scenario, Step } from '../scenario/scenario-schema.js';
import { LabFailure } from './lab-failure.js';
import type { LabMachine } from './lab-machine.js';
import { orAborted } from './or-aborted.js';
import { configPath } from './scenario-files.js';

const defaultSeconds = 60;
/** How often, in milliseconds, dom0 is asked whether a domain has ended. */
const interval = 500;
/** How long, in milliseconds, the last lines of a domain's console may be on their way. */
const lastLines = 300;

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** By Xen's numbers. */
const reasons = ['poweroff', 'reboot', 'suspend', 'crash'];

/** Throws LabFailure at the first step that fails, with the step in its message. */
export async function runSteps(machine: LabMachine, scenario: Scenario, emit: Emit): Promise<void> {
  const created = new Set<string>();
  for (const [index, step] of scenario.steps.entries()) {
    const name = `step ${index + 1}: ${describe(step)}`;
    emit({ type: 'step-start', step: name });
    const begin = Date.now();
    try {
      await new StepRun(machine, scenario, step, created, emit).run();
    } catch (error) {
      if (!(error instanceof LabFailure)) throw error;
      const { message, details } = error;
      const diagnostic = { id: 'lab.step-failed', message, details: [...details] };
      emit({ type: 'step-failed', step: name, diagnostics: [diagnostic] });
      throw new LabFailure(error.outcome, `${name}: ${error.message}`, error.details);
    }
    emit({ type: 'step-done', step: name, seconds: (Date.now() - begin) / 1000 });
  }
}

/** A step in a few words. */
export function describe(step: Step): string {
  if ('create' in step) return `create ${step.create}`;
  if ('run' in step) return `run ${step.run.split('\n')[0]}`;
  if ('on' in step) return `expect /${step.expect}/ on ${step.on}`;
  if ('send' in step) return `send ${JSON.stringify(step.send)} to ${step.to}`;
  if ('ends' in step) return `${step.ends} ends`;
  return `verdict of ${step.verdict}`;
}

class StepRun {
  readonly #seconds: number;
  readonly #late: AbortSignal;

  constructor(
    private readonly machine: LabMachine,
    private readonly scenario: Scenario,
    private readonly step: Step,
    /** The domains that steps have created: those can end. */
    private readonly created: Set<string>,
    private readonly emit: Emit,
  ) {
    this.#seconds = ('within' in step ? step.within : undefined) ?? defaultSeconds;
    this.#late = machine.deadline(this.#seconds, `it was not done within ${this.#seconds} s`);
  }

  async run(): Promise<void> {
    const { step } = this;
    if ('create' in step) await this.#create(step.create);
    else if ('run' in step) await this.#run(step);
    else if ('on' in step) await this.#expect(step.on, new RegExp(step.expect));
    else if ('send' in step) this.machine.write(step.to, step.send);
    else if ('ends' in step) await this.#ends(step.ends, step.reason ?? 'poweroff');
    else await this.#verdict(step);
  }

  async #create(name: string): Promise<void> {
    const { type, stubdomain } = this.scenario.domains[name]!;
    const words = ['start', name, type, configPath(name), name];
    if (stubdomain) words.push(`${name}-dm`);
    const { status, lines } = await this.#command(words.join(' '));
    if (status !== 0) throw new LabFailure('failed', `xl could not create ${name}`, lines);
    this.created.add(name);
  }

  async #run({ run, status: wanted = 0, expect }: Extract<Step, { run: string }>): Promise<void> {
    const { status, lines } = await this.#command(run);
    if (status !== wanted) {
      const message = `the command ended with ${status}, not with ${wanted}`;
      throw new LabFailure('failed', message, lines);
    }
    if (expect !== undefined && !lines.some((line) => new RegExp(expect).test(line))) {
      throw new LabFailure(
        'unmatched',
        `the command printed nothing that matches /${expect}/`,
        lines,
      );
    }
  }

  #command(command: string) {
    return this.machine.agent.run(command, this.#late, (line) =>
      this.emit({ type: 'console', line, from: 'xl' }),
    );
  }

  async #expect(on: string, pattern: RegExp): Promise<void> {
    const found = new AbortController();
    const signal = AbortSignal.any([this.#late, found.signal]);
    const record = this.machine.records.get(on)!;
    const domain = on.replace(/-dm$/, '');
    const gone = this.created.has(domain)
      ? this.#end(domain, signal).then((reason) => {
          if (record.find(pattern) !== undefined) return;
          throw new LabFailure(
            'unmatched',
            `${domain} ended (${reason}) without showing ${pattern}`,
          );
        })
      : new Promise<never>(() => {});
    try {
      await Promise.race([record.appears(pattern, signal), gone]);
    } catch (error) {
      if (error !== this.#late.reason || this.machine.ended.signal.aborted) throw error;
      throw new LabFailure('hung', `${on} did not show ${pattern} within ${this.#seconds} s`);
    } finally {
      found.abort();
      if (this.created.has(domain)) await gone.catch(() => {});
    }
  }

  async #ends(name: string, wanted: string): Promise<void> {
    const reason = await this.#end(name, this.#late);
    if (reason === wanted) return;
    const outcome = reason === 'crash' ? 'crashed' : 'failed';
    throw new LabFailure(outcome, `${name} ended by ${reason}, not by ${wanted}`);
  }

  async #verdict(step: Extract<Step, { verdict: string }>): Promise<void> {
    const { verdict: name, status: wanted = 0 } = step;
    const expect = step.expect === undefined ? undefined : new RegExp(step.expect);
    const reason = await this.#end(name, this.#late);
    const judge = new Judge({ verdict: true, expect });
    for (const line of this.machine.records.get(name)!.lines) judge.guestLine(line);
    if (reason === 'crash') judge.hypervisorLine('Domain 0 reported crashed');
    const { outcome, detail, status } = judge.conclude({ type: 'ended', how: reason });
    if (outcome === 'passed' && wanted === 0) return;
    if (outcome === 'failed' && status === wanted) return;
    if (outcome === 'passed') {
      throw new LabFailure('failed', `${name}: exit status 0, not ${wanted}`);
    }
    const crash = outcome === 'crashed' && status === undefined;
    throw new LabFailure(outcome, `${name}: ${crash ? `the domain crashed (${detail})` : detail}`);
  }

  /** Why a domain ended, as soon as it has. */
  async #end(name: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const { status, lines } = await this.machine.agent.run(`ended ${name}`, signal);
      if (status === 0) {
        await orAborted(pause(lastLines), signal);
        return reasons[Number(lines[0])] ?? 'destroy';
      }
      await orAborted(pause(interval), signal);
    }
  }
}

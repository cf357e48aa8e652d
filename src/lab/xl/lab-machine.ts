/** A machine with Xen and dom0, in QEMU: its consoles, its agent, and its end. */
import { createInterface } from 'node:readline';
import type { Emit } from '../../events/event.js';
import { Console } from '../guest-console.js';
import { startQemu } from '../qemu.js';
import { XenConsole } from '../xen-console.js';
import { ConsoleRecord } from './console-record.js';
import { Dom0Agent } from './dom0-agent.js';
import { LabFailure } from './lab-failure.js';
import { Monitor } from './monitor.js';
import { orAborted } from './or-aborted.js';
import { monitorPort, type Ports } from './ports.js';
import { loadState } from './saved-state.js';

export interface MachineOptions {
  qemu: string;
  args: readonly string[];
  directory: string;
  ports: Ports;
  /** Console names of domains, each of which has a port of that name. */
  consoles: readonly string[];
  emit: Emit;
  signal: AbortSignal;
  /** Also emit the lines of Xen and of dom0's kernel. */
  systemLines: boolean;
  /** Goes on where another machine was saved; `log` is what that had printed. */
  load?: { log: Buffer };
}

/** What dom0's init says when all is up that a snapshot has; it waits for a word then. */
const upLine = /^lab: dom0 is up$/;

/** Why nothing more can come of it, in what Xen and dom0's kernel print. */
const fatal =
  /^(?:Panic on CPU \d+|Hardware Dom0 crashed|lab: failed: )|Kernel panic - not syncing/;
/** How long, in milliseconds, the rest of a report may take after a fatal line. */
const reportTime = 1000;

export class LabMachine implements AsyncDisposable {
  readonly records = new Map<string, ConsoleRecord>();
  /** Aborted with a LabFailure when the machine ends, or with the user's reason. */
  readonly ended = new AbortController();
  agent!: Dom0Agent;
  monitor!: Monitor;
  /** What has come over the serial line. */
  readonly log: Buffer[] = [];
  readonly #consoles = new Map<string, Console>();
  #stop!: () => Promise<void>;

  private constructor(private readonly options: MachineOptions) {}

  /** Starts QEMU and waits for dom0, at most so many seconds. */
  static async start(options: MachineOptions, seconds: number): Promise<LabMachine> {
    const machine = await LabMachine.startUp(options, seconds);
    try {
      const signal = machine.deadline(seconds, `dom0 was not up within ${seconds} s`);
      // The clock of a machine that was saved has stood still.
      machine.write('dom0', `go ${Math.floor(Date.now() / 1000)}\n`);
      const socket = await orAborted(options.ports.socket('control'), signal);
      machine.agent = new Dom0Agent(socket, machine.ended.signal);
      await machine.agent.ready(signal);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A machine as it is in a snapshot: Xen and dom0 are up, and no file and port was looked at. */
  static async startUp(options: MachineOptions, seconds: number): Promise<LabMachine> {
    const machine = new LabMachine(options);
    try {
      await machine.#start();
      const signal = machine.deadline(seconds, `dom0 was not up within ${seconds} s`);
      const socket = await orAborted(options.ports.socket(monitorPort), signal);
      machine.monitor = await Monitor.open(socket, machine.ended.signal);
      if (options.load) await orAborted(loadState(machine.monitor), signal);
      await machine.records.get('dom0')!.appears(upLine, signal);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Aborted at the machine's end, or after so many seconds with a failure of these words. */
  deadline(seconds: number, message: string): AbortSignal {
    const late = new AbortController();
    const fail = () => late.abort(new LabFailure('hung', message));
    setTimeout(fail, seconds * 1000).unref();
    return AbortSignal.any([this.ended.signal, late.signal]);
  }

  /** Sends text to a domain's console. */
  write(name: string, text: string): void {
    this.#consoles.get(name)!.write(text);
  }

  async #start(): Promise<void> {
    const { qemu, args, directory, ports, consoles, signal } = this.options;
    signal.throwIfAborted();
    const stop = () => this.ended.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const child = await startQemu(qemu, args, directory);
    const messages: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (/^(qemu-system|setpriv)/.test(line) && !line.includes(': warning:')) messages.push(line);
    });
    const closed = new Promise<void>((resolve) => {
      child.once('error', (error) => messages.push(error.message));
      child.once('close', (code, killed) => {
        const why = messages[0] ?? (killed ? `by ${killed}` : `with exit code ${code}`);
        this.ended.abort(new LabFailure('crashed', `the machine has ended: ${why}`));
        resolve();
      });
    });
    this.#stop = async () => {
      signal.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      await closed;
    };
    if (this.options.load) child.stdout.unshift(this.options.load.log);
    else child.stdout.on('data', (bytes: Buffer) => this.agent || this.log.push(bytes));
    const dom0 = this.#listener('dom0');
    const xen = this.#listener('xen');
    const serial = new XenConsole(dom0, (line) => xen.line(line));
    this.#consoles.set('dom0', new Console(child.stdout, child.stdin, serial));
    for (const name of consoles) {
      const listener = this.#listener(name);
      void ports.socket(name).then((socket) => {
        this.#consoles.set(name, new Console(socket, socket, listener));
      });
    }
  }

  #listener(name: string) {
    const record = new ConsoleRecord();
    this.records.set(name, record);
    const system = name === 'dom0' || name === 'xen';
    const shown = !system || this.options.systemLines;
    return {
      line: (text: string) => {
        if (shown) this.options.emit({ type: 'console', line: text, from: name });
        record.line(text);
        if (system && fatal.test(text)) {
          const end = () => this.ended.abort(new LabFailure('crashed', `${name}: ${text.trim()}`));
          setTimeout(end, reportTime).unref();
        }
      },
      partial: (text: string) => record.partial(text),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop?.();
  }
}

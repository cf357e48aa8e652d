import { createInterface } from 'node:readline';
import { UserError } from '../util/diagnostic.js';
import { Console, type ConsoleListener } from './guest-console.js';
import { type End, Judge, type Judgement, type JudgeOptions } from './judge.js';
import { type QemuProcess, startQemu } from './qemu.js';
import { XenConsole } from './xen-console.js';

export interface WatchOptions {
  qemu: string;
  args: readonly string[];
  directory: string;
  /** The console carries Xen's own lines too. */
  xen: boolean;
  judge: JudgeOptions;
  /** In seconds. */
  timeout: number;
  /** How long, in seconds, the guest may take to its first byte; as long as it runs when absent. */
  signOfLife?: number;
}

export interface WatchListener {
  line(line: string, from: 'guest' | 'hypervisor'): void;
  /** Called once, when the guest has printed its first line: `write` sends it text from then on. */
  listening?(write: (text: string) => void): void;
  signal: AbortSignal;
}

export interface Watched extends Judgement {
  seconds: number;
  tail: string[];
  /** Not a byte came from the console. */
  lifeless: boolean;
  /** KVM itself could not go on with the guest. */
  kvmGaveUp: boolean;
}

const tailLength = 40;
/** How long, in seconds, a guest may take to end once it has printed its verdict. */
const endAfterVerdict = 5;
/** What QEMU says when KVM cannot go on; the guest stands still then, and QEMU does not end. */
const kvmGivesUp = /^(KVM internal error|KVM: entry failed|error: kvm run failed)/;
/** How long, in milliseconds, the console must be silent after a crash for its report to be whole. */
const silenceAfterCrash = 1000;

/**
 * Runs QEMU and watches its console until the outcome is known, then ends it. Throws the signal's
 * reason when that is aborted.
 */
export async function watchGuest(options: WatchOptions, listener: WatchListener): Promise<Watched> {
  const judge = new Judge(options.judge);
  const started = performance.now();
  const tail: string[] = [];
  const child = await startQemu(options.qemu, options.args, options.directory);

  let end: End | undefined;
  const messages: string[] = [];
  let verdictTimer: NodeJS.Timeout | undefined;
  let crashTimer: NodeJS.Timeout | undefined;

  const finish = (reason: End) => {
    end ??= reason;
    // QEMU has nothing to save, so it is not asked but killed.
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(
    () => finish({ type: 'timeout', seconds: options.timeout }),
    options.timeout * 1000,
  );
  let lifeless = true;
  const { signOfLife } = options;
  const lifeTimer =
    signOfLife &&
    setTimeout(() => finish({ type: 'timeout', seconds: signOfLife }), signOfLife * 1000);
  child.stdout.once('data', () => {
    lifeless = false;
    clearTimeout(lifeTimer);
  });
  const abort = () => finish({ type: 'emulator', message: 'stopped' });
  listener.signal.addEventListener('abort', abort);
  if (listener.signal.aborted) abort();

  const consider = () => {
    if (judge.decided) finish({ type: 'ended', how: 'the console showed what was expected' });
    if (!judge.hasVerdict) {
      clearTimeout(verdictTimer);
      verdictTimer = undefined;
    } else {
      verdictTimer ??= setTimeout(
        () => finish({ type: 'timeout', seconds: endAfterVerdict }),
        endAfterVerdict * 1000,
      );
    }
    if (judge.hasCrashed) {
      clearTimeout(crashTimer);
      crashTimer = setTimeout(() => finish({ type: 'ended', how: 'crash' }), silenceAfterCrash);
    }
  };
  let listening = false;
  const tell = (line: string, from: 'guest' | 'hypervisor') => {
    // The words of a stack that Xen dumps would push out the lines that say what happened.
    if (from === 'guest' || !/^ +[0-9a-f]{8,16}( [0-9a-f]{8,16})+$/.test(line)) {
      tail.push(from === 'hypervisor' ? `(XEN) ${line}` : line);
    }
    if (tail.length > tailLength) tail.shift();
    listener.line(line, from);
    // What is sent before the guest has set up its console would be lost.
    if (from === 'guest' && !listening) {
      listening = true;
      listener.listening?.((text) => serial.write(text));
    }
  };
  const guest: ConsoleListener = {
    line(line) {
      tell(line, 'guest');
      judge.guestLine(line);
      consider();
    },
    partial(text) {
      judge.guestPartial(text);
      consider();
    },
  };
  const xen = options.xen
    ? new XenConsole(guest, (line) => {
        tell(line, 'hypervisor');
        const ended = judge.hypervisorLine(line);
        consider();
        if (ended) finish({ type: 'ended', how: ended });
      })
    : undefined;
  let kvmGaveUp = false;
  const serial = new Console(child.stdout, child.stdin, xen ?? guest);
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^Triple fault/.test(line)) judge.tripleFault();
    if (kvmGivesUp.test(line)) {
      kvmGaveUp = true;
      finish({ type: 'emulator', message: `KVM gave up: ${line}` });
    }
    // What else stands there is the dump of the processor's registers at each reset.
    if (/^(qemu-system|setpriv)/.test(line) && !line.includes(': warning:')) messages.push(line);
  });

  try {
    const ended = await exited(child);
    serial.flush();
    xen?.flush();
    listener.signal.throwIfAborted();
    return {
      ...judge.conclude(end ?? endOf(ended, messages)),
      seconds: (performance.now() - started) / 1000,
      tail,
      lifeless,
      kvmGaveUp,
    };
  } finally {
    clearTimeout(deadline);
    clearTimeout(lifeTimer);
    clearTimeout(verdictTimer);
    clearTimeout(crashTimer);
    listener.signal.removeEventListener('abort', abort);
  }
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Waits until the process is gone and all that it printed was read. */
function exited(child: QemuProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new UserError({
          id: 'boot.qemu-not-started',
          message: `QEMU could not be started: ${error.message}`,
        }),
      ),
    );
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** What it means that QEMU ended by itself. */
function endOf({ code, signal }: Exit, messages: readonly string[]): End {
  const [message] = messages;
  if (signal) {
    return {
      type: 'emulator',
      message: `${message ? `${message}; ` : ''}QEMU was ended by ${signal}`,
    };
  }
  if (code !== 0 && message !== undefined) return { type: 'emulator', message };
  // The exit device makes an odd exit code of what the guest writes to it.
  return code !== null && code % 2 === 1
    ? { type: 'ended', how: `it wrote ${(code - 1) / 2} to the exit port` }
    : { type: 'ended', how: 'it reset or powered off the machine' };
}

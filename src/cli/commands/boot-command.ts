import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { bootNamed } from '../../app/boot-named.js';
import { acceleratorChoice } from '../../lab/accelerator.js';
import { parseMemory, parsePattern, parseSeconds } from '../../lab/boot-options.js';
import { exitCodes } from '../../lab/exit-codes.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';
import { acceleratorOption, labChoice, labOption } from '../options.js';

const help = `
The image is booted as the initial domain of a real Xen that runs in QEMU (--under xen), or by
QEMU itself through its PVH entry (--under pvh). Neither KVM nor root is needed.

An image with the nub kernel passes when its last console line is 'nub: exit status 0', it has
ended, and --expect, where it is given, has matched a line. Any other image has no verdict: it
passes as soon as a line matches --expect, and its boot is ended then. --verdict and --no-verdict
override which of the two it is.

With --accel auto, a guest that shows no sign of life under KVM is booted once more under emulation,
and its timeout starts anew; with --accel kvm it is not.

Exit code:
  0  passed
  1  the exit status is not 0, or --expect was not seen
  3  crashed: a kernel panic, a domain crash, a triple fault, or QEMU itself ended
  4  hung: it did not end within the timeout
  5  it ended without a verdict

Examples:
  stubforge boot zlib-selftest
  stubforge boot libc-selftest --program threads --under pvh
  stubforge boot hello.gz --under xen
  stubforge boot hello.elf --under pvh --cmdline 'hello one two' --expect 'two$'
  stubforge boot vmlinux --under pvh --cmdline console=ttyS0 --expect 'Linux version'`;

interface Options {
  arch?: string;
  program?: string;
  under: string;
  memory?: string;
  cmdline?: string;
  expect?: string;
  timeout?: string;
  accel?: string;
  hypervisor?: string;
  verdict?: boolean;
  input?: string;
  log?: string;
  verbose?: boolean;
}

/** Sends a file to the guest line by line, or what is typed, as a terminal would send it. */
async function guestInput(file: string): Promise<(write: (text: string) => void) => void> {
  if (file !== '-') {
    await access(file, constants.R_OK).catch(() => {
      throw new UserError(
        {
          id: 'cli.unreadable-input',
          message: `--input: ${file} cannot be read`,
          help: 'name a readable file, or - for standard input',
        },
        2,
      );
    });
  }
  return (write) => {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const lines = createInterface({ input });
    lines.on('line', (line) => write(`${line}\r`));
    // A terminal that is read would keep stubforge from ending after the guest has ended.
    if (file === '-') process.stdin.unref();
  };
}

const define: Define = (command, run) => {
  command
    .argument('<image>', 'an ELF file, also gzip-compressed, or an image recipe that was built')
    .option('--arch <name>', 'the architecture of an image that is named by its recipe')
    .option(
      '--program <name>',
      "boot this program from the recipe's output, which need not be an image",
    )
    .option(...labOption)
    .option('--memory <size>', "the guest's memory, e.g. 64MiB (default: the recipe's, or 128MiB)")
    .option('--cmdline <text>', "the guest's command line (default: its packed arguments)")
    .option('--expect <regex>', 'a pattern that a line of the console has to match')
    .option('--timeout <seconds>', 'how long the guest may run', '60')
    .option(...acceleratorOption)
    .option('--hypervisor <file>', "use this Xen hypervisor instead of the distro's")
    .option('--verdict', 'take the last console line as a verdict')
    .option('--no-verdict', 'expect no verdict')
    .option('--input <file>', "send this to the guest's console; - for standard input")
    .option('--log <file>', 'write the whole console to this file')
    .addHelpText('after', help)
    .action(
      run<Options>(async (context, options, args) => {
        const { program, arch, expect, memory, timeout, input } = options;
        const result = await bootNamed(
          context.session,
          { name: args[0]!, program, architecture: arch },
          {
            under: labChoice(options.under),
            memory: memory === undefined ? undefined : parseMemory(memory),
            cmdline: options.cmdline,
            expect: expect === undefined ? undefined : parsePattern(expect),
            timeout: timeout === undefined ? undefined : parseSeconds(timeout),
            accelerator: acceleratorChoice(options.accel),
            hypervisor: options.hypervisor,
            verdict: options.verdict,
            hypervisorLines: options.verbose,
            log: options.log,
            listening: input === undefined ? undefined : await guestInput(input),
          },
        );
        const verdict = `${result.outcome}: ${result.detail}`;
        const tail = result.outcome === 'passed' ? [] : ['the last lines of the console:'];
        const lines = tail.length > 0 ? result.tail.map((line) => `  ${line}`) : [];
        context.result('boot', result, [...tail, ...lines, verdict].join('\n'));
        return exitCodes[result.outcome];
      }),
    );
};

export default define;

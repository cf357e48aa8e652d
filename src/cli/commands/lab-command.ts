import { labXl, scenarioFile } from '../../app/lab-xl.js';
import { acceleratorChoice } from '../../lab/accelerator.js';
import { parsePattern } from '../../lab/boot-options.js';
import { exitCodes } from '../../lab/exit-codes.js';
import type { Prompt } from '../../lab/xl/run-prompt.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';
import { choice } from '../options.js';

const help = `
Boots a real Xen with a Linux dom0 in QEMU, starts guests there with xl, and shows all consoles side by
side. Neither KVM nor root nor an installed Xen is needed: dom0 is made of the distro's packages, which
are unpacked and never installed, the first time in a minute or two.

Without --config, one guest is started. A pv or pvh guest boots <image>, zlib-selftest when it is left
out, and passes when its last console line is 'nub: exit status 0'; an hvm guest boots --disk, which is
the recipe boot-sector's when it is left out. With --expect a guest passes when that was seen.

--config takes a scenario: a file with domains, steps and expectations (docs/lab.md; its schema is
stubforge schema scenario), or the name of one that came along: pv, pvh, hvm, and with the stub domain
qemu-xen-stubdom serve, lifecycle, two-guests.
--stubdom puts its image in the place of the stub domains of all hvm guests.

Exit code:
  0  passed
  1  a step failed, or --expect was not seen
  3  crashed: a guest, dom0 or Xen, or QEMU itself ended
  4  hung: a step was not done in its time
  5  a guest ended without a verdict

Examples:
  stubforge lab xl zlib-selftest
  stubforge lab xl hello --guest pvh
  stubforge lab xl zlib-selftest --arch stubdom-i386
  stubforge lab xl --guest hvm --disk disk.img --expect 'login:'
  stubforge lab xl --guest hvm --stubdom qemu-xen-stubdom
  stubforge lab xl --config two-guests.yaml
  stubforge lab xl --shell`;

interface Options {
  guest?: string;
  arch?: string;
  stubdom?: string;
  disk?: string;
  net?: boolean;
  memory?: string;
  cmdline?: string;
  expect?: string;
  config?: string;
  shell?: boolean;
  accel?: string;
  hypervisor?: string;
  snapshot?: boolean;
  verbose?: boolean;
}

const guests = ['pv', 'pvh', 'hvm'] as const;

/** This terminal, which gets every key from now on; or whatever standard input is. */
function terminal(): Prompt {
  const { stdin, stdout } = process;
  return {
    input: stdin,
    output: stdout,
    size: stdout.isTTY ? { rows: stdout.rows, columns: stdout.columns } : undefined,
    begin: () => stdin.isTTY && stdin.setRawMode(true),
    end: () => {
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
      stdin.unref();
    },
  };
}

const define: Define = (command, run) => {
  command
    .command('xl')
    .summary('start guests with xl in an emulated dom0 and judge what they do')
    .description('Starts guests with xl in an emulated dom0 and judges what they do.')
    .argument('[image]', 'what a pv or pvh guest boots: a file, or an image recipe that was built')
    .option('--guest <type>', "the guest's type: pv, pvh or hvm (default: pv)")
    .option('--arch <name>', 'the architecture of images that are named by their recipes')
    .option(
      '--stubdom <image>',
      "the stub domain that runs hvm guests' device models; linux, or none (dom0 does)",
    )
    .option('--disk <file>', "the guest's disk, a raw image; what it writes is thrown away")
    .option('--net', "give the guest a network interface on dom0's bridge, 10.0.0.1/24")
    .option('--memory <size>', "the guest's memory, e.g. 64MiB")
    .option('--cmdline <text>', "the guest's command line")
    .option('--expect <regex>', "pass as soon as a line of the guest's console matches")
    .option('--config <scenario>', 'a scenario: a file, or the name of one that came along')
    .option('--shell', 'a prompt on dom0, after the steps; exit or Ctrl-D ends it')
    .option(
      '--accel <name>',
      'kvm, tcg (emulation) or auto; nested Xen rarely runs under kvm',
      'tcg',
    )
    .option('--hypervisor <file>', "use this Xen hypervisor instead of the distro's")
    .option('--no-snapshot', 'boot dom0, instead of going on with the snapshot of a booted one')
    .addHelpText('after', help)
    .action(
      run<Options>(async (context, options, [image]) => {
        const { arch, stubdom, disk, net, memory, cmdline, expect, config } = options;
        if (memory !== undefined && !/^[1-9][0-9]{0,5}[MG]iB$/.test(memory)) {
          throw new UserError(
            {
              id: 'cli.invalid-option',
              message: `'${memory}' is not a guest's memory`,
              help: 'write a number and a unit, MiB or GiB, e.g. 64MiB',
            },
            2,
          );
        }
        if (expect !== undefined) parsePattern(expect);
        const guest =
          options.guest === undefined ? undefined : choice(options.guest, guests, 'guest');
        // A prompt that is asked for without a guest needs none.
        const alone = options.shell && [image, guest, stubdom, disk].every((each) => !each);
        const result = await labXl(
          context.session,
          scenarioFile(config ?? (alone ? 'dom0' : (guest ?? 'pv'))),
          {
            image,
            architecture: arch,
            stubdomain: stubdom,
            disk,
            network: net,
            memory,
            cmdline,
            expect,
          },
          {
            accelerator: acceleratorChoice(options.accel),
            hypervisor: options.hypervisor,
            systemLines: options.verbose,
            snapshot: options.snapshot,
            prompt: options.shell ? terminal() : undefined,
          },
        );
        const verdict = `${result.outcome}: ${result.detail}`;
        context.result('lab xl', result, verdict);
        return exitCodes[result.outcome];
      }),
    );
};

export default define;

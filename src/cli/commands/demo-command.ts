import { demonstrate } from '../../app/demo.js';
import { acceleratorChoice } from '../../lab/accelerator.js';
import type { Define } from '../context.js';
import { acceleratorOption, labChoice, labOption, parseJobs, sandboxOption } from '../options.js';

interface Options {
  arch?: string;
  jobs?: number;
  small?: boolean;
  under: string;
  accel?: string;
  sandbox?: string;
}

const define: Define = (command, run) => {
  command
    .argument('[image]', 'an image recipe (default: qemu-xen-stubdom)')
    .option('--small', 'zlib-selftest instead, a library and its test, in about a minute')
    .option('--arch <name>', 'stubdom-amd64 or stubdom-i386 (default: stubdom-amd64)')
    .option('-j, --jobs <n>', 'jobs at once (default: one for each processor)', parseJobs)
    .option(...sandboxOption)
    .option(...labOption)
    .option(...acceleratorOption)
    .addHelpText(
      'after',
      `
Does all that it takes, on a machine that has nothing yet: installs missing build tools,
fetches the distro's sources, builds toolchain, libraries, hypervisor and image, verifies
the image, boots it, and shows the verdict.

Examples:
  stubforge demo
  stubforge demo --small --arch stubdom-i386
  stubforge demo hello --under pvh`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const name = args[0] ?? (options.small ? 'zlib-selftest' : 'qemu-xen-stubdom');
        const result = await demonstrate(context.session, name, {
          ...options,
          under: labChoice(options.under),
          accelerator: acceleratorChoice(options.accel),
        });
        if (!result) return 1;
        const { image, outcome, detail, tail } = result;
        const passed = outcome === 'passed';
        context.result(
          'demo',
          result,
          [
            ...(passed ? [] : tail.map((line) => `  ${line}`)),
            `verdict: ${outcome} (${detail})`,
            `image: ${image}`,
          ].join('\n'),
        );
        return passed ? 0 : 1;
      }),
    );
};

export default define;

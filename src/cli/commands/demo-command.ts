import { hypervisorFinder, hypervisorRecipe } from '../../app/named-image.js';
import { planSelection, sandboxKind } from '../../app/planning.js';
import { runBuild } from '../../app/run-build.js';
import { architectures, selectUnits } from '../../app/selection.js';
import { artifactKind } from '../../artifacts/kinds.js';
import { toolsForGraph } from '../../engine/environment/unit-tools.js';
import { acceleratorChoice } from '../../lab/accelerator.js';
import { bootImage } from '../../lab/boot-image.js';
import { parsePattern } from '../../lab/boot-options.js';
import { installTools, labTools, sandboxTools } from '../../machine/build-tools.js';
import { isBuilt } from '../../recipe/recipe.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';
import { acceleratorOption, parseJobs, sandboxOption } from '../options.js';

interface Options {
  arch?: string;
  jobs?: number;
  small?: boolean;
  under: string;
  accel?: string;
  sandbox?: string;
}

/** Emulation is slow, and a machine may be busy. */
const bootTimeout = 180;

const define: Define = (command, run) => {
  command
    .argument('[image]', 'an image recipe (default: qemu-xen-stubdom)')
    .option('--small', 'zlib-selftest instead: the same way with a library of one minute')
    .option('--arch <name>', 'stubdom-amd64 or stubdom-i386 (default: stubdom-amd64)')
    .option('-j, --jobs <n>', 'jobs at once (default: one for each processor)', parseJobs)
    .option(...sandboxOption)
    .option('--under <lab>', "xen: a real Xen in QEMU; pvh: QEMU's direct boot", 'xen')
    .option(...acceleratorOption)
    .addHelpText(
      'after',
      `
Everything that it takes, on a machine that has nothing yet: installs missing host
tools, fetches the distro's sources, builds toolchain, libraries, hypervisor and image,
verifies the image, boots it, and tells the verdict.

Examples:
  stubforge demo
  stubforge demo --small --arch stubdom-i386
  stubforge demo hello --under pvh`,
    )
    .action(
      run<Options>(async (context, options, args) => {
        const started = Date.now();
        const name = args[0] ?? (options.small ? 'zlib-selftest' : 'qemu-xen-stubdom');
        if (options.under !== 'xen' && options.under !== 'pvh') {
          throw new UserError({ message: `--under is '${options.under}', not xen or pvh` }, 2);
        }
        const accelerator = acceleratorChoice(options.accel);
        const image = await selectUnits(context.session, [name], options.arch);
        const [architecture, more] = architectures(image.catalogue, options.arch);
        if (!architecture || more) {
          throw new UserError({ message: 'demo takes one architecture at a time' }, 2);
        }
        const { bits } = image.catalogue.toolchain(architecture).architecture;
        const names = options.under === 'xen' ? [name, hypervisorRecipe(bits)] : [name];
        const selection = await selectUnits(context.session, names, architecture);
        const sandbox = sandboxKind(options.sandbox) === 'none' ? [] : sandboxTools;
        const tools = [...labTools, ...sandbox, ...toolsForGraph(selection.graph)];
        await installTools(tools, context.session);

        // From the plan to the guest's end, nothing is removed from the store.
        await using held = await context.session.holdStore('shared');
        const planned = await planSelection(context.session, held, selection, {
          ...options,
          depth: 'contents',
        });
        const { recipe } = planned.wanted.find((unit) => unit.recipe.name === name)!;
        const settings = isBuilt(recipe) ? undefined : artifactKind(recipe).bootSettings(recipe);
        if (isBuilt(recipe) || !settings) {
          throw new UserError(
            { message: `${name} is no image`, help: 'stubforge demo --small' },
            2,
          );
        }
        const summary = await runBuild(planned, options);
        if (summary.failed.length > 0) return 1;
        const output = planned.engine.store.outputDirectory(
          summary.outputs.get(`${name}:${architecture}`)!,
        );
        const kind = artifactKind(recipe);
        const { main: file } = kind.files(output, name)!;
        const { kept } = await kind.verify(output, name);
        context.session.emit({
          type: 'note',
          message: `${name} fulfils the image contract (${kept} rules; stubforge verify ${name} shows them)`,
        });
        const result = await bootImage(
          {
            image: file,
            under: options.under,
            memory: settings.memory,
            expect: settings.expect === undefined ? undefined : parsePattern(settings.expect),
            timeout: bootTimeout,
            accelerator,
            findHypervisor: hypervisorFinder(context.session),
          },
          context.session,
        );
        const seconds = (Date.now() - started) / 1000;
        const passed = result.outcome === 'passed';
        context.result(
          'demo',
          { image: file, architecture, ...result, seconds },
          [
            ...(passed ? [] : result.tail.map((line) => `  ${line}`)),
            `verdict: ${result.outcome} (${result.detail})`,
            `image: ${file}`,
          ].join('\n'),
        );
        return passed ? 0 : 1;
      }),
    );
};

export default define;

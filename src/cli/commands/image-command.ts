import { imageXlConfig } from '../../app/image-xl-config.js';
import { parseMemory } from '../../lab/boot-options.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';

const help = `
The lines go into the xl.cfg file of an HVM guest, beside its own memory and disks. 'xl create' then starts
the image as a stub domain, which runs the guest's device model instead of dom0. How much memory it gets is
what the image's recipe says, or --memory.

With --json the result has the options as a list, and the text.

Examples:
  stubforge image xl-config qemu-xen-stubdom >> guest.cfg
  stubforge image xl-config qemu-xen-stubdom --path /usr/lib/xen/boot/qemu-stubdom.gz
  stubforge image xl-config out/qemu-xen-stubdom.gz --memory 96MiB`;

interface Options {
  arch?: string;
  path?: string;
  memory?: string;
}

const define: Define = (command, run) => {
  command
    .command('xl-config')
    .summary("print the lines of xl.cfg that make an image a guest's device model")
    .description("Prints the lines of xl.cfg that make an image a guest's device model.")
    .argument('<image>', 'a file, or an image recipe that was built')
    .option('--arch <name>', 'the architecture of an image that is named by its recipe')
    .option('--path <file>', 'where dom0 will have the image (default: where it is now)')
    .option('--memory <size>', "the stub domain's memory, e.g. 64MiB (default: the recipe's)")
    .addHelpText('after', help)
    .action(
      run<Options>(async (context, { arch, path, memory }, [image]) => {
        if (path !== undefined && !path.startsWith('/')) {
          throw new UserError(
            {
              id: 'cli.invalid-option',
              message: `'${path}' is no path in dom0`,
              help: 'write an absolute one: --path /usr/lib/xen/boot/NAME',
            },
            2,
          );
        }
        const config = await imageXlConfig(context.session, image!, {
          architecture: arch,
          path,
          memory: memory === undefined ? undefined : parseMemory(memory),
        });
        context.result('image xl-config', config, config.text);
        return 0;
      }),
    );
};

export default define;

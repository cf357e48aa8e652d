import { verifyImages } from '../../app/verify-images.js';
import { rules } from '../../artifacts/image/verify/rules/all-rules.js';
import { renderVerification } from '../../artifacts/image/verify/verification-report.js';
import { type Profile, profiles } from '../../artifacts/image/verify/verify-image.js';
import { UserError } from '../../util/diagnostic.js';
import type { Define } from '../context.js';
import { choice } from '../options.js';

const help = `
Profiles:
  stubdom   the whole image contract: every rule that fails is an error
  xen-pv    what Xen needs to start it as a PV guest; the rest of the contract gives warnings
  pvh       what Xen and QEMU need to start it as a PVH guest; the rest gives warnings
Without --profile, images with the nub kernel, and files without any Xen notes, are checked as
stubdom, and other images as what they claim to be.

Exit code: 0 when all images pass, 1 when one fails.

Examples:
  stubforge verify hello.elf.gz
  stubforge verify -v --profile xen-pv /boot/vmlinux
  stubforge verify --json *.elf.gz
  stubforge verify --rules`;

interface Options {
  profile?: string;
  rules?: boolean;
  verbose?: boolean;
}

const define: Define = (command, run) => {
  command
    .argument('[image...]', 'ELF files, also gzip-compressed')
    .option('--profile <name>', `${profiles.join(', ')} (default: by the image)`)
    .option('--rules', 'list the rules instead')
    .addHelpText('after', help)
    .action(
      run<Options>(async (context, options, args) => {
        const profile = options.profile === undefined ? undefined : profileChoice(options.profile);
        if (options.rules) {
          const list = rules.map(({ name, summary }) => ({ name, summary }));
          const text = list.map(({ name, summary }) => `${name}: ${summary}`).join('\n');
          context.result('verify', { rules: list }, text);
          return 0;
        }
        if (args.length === 0) {
          throw new UserError(
            {
              id: 'cli.missing-argument',
              message: 'no image is named',
              help: 'name one or more: stubforge verify IMAGE…',
            },
            2,
          );
        }
        const results = await verifyImages(context.session, args, profile);
        context.result(
          'verify',
          { images: results },
          results.map((each) => renderVerification(each, options.verbose ?? false)).join('\n\n'),
        );
        return results.every((each) => each.passed) ? 0 : 1;
      }),
    );
};

/** What `--profile` says. Throws UserError for anything but its values. */
const profileChoice = (text: string): Profile => choice(text, profiles, 'profile');

export default define;

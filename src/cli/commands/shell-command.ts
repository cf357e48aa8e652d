import { openShell } from '../../app/open-shell.js';
import { unitArgument } from '../../app/unit-argument.js';
import type { Define } from '../context.js';
import { sandboxOption } from '../options.js';

const define: Define = (command, run) => {
  command
    .argument('<unit>', "a unit, e.g. zlib:stubdom-i386, or a recipe's name for stubdom-amd64")
    .option('-c, --command <text>', 'run this instead of an interactive shell')
    .option(...sandboxOption)
    .option('--fresh', 'unpack the source again even if a failed build left its tree')
    .addHelpText(
      'after',
      `
Opens a shell in the exact environment of a unit's build: same sandbox, variables, PATH,
sysroot and folders. A failed build's tree is used as it was left; otherwise the source is
unpacked first. The phases are scripts in $STUBFORGE_PHASES: sh -eu $STUBFORGE_PHASES/configure

Examples:
  stubforge shell zlib
  stubforge shell pcre2:stubdom-i386 -c 'env | sort'`,
    )
    .action(
      run<{ command?: string; fresh?: boolean; sandbox?: string }>(
        async ({ session }, options, args) => openShell(session, unitArgument(args[0]!), options),
      ),
    );
};

export default define;

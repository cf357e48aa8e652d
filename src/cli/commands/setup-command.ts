import { installMissing, missingPackages } from '../../app/set-up-machine.js';
import type { Define } from '../context.js';

const define: Define = (command, run) => {
  command
    .argument('[package...]', 'more Debian packages to install')
    .option('--check', 'only show what is missing; exit code 1 if anything is')
    .addHelpText(
      'after',
      `
Installs by apt-get what building and booting all recipes needs: as root, or by sudo
where that asks for no password. Otherwise prints the command to type.

Examples:
  stubforge setup
  stubforge setup --check`,
    )
    .action(
      run<{ check?: boolean }>(async (context, options, args) => {
        if (options.check) {
          const packages = await missingPackages(context.session, args);
          context.result(
            'setup',
            { missing: packages },
            packages.length === 0
              ? 'nothing is missing'
              : `missing: apt-get install --no-install-recommends ${packages.join(' ')}`,
          );
          return packages.length === 0 ? 0 : 1;
        }
        const installed = await installMissing(context.session, args);
        context.result(
          'setup',
          { installed },
          installed.length === 0 ? 'nothing was missing' : `installed ${installed.join(', ')}`,
        );
        return 0;
      }),
    );
};

export default define;

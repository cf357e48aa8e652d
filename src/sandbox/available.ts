import { execa } from 'execa';
import { UserError } from '../util/diagnostic.js';
import { bubblewrap, bubblewrapWords } from './bubblewrap.js';

let tried: Promise<void> | undefined;

/**
 * Tries bubblewrap with all that builds use of it. Throws UserError with the cause where it does not
 * work: many containers forbid new namespaces or a /proc of one's own.
 */
export function requireBubblewrap(): Promise<void> {
  tried ??= tryBubblewrap();
  return tried;
}

async function tryBubblewrap(): Promise<void> {
  const words = bubblewrapWords(
    { command: ['/bin/true'], directory: '/', environment: {} },
    { mounts: [{ from: '/usr', at: '/usr' }], links: mergedLinks },
  );
  const { failed, stderr, code } = await execa(words[0]!, words.slice(1), {
    reject: false,
    env: {},
    extendEnv: false,
  });
  if (!failed) return;
  throw new UserError({
    message: 'builds cannot be sandboxed on this machine: bubblewrap does not work',
    details:
      code === 'ENOENT'
        ? [`${bubblewrap} is not installed`]
        : String(stderr).trim().split('\n').slice(0, 4),
    help: `${
      code === 'ENOENT'
        ? 'stubforge setup'
        : 'allow user namespaces (in a container: run it with unconfined seccomp and AppArmor profiles)'
    }; or build without a sandbox, with --sandbox=none`,
  });
}

const mergedLinks = { '/bin': 'usr/bin', '/lib': 'usr/lib', '/lib64': 'usr/lib64' };

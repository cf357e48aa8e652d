/** Where a recipe's source comes from, as it is written. */
import { z } from 'zod';
import type { SourceSpec } from '../../source/source-spec.js';
import { matching, recipePath } from '../field-schemas.js';

const debianName = matching(
  /^[a-z0-9][a-z0-9+.-]{1,99}$/,
  'not a valid Debian package name: lower-case letters, digits and + . -',
);
const suite = matching(/^[a-z0-9][a-z0-9.-]{0,99}$/, 'not a valid suite name, such as bookworm')
  .optional()
  .describe('The suite to take it from; the newest version of all suites wins otherwise.');

/** A URL's last part becomes the name of a file. */
const urlOf = (schemes: string, error: string) =>
  matching(new RegExp(`^(?:${schemes})://(?!.*[^/]{201})[^\\s]{1,2000}$`), error).refine(
    (url) => URL.canParse(url),
    { error },
  );

export const sourceSchema = z
  .union([
    z.strictObject({
      debian: debianName.describe('A source package of the distro.'),
      suite,
    }),
    z.strictObject({
      'debian-binary': debianName.describe('A binary package of the distro, for data only.'),
      architecture: matching(
        /^[a-z0-9-]{1,100}$/,
        'not a valid architecture name, such as amd64',
      ).describe("The package's architecture, as dpkg names it."),
      suite,
    }),
    z.strictObject({
      url: urlOf('https?', 'expected a URL that starts with https:// or http://').describe(
        'An archive: .tar.gz, .tar.xz, .tar.bz2 or .tar.zst.',
      ),
      sha256: matching(
        /^[0-9a-f]{64}$/,
        'expected a SHA-256 of 64 lower-case hexadecimal digits',
      ).describe("The archive's SHA-256."),
    }),
    z.strictObject({
      git: urlOf('https?|git|ssh|file', 'expected the URL of a git repository').describe(
        'The URL of a git repository.',
      ),
      commit: matching(
        /^[0-9a-f]{40}$/,
        'expected a whole commit hash of 40 lower-case hexadecimal digits',
      ).describe('A whole commit hash.'),
    }),
    z.strictObject({
      local: recipePath.describe("A folder, relative to the recipe's file."),
    }),
  ])
  .describe('Where the source comes from; versions and hashes are in the lock file.');

export type WrittenSource = z.output<typeof sourceSchema>;

/** `inFolder` makes a path relative to the recipe's file absolute. */
export function sourceSpec(source: WrittenSource, inFolder: (path: string) => string): SourceSpec {
  if ('debian' in source) return { type: 'debian', package: source.debian, suite: source.suite };
  if ('debian-binary' in source) {
    return {
      type: 'debian-binary',
      package: source['debian-binary'],
      architecture: source.architecture,
      suite: source.suite,
    };
  }
  if ('url' in source) return { type: 'url', url: source.url, sha256: source.sha256 };
  if ('git' in source) return { type: 'git', url: source.git, commit: source.commit };
  return { type: 'local', path: inFolder(source.local) };
}

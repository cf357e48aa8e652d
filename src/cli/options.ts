/** Options that several commands have. */
import { UserError } from '../util/diagnostic.js';
import { suggestion } from '../util/suggest.js';

/** For commander's `.option()`, of every command that builds. */
export const sandboxOption = [
  '--sandbox <kind>',
  'bubblewrap or none: what encloses builds (default: $STUBFORGE_SANDBOX, else bubblewrap)',
] as const;

/** Of every command that boots. */
export const acceleratorOption = [
  '--accel <name>',
  'kvm, tcg (emulation), or auto: kvm where it works (default: $STUBFORGE_ACCEL, else auto)',
] as const;

/** Where a guest is booted. */
export const labOption = [
  '--under <lab>',
  "xen: a real Xen in QEMU; pvh: QEMU's direct boot",
  'xen',
] as const;

const labs = ['xen', 'pvh'] as const;

/** What `--under` says. Throws UserError for anything but its values. */
export const labChoice = (text: string) => choice(text, labs, 'lab');

/** One of an option's values; `what` is what such a value is. Throws UserError for any other text. */
export function choice<Value extends string>(
  text: string,
  values: readonly Value[],
  what: string,
): Value {
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw new UserError(
    {
      id: `cli.unknown-${what}`,
      message: `there is no ${what} '${text}'`,
      help: suggestion(text, values, `${what}s`),
    },
    2,
  );
}

export const architecturesOption = [
  '--arch <list>',
  "architectures, separated by commas, or 'all' (default: stubdom-amd64)",
] as const;

/** Reads a whole number from 1 on, for commander's `.option()`. Throws UserError that names the option. */
export function wholeNumber(option: string): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1) return number;
    throw new UserError(
      {
        id: 'cli.invalid-option',
        message: `${option} needs a whole number from 1 on, not '${text}'`,
      },
      2,
    );
  };
}

/** What `-j` says. */
export const parseJobs = wholeNumber('--jobs');

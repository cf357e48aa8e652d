/**
 * What a copy of config.sub or config.guess is, read from its text alone. Copies have been edited,
 * renamed and cut down for thirty years, so nothing here relies on more than the shape that all
 * of them share.
 */

/**
 * How a config.sub treats operating systems:
 * `dashed` (until 2018) keeps the dash in the value, `-gnu*`;
 * `plain` (2018 to 2020) has cut it off, `gnu*`;
 * `kernel` (since 2020) also holds kernel and system apart and checks the pair.
 */
export type Structure = 'dashed' | 'plain' | 'kernel';

/** A `case … in … esac` of a script, by line numbers that count from 0. */
export interface Choice {
  /** The word that is looked at, without quotes and braces: `$os`. */
  subject: string;
  /** The line with `case`. */
  start: number;
  /** The line with `esac`. */
  end: number;
  /** Its last resort, `*)`, leaves the script with a failure. */
  rejects: boolean;
}

/** The date in `timestamp='2022-01-03'`, or undefined in copies from before there were any. */
export function timestampOf(text: string): string | undefined {
  return /^timestamp=['"](\d{4}-\d{2}-\d{2})['"]/m.exec(text)?.[1];
}

/** Whether a text can be one for a shell: a shell's `#!` line or a comment first, nothing binary. */
export function isShellScript(text: string): boolean {
  return /^(#!.*\bsh\b|#|:)/.test(text) && !text.includes('\0');
}

/**
 * Whether the opening of a file can be that of a config.sub or config.guess. A cheap first look;
 * scripts that merely carry a time stamp, such as generated test suites, do not pass.
 */
export function mayBeConfigScript(opening: string): boolean {
  return (
    isShellScript(opening) &&
    /configuration validation subroutine|guess a canonical system name|canonicalize the given/i.test(
      opening,
    )
  );
}

/** A config.sub: it determines the machine, and rejects what it does not know. */
export function isConfigSub(text: string): boolean {
  return (
    isShellScript(text) && /^\s*basic_machine=/m.test(text) && /Invalid configuration/.test(text)
  );
}

/** A config.guess: it asks uname and prints a triple. */
export function isConfigGuess(text: string): boolean {
  return isShellScript(text) && /UNAME_MACHINE/.test(text) && /UNAME_SYSTEM/.test(text);
}

/** Undefined where there is no list of operating systems that rejects unknown ones. */
export function structureOf(text: string): Structure | undefined {
  const lines = text.split('\n');
  const choice = systemChoice(lines);
  if (!choice) return undefined;
  if (listsSystems(lines, choice, '-')) return 'dashed';
  return choicesOf(lines).some((each) => each.subject.startsWith('$kernel-$os'))
    ? 'kernel'
    : 'plain';
}

/** Where the valid operating systems are listed; undefined unless there is exactly one such list. */
export function systemChoice(lines: readonly string[]): Choice | undefined {
  return only(
    choicesOf(lines).filter(
      (each) =>
        each.subject === '$os' &&
        each.rejects &&
        (listsSystems(lines, each, '-') || listsSystems(lines, each, '')),
    ),
  );
}

/** Where the valid machines are listed; undefined unless there is exactly one such list. */
export function machineChoice(lines: readonly string[]): Choice | undefined {
  return only(
    choicesOf(lines).filter(
      (each) => each.rejects && ['$basic_machine', '$cpu-$vendor'].includes(each.subject),
    ),
  );
}

function only<Item>(items: Item[]): Item | undefined {
  return items.length === 1 ? items[0] : undefined;
}

/** AIX and HP-UX are in every list of systems, from the first to the newest. */
function listsSystems(lines: readonly string[], choice: Choice, prefix: string): boolean {
  const body = lines.slice(choice.start, choice.end).join('\n');
  return ['aix', 'hpux'].every((os) => new RegExp(`(^|[|\\s])${prefix}${os}\\*`, 'm').test(body));
}

/**
 * The choices of a script, inner ones before the ones around them. Understands shell only as far as
 * these scripts use it: `case` and `esac` begin lines. Empty where they do not pair up.
 */
export function choicesOf(lines: readonly string[]): Choice[] {
  const done: Choice[] = [];
  const open: (Choice & { inLastResort: boolean })[] = [];
  for (const [index, line] of lines.entries()) {
    const opening = /^\s*case\s+(\S+)\s+in\s*(#.*)?$/.exec(line);
    const innermost = open.at(-1);
    if (opening) {
      open.push({
        subject: opening[1]!.replace(/["{}]/g, ''),
        start: index,
        end: index,
        rejects: false,
        inLastResort: false,
      });
    } else if (/^\s*esac\b/.test(line)) {
      const closed = open.pop();
      if (!closed) return [];
      const { inLastResort: _, ...choice } = closed;
      done.push({ ...choice, end: index });
    } else if (innermost && /^\s*\(?\*\s*\)/.test(line)) {
      innermost.inLastResort = true;
    }
    // A failure inside of a nested last resort is one of the choices around it as well, as long
    // as they are in their own last resort.
    if (/^[^#]*\bexit\s+[1-9]/.test(line)) {
      for (let depth = open.length - 1; depth >= 0 && open[depth]!.inLastResort; depth--) {
        open[depth]!.rejects = true;
      }
    }
    if (/;;\s*(#.*)?$/.test(line) && open.length > 0) open.at(-1)!.inLastResort = false;
  }
  return open.length === 0 ? done : [];
}

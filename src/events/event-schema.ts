/**
 * The vocabulary of what happens while stubforge works, as a schema. Producers emit; the listeners in
 * `ui/` decide what a person, a log or a program gets to see. With `--json` each event is one line of
 * JSON of exactly this shape. Loaded for schemas only: everything else imports the types.
 */
import { z } from 'zod';
import { diagnosticSchema } from '../util/diagnostic-schema.js';

const unitNameSchema = z
  .string()
  .describe('<recipe>:<architecture>, as dpkg writes a package of a foreign architecture.');

export const staleReasonSchema = z
  .union([
    z.literal('never-built').describe('No output is recorded for any key of this unit.'),
    z.literal('changed').describe('An output exists for another key; detail names what changed.'),
    z.literal('forced').describe('It was asked for with --force.'),
    z.literal('output-missing').describe('The recorded output is missing from the store.'),
    z
      .literal('dependency-stale')
      .describe('A unit that it needs has to be built first, so its own key is not known yet.'),
  ])
  .describe('Why a unit has to be built.');

const seconds = z.number().nonnegative().describe('How long it took.');
const bytes = z.int().nonnegative();
const count = z.int().nonnegative();
const phase = z.string().describe("The phase's name, e.g. configure.");
const log = z.string().describe("The file that holds the unit's log.");
const file = z.string().describe("The file's name.");
const step = z.string().describe('What is done, in a few words; names the step.');
const total = bytes.optional().describe('In bytes; absent where the server does not say.');
const diagnostics = z.array(diagnosticSchema).min(1);

/** An event: its `type`, what it means, and its fields. */
const event = <const Type extends string, Fields extends z.ZodRawShape>(
  type: Type,
  description: string,
  fields: Fields,
) => z.strictObject({ type: z.literal(type), ...fields }).describe(description);

export const eventSchema = z
  .discriminatedUnion('type', [
    event(
      'plan',
      'The plan is known: which units will run, in dependency order, and which are fresh.',
      {
        build: z.array(unitNameSchema).describe('Will be built, in this order of dependencies.'),
        fresh: z.array(unitNameSchema).describe('Are in the store already.'),
      },
    ),
    event('unit-fresh', "A unit's output is in the store already.", {
      unit: unitNameSchema,
      reason: z.string().describe('How that is known.'),
    }),
    event('unit-start', 'The build of a unit begins.', {
      unit: unitNameSchema,
      reason: staleReasonSchema,
      detail: z.string().optional().describe('What exactly made it stale.'),
      log,
    }),
    event(
      'phase-start',
      "A phase of a unit begins. A unit's source may be unpacked before the unit itself starts.",
      { unit: unitNameSchema, phase },
    ),
    event('phase-done', 'A phase ended, well or not.', {
      unit: unitNameSchema,
      phase,
      seconds,
      cpuSeconds: z
        .number()
        .nonnegative()
        .optional()
        .describe('Processor time of its processes, where that is known.'),
      parallel: z
        .boolean()
        .optional()
        .describe('It runs several jobs at once where it gets the tokens.'),
    }),
    event('phase-output', "A line of a phase's output, as the tool printed it.", {
      unit: unitNameSchema,
      phase,
      line: z.string().describe('Without its line end.'),
    }),
    event('unit-done', 'A unit was built.', {
      unit: unitNameSchema,
      seconds,
      output: z.string().describe('The folder in the store with what it installed.'),
    }),
    event('unit-failed', 'The build of a unit failed.', {
      unit: unitNameSchema,
      phase,
      seconds,
      diagnostics: diagnostics.describe('All that is known about it, the first cause first.'),
      log,
    }),
    event('unit-skipped', 'A unit was not tried.', {
      unit: unitNameSchema,
      because: z.string().describe('What failed before it, or that the run was stopped.'),
    }),
    event('build-done', 'All units of the plan were built, failed or were skipped.', {
      built: count.describe('How many units were built.'),
      fresh: count.describe('How many were in the store already.'),
      failed: count.describe('How many failed.'),
      skipped: count.describe('How many were not tried.'),
      seconds,
    }),
    event('download-start', 'The download of a file begins.', { file, total }),
    event('download-progress', 'A part of a file has arrived.', {
      file,
      received: bytes.describe('How many bytes have arrived so far.'),
      total,
    }),
    event('download-done', 'A file has arrived as a whole.', {
      file,
      bytes: bytes.describe('Its size.'),
    }),
    event(
      'download-failed',
      'A file has not arrived from one source. Another may be tried; when there is none, what needed the file fails.',
      { file },
    ),
    event(
      'step-start',
      'A step of longer work outside units begins: setting up, updating an index, linking, verifying.',
      { step },
    ),
    event('step-done', 'A step ended well.', {
      step,
      seconds,
      detail: z.string().optional().describe('What came of it.'),
    }),
    event('step-failed', 'A step failed.', {
      step,
      diagnostics: diagnostics.describe('All that is known about it.'),
    }),
    event('note', 'Something the user should know that stops nothing.', {
      message: z.string().describe('A sentence without a final period.'),
    }),
    event('warning', 'Something the user should look into, though it stops nothing now.', {
      diagnostic: diagnosticSchema,
    }),
    event('image-done', 'An image lies in the store, new or not.', {
      unit: unitNameSchema,
      elf: z.string().describe('The image as an ELF file.'),
      gz: z.string().describe('The same, compressed.'),
      bytes: bytes.describe('The size of the ELF file.'),
      gzBytes: bytes.describe('The size of the compressed file.'),
    }),
    event('console', "A line of a guest's console.", {
      line: z.string().describe('Without its line end.'),
      from: z
        .string()
        .optional()
        .describe('Whose console it is, where there are several: a domain, dom0 or xen.'),
    }),
    event('boot-start', 'A guest is started.', {
      image: z.string().describe('The file that is booted.'),
      under: z.enum(['xen', 'pvh']).describe('By Xen, or by QEMU itself.'),
      accelerator: z.enum(['kvm', 'tcg']).describe('tcg is emulation.'),
      command: z.array(z.string()).describe("QEMU's command line."),
    }),
    event('boot-done', 'A guest has ended, or was ended.', {
      outcome: z
        .enum(['passed', 'failed', 'crashed', 'hung', 'no-verdict', 'unmatched'])
        .describe(
          "passed: the guest's verdict is 0 (and --expect matched); the others tell failures apart.",
        ),
      status: z
        .int()
        .optional()
        .describe('The N of "nub: exit status N", where the guest got that far.'),
      seconds,
      detail: z.string().describe('The outcome in words.'),
    }),
    event('result', 'The result of a command; people get it as text on standard output.', {
      command: z.string().describe("The command's name."),
      value: z.unknown().describe('What it is depends on the command.'),
    }),
    event('error', 'The command failed, or its arguments make no sense.', {
      diagnostics: diagnostics.describe('Everything that is wrong.'),
      exitCode: z.int().positive().describe('What the process ends with.'),
    }),
  ])
  .describe('What happens while stubforge works.');

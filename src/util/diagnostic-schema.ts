/** The shape of a diagnostic. Loaded for schemas only: everything else imports the types. */
import { z } from 'zod';

export const spanSchema = z
  .strictObject({
    file: z.string().describe('The file, relative to the current folder or absolute.'),
    line: z.int().positive().optional().describe('Counts from 1.'),
    column: z.int().positive().optional().describe('Counts from 1; tabs count as one.'),
    length: z.int().positive().optional().describe('How many columns are meant; 1 when absent.'),
    lineText: z.string().optional().describe('The text of the line, shown with a caret below it.'),
    field: z.string().optional().describe("The field's path, e.g. source.debian."),
  })
  .describe("Where in a user's file the cause lies.");

export const diagnosticSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)+$/)
      .describe(
        'Names the kind of diagnostic, whatever its words: an area and a name in kebab case, ' +
          'e.g. recipe.unknown-field, failure.missing-header, failure.disk-full.',
      ),
    message: z.string().describe('What is wrong: one sentence without a final period.'),
    span: spanSchema.optional(),
    help: z.string().optional().describe('What to do about it, in the imperative.'),
    details: z
      .array(z.string())
      .optional()
      .describe('Further lines that help, e.g. the cycle that was found, or a part of a log.'),
  })
  .describe('What went wrong, in the form in which a user reads it.');

/** Schemas of fields that recipes of several kinds, and build systems, have. */
import { z } from 'zod';
import type { FileKind } from '../yaml/check-schema.js';

/** How recipes are reported on. */
export const recipeFile: FileKind = {
  area: 'recipe',
  renamedFields: { yields: 'provides', 'host-tools': 'build-tools' },
};

export const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, { error });

/** For text that YAML may take for a number; the same message then helps more than quotes do. */
export const matchingAlways = (pattern: RegExp, error: string) =>
  z.string({ error }).regex(pattern, { error });

/** Names become names of files and folders, with suffixes. */
export const nameSchema = matching(
  /^[a-z0-9][a-z0-9+.-]{0,99}$/,
  'not a valid name: expected up to 100 lower-case letters, digits and + . -, starting with a letter or digit',
);

export const summarySchema = matching(/^\S[^\n]{0,299}$/, 'expected one line of text');

/** No system takes a longer path, nor a longer name in one. */
const pathStart = '^(?=.{1,1000}$)(?!.*[^/]{256})(?!\\s)(?!.*\\s$)';

/** Relative, and without `..`: names something inside a tree that does not exist yet. */
export const innerPath = matching(
  new RegExp(`${pathStart}(?!/)(?!(?:.*/)?\\.\\.?(?:/|$)).*[^/]$`),
  'expected a path inside the tree, without / at its start or end and without . or .. in it',
);

/** Relative to the recipe's file; `checkPath` makes sure that it stays inside the tree. */
export const recipePath = matching(
  new RegExp(`${pathStart}(?!/).*$`),
  "expected a path relative to the recipe's file, without / at its start",
);

/** A path as the guest sees it. */
export const guestPath = matching(
  new RegExp(`${pathStart}/(?!(?:.*/)?\\.\\.?(?:/|$)).*[^/]$`),
  'expected an absolute path as the guest sees it, e.g. /etc/motd',
);

/** More than any machine has is a mistake, and would not stay an exact number. */
export const sizeSchema = matchingAlways(
  /^[1-9][0-9]*(?:KiB|MiB|GiB)$/,
  'expected a size with its unit, KiB, MiB or GiB, e.g. 64MiB',
).regex(/^(?![0-9]{13}|[0-9]{10,}MiB|[0-9]{7,}GiB)/, 'expected a size below 1000000GiB');

export const durationSchema = matchingAlways(
  /^[1-9][0-9]*(?:s|min|h)$/,
  'expected a time with its unit, s, min or h, e.g. 90s',
).regex(/^(?![0-9]{8}|[0-9]{6,}min|[0-9]{4,}h)/, 'expected a time below 1000h');

/** A list in which no item occurs twice. */
export function distinct<Item extends z.ZodType>(item: Item) {
  return z
    .array(item)
    .superRefine((items, context) => {
      const seen = new Set<string>();
      for (const [index, each] of items.entries()) {
        const text = JSON.stringify(each);
        if (seen.has(text)) {
          const what = typeof each === 'string' ? `'${each}'` : 'this';
          const message = `${what} is given twice`;
          const params = { diagnostic: 'repeated-item' };
          context.addIssue({ code: 'custom', message, params, path: [index] });
        }
        seen.add(text);
      }
    })
    .meta({ uniqueItems: true });
}

/** Words that a build system, or a recipe for it, gives to a command. */
export const wordsSchema = z.array(z.string().min(1, { error: 'a word cannot be empty' }));

export const textSchema = matching(/\S/, 'the text is empty; leave the field out instead');

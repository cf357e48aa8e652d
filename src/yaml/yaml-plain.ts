/**
 * A quick way to the value of a plain YAML file. The yaml package keeps the place of every word, which
 * takes most of its time; places are asked for only when something is wrong.
 */
import { CORE_SCHEMA, load } from 'js-yaml';

/** Anchors, aliases, tags and directives, where a value or a line begins. */
const special = /(?:^|[\s,[{:-])[&*!%]/m;

/**
 * A line that begins with a colon, or a list that begins beside its field's name: the two packages do
 * not see eye to eye about these.
 */
const doubtful = /^\s*:|:[ \t]+-\s/m;

/**
 * The value, or undefined for a text that is empty, that has anything wrong with it, or that uses more
 * of YAML than maps, lists and words. What it gives is what the yaml package gives for the same text.
 */
export function plainYaml(text: string): unknown {
  if (special.test(text) || doubtful.test(text)) return undefined;
  try {
    return load(text, { schema: CORE_SCHEMA }) ?? undefined;
  } catch {
    return undefined;
  }
}

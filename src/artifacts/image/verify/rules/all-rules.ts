import type { Rule } from '../rule.js';
import { elfRules } from './elf-rules.js';
import { entryRules } from './entry-rules.js';
import { fileRules } from './file-rules.js';
import { noteRules } from './note-rules.js';
import { segmentRules } from './segment-rules.js';

/** The image contract: every rule that an image which can be read at all is checked by. */
export const rules: readonly Rule[] = [
  ...elfRules,
  ...segmentRules,
  ...noteRules,
  ...entryRules,
  ...fileRules,
];

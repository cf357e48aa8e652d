import { expect, test } from 'vitest';
import { factsText, mesonFunctions } from '../../../src/toolchain/facts.js';

const facts = [
  { name: 'ac_cv_header_poll_h', value: 'yes' },
  { name: 'ac_cv_func_poll', value: 'yes' },
  { name: 'ac_cv_func_strtod', value: 'yes' },
  { name: 'ac_cv_func_strtod', value: 'yes', reason: 'musl rounds as IEEE 754 says' },
  { name: 'ac_cv_func_malloc_0_nonnull', value: 'yes', reason: 'musl rounds as IEEE 754 says' },
];

test('meson gets the functions that link, each once: it refuses a file that says a thing twice', () => {
  expect(mesonFunctions(facts)).toBe('has_function_poll = true\nhas_function_strtod = true');
  expect(mesonFunctions([])).toBe('');
});

test('config.site gets every fact, and the reasons of those that nothing can show', () => {
  const text = factsText(facts);
  expect(text.match(/musl rounds/g)).toHaveLength(1);
  expect(text).toContain('  : "${ac_cv_func_malloc_0_nonnull=yes}"');
});

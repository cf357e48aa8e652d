import { expect, test } from 'vitest';
import { hasLibgcc32 } from '../../../src/machine/build-tools.js';

test("the library for 32 bits is there when it is not the other width's", () => {
  const folder = '/usr/lib/gcc/x86_64-linux-gnu/12';
  const answer64 = `${folder}/libgcc.a`;
  expect(hasLibgcc32(`${folder}/32/libgcc.a`, answer64)).toBe(true);
  expect(hasLibgcc32(answer64, answer64)).toBe(false);
  // GCC goes up and down in its folders.
  expect(hasLibgcc32(`${folder}/../12/libgcc.a`, answer64)).toBe(false);
  expect(hasLibgcc32('libgcc.a', answer64)).toBe(false);
  // There is no compiler.
  expect(hasLibgcc32('', '')).toBe(false);
});

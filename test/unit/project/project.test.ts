import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProject } from '../../../src/project/project.js';
import { UserError } from '../../../src/util/diagnostic.js';
import { temporaryTree } from '../../support/temporary.js';

function refusal(stateDir: string): UserError {
  try {
    findProject({ stateDir });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${stateDir} was taken`);
}

test('an empty --state is not the current folder', () => {
  const error = refusal('');
  expect(error.message).toBe('--state names no folder: its value is empty');
  expect(error.exitCode).toBe(2);
});

test('a file is no state folder, nor has one below it', async () => {
  const file = join(await temporaryTree({ file: 'x' }), 'file');
  expect(refusal(file).message).toBe(`the state folder ${file} is not a folder`);
  expect(refusal(join(file, 'below/it')).message).toBe(
    `the state folder ${file}/below/it cannot be created: ${file} is not a folder`,
  );
});

test('a state folder need not be there, nor those above it', async () => {
  const stateDir = join(await temporaryTree(), 'not/yet');
  expect(findProject({ stateDir }).state.root).toBe(stateDir);
});

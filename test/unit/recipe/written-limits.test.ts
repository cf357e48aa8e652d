import { describe, expect, test } from 'vitest';
import { evaluateLimits } from '../../../src/recipe/written-limits.js';
import { evaluated, recipe, recipesOf } from '../../support/recipe-project.js';

describe('limits', () => {
  test('sizes are bytes and times are seconds; what is not said is the default', () => {
    expect(evaluateLimits()).toMatchObject({ memory: 8 * 2 ** 30, time: 7200, silence: 1800 });
    const written = { memory: '3KiB', disk: '5MiB', time: '90s', silence: '2min', output: '1GiB' };
    expect(evaluateLimits(written, { processes: 7 })).toEqual({
      memory: 3072,
      processes: 7,
      time: 90,
      silence: 120,
      disk: 5 * 2 ** 20,
      output: 2 ** 30,
    });
  });

  test('a block for an architecture changes single limits', async () => {
    const { recipes } = await recipesOf({
      'recipes/a.yaml': recipe(
        'a',
        'limits: { memory: 1GiB, time: 1h }\nstubdom-i386:\n  limits: { time: 3h }',
      ),
    });
    expect(evaluated(recipes, 'a').limits.time).toBe(3600);
    expect(evaluated(recipes, 'a', 'stubdom-i386').limits).toMatchObject({
      memory: 2 ** 30,
      time: 3 * 3600,
    });
  });
});

import { describe, expect, test } from 'vitest';
import {
  choicesOf,
  isConfigGuess,
  isConfigSub,
  mayBeConfigScript,
  structureOf,
  timestampOf,
} from '../../../src/configsub/script.js';
import {
  dashed,
  guess,
  kernel,
  plain,
  withObject,
  wrapper,
} from '../../support/config-sub-scripts.js';

describe('what a script is', () => {
  test('the three structures are told apart', () => {
    expect(structureOf(dashed())).toBe('dashed');
    expect(structureOf(plain)).toBe('plain');
    expect(structureOf(kernel)).toBe('kernel');
    expect(structureOf(withObject)).toBe('kernel');
  });

  test('the time stamp is read, and old copies have none', () => {
    expect(timestampOf(kernel)).toBe('2022-01-03');
    expect(timestampOf(dashed())).toBeUndefined();
    expect(timestampOf("#! /bin/sh\necho timestamp='2022-01-03'")).toBeUndefined();
  });

  test('config.sub, config.guess and wrappers are not taken for each other', () => {
    expect([dashed(), plain, kernel].every(isConfigSub)).toBe(true);
    expect(isConfigSub(guess('2022-01-03'))).toBe(false);
    expect(isConfigSub(wrapper)).toBe(false);
    expect(isConfigGuess(guess('2022-01-03'))).toBe(true);
    expect(isConfigGuess(kernel)).toBe(false);
  });

  test('a shell script with a time stamp alone is none, nor is a binary with the words', () => {
    expect(mayBeConfigScript("#! /bin/sh\n# Test suite.\ntimestamp='2022-01-03'\n")).toBe(false);
    expect(mayBeConfigScript(`#! /bin/sh\n\0 configuration validation subroutine`)).toBe(false);
    expect(mayBeConfigScript(dashed())).toBe(true);
  });
});

describe('choices of a script', () => {
  test('a failure in a nested last resort belongs to the choices around it', () => {
    const machines = choicesOf(plain.split('\n')).filter((each) => each.rejects);
    expect(machines.map((each) => each.subject)).toEqual(['$#', '$cpu', '$cpu-$vendor', '$os']);
  });

  test('a failure in an arm that is no last resort does not make a choice reject', () => {
    const lines = ['case $os in', 'bad)', 'exit 1', ';;', '*)', 'echo', ';;', 'esac'];
    expect(choicesOf(lines)).toEqual([{ subject: '$os', start: 0, end: 7, rejects: false }]);
  });

  test('quotes and braces around the subject do not count', () => {
    expect(choicesOf(['case "${os}" in', 'esac'])[0]?.subject).toBe('$os');
  });

  test('nothing is claimed about a script whose choices do not pair up', () => {
    expect(choicesOf(['case $os in', '*) exit 1 ;;'])).toEqual([]);
    expect(choicesOf(['esac', 'case $os in', 'esac'])).toEqual([]);
  });
});

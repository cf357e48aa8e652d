import { describe, expect, test } from 'vitest';
import { type End, Judge, type JudgeOptions, type Outcome } from '../../../src/lab/judge.js';

const ended: End = { type: 'ended', how: 'it shut down' };
const timeout: End = { type: 'timeout', seconds: 9 };

function judge(lines: string[], end: End, options: Partial<JudgeOptions> = {}) {
  const each = new Judge({ verdict: true, ...options });
  for (const line of lines) {
    if (line.startsWith('(XEN) ')) each.hypervisorLine(line.slice(6));
    else each.guestLine(line);
  }
  return each.conclude(end);
}

describe('the verdict', () => {
  const cases: [string, string[], End, Partial<JudgeOptions>, Outcome, number?][] = [
    ['0 passes', ['hi', 'nub: exit status 0'], ended, {}, 'passed', 0],
    ['of another status fails', ['nub: exit status 3'], ended, {}, 'failed', 3],
    ['that is not the last line is none', ['nub: exit status 0', 'more'], ended, {}, 'no-verdict'],
    [
      'that comes twice counts once',
      ['nub: exit status 0', 'nub: exit status 1'],
      ended,
      {},
      'failed',
      1,
    ],
    ['may be followed by empty lines', ['nub: exit status 0', '', ' '], ended, {}, 'passed', 0],
    ['has nothing before it', ['x nub: exit status 0'], ended, {}, 'no-verdict'],
    ['has nothing after it', ['nub: exit status 0x'], ended, {}, 'no-verdict'],
    ['without an end hangs', ['nub: exit status 0'], timeout, {}, 'hung', undefined],
    [
      'and what was expected',
      ['a 1', 'nub: exit status 0'],
      ended,
      { expect: /^a \d$/ },
      'passed',
      0,
    ],
    [
      'without what was expected',
      ['b', 'nub: exit status 0'],
      ended,
      { expect: /z/ },
      'unmatched',
      0,
    ],
    [
      'fails before what was expected',
      ['b', 'nub: exit status 2'],
      ended,
      { expect: /z/ },
      'failed',
      2,
    ],
    ['is missing', ['hi'], ended, {}, 'no-verdict'],
    ['never comes', ['hi'], timeout, {}, 'hung'],
    [
      'of 0 after a line about a panic is no crash',
      ['nub: panic: x', 'nub: exit status 0'],
      ended,
      {},
      'passed',
      0,
    ],
  ];
  test.each(cases)('%s', (_name, lines, end, options, outcome, status) => {
    expect(judge(lines, end, options)).toMatchObject(
      status === undefined ? { outcome } : { outcome, status },
    );
  });
});

describe('crashes', () => {
  test('a panic of the kernel', () => {
    expect(judge(['nub: panic: no memory', ' at main'], ended)).toEqual({
      outcome: 'crashed',
      detail: 'nub: panic: no memory',
    });
    expect(judge(['nub: panic: no memory', 'nub: exit status 255'], ended)).toEqual({
      outcome: 'crashed',
      status: 255,
      detail: 'nub: panic: no memory',
    });
  });

  test('a domain that Xen ends, with the cause that Xen gave', () => {
    const lines = [
      'hi',
      '(XEN) d0v0 Unhandled: vec 14, #PF[0002]',
      '(XEN) Domain 0 (vcpu#0) crashed on cpu#0:',
      '(XEN) Hardware Dom0 crashed: rebooting machine in 5 seconds.',
    ];
    expect(judge(lines, ended)).toEqual({
      outcome: 'crashed',
      detail: 'Domain 0 (vcpu#0) crashed on cpu#0: d0v0 Unhandled: vec 14, #PF[0002]',
    });
  });

  test('a verdict does not hide a crash after it', () => {
    const lines = ['nub: exit status 0', '(XEN) Domain 0 (vcpu#0) crashed on cpu#0:'];
    expect(judge(lines, ended).outcome).toBe('crashed');
  });

  test('a triple fault, and an emulator that ends', () => {
    const each = new Judge({ verdict: true });
    each.tripleFault();
    expect(each.conclude(ended).outcome).toBe('crashed');
    const message = 'QEMU was ended by SIGSEGV';
    expect(judge(['nub: exit status 0'], { type: 'emulator', message })).toEqual({
      outcome: 'crashed',
      detail: message,
    });
  });
});

describe('guests without a verdict', () => {
  const options = { verdict: false, expect: /^grub> / };

  test('pass with the first match, in a line that has not ended too', () => {
    const each = new Judge(options);
    each.guestPartial('gru');
    expect(each.decided).toBe(false);
    each.guestPartial('grub> ');
    expect(each.decided).toBe(true);
    expect(each.conclude(ended).outcome).toBe('passed');
  });

  test('otherwise did not match, hung, or ended', () => {
    expect(judge(['x'], ended, options).outcome).toBe('unmatched');
    expect(judge(['x'], timeout, options).outcome).toBe('hung');
    expect(judge(['x'], ended, { verdict: false }).outcome).toBe('no-verdict');
    expect(judge(['nub: exit status 0'], ended, { verdict: false }).outcome).toBe('no-verdict');
  });
});

test('Xen tells of the end of the initial domain', () => {
  const each = new Judge({ verdict: true });
  expect(each.hypervisorLine('Freed 664kB init memory')).toBeUndefined();
  expect(each.hypervisorLine('Hardware Dom0 halted: halting machine')).toBeDefined();
  expect(each.hypervisorLine('Hardware Dom0 shutdown: rebooting machine')).toBeDefined();
});

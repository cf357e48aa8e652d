import { afterEach, describe, expect, test, vi } from 'vitest';
import { acceleratorChoice } from '../../../src/lab/accelerator.js';
import { UserError } from '../../../src/util/diagnostic.js';

afterEach(() => vi.unstubAllEnvs());

describe('what is asked for', () => {
  test('is what the option says, else the variable, else auto', () => {
    vi.stubEnv('STUBFORGE_ACCEL', '');
    expect(acceleratorChoice(undefined)).toBe('auto');
    vi.stubEnv('STUBFORGE_ACCEL', 'tcg');
    expect(acceleratorChoice(undefined)).toBe('tcg');
    expect(acceleratorChoice('kvm')).toBe('kvm');
  });

  test('is refused with what is valid, and with the variable that it came from', () => {
    const refusal = (option?: string) => {
      try {
        return acceleratorChoice(option);
      } catch (error) {
        if (error instanceof UserError) return { ...error.diagnostics[0], code: error.exitCode };
        throw error;
      }
    };
    vi.stubEnv('STUBFORGE_ACCEL', 'tgc');
    const help = 'valid accelerators are: auto, kvm, tcg';
    const id = 'cli.unknown-accelerator';
    expect(refusal()).toEqual({
      id,
      message: "there is no accelerator 'tgc' (from $STUBFORGE_ACCEL)",
      help,
      code: 2,
    });
    expect(refusal('')).toEqual({ id, message: "there is no accelerator ''", help, code: 2 });
  });
});

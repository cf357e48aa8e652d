import { settings } from '../project/settings.js';
import { UserError } from '../util/diagnostic.js';
import type { Accelerator } from './qemu.js';

/** `auto`: KVM where it works, else emulation. */
export type AcceleratorChoice = Accelerator | 'auto';
export const acceleratorChoices: readonly AcceleratorChoice[] = ['auto', 'kvm', 'tcg'];

/** What `--accel` says, else $STUBFORGE_ACCEL, else `auto`. Throws UserError. */
export function acceleratorChoice(option: string | undefined): AcceleratorChoice {
  const text = option ?? settings.accelerator ?? 'auto';
  const choice = acceleratorChoices.find((each) => each === text);
  if (choice) return choice;
  throw new UserError(
    {
      id: 'cli.unknown-accelerator',
      message: `there is no accelerator '${text}'${option === undefined ? ' (from $STUBFORGE_ACCEL)' : ''}`,
      help: `valid accelerators are: ${acceleratorChoices.join(', ')}`,
    },
    2,
  );
}

/**
 * What is known of this machine's accelerators. Whoever boots several guests makes one
 * and hands it to each boot, so that KVM is tried once.
 */
export class Accelerators {
  /** Why KVM is not used; undefined when it works. */
  #whyNoKvm: Promise<string | undefined> | undefined;

  /** Decides by what was asked for. Throws UserError where that is KVM and it does not work. */
  async choose(qemu: string, wanted: AcceleratorChoice, signal: AbortSignal): Promise<Accelerator> {
    if (wanted === 'tcg') return 'tcg';
    // Every command makes one of these, and few boot.
    this.#whyNoKvm ??= import('./kvm-probe.js').then((probe) => probe.whyNoKvm(qemu, signal));
    const reason = await this.#whyNoKvm.catch((error) => {
      // It was stopped, or could not even begin: that says nothing of KVM.
      this.#whyNoKvm = undefined;
      throw error;
    });
    if (reason === undefined) return 'kvm';
    if (wanted === 'auto') return 'tcg';
    throw new UserError({
      id: 'boot.kvm-unusable',
      message: 'KVM does not run guests on this machine',
      details: [reason],
      help: 'emulate the guest: --accel tcg, or auto, which uses KVM only where it works',
    });
  }

  /** A guest ran under emulation that had not run under KVM: later ones need not try it. */
  distrustKvm(): void {
    this.#whyNoKvm = Promise.resolve('another guest has shown no sign of life under KVM before');
  }
}

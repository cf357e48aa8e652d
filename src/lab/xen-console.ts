import type { ConsoleListener } from './guest-console.js';

const prefix = '(XEN) ';

/**
 * Separates the hypervisor's lines from the initial domain's: both come over one serial line, Xen's
 * with the prefix `(XEN)`. Where Xen breaks into a line that the guest has begun, the beginning is
 * put before what follows.
 */
export class XenConsole implements ConsoleListener {
  readonly #guest: ConsoleListener;
  readonly #hypervisor: (line: string) => void;
  #begun = '';

  constructor(guest: ConsoleListener, hypervisor: (line: string) => void) {
    this.#guest = guest;
    this.#hypervisor = hypervisor;
  }

  line(text: string): void {
    const at = text.indexOf(prefix);
    if (at < 0) {
      const whole = this.#begun + text;
      this.#begun = '';
      this.#guest.line(whole);
      return;
    }
    this.#begun += text.slice(0, at);
    this.#hypervisor(text.slice(at + prefix.length));
  }

  partial(text: string): void {
    if (!prefix.startsWith(text) && !text.includes(prefix)) this.#guest.partial(this.#begun + text);
  }

  /** Gives what the guest began and did not end. */
  flush(): void {
    if (this.#begun !== '') this.#guest.line(this.#begun);
    this.#begun = '';
  }
}

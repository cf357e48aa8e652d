import type { Event } from '../events/event.js';

/** Turns events into what somebody reads. One process has one listener. */
export interface Listener {
  handle(event: Event): void;
  /** Writes a command's result on standard output. */
  print(text: string): void;
  /** Finishes what is on the screen. May be called twice. */
  close(): Promise<void>;
}

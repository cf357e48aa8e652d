import type { Listener } from './listener.js';
import { plainListener } from './plain.js';

export function terminalListener(): Listener {
  return plainListener({ level: 'normal' });
}

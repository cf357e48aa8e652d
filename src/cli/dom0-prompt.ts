/** A prompt on dom0, on this terminal. */
import type { LabMachine } from '../lab/xl/lab-machine.js';

export async function prompt(machine: LabMachine): Promise<void> {
  await machine.shell(process.stdin, process.stdout);
}

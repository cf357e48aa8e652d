/** How much of the machine the build of a unit may take. */
export interface Limits {
  /** Of all its processes together, in bytes. */
  memory: number;
  /** Processes and threads at once. */
  processes: number;
  /** All phases together, in seconds. */
  time: number;
  /** Without a line of output, in seconds. */
  silence: number;
  /** All files of its build, in bytes. */
  disk: number;
  /** All that it prints, in bytes; a short line counts as `shortestLine`. */
  output: number;
}

/** The number of lines has a cost too. */
export const shortestLine = 64;

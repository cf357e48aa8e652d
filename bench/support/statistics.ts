/**
 * Reads a line of nub's statistics (toolchains/nub/kernel/statistics): seconds since boot, memory in
 * KiB, `late` and `ready` in milliseconds, and counts. Gives undefined for any other line.
 */
export function readStatistics(line: string) {
  const head = /^nub: stats ([\d.]+) s: memory (\d+) of (\d+) KiB, most (\d+), tables (\d+); /;
  const found = head.exec(line);
  if (!found) return undefined;
  const number = (name: string) => Number(new RegExp(`\\b${name} (\\d+)`).exec(line)?.[1]);
  return {
    seconds: Number(found[1]),
    memoryKiB: Number(found[2]),
    domainKiB: Number(found[3]),
    mostKiB: Number(found[4]),
    tablesKiB: Number(found[5]),
    threads: number('threads'),
    switches: number('switches'),
    interrupts: number('interrupts'),
    timeouts: number('timeouts'),
    futexWaits: number('futex waits'),
    futexWakes: number('wakes'),
    lateMilliseconds: number('late') / 1000,
    readyMilliseconds: number('ready') / 1000,
    stuck: number('stuck'),
  };
}

export type KernelStatistics = NonNullable<ReturnType<typeof readStatistics>>;

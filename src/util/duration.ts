const secondsOf: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** `90s`, `30m` or `30min`, `12h`, `7d`, `4w`, in seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^([0-9]+)(s|m|min|h|d|w)$/.exec(text) ?? [];
  return unit === undefined ? undefined : Number(number) * secondsOf[unit]!;
}

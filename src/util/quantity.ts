/**
 * A whole number with a unit behind it, in the unit that counts 1 in `units`: `64MiB` in bytes, `30min` in
 * seconds. Undefined for any other text.
 */
export function parseQuantity(
  text: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  const [, number, unit] = /^([0-9]+)([A-Za-z]+)$/.exec(text) ?? [];
  if (unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  return Number(number) * units[unit]!;
}

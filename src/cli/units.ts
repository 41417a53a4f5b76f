/** Numbers for people. `?` is what isn't known. */

const UNKNOWN = "?";

/** `0.4 s`, `42 s`, `5 min`, `3 h 20 min`, `12 d 4 h`. */
export function duration(seconds: number | undefined | null): string {
  if (seconds === undefined || seconds === null) return UNKNOWN;
  if (seconds < 9.95) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, "h", minutes % 60, "min");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `812 KiB`, `3.4 MiB`, `1.2 TiB`. */
export function kib(value: number | undefined): string {
  if (value === undefined) return UNKNOWN;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit += 1;
  }
  return `${unit === 0 || scaled >= 99.95 ? Math.round(scaled) : Math.round(scaled * 10) / 10} ${units[unit]}`;
}

export const mib = (value: number | undefined): string => kib(value === undefined ? undefined : value * 1024);

export const percent = (value: number | undefined): string => (value === undefined ? UNKNOWN : `${Math.round(value * 10) / 10} %`);

export const count = (value: number | undefined): string => (value === undefined ? UNKNOWN : String(value));

/** `1 guest`, `3 guests`. */
export const plural = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;

/**
 * What is known about something, and why not if it isn't.
 *
 * A value read once stays until a newer reading replaces it; how old it is, is judged where it is shown
 * (see state/freshness.ts), because age depends on the clock and on the link and not on the value.
 */
export type Known<T> =
  /** Not read yet in this session. */
  | { readonly state: "unknown" }
  /** The host doesn't have what this reading needs (no multipath, no DRBD): normal, and shown as absent. */
  | { readonly state: "absent"; readonly why: string; readonly at_ms: number }
  /** The last attempt failed. `last` is what was read before, still the newest value there is. */
  | {
      readonly state: "failed";
      readonly error: string;
      /** It was ended at its time limit without an answer: it hangs, over and over. */
      readonly no_answer?: true;
      readonly at_ms: number;
      readonly last: { readonly value: T; readonly at_ms: number } | undefined;
    }
  /** at_ms: when the host last confirmed it (console clock); changed_ms: when its content last changed. */
  | {
      readonly state: "known";
      readonly value: T;
      readonly at_ms: number;
      readonly changed_ms: number;
      /** The reading that gave this value began after this (console clock): what was so then or later. undefined: not known. */
      readonly asked_ms?: number;
    };

export const unknown: Known<never> = { state: "unknown" };

/** Whether the host ever said anything of it in this session, if only that it doesn't have it. */
export const everTold = (known: Known<unknown> | undefined): boolean =>
  known !== undefined && known.state !== "unknown" && (known.state !== "failed" || known.last !== undefined);

/** The newest value there is, however old; undefined where there never was one. */
export function newest<T>(known: Known<T> | undefined): T | undefined {
  if (known === undefined) return undefined;
  if (known.state === "known") return known.value;
  if (known.state === "failed") return known.last?.value;
  return undefined;
}

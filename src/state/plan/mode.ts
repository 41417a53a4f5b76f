/** Whether this console may change anything now, and why not. */

export type Mode =
  | { readonly kind: "read_write" }
  /** Until then; afterwards it is read-only again. */
  | { readonly kind: "allowed"; readonly until_ms: number; readonly then: ReadOnly }
  | ReadOnly;

export interface ReadOnly {
  readonly kind: "read_only";
  /** One phrase: `--read-only`, `read_only is set for this pair`. */
  readonly reason: string;
  /** Whether `:rw` may allow changes for a while. */
  readonly may_allow: boolean;
}

/** `:rw` without a time. */
export const ALLOW_DEFAULT_MIN = 15;
/** The longest that changes are allowed for at once. */
export const ALLOW_MAX_MIN = 8 * 60;

/** Judged by the time, not by a timer that may be late. */
export const mayAct = (mode: Mode, now_ms: number): boolean =>
  mode.kind === "read_write" || (mode.kind === "allowed" && now_ms < mode.until_ms);

/** undefined: it may act. */
export function whyNot(mode: Mode, now_ms: number): string | undefined {
  if (mayAct(mode, now_ms)) return undefined;
  const { reason, may_allow } = mode.kind === "allowed" ? mode.then : (mode as ReadOnly);
  return `read-only: ${reason}${may_allow ? " (:rw allows changes for a while)" : ""}`;
}

/** `15m`, `90 min`, `1h`, `2h30m`, `20` (minutes) -> minutes; or why it isn't a time. */
export function allowMinutes(text: string): number | string {
  const bare = text.trim().toLowerCase();
  if (bare === "") return ALLOW_DEFAULT_MIN;
  const [, hours, minutes] = /^(?:(\d{1,3}) ?h)? ?(?:(\d{1,4}) ?(?:m|min)?)?$/.exec(bare) ?? [];
  if (hours === undefined && minutes === undefined) return `${JSON.stringify(bare.slice(0, 20))} is no time: say 15m or 1h`;
  const total = 60 * Number(hours ?? 0) + Number(minutes ?? 0);
  return total >= 1 && total <= ALLOW_MAX_MIN ? total : `from 1 minute to ${ALLOW_MAX_MIN / 60} hours, not ${bare}`;
}

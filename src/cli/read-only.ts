/** Whether a console starts read-only, and why: by its options, its configuration, its key. Pure. */
import type { Mode, ReadOnly } from "../state/plan/mode.ts";
import type { PairConfig, UiConfig } from "./config.ts";

interface Start {
  /** `--read-only` */
  readonly asked: boolean;
  readonly pair: Pick<PairConfig, "read_only" | "probe">;
  readonly ui: Pick<UiConfig, "read_only">;
  /** Why nothing can be recorded; undefined: it can. */
  readonly unrecorded: string | undefined;
}

const readOnly = (reason: string, may_allow: boolean): ReadOnly => ({ kind: "read_only", reason, may_allow });

/** What can't be allowed comes first: the reason that counts is the one that stays. */
export function startMode({ asked, pair, ui, unrecorded }: Start): Mode {
  const setting = pair.read_only ?? ui.read_only;
  if (setting === "always") return readOnly('read_only = "always" in the config file', false);
  if (pair.probe === "forced") return readOnly("this pair's key may run the probe alone (probe = forced)", false);
  if (unrecorded !== undefined) return readOnly(`what is done couldn't be recorded: ${unrecorded}`, false);
  if (asked) return readOnly("started with --read-only", true);
  return setting ? readOnly("read_only = true in the config file", true) : { kind: "read_write" };
}

/** Of a command without a screen, where nothing can be allowed for a while; undefined: it may change hosts. */
export function refusedAct(pair: Start["pair"], ui: Start["ui"]): string | undefined {
  const mode = startMode({ asked: false, pair, ui, unrecorded: undefined });
  return mode.kind === "read_only" ? `nothing may be changed: ${mode.reason}` : undefined;
}

/** Notes on findings: from the screen into the state and into the operator's file, and from there into the next console. Part of the composition root. */
import { homedir } from "node:os";
import { keepNote, notesPath, readNotes } from "./cli/notes-file.ts";
import { operatorName, stateDir } from "./cli/operator-record.ts";
import { type Ack, findingKey } from "./state/acks.ts";
import type { Clock, Runtime } from "./state/runtime.ts";
import type { Wish } from "./views/actions.ts";

type NoteWish = Extract<Wish, { readonly kind: "note" | "unnote" }>;

export interface Notes {
  /** Those that were kept: no news, but they count. */
  load(): Promise<void>;
  carryOut(wish: NoteWish): void;
}

/** kept: also for the next console. */
export function createNotes(
  pair: string,
  runtime: Pick<Runtime, "take">,
  clock: Pick<Clock, "now_ms">,
  { failed, kept }: { readonly failed: (why: string) => void; readonly kept: boolean },
): Notes {
  const path = notesPath(stateDir(process.env, homedir()), pair);
  const by = operatorName(process.env);
  /** One change after the other: each reads the file before it writes it. */
  let last: Promise<void> = Promise.resolve();
  const keep = (change: Parameters<typeof keepNote>[1], now_ms: number): void => {
    if (!kept) return;
    last = last.then(async () => {
      const why = await keepNote(path, change, now_ms);
      if (why !== undefined) failed(`The note counts here, but couldn't be kept: ${why}`);
    });
  };
  return {
    async load() {
      const at_ms = clock.now_ms();
      if (!kept) return;
      for (const ack of await readNotes(path, at_ms)) runtime.take({ kind: "finding.noted", ack, at_ms });
    },
    carryOut(wish) {
      const at_ms = clock.now_ms();
      if (wish.kind === "unnote") {
        runtime.take({ kind: "finding.note_withdrawn", key: wish.key, by, at_ms });
        keep({ remove: wish.key }, at_ms);
        return;
      }
      const { finding, for_ms } = wish;
      const until_ms = for_ms === undefined ? undefined : at_ms + for_ms;
      const ack: Ack = { key: findingKey(finding), by, at_ms, until_ms, severity: finding.severity, at_risk: finding.at_risk };
      runtime.take({ kind: "finding.noted", ack, at_ms });
      keep({ add: ack }, at_ms);
    },
  };
}

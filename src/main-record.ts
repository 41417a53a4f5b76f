/** Where a session's recorder meets its file. Part of the composition root. */
import { randomBytes } from "node:crypto";
import { systemClock } from "./cli/clock.ts";
import { version } from "./cli/version.ts";
import { Refusal } from "./main-pair.ts";
import type { Msg } from "./state/msg.ts";
import type { Pair } from "./xen/model/ids.ts";

export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

export interface Recording {
  readonly heard: (msg: Msg) => void;
  /** Is told once, also what went wrong before. */
  onFailure(tell: (why: string) => void): void;
  end(): Promise<void>;
}

/** started_ms: as in the session's first state. */
export interface SessionOf {
  readonly pair: string;
  readonly hosts: Pair<string>;
  readonly simulated: boolean;
  readonly started_ms: number;
  /** As in the session's first state. */
  readonly priority?: readonly string[] | undefined;
}

/** Begun before anything is heard: a recording that can't be made is refused, not missed. */
export async function record(path: string, { pair, hosts, simulated, started_ms, priority = [] }: SessionOf): Promise<Recording | Refusal> {
  const [{ createRecordingFile }, { createRecorder }] = await Promise.all([
    import("./cli/recording-file.ts"),
    import("./state/recorder/recorder.ts"),
  ]);
  let tell: ((why: string) => void) | undefined;
  let failure: string | undefined;
  const file = await createRecordingFile(path, systemClock.now_ms, (why) => {
    failure = why;
    tell?.(why);
  });
  if ("refused" in file) return new Refusal(`${path} ${file.refused}`);
  const header = {
    format: "xenha-tui.recording/1",
    xenha_tui: version,
    pair,
    hosts,
    started_ms,
    time_zone: timeZone(),
    simulated,
    ...(priority.length === 0 ? {} : { priority }),
    session: randomBytes(8).toString("hex"),
  } as const;
  const recorder = createRecorder(header, file.sink);
  return {
    heard: (msg) => recorder.heard(msg),
    onFailure(to) {
      tell = to;
      if (failure !== undefined) to(failure);
    },
    async end() {
      recorder.end(systemClock.now_ms());
      await file.end();
    },
  };
}

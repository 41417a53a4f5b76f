/** What was last heard of both hosts, as messages: enough to begin anew in the middle of a session, and what a support bundle holds. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import type { HostMsg, Msg } from "../msg.ts";

interface Last {
  link: HostMsg | undefined;
  hello: HostMsg | undefined;
  beat: HostMsg | undefined;
  /** By reading; at most as many as there are. */
  readonly sections: Map<string, HostMsg>;
}

export interface Keyframe {
  heard(msg: Msg): void;
  /** In an order in which they make the state again: link, hello, answers from old to new, beat. */
  messages(): readonly HostMsg[];
}

/** readings: ids of those that are kept; a host may name others without end. */
export function createKeyframe(hosts: Pair<HostId>, readings: readonly string[]): Keyframe {
  const known = new Set(readings);
  const last = new Map<HostId, Last>(
    hosts.map((host) => [host, { link: undefined, hello: undefined, beat: undefined, sections: new Map() }]),
  );
  return {
    heard(msg) {
      if (msg.kind !== "link.changed" && msg.kind !== "probe.told") return;
      const of = last.get(msg.host);
      if (of === undefined) return;
      if (msg.kind === "link.changed") of.link = msg;
      else if (msg.frame.kind === "hello") of.hello = msg;
      else if (msg.frame.kind === "beat") {
        of.beat = msg;
        // Told again as it was: as if it had been told now.
        for (const id of msg.frame.same) {
          const section = of.sections.get(id);
          if (section !== undefined) of.sections.set(id, { ...section, at_ms: msg.at_ms });
        }
      } else if (msg.frame.kind === "section" && known.has(msg.frame.id)) of.sections.set(msg.frame.id, msg);
    },
    messages: () =>
      hosts.flatMap((host) => {
        const of = last.get(host);
        if (of === undefined) return [];
        const sections = [...of.sections.values()].sort((a, b) => a.at_ms - b.at_ms);
        return [of.link, of.hello, ...sections, of.beat].flatMap((msg) => (msg === undefined ? [] : [msg]));
      }),
  };
}

/** Rules about DRBD's connections: split brain, StandAlone, Connecting, flapping (2-domain, signatures 16 to 20 and 34). */
import type { HostId } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import { actOn, drbdDraft, drbdToken, hitsOf, inUse, names, plural, replicationTokens, sides, waiting } from "./drbd-common.ts";
import { answers, type Draft, drbdName, groupBy, list, type Rule, type RuleInput, said, span, unique } from "./rule.ts";

/** A loss and its return are two changes at least: as many as this in FLAP_WINDOW_MS are more than three losses (signature 34). */
export const FLAP_CHANGES_MIN = 8;
export const FLAP_WINDOW_MS = 3_600_000;
const splitBrain: Rule = {
  id: "drbd.split_brain",
  explains_restart: true,
  title: "split brain: written on both hosts while apart",
  suppresses: [
    "drbd.standalone",
    "drbd.connecting",
    "drbd.dual_primary",
    "drbd.diverging",
    "drbd.primary_unused",
    "drbd.outdated",
    "drbd.unrelated_data",
  ],
  judge: (input) =>
    groupBy(
      input.view.drbd.filter((row) => row.split_brain !== undefined),
      ({ resource }) => resource,
    ).map((rows) => {
      const [row] = rows;
      const hits = rows.flatMap((one) => hitsOf(input, one));
      const claims = rows.flatMap((one) => one.split_brain?.evidence ?? []).map((text) => said(text));
      const name = row?.resource ?? "?";
      const made = drbdDraft(input, "drbd.split_brain", hits, name, {
        severity: "critical",
        cause: `split brain: ${name} was written on both hosts while they were apart; neither copy has everything`,
        next: `3: look at ${name} on both hosts; don't promote or migrate until repaired`,
        // Which side is given up is nobody's default.
        act: actOn(hits, "drbd repair"),
      });
      const since = rows.flatMap((one) => one.split_brain?.since_ms ?? []);
      return {
        ...made,
        object: name,
        about: [drbdToken(name)],
        evidence: [...made.evidence, ...claims],
        since_ms: since.length === 0 ? undefined : Math.min(...since),
      };
    }),
};

const standAlone: Rule = {
  id: "drbd.standalone",
  explains_restart: true,
  title: "a connection was given up (StandAlone)",
  suppresses: ["drbd.connecting", "drbd.outdated", "drbd.primary_unused"],
  judge: (input) => {
    const alone = sides(input).filter(({ side, row }) => side.connection === "StandAlone" && row.split_brain === undefined);
    if (alone.length === 0) return [];
    const rows = unique(alone.map(({ row }) => row));
    const hosts = unique(alone.map(({ side }) => side.host));
    // The peer of a StandAlone waits for ever: it belongs to the same finding.
    const all = rows.flatMap((row) => hitsOf(input, row));
    return [
      drbdDraft(input, "drbd.standalone", all, "replication", {
        severity: rows.some(inUse) ? "critical" : "warning",
        cause: `${names(alone)} on ${hosts.join(" and ")} ${plural(alone, "is", "are")} StandAlone: nothing is replicated, and it won't reconnect by itself`,
        next: `3: read why in the kernel log (disconnected by hand, authentication, other data), then connect ${names(alone)}`,
        act: actOn(alone, "drbd connect"),
      }),
    ];
  },
};

const connecting: Rule = {
  id: "drbd.connecting",
  explains_restart: true,
  title: "replication doesn't reach the peer",
  suppresses: ["drbd.outdated", "drbd.inconsistent"],
  judge: (input) => {
    const aloneRows = new Set(sides(input).flatMap(({ side, row }) => (side.connection === "StandAlone" ? [row] : [])));
    const lost = sides(input).filter(({ side, row }) => waiting(side) && !aloneRows.has(row));
    const [first] = lost;
    if (first === undefined) return [];
    const rows = unique(lost.map(({ row }) => row));
    const total = unique(sides(input).map(({ row }) => row)).length;
    const hosts = unique(lost.map(({ side }) => side.host));
    const silent = input.state.order.filter((id) => !answers(input, id));
    const about = [...replicationTokens(input, lost), ...silent.map((id) => `host:${id}`)];
    const what = rows.length === total && total > 1 ? `all ${total} volumes` : names(lost);
    return [
      drbdDraft(
        input,
        "drbd.connecting",
        lost,
        "replication",
        {
          severity: rows.some(inUse) ? "critical" : "warning",
          cause:
            silent.length === 0
              ? `the replication link is down while both hosts answer: ${what} ${rows.length === 1 ? "waits" : "wait"} for the peer`
              : `${what} on ${hosts.join(" and ")} ${rows.length === 1 ? "waits" : "wait"} for ${silent.join(" and ")}`,
          next: `3: nothing is replicated; 5: look at the link between the hosts (cable, switch, firewall, MTU). Don't migrate, don't promote the other side`,
        },
        about,
      ),
    ];
  },
};

const notUp: Rule = {
  id: "drbd.not_up",
  explains_restart: true,
  title: "a resource is up on one host only",
  suppresses: ["drbd.connecting"],
  judge: (input) => {
    if (!input.state.order.every((id) => answers(input, id))) return [];
    const missing = input.view.drbd.flatMap((row) => {
      const index = row.sides.findIndex((side) => !side.present);
      const host = input.state.order[index];
      return host !== undefined && row.sides.some(({ present }) => present) ? [{ row, host }] : [];
    });
    return groupBy(missing, ({ host }) => host).flatMap((group): Draft[] => {
      const host = group[0]?.host;
      const hits = group.flatMap(({ row }) => hitsOf(input, row));
      if (host === undefined) return [];
      return [
        drbdDraft(input, "drbd.not_up", hits, host, {
          severity: "warning",
          cause: `${names(hits)} ${plural(hits, "isn't", "aren't")} up on ${host}: nothing is replicated there`,
          next: `3: find out why, then bring ${names(hits)} up on ${host}`,
        }),
      ];
    });
  },
};

interface KernelWord {
  readonly id: HostId;
  readonly text: string;
  readonly subject: string | undefined;
}

/** From before the console came, and since: the log is read once, what follows comes line by line. */
function unrelatedWords({ state }: RuleInput, id: HostId): KernelWord[] {
  const before = newest(state.hosts.get(id)?.facts["kernel-log"]) ?? [];
  const since = state.timeline.filter(({ host, origin }) => host === id && origin === "journal");
  const lines = [...before, ...since.map(({ object, text }) => ({ subject: object, text }))];
  const found = lines.flatMap(({ text, subject }) => (/unrelated data/i.test(text) ? [{ id, text, subject }] : []));
  return found.filter(({ text }, at) => found.findIndex((other) => other.text === text) === at);
}

const unrelated: Rule = {
  id: "drbd.unrelated_data",
  explains_restart: true,
  title: "the hosts hold unrelated data",
  suppresses: ["drbd.standalone", "drbd.connecting"],
  judge: (input) => {
    const rows = input.view.drbd.filter((row) => row.sides.some((side) => side.connection === "StandAlone" && answers(input, side.host)));
    if (rows.length === 0) return [];
    const told = input.state.order.flatMap((id) => (answers(input, id) ? unrelatedWords(input, id) : []));
    return rows.flatMap((row): Draft[] => {
      const lines = told.filter(({ subject, text, id }) => {
        const minor = row.minor[input.state.order[0] === id ? 0 : 1];
        return subject === `drbd ${row.resource}` || subject === `drbd${minor ?? "?"}` || text.includes(`block drbd${minor ?? "?"}:`);
      });
      if (lines.length === 0) return [];
      const made = drbdDraft(input, "drbd.unrelated_data", hitsOf(input, row), drbdName(row), {
        severity: "critical",
        cause: `${drbdName(row)} holds unrelated data on the two hosts: a wrong disk, or metadata created anew`,
        next: `3: stop; find out which disk is the right one before anything is connected or invalidated`,
      });
      return [{ ...made, evidence: [...made.evidence, ...lines.map(({ id, text }) => said(`${id}: ${text}`))] }];
    });
  },
};

const flapping: Rule = {
  id: "drbd.flapping",
  title: "connections come and go",
  suppresses: ["drbd.connecting"],
  judge: (input) => {
    const changes = new Map<string, number[]>();
    for (const [key, times] of input.state.history.connection_changes) {
      // `HOST|RESOURCE|CONNECTION`: what matters is whose it is, not what the connection is called.
      const owner = key.slice(0, key.lastIndexOf("|"));
      const recent = times.filter((at_ms) => input.now_ms - at_ms <= FLAP_WINDOW_MS);
      if (recent.length > 0) changes.set(owner, [...(changes.get(owner) ?? []), ...recent]);
    }
    if (changes.size === 0) return [];
    const flaps = sides(input).flatMap((hit) => {
      const times = changes.get(`${hit.side.host}|${hit.row.resource}`) ?? [];
      return times.length >= FLAP_CHANGES_MIN ? [{ hit, changes: times.length, since_ms: Math.min(...times) }] : [];
    });
    if (flaps.length === 0) return [];
    const hits = flaps.map(({ hit }) => hit);
    const most = Math.max(...flaps.map(({ changes }) => changes));
    const since_ms = Math.min(...flaps.map((flap) => flap.since_ms));
    const about = replicationTokens(input, hits);
    const made = drbdDraft(
      input,
      "drbd.flapping",
      hits,
      "replication",
      {
        severity: "warning",
        cause: `the ${plural(hits, "connection", "connections")} of ${names(hits)} changed ${most} times in ${span(input.now_ms - since_ms)}`,
        next: "5: look at the replication link's NIC, cable and switch; each loss costs a resync",
      },
      about,
    );
    return [{ ...made, since_ms }];
  },
};

const disagreement: Rule = {
  id: "drbd.disagreement",
  title: "the hosts contradict each other",
  judge: (input) => {
    const rows = input.view.drbd.filter((row) => row.disagreement.length > 0);
    if (rows.length === 0 || !input.state.order.every((id) => answers(input, id))) return [];
    const hits = rows.flatMap((row) => hitsOf(input, row));
    const [first] = rows;
    return [
      drbdDraft(input, "drbd.disagreement", hits, "replication", {
        severity: "info",
        cause:
          rows.length === 1 && first !== undefined
            ? `${drbdName(first)}: ${list(first.disagreement)}`
            : `the hosts contradict each other about ${names(hits)}`,
        next: "3: normal for a few seconds while something changes; if it stays, one view is wrong",
      }),
    ];
  },
};

export const drbdConnectionRules: readonly Rule[] = [splitBrain, unrelated, standAlone, notUp, flapping, connecting, disagreement];

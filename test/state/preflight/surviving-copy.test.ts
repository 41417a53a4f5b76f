/** Whether a copy that is apart from a dead host's is the newest there is: by the kernel's log, and by what was watched where the log is silent. */
import { describe, expect, it } from "vitest";
import { emptyHistory, remembered } from "../../../src/state/history.ts";
import { copyAge, diedAt, lossesIn, lossOf, lossSeen } from "../../../src/state/preflight/surviving-copy.ts";
import type { History } from "../../../src/state/state.ts";
import type { DrbdResource, DrbdStatus } from "../../../src/xen/model/drbd.ts";
import { ALPHA, BETA, factsOf, pairFromRecordings } from "../pair-from-recordings.ts";

const NOW_MS = Date.UTC(2026, 10, 28, 12);
const line = (at_ms: number | undefined, text: string, subject = "drbd r0") => ({ at_ms, subject, text });
const gone = "drbd r0: peer( Primary -> Unknown ) conn( Connected -> NetworkFailure ) pdsk( UpToDate -> DUnknown ) ";
const back = "drbd r0: conn( WFReportParams -> Connected ) ";

describe("when a peer was lost", () => {
  it("is as the kernel said last, with what the peer was", () => {
    expect(lossesIn([line(1, gone), line(2, back), line(3, gone)]).get("r0")).toEqual({ at_ms: 3, peer_role: "Primary" });
    expect(lossesIn([line(1, gone), line(2, back)]).size).toBe(0);
    expect(lossesIn([line(1, gone, "sda"), { at_ms: 1, subject: undefined, text: gone }]).size).toBe(0);
    expect(lossOf(lossesIn([line(5, gone, "drbd7")]), "r0", 7)?.at_ms).toBe(5);
  });

  it("is no earlier than it was seen connected: a line from before is of an older loss", () => {
    const logged = { at_ms: 100, peer_role: "Primary" };
    expect(lossSeen(logged, undefined)).toBe(logged);
    expect(lossSeen(logged, 90)).toBe(logged);
    expect(lossSeen(logged, 500)).toEqual({ at_ms: 500, peer_role: "Primary" });
    expect(lossSeen(undefined, 500)).toEqual({ at_ms: 500, peer_role: undefined });
    expect(lossSeen(undefined, undefined)).toBeUndefined();
  });
});

describe("a copy that is apart", () => {
  const judge = (loss_ms: number | undefined, died_ms: number | undefined) =>
    copyAge({
      key: "r0/0",
      survivor: BETA,
      dead: ALPHA,
      loss: loss_ms === undefined ? undefined : { at_ms: loss_ms, peer_role: undefined },
      died_ms,
    });

  it("is the newest where it was lost with its host, old where the host lived on, and not known else", () => {
    expect(judge(NOW_MS, NOW_MS + 15_000)).toMatchObject({ result: "pass", loses: expect.stringContaining("alpha wrote to r0/0") });
    expect(judge(NOW_MS, NOW_MS + 61_000)).toMatchObject({ result: "fail", text: expect.stringMatching(/this copy is old$/) });
    expect(judge(undefined, NOW_MS)).toMatchObject({ result: "unknown" });
  });

  it("is held against the last loss where the host was never heard", () => {
    const losses = lossesIn([line(NOW_MS - 600_000, gone), line(NOW_MS, gone, "drbd r1")]);
    expect(diedAt(undefined, losses)).toBe(NOW_MS);
    expect(diedAt(NOW_MS + 1, losses)).toBe(NOW_MS + 1);
    expect(diedAt(undefined, new Map())).toBeUndefined();
  });
});

describe("a connection that is watched", () => {
  const status = factsOf(pairFromRecordings("healthy"), BETA, "drbd-status");
  const r0 = (change: (one: DrbdResource) => DrbdResource): DrbdStatus => ({
    ...status,
    resources: status.resources.map((one) => (one.name === "r0" ? change(one) : one)),
  });
  const apart = r0((one) => ({ ...one, connections: one.connections.map((each) => ({ ...each, connection: "Connecting" as const })) }));
  const bad = (from: DrbdStatus): DrbdStatus => ({
    ...from,
    resources: from.resources.map((one) =>
      one.name === "r0" ? { ...one, volumes: one.volumes.map((each) => ({ ...each, disk: "Inconsistent" as const })) } : one,
    ),
  });
  /** Told one after the other, each a second after the one before was confirmed for the last time. */
  function watched(...told: readonly (readonly [DrbdStatus, number])[]) {
    let history: History = emptyHistory;
    let before: DrbdStatus | undefined;
    let before_ms: number | undefined;
    for (const [after, at_ms] of told) {
      history = remembered(history, "drbd-status", { host: BETA, before, before_ms, after, at_ms });
      [before, before_ms] = [after, at_ms];
    }
    return history.bad_copies.get(`${BETA}|r0/0`)?.connected_ms;
  }

  it("was there when it was last seen there, for as long as it isn't back", () => {
    expect(watched([status, 10], [apart, 20])).toBe(10);
    expect(watched([status, 10], [apart, 20], [apart, 30], [bad(apart), 40], [apart, 50])).toBe(10);
    expect(watched([status, 10], [apart, 20], [status, 30])).toBeUndefined();
    expect(watched([status, 10], [apart, 20], [status, 30], [apart, 40])).toBe(30);
  });

  it("isn't known of one that was apart when it was first looked at, whatever its disk does then", () => {
    expect(watched([apart, 10], [apart, 20])).toBeUndefined();
    expect(watched([bad(apart), 10], [apart, 20])).toBeUndefined();
    expect(watched([bad(status), 10], [bad(apart), 20], [apart, 30])).toBe(10);
  });
});

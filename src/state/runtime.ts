/**
 * Between the links and the screen: takes what hosts tell into the state at once, and makes a new view of it: of a changed state at once, in the long run
 * at most VIEWS_PER_S_MAX times a second (and once a second when nothing comes but figures, because ages and freshness change with the clock).
 */
import type { HostLink, LinkEvent } from "../xen/host/link.ts";
import type { HostId, Pair } from "../xen/model/ids.ts";
import { newest } from "../xen/model/known.ts";
import { type ReadingId, readings } from "../xen/read/index.ts";
import { hostAnswers } from "./freshness.ts";
import { hasteOf } from "./haste.ts";
import { type FindingNews, newsBetween } from "./lives.ts";
import { type HostMsg, hostMsg, type Msg } from "./msg.ts";
import { createPace } from "./pace.ts";
import type { PairState } from "./state.ts";
import { update } from "./update.ts";
import type { PairView } from "./view-model.ts";

export const VIEWS_PER_S_MAX = 4;
/** Of a change that comes as several answers each is shown at once; only what goes on waits its turn. */
export const VIEWS_IN_A_ROW = 6;
export const VIEWS_APART_MS = 30;
/** However much else comes, states can be shown at once. */
const VIEWS_KEPT_FOR_STATES = 3;
/** A line of a log waits so long for the answer that it announces, which brings it along. */
export const LINE_VIEW_MS = 100;
/** Without news: how often ages and figures (haste.ts) are looked at again. */
export const IDLE_VIEW_MS = 1000;
/** How often what is found is taken into the state. A look is recorded and played again, so no more than needed. */
export const LOOK_EVERY_MS = 1000;
/** While a resync runs, DRBD is read this often: 8.4 sends no events during one. */
export const RESYNC_CADENCE_S = 2;
const SYNCING = new Set(["SyncSource", "SyncTarget", "VerifyS", "VerifyT", "PausedSyncS", "PausedSyncT"]);

/** Time, as the runtime sees it. */
export interface Clock {
  now_ms(): number;
  /** Calls back once; the result cancels. */
  after(delay_ms: number, callback: () => void): () => void;
}

export interface Runtime {
  readonly state: () => PairState;
  start(): void;
  /** What the operator did. */
  take(msg: Exclude<Msg, HostMsg>): void;
  /** Reconnects what doesn't answer, and asks for every reading of what is. */
  refresh(): void;
  /** Ends links and timers. */
  stop(): void;
}

export interface RuntimeOptions {
  readonly initial: PairState;
  readonly links: Pair<{ readonly host: HostId; readonly link: HostLink }>;
  readonly clock: Clock;
  readonly select: (state: PairState, now_ms: number) => PairView;
  /** The view, with the state that it was made of. */
  readonly publish: (view: PairView, state: PairState) => void;
  /** Readings that ctrl-r asks for. */
  readonly asked: readonly ReadingId[];
  /** Is told everything that happens, in order, before it is taken in. */
  readonly heard?: (msg: Msg) => void;
  /** Is told what there is to tell of findings after each look. */
  readonly news?: (news: readonly FindingNews[], view: PairView) => void;
}

export function createRuntime({ initial, links, clock, select, publish, asked, heard, news }: RuntimeOptions): Runtime {
  let state = initial;
  let stopped = false;
  let published_ms = Number.NEGATIVE_INFINITY;
  let looked_ms = Number.NEGATIVE_INFINITY;
  let due_ms = Number.POSITIVE_INFINITY;
  let cancel = (): void => undefined;
  const pace = createPace({ per_s: VIEWS_PER_S_MAX, in_a_row: VIEWS_IN_A_ROW, apart_ms: VIEWS_APART_MS });
  const cadence = new Map<HostId, number>();

  const look = (view: PairView): void => {
    if (published_ms - looked_ms < LOOK_EVERY_MS) return;
    looked_ms = published_ms;
    const { lives } = state;
    apply({ kind: "pair.looked_at", findings: view.findings, at_ms: published_ms });
    const told = newsBetween(lives, state.lives, published_ms);
    if (told.length > 0) news?.(told, view);
  };
  const show = (): void => {
    published_ms = clock.now_ms();
    pace.done(published_ms);
    const view = select(state, published_ms);
    publish(view, state);
    look(view);
    plan(IDLE_VIEW_MS);
  };
  /** A view no later than this, or as soon as one may be made; a nearer one already planned stays. */
  const plan = (delay_ms: number, kept = 0): void => {
    if (stopped) return;
    const at_ms = Math.max(clock.now_ms() + delay_ms, pace.next_ms(clock.now_ms(), kept));
    if (due_ms <= at_ms) return;
    cancel();
    due_ms = at_ms;
    cancel = clock.after(Math.max(0, at_ms - clock.now_ms()), () => {
      due_ms = Number.POSITIVE_INFINITY;
      if (!stopped) show();
    });
  };
  const apply = (msg: Msg): void => {
    heard?.(msg);
    state = update(state, msg);
  };
  const take = (msg: Msg): void => {
    apply(msg);
    plan(0);
  };

  /** Asks DRBD's readings faster while something syncs there, and back to their own cadence after. */
  const followResync = (host: HostId, link: HostLink): void => {
    const facts = state.hosts.get(host)?.facts;
    const syncing = (newest(facts?.["drbd-status"])?.resources ?? []).some(({ connections }) =>
      connections.some(({ volumes }) =>
        [...volumes.values()].some(({ replication }) => typeof replication === "string" && SYNCING.has(replication)),
      ),
    );
    const wanted = syncing ? RESYNC_CADENCE_S : NORMAL_CADENCE_S;
    if ((cadence.get(host) ?? NORMAL_CADENCE_S) === wanted) return;
    cadence.set(host, wanted);
    for (const id of DRBD_READINGS) link.send(`c ${id} ${wanted}`);
  };

  const hear = (host: HostId, link: HostLink, event: LinkEvent): void => {
    if (stopped) return;
    const msg = hostMsg(host, event, clock.now_ms());
    const before = state.hosts.get(host);
    apply(msg);
    const haste = hasteOf(msg, before, state.hosts.get(host));
    if (haste === "state") plan(0);
    else if (haste !== "figure") plan(haste === "line" ? LINE_VIEW_MS : 0, VIEWS_KEPT_FOR_STATES);
    if (event.kind === "state") return;
    if (event.frame.kind === "hello") cadence.delete(host);
    if (event.frame.kind === "section" && event.frame.id === "drbd-status") followResync(host, link);
  };

  return {
    state: () => state,
    take,
    start() {
      show();
      for (const { host, link } of links) link.start((event) => hear(host, link, event));
    },
    refresh() {
      // Two names that lead to one machine: which of them is wrong isn't known, and where they lead is looked up when one connects.
      const twins = [...state.hosts.values()].some(({ twin }) => twin !== undefined);
      for (const { host, link } of links) {
        if (twins) link.reconnect(true);
        else if (hostAnswers(state.hosts.get(host), clock.now_ms())) for (const id of asked) link.send(`r ${id}`);
        else link.reconnect();
      }
    },
    stop() {
      stopped = true;
      cancel();
      for (const { link } of links) link.stop();
    },
  };
}

const DRBD_READINGS: readonly ReadingId[] = ["drbd-status", "drbd-proc"];
const NORMAL_CADENCE_S = readings["drbd-status"].cadence_s;

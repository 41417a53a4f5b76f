/**
 * What a guest's readiness and the plans about it share: one judgement for each fact that decides whether a guest can be on a host. Every check is judged for
 * a start there; where a live move asks more of the same fact, that is told beside it. Pure; unknown is never a pass.
 */
import type { HostId } from "../../xen/model/ids.ts";
import type { GuestConfig } from "../../xen/model/xen.ts";
import type { ReadingId } from "../../xen/read/index.ts";
import { effectiveConfig, type JoinedDisk } from "../select/chain-disk.ts";
import type { JoinedNic } from "../select/chain-nic.ts";
import type { GuestInstance, JoinedGuest } from "../select/guest-join.ts";
import type { Side } from "../select/sides.ts";
import type { ReadinessCheck } from "../view-model.ts";
import type { Judgement } from "./judgement.ts";

export interface PreflightInput {
  readonly guest: JoinedGuest;
  readonly here: Side;
  readonly there: Side;
  readonly runs_on: HostId | undefined;
  readonly disks: readonly JoinedDisk[];
  readonly nics: readonly JoinedNic[];
}

/** The readings that a check was judged on, of the host in question and of the other one. */
export interface Basis {
  readonly here: readonly ReadingId[];
  readonly there: readonly ReadingId[];
}
export interface JudgedMove extends Judgement {
  readonly from: Basis;
}
/** As judged; where it comes from, with its age, is put to it when it is shown. */
export interface JudgedCheck extends Judgement {
  readonly id: ReadinessCheck["id"];
  readonly vdev?: string;
  readonly from: Basis;
  /** For a live move from the other host, where that is judged otherwise or on more. */
  readonly move?: JudgedMove;
}

/** undefined: it is no question for this guest. */
export type Fact = (input: PreflightInput) => JudgedCheck | undefined;

const nothing: readonly ReadingId[] = [];
export const onHere = (...here: readonly ReadingId[]): Basis => ({ here, there: nothing });
export const onBoth = (...readings: readonly ReadingId[]): Basis => ({ here: readings, there: readings });

export const check = (id: ReadinessCheck["id"], { result, text }: Judgement, from: Basis, move?: JudgedMove): JudgedCheck =>
  move === undefined ? { id, result, text, from } : { id, result, text, from, move };

/** It runs on the other host: only then a live move is a question. */
export const movesFrom = ({ runs_on, there }: PreflightInput): boolean => runs_on === there.id;

/** Only a cold start is possible: told beside a start as a warning, and against a move. */
export const coldOnly = (judgement: Judgement, from: Basis, input: PreflightInput): JudgedMove | undefined =>
  judgement.result === "warn" && movesFrom(input) ? { ...judgement, result: "fail", from } : undefined;

export const runningOn = ({ instances }: JoinedGuest, side: Side): GuestInstance | undefined =>
  instances.find((one) => one.side === side && one.domain.migration === "none");

/** What it runs with on the other host, where that is told now. */
export const liveConfig = ({ guest, there }: PreflightInput): GuestConfig | undefined =>
  there.freshness("xl-list-long") === "fresh" ? runningOn(guest, there)?.live : undefined;

/** The host's file for the guest; several of one name: the one named after it. */
export function fileOn({ guest, here }: Pick<PreflightInput, "guest" | "here">) {
  const files = guest.files.filter(({ side }) => side === here);
  return files.find(({ file }) => file.path.endsWith(`/${guest.name}.cfg`)) ?? files[0];
}

/** What it would be started with here, else what it runs with. */
export const startConfig = (input: Pick<PreflightInput, "guest" | "here" | "runs_on">): GuestConfig | undefined =>
  fileOn(input)?.config ?? effectiveConfig(input.guest, input.runs_on);

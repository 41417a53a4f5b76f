/** What the rules about guests' domains share. */
import type { HostId } from "../../xen/model/ids.ts";
import { perFacts } from "../select/memo.ts";
import type { FindingAct, GuestRow, Placement, Severity } from "../view-model.ts";
import { answers, type Draft, draft, peerOf, type Rule, type RuleInput, said } from "./rule.ts";

export interface Seen {
  readonly guest: GuestRow;
  readonly place: Placement;
  /** How long it has had its present flags, as far as this console saw. */
  readonly for_ms: number;
  readonly since_ms: number | undefined;
}

export const paused = ({ flags }: Placement): boolean => flags[2] === "p";
export const shutDown = ({ flags }: Placement): boolean => flags[3] === "s";
/** Also `--ps--` without a VCPU, which only the domain's own judgement knows (select/guest-state.ts). */
export const dying = ({ flags, state }: Placement): boolean => flags[5] === "d" || state.text === "dying";
/** The reason counts only where it is shut down (xl_info.c:402). */
export const reason = (place: Placement): string | undefined => (shutDown(place) ? place.flags[4] : undefined);
export const alive = (place: Placement): boolean => !shutDown(place) && !dying(place);

/** Placements on hosts that answer. */
export const seen = perFacts((input: RuleInput): readonly Seen[] =>
  input.view.guests.flatMap((guest) =>
    guest.placements
      .filter(({ host }) => answers(input, host))
      .map((place) => {
        const since = input.state.history.domain_since.get(`${place.host}|${place.domid}`);
        // As history.ts keeps it: running and blocked alternate and don't count.
        const since_ms = since?.text === `${place.name} ${place.flags.slice(2)}` ? since.at_ms : undefined;
        return { guest, place, since_ms, for_ms: since_ms === undefined ? 0 : input.now_ms - since_ms };
      }),
  ),
);

/** Elsewhere: on the other host, which may not answer. */
export function elsewhere(
  input: RuleInput,
  { guest, place }: Seen,
): { readonly known: boolean; readonly host: HostId; readonly places: readonly Placement[] } {
  const host = peerOf(input, place.host);
  return { known: answers(input, host), host, places: guest.placements.filter((other) => other.host === host) };
}

/** The other half of a migration on the other host, with how long it has been as it is. */
export function otherHalf(input: RuleInput, { guest, place }: Seen): Seen | undefined {
  return seen(input).find((other) => other.guest === guest && other.place.host !== place.host);
}

export interface Words {
  readonly severity: Severity;
  readonly cause: string;
  readonly next: string;
  readonly act?: FindingAct;
}
function guestDraft(input: RuleInput, rule: string, { guest, place, since_ms }: Seen, { severity, cause, next, act }: Words): Draft {
  return draft(input, rule, {
    severity,
    object: guest.name,
    cause,
    next,
    act,
    screen: 2,
    about: [`guest:${guest.key}`],
    evidence: [said(`${place.name}, domain ${place.domid} on ${place.host}: ${place.flags}`, place.evidence)],
    guests: [guest.key],
    since_ms,
  });
}

/** One rule per kind of domain: those it picks, and what it says of each. */
export function domainRule(
  id: string,
  title: string,
  judge: (input: RuleInput, one: Seen) => Words | undefined,
  suppresses: readonly string[] = [],
): Rule {
  return {
    id,
    title,
    suppresses,
    judge: (input) =>
      seen(input).flatMap((one) => {
        const words = judge(input, one);
        return words === undefined ? [] : [guestDraft(input, id, one, words)];
      }),
  };
}

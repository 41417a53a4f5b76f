/** The verdict as findings: if a host is lost now, which guests don't come back, and which of the other host stop with it. */
import type { HostId } from "../../xen/model/ids.ts";
import { reasonOfAll } from "../reasons.ts";
import { perFacts } from "../select/memo.ts";
import type { DrbdRow, FindingAct, LeftGuest } from "../view-model.ts";
import { act, answers, claim, draft, list, peerOf, type Rule, type RuleInput, said, size, span, unique } from "./rule.ts";

/** The reason where it is one for all, else the first as an example: the evidence has each. */
function why(cannot: readonly { readonly name: string; readonly reason: string }[]): string {
  const [first] = cannot;
  if (first === undefined) return "";
  return cannot.every(({ reason }) => reason === first.reason)
    ? `: ${reasonOfAll(first.reason, cannot.length)}`
    : `, ${first.name} because: ${first.reason}`;
}

/** `, for 42 min, 3.1 GiB behind`. */
function lasting({ since_ms, behind_kib }: LeftGuest, now_ms: number): string {
  return `${since_ms === undefined ? "" : `, for ${span(now_ms - since_ms)}`}${behind_kib === undefined ? "" : `, ${size(behind_kib)} behind`}`;
}

/** One guest, and nothing but its configuration is missing there: that can be copied. */
function onlyConfig({ view }: RuleInput, cannot: readonly LeftGuest[], survivor: HostId): FindingAct | undefined {
  const [only, another] = cannot;
  const guest = another === undefined ? view.guests.find(({ key }) => key === only?.guest) : undefined;
  const against = guest?.can_run
    .find(({ host }) => host === survivor)
    ?.checks.filter(({ result }) => result === "fail" || result === "unknown");
  const missing = guest !== undefined && !guest.config_files.some(({ host }) => host === survivor);
  return missing && against?.every(({ id }) => id === "config") === true
    ? act("guest sync-config", { guest: guest.name, to: survivor })
    : undefined;
}

const lose: Rule = {
  id: "lose.cannot_restart",
  title: "guests that could not restart if their host were lost",
  verdict: true,
  judge: (input) =>
    input.view.lose
      .filter(({ lost, cannot }) => cannot.length > 0 && answers(input, lost) && answers(input, peerOf(input, lost)))
      .map(({ lost, survivor, cannot }) =>
        draft(input, "lose.cannot_restart", {
          severity: "warning",
          object: lost,
          cause: `if ${lost} is lost now, ${list(cannot.map(({ name }) => name))} can't restart on ${survivor}${why(cannot)}`,
          evidence: cannot.map((left) => said(`${left.name}: ${left.reason}${lasting(left, input.now_ms)}`)),
          guests: cannot.map(({ guest }) => guest),
          next: `2: look at why each of them can't run on ${survivor}`,
          act: onlyConfig(input, cannot, survivor),
          screen: 2,
          about: cannot.map(({ guest }) => `guest:${guest}`),
        }),
      ),
};

/** The resources of a guest of which the host has no whole copy. */
const lackingUnder = (input: RuleInput, guest: string, host: HostId): string[] =>
  (rowsUnder(input).get(guest) ?? [])
    .filter(({ sides }) => sides.some((side) => side.host === host && side.disk !== "UpToDate"))
    .map(({ resource }) => `drbd:${resource}`);
const rowsUnder = perFacts(({ view }: RuleInput): ReadonlyMap<string, readonly DrbdRow[]> => {
  const found = new Map<string, DrbdRow[]>();
  for (const row of view.drbd)
    for (const guest of row.guests) {
      const rows = found.get(guest);
      if (rows === undefined) found.set(guest, [row]);
      else rows.push(row);
    }
  return found;
});

const stops: Rule = {
  id: "lose.stops_survivor",
  title: "guests that would stop with the other host",
  judge: (input) =>
    input.view.lose
      .filter(({ lost, stops: all }) => all.length > 0 && answers(input, peerOf(input, lost)))
      .map(({ lost, survivor, stops: all }) =>
        draft(input, "lose.stops_survivor", {
          severity: "warning",
          object: survivor,
          cause: `if ${lost} is lost now, ${list(all.map(({ name }) => name))} on ${survivor} ${all.length === 1 ? "stops" : "stop"} as well${why(all)}`,
          evidence: all.map(({ name, reason }) => claim(input, survivor, "drbd-status", `${name}: ${reason}`)),
          guests: all.map(({ guest }) => guest),
          next: `3: keep ${lost} up and connected until the copy on ${survivor} is UpToDate`,
          screen: 3,
          about: unique(all.flatMap(({ guest }) => lackingUnder(input, guest, survivor))),
        }),
      ),
};

export const loseRules: readonly Rule[] = [lose, stops];

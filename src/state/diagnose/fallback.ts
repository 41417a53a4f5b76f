/** No row is amber or red without a finding: what the selectors judge and no other rule explains. */
import type { DrbdRow, GuestRow, Judged, NetNode, Severity } from "../view-model.ts";
import { drbdToken } from "./drbd-common.ts";
import { answers, type Draft, draft, drbdName, list, type Rule, type RuleInput, said, storeToken } from "./rule.ts";

const bad = (severity: Severity): boolean => severity === "warning" || severity === "critical";

/** The worst thing that the guest's row says. */
function complaint({ state, disks_worst, nics_worst, can_run }: GuestRow): Judged {
  const cannot = can_run.find(({ answer }) => answer === "no");
  const all = [state, disks_worst, nics_worst];
  const stranded: Judged[] =
    cannot === undefined ? [] : [{ text: `can't run on ${cannot.host}: ${cannot.reason ?? "see its checks"}`, severity: "warning" }];
  return all.find(({ severity }) => severity === "critical") ?? [...all, ...stranded].find(({ severity }) => bad(severity)) ?? state;
}

const heard = (input: RuleInput, { placements }: GuestRow): boolean =>
  placements.length === 0 || placements.some(({ host }) => answers(input, host));

const guestState: Rule = {
  id: "guest.state",
  title: "a guest's row is amber or red",
  fallback: true,
  judge: (input) =>
    input.view.guests
      .filter((guest) => bad(guest.severity) && heard(input, guest))
      .map((guest) =>
        draft(input, "guest.state", {
          severity: complaint(guest).severity,
          object: guest.name,
          cause: `${guest.name}: ${complaint(guest).text}`,
          evidence: guest.placements.map((place) => said(`${place.name} on ${place.host}: ${place.state.text}`, place.evidence)),
          guests: [guest.key],
          next: `2: enter on ${guest.name}`,
          screen: 2,
          about: [`guest:${guest.key}`],
        }),
      ),
};

const drbdState: Rule = {
  id: "drbd.state",
  title: "a DRBD volume's row is amber or red",
  fallback: true,
  judge: (input) =>
    input.view.drbd
      .filter(({ state, sides }: DrbdRow) => bad(state.severity) && sides.some(({ host }) => answers(input, host)))
      .map((row) =>
        draft(input, "drbd.state", {
          severity: row.state.severity,
          object: drbdName(row),
          cause: `${drbdName(row)}: ${row.state.text}`,
          evidence: row.sides.map((side) => said(`${side.host}: ${side.role} ${side.disk} ${side.connection}`, side.evidence)),
          guests: row.guests,
          next: `3: look at ${drbdName(row)} on both hosts`,
          screen: 3,
          about: [drbdToken(row.resource)],
        }),
      ),
};

const storageState: Rule = {
  id: "storage.state",
  title: "a storage row is amber or red",
  fallback: true,
  judge: (input) =>
    input.view.storage.flatMap((row) =>
      row.cells.flatMap((cell): Draft[] => {
        if (cell === undefined || !bad(cell.state.severity) || !answers(input, cell.host)) return [];
        return [
          draft(input, "storage.state", {
            severity: cell.state.severity,
            object: `${cell.host}:${row.title}`,
            cause: `${row.title} on ${cell.host}: ${cell.state.text}`,
            evidence: cell.details.map((text) => said(text, cell.evidence)),
            guests: row.guests,
            next: `4: enter on ${row.title}`,
            screen: 4,
            about: [storeToken(cell.host, row.kind), storeToken(cell.host, row.key)],
          }),
        ];
      }),
    ),
};

const names = (node: NetNode | undefined): string[] => (node === undefined ? [] : [node.name, ...node.children.flatMap(names)]);

const bridgeState: Rule = {
  id: "net.state",
  title: "a bridge's row is amber or red",
  fallback: true,
  judge: (input) =>
    input.view.bridges
      .filter(({ state, evidence }) => bad(state.severity) && evidence.some(({ host }) => answers(input, host)))
      .map((row) =>
        draft(input, "net.state", {
          severity: row.state.severity,
          object: row.name,
          cause: `bridge ${row.name}: ${row.state.text}`,
          evidence: [said(list(row.parity.map(({ text }) => text)))],
          guests: row.guests,
          next: `5: enter on ${row.name}`,
          screen: 5,
          about: [
            `bridge:${row.name}`,
            ...row.trees.flatMap((tree, index) => names(tree).map((name) => `net:${input.state.order[index]}:${name}`)),
          ],
        }),
      ),
};

export const fallbackRules: readonly Rule[] = [guestState, drbdState, storageState, bridgeState];

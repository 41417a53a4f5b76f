/** The verdict as a finding: if a host is lost now, which guests don't come back. */
import { answers, draft, list, peerOf, type Rule, said } from "./rule.ts";

/** The reason where it is one for all, else the first as an example: the evidence has each. */
function why(cannot: readonly { readonly name: string; readonly reason: string }[]): string {
  const [first] = cannot;
  if (first === undefined) return "";
  return cannot.every(({ reason }) => reason === first.reason) ? `: ${first.reason}` : `, ${first.name} because: ${first.reason}`;
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
          evidence: cannot.map(({ name, reason }) => said(`${name}: ${reason}`)),
          guests: cannot.map(({ guest }) => guest),
          next: `2: look at why each of them can't run on ${survivor}`,
          screen: 2,
          about: cannot.map(({ guest }) => `guest:${guest}`),
        }),
      ),
};

export const loseRules: readonly Rule[] = [lose];

/** What the verbs of xl share. */
import type { SimDomain } from "../model/guest.ts";
import type { ToolRun } from "./tool.ts";

export const isUp = ({ run }: SimDomain): boolean => run === "running" || run === "blocked" || run === "runnable";

/** By name or number, as xl takes both. */
export function domain({ host, say, end }: ToolRun, word: string | undefined): SimDomain | undefined {
  const found = host.domains.find((each) => each.domid !== 0 && (String(each.domid) === word || each.name === word));
  if (found === undefined) {
    say(`libxl: error: libxl_domain.c:1: ${word ?? ""} is an invalid domain identifier (rc=-6)`);
    end(1);
  }
  return found;
}

export const words = (argv: readonly string[]): string[] => argv.filter((word) => !word.startsWith("-"));

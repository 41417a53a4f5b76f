/** A plan's commands as text that can be pasted into a shell: for reading, and for working by hand. It isn't what the console runs. */
import { quoteArgv } from "../../xen/host/quote.ts";
import type { Plan } from "./plan.ts";

export const planShell = ({ steps }: Pick<Plan, "steps">): string =>
  steps.map(({ host, argv }) => `ssh ${host} ${quoteArgv([quoteArgv(argv)])}\n`).join("");

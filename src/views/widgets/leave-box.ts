/** Asked once before the console ends while it drives plans. */
import { activeRuns } from "../acting/leave.ts";
import type { CommandContext } from "../actions.ts";
import type { Line } from "../pane.ts";
import { wrap } from "../panes/parts.ts";
import { ownRun, whereText } from "../panes/plan-words.ts";
import type { Symbols } from "../symbols.ts";
import { BOX_FRAME_COLUMNS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { span } from "./text.ts";

const COLUMNS_MAX = 84;
const TOP_ROW = 3;
const SHOWN_MAX = 4;

export function drawLeave(context: CommandContext, symbols: Symbols): Box {
  const { ui, view, act } = context;
  const place = centred(ui.columns, COLUMNS_MAX);
  const width = place.width - BOX_FRAME_COLUMNS;
  const runs = activeRuns(context);
  const running = runs.filter(({ state }) => state === "running");
  const waiting = runs.length - running.length;
  const lines = running.slice(0, SHOWN_MAX).flatMap(({ id, goal }): Line[] => {
    const plan = view.plans.find((each) => each.id === id);
    const where = plan === undefined ? "not begun yet" : whereText(plan, view.now_ms, ownRun(act.desk, id));
    return [
      ...wrap([span(`${symbols.right} `, "accent"), { text: goal, bold: true }], width, 2),
      ...wrap([span(`  ${where}`, "dim")], width, 4),
    ];
  });
  const more = running.length > SHOWN_MAX ? [[span(`and ${running.length - SHOWN_MAX} more`, "dim")]] : [];
  const text = `A step that has begun goes on to its end on the host. No further step is begun without a console${waiting > 0 ? `, and ${waiting} more of the set ${waiting === 1 ? "isn't" : "aren't"} begun at all` : ""}: the next one shows it as unfinished in 6 Jobs, where t takes it over.`;
  return drawBox(
    {
      title: runs.length === 1 ? "This console drives a plan" : `This console drives ${runs.length} plans`,
      lines: [...lines, ...more, [], ...wrap([span(text)], width, 0)],
      note: "y leaves  n stays",
    },
    { ...place, y: TOP_ROW },
    symbols,
  );
}

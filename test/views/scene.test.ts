import { describe, expect, it } from "vitest";
import type { PairView } from "../../src/state/view-model.ts";
import { restingDesk } from "../../src/views/acting/act.ts";
import { buildDetail } from "../../src/views/panes/detail.ts";
import { panes } from "../../src/views/panes/index.ts";
import { createSceneBuilder } from "../../src/views/scene.ts";
import { initialUi, type Ui } from "../../src/views/ui.ts";
import { lineText } from "../../src/views/widgets/text.ts";
import { alpha, fixtureGuest, fixtureView } from "./panes/fixture.ts";

/** The real screens, counting how often each is made. */
function counted() {
  const made: string[] = [];
  const sceneOf = createSceneBuilder(
    {
      panes: panes.map((pane) => ({
        ...pane,
        build: (context) => {
          made.push(pane.id);
          return pane.build(context);
        },
      })),
      detail: (context, object, evidence) => {
        made.push(`detail of ${object.kind}`);
        return buildDetail(context, object, evidence);
      },
    },
    false,
  );
  const at = (view: PairView, change: Partial<Ui>): { readonly made: readonly string[]; readonly text: string } => {
    made.length = 0;
    const { main } = sceneOf(view, { ...initialUi(200, 60), ...change }, restingDesk);
    return { made: [...made], text: (main?.rows ?? []).map(({ line }) => lineText(line)).join("\n") };
  };
  return { at };
}

const named = (name: string): PairView => fixtureView({ guests: [fixtureGuest(name, alpha, "r0")] });

describe("screens that are gone back to", () => {
  it("are ready within one view, and made anew of another", () => {
    const { at } = counted();
    const view = named("web01");
    expect(at(view, { screen: "guests" }).made).toEqual(["guests", "detail of guest"]);
    expect(at(view, { screen: "network" }).made).toContain("network");
    const again = at(view, { screen: "guests" });
    expect(again.made).toEqual([]);
    expect(again.text).toContain("web01");
    expect(at(view, { screen: "network" }).made).toEqual([]);
    const next = at(named("web02"), { screen: "guests" });
    expect(next.made).toEqual(["guests", "detail of guest"]);
    expect(next.text).toContain("web02");
    expect(next.text).not.toContain("web01");
    // Back to the older picture, as a replay goes: nothing of the newer one is left.
    expect(at(view, { screen: "guests" }).text).not.toContain("web02");
  });

  it("are made anew where they are looked at otherwise", () => {
    const { at } = counted();
    const view = named("web01");
    at(view, { screen: "guests" });
    at(view, { screen: "drbd" });
    expect(at(view, { screen: "guests", columns: 190 }).made).toContain("guests");
    expect(at(view, { screen: "guests", columns: 190, sorts: new Map([["guests", { id: "name", descending: true }]]) }).made).toContain(
      "guests",
    );
    expect(at(view, { screen: "guests", columns: 190, evidence: true }).made).toContain("detail of guest");
  });
});

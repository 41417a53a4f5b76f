/**
 * The tree that Ink draws: one Text for each row of the terminal, and nothing else.
 *
 * Rows come ready-made, with SGR in them (frame.ts): Ink's layout and its transforms per span are its cost, and a row that didn't change isn't
 * rendered again.
 */
import { Box, Text } from "ink";
import { memo, type ReactNode } from "react";

/** A row without text would have no height. */
const Row = memo(function Row({ text }: { readonly text: string }): ReactNode {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

export function App({ rows }: { readonly rows: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column">
      {rows.map((text, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the terminal is its place
        <Row key={y} text={text} />
      ))}
    </Box>
  );
}

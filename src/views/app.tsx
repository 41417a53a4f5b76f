/**
 * The tree that Ink draws: one Text for each row of the terminal, and nothing else.
 *
 * Rows come ready-made (frame.ts), by name (terminal/row-refs.ts); a row that didn't change isn't rendered again.
 */
import { Box, Text } from "ink";
import { memo, type ReactNode } from "react";

const Row = memo(function Row({ name }: { readonly name: string }): ReactNode {
  return <Text wrap="truncate">{name}</Text>;
});

export function App({ rows }: { readonly rows: readonly string[] }): ReactNode {
  return (
    <Box flexDirection="column">
      {rows.map((name, y) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the terminal is its place
        <Row key={y} name={name} />
      ))}
    </Box>
  );
}

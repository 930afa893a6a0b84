import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

export interface Place {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

type Path = readonly (string | number)[];

/** Finds the place of a path (as zod names it) in a YAML document. */
export class Locator {
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** The place of the value at `path`; for a missing one, of the key or value in which it is missing. */
  value(path: Path): Place {
    return this.#walk(path, 'value');
  }

  /** The place of the key at the end of `path`. */
  key(path: Path): Place {
    return this.#walk(path, 'key');
  }

  #walk(path: Path, wanted: 'key' | 'value'): Place {
    let node: unknown = this.#document.contents;
    let place = offsetOf(node) ?? 0;
    path.forEach((step, depth) => {
      const container = this.#resolve(node);
      const isLast = depth === path.length - 1;
      let keyNode: unknown;
      let valueNode: unknown;
      if (isMap(container)) {
        const pair = container.items.find((item) => keyText(item.key) === String(step));
        keyNode = pair?.key;
        valueNode = pair?.value;
      } else if (isSeq(container)) {
        valueNode = container.items[Number(step)];
      }
      // A missing value, or a map, is shown at its key.
      const shown = isLast && wanted === 'value' && !isMap(valueNode) ? valueNode : keyNode;
      place = offsetOf(shown) ?? offsetOf(keyNode) ?? offsetOf(valueNode) ?? place;
      node = valueNode;
    });
    return this.at(place);
  }

  /** The line and column of an offset in the text. */
  at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  #resolve(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

/** The text of a mapping's key. */
export function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined;
}

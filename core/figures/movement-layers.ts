/** Something that takes room in a column: a host, or the lane of a line that passes the column by. */
export interface LayerItem {
  readonly column: number;
  readonly height: number;
  /** Items that lines lead to, in the columns beside. */
  readonly beside: LayerItem[];
  /** Top edge; set by `arrange`. */
  y: number;
}

const ROUNDS = 8;

/**
 * Orders the items of each column so that few lines cross, then places them, near the items they are joined to, `gap`
 * apart. Same input, same places.
 * @returns the height that all need, from `top`.
 */
export function arrange(columns: readonly LayerItem[][], top: number, gap: number): number {
  const stackHeight = (items: readonly LayerItem[]) => items.reduce((sum, { height }) => sum + height + gap, -gap);
  const height = Math.max(0, ...columns.map(stackHeight));
  const stack = (items: readonly LayerItem[]) => {
    let y = top + (height - stackHeight(items)) / 2;
    for (const item of items) {
      item.y = y;
      y += item.height + gap;
    }
  };
  columns.forEach(stack);
  for (let round = 0; round < ROUNDS; round++) {
    for (const items of round % 2 === 0 ? columns : [...columns].reverse()) {
      const wish = new Map(items.map((item) => [item, wishedCentre(item)]));
      const order = new Map(items.map((item, i) => [item, i]));
      items.sort((a, b) => wish.get(a)! - wish.get(b)! || order.get(a)! - order.get(b)!);
      stack(items);
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const items of round % 2 === 0 ? columns : [...columns].reverse()) settle(items, top, top + height, gap);
  }
  return height;
}

/** Moves each item of a column towards where it wishes to be, as far as its neighbours and the frame allow. */
function settle(items: readonly LayerItem[], top: number, bottom: number, gap: number): void {
  for (const item of items) item.y = wishedCentre(item) - item.height / 2;
  let least = top;
  for (const item of items) {
    item.y = Math.max(item.y, least);
    least = item.y + item.height + gap;
  }
  let most = bottom;
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i]!;
    item.y = Math.min(item.y, most - item.height);
    most = item.y - gap;
  }
}

function wishedCentre(item: LayerItem): number {
  if (item.beside.length === 0) return centre(item);
  return item.beside.reduce((sum, other) => sum + centre(other), 0) / item.beside.length;
}

/** Middle of an item. */
export function centre({ y, height }: LayerItem): number {
  return y + height / 2;
}

// What a reader points at: marks with a place, a row and a text.
const reach = 16;

// Returns the nearest mark to a point, and the next mark in a direction.
export function nearest(hits) {
  let order = null;
  return {
    at(x, y) {
      let best = null;
      let least = reach * reach;
      for (const hit of hits) {
        const distance = (hit.x - x) ** 2 + (hit.y - y) ** 2;
        if (distance < least) { least = distance; best = hit; }
      }
      return best;
    },
    step(hit, right, up) {
      order ??= [...hits].sort((a, b) => a.x - b.x || b.y - a.y);
      if (order.length === 0) return null;
      const now = order.indexOf(hit);
      if (now < 0) return order[0];
      const direction = right || up;
      return order[Math.max(0, Math.min(order.length - 1, now + direction))];
    },
  };
}

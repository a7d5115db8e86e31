/** How long it takes from a key to the painted list, for whoever measures: `performance` entries, kept by nobody here. */

export const KEY = "history: key";
export const KEY_TO_LIST = "history: key to list";

export function markKey(): void {
  performance.mark(KEY);
  // An observer has it already; a day of typing must not pile up.
  performance.clearMarks(KEY);
}

/** To be called when the answer is in the page: measures once it is painted. `typedAt` is by the page's clock, ms. */
export function measurePaint(typedAt: number): void {
  requestAnimationFrame(() => {
    // A task after the frame's callbacks runs when the frame is painted.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      performance.measure(KEY_TO_LIST, { start: typedAt, end: performance.now() });
      performance.clearMeasures(KEY_TO_LIST);
    };
    channel.port2.postMessage(null);
  });
}

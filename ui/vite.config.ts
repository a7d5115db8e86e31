import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * The program's windows freeze `Object.prototype`. ECharts copies the names of its classes' methods, `constructor` among
 * them, onto a plain object by assignment, which a frozen prototype refuses; a definition of the object's own is allowed.
 */
function frozenPrototype(): Plugin {
  const assigned = "target[name_1] = noop;";
  return {
    name: "frozen-prototype",
    transform(code, id) {
      if (!/[\\/]echarts[\\/]lib[\\/]core[\\/]Scheduler\.js/.test(id)) return null;
      if (!code.includes(assigned)) this.error("ECharts has changed: see whether it still assigns over a frozen prototype");
      return code.replace(assigned, "Object.defineProperty(target, name_1, { value: noop, writable: true, enumerable: true, configurable: true });");
    },
  };
}

/**
 * ZRender remembers how wide a text is, and ECharts how often a name came, by the text itself in a plain object. A line that
 * somebody named `__proto__` or `constructor` would be found there without ever being put in: every object of the page would
 * be linked into a list, or, frozen, the picture would not be drawn.
 */
function plainMemory(): Plugin {
  const memories = [
    { file: /[\\/]zrender[\\/]lib[\\/]core[\\/]LRU\.js/, plain: "this._map = {};" },
    { file: /[\\/]echarts[\\/]lib[\\/]data[\\/]SeriesData\.js/, plain: "this._nameRepeatCount = {};" },
  ];
  return {
    name: "plain-memory",
    transform(code, id) {
      const memory = memories.find(({ file }) => file.test(id));
      if (!memory) return null;
      if (!code.includes(memory.plain)) this.error(`A chart library has changed: see whether ${memory.plain} still is its memory`);
      return code.replaceAll(memory.plain, memory.plain.replace("{}", "Object.create(null)"));
    },
  };
}

// Three pages, one per window. Relative addresses, so that the files work under tauri://localhost and under any folder.
export default defineConfig({
  base: "./",
  plugins: [svelte(), frozenPrototype(), plainMemory()],
  // What is bundled beforehand is not transformed.
  optimizeDeps: { exclude: ["echarts", "zrender"] },
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  build: {
    // The web views that Tauri 2 runs on; `light-dark()` is left as written.
    target: ["chrome125", "safari18"],
    modulePreload: false,
    assetsInlineLimit: 0,
    // The pictures' library, in a file of its own that is read when they are looked at.
    chunkSizeWarningLimit: 600,
    rollupOptions: { input: { desk: "index.html", pop: "pop.html", settings: "settings.html" } },
  },
  test: { include: ["src/**/*.test.ts"] },
});

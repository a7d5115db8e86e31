import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Three pages, one per window. Relative addresses, so that the files work under tauri://localhost and under any folder.
export default defineConfig({
  base: "./",
  plugins: [svelte()],
  server: { host: "127.0.0.1", port: 1420, strictPort: true },
  build: {
    // The web views that Tauri 2 runs on; `light-dark()` is left as written.
    target: ["chrome125", "safari18"],
    modulePreload: false,
    assetsInlineLimit: 0,
    rollupOptions: { input: { desk: "index.html", pop: "pop.html", settings: "settings.html" } },
  },
  test: { include: ["src/**/*.test.ts"] },
});

// Builds the window into dist/renderer, for the browser and for Electron alike.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build } from "vite";

await build({
  configFile: false,
  root: fileURLToPath(new URL("../renderer", import.meta.url)),
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  logLevel: "warn",
});

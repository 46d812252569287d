/** What packages that are still CommonJS take for granted; esbuild puts it where they use it. */
const { dirname, filename } = import.meta;

export { dirname as __dirname, filename as __filename };

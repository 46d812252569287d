/** A demo app that hears no events: it reloads its keys by polling alone. */
import { runDemoApp } from './demoApp.ts';

await runDemoApp(async () => null);
process.exit();

// Imports what it is given, in a process of its own, as the Functions worker would: how long that takes,
// and what it costs. Nothing else is loaded.
import Module from 'node:module';

let functions = 0;
const core = {
  version: '3.0.0',
  hostVersion: '4.0.0',
  Disposable: class {},
  setProgrammingModel: () => {},
  registerFunction: () => {
    functions += 1;
    return new core.Disposable();
  },
  registerHook: () => new core.Disposable(),
  log: () => {},
};
const load = Module._load;
Module._load = function (request, ...rest) {
  return request === '@azure/functions-core' ? core : load.call(this, request, ...rest);
};

const begunAt = performance.now();
for (const url of process.argv.slice(2)) await import(url);
const ms = performance.now() - begunAt;
const rssMb = process.memoryUsage().rss / 1024 / 1024;
// What sends telemetry says so as soon as it is loaded, bundled or not.
const telemetryLoaded = process.env['AZURE_MONITOR_DISTRO_VERSION'] !== undefined;
console.log(JSON.stringify({ ms, rssMb, functions, telemetryLoaded }));
process.exit(0);

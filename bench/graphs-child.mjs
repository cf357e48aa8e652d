// One run of bench/graphs.mjs: plans the project at the first argument with the state at the second,
// and prints its times in milliseconds and the memory it took.
import { readdirSync } from 'node:fs';

const [directory, stateDir] = process.argv.slice(2);
const started = performance.now();
const { findProject } = await import('../dist/project/project.js');
const { planSelection } = await import('../dist/app/planning.js');
const { selectUnits } = await import('../dist/app/selection.js');
const { Session } = await import('../dist/app/session.js');
const imported = performance.now();
const session = new Session({
  project: findProject({ directory, stateDir }),
  offline: true,
  emit: () => {},
});
const names = readdirSync(`${directory}/recipes`).map((file) => file.replace(/\.yaml$/, ''));
const selection = await selectUnits(session, names, undefined);
const loaded = performance.now();
const { plan } = await planSelection(session, await session.holdStore('shared'), selection, {});
const planned = performance.now();
if (plan.build.length < names.length) throw new Error(`${plan.build.length} units are stale`);
const total = planned - started;
const round = (value, digits = 0) => Number(value.toFixed(digits));
console.log(
  JSON.stringify({
    importMs: round(imported - started),
    loadMs: round(loaded - imported),
    keyAndPlanMs: round(planned - loaded),
    totalMs: round(total),
    cpuMs: round((process.cpuUsage().user + process.cpuUsage().system) / 1000),
    usPerRecipe: round(((total - (imported - started)) * 1000) / names.length),
    rssMiB: round(process.resourceUsage().maxRSS / 1024),
  }),
);

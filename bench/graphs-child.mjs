// One run of bench/graphs.ts: plans the project at the first argument with the state at the second,
// and prints its times in milliseconds and the memory it took.
import { readdirSync } from 'node:fs';

const [directory, stateDir] = process.argv.slice(2);
/** What users run is measured, which is not what tsx makes of the sources.
 * @param {string} file */
const compiled = (file) => import(new URL(`../dist/${file}`, import.meta.url).href);
const started = performance.now();
/** @type {typeof import('../src/project/project.js')} */
const { findProject } = await compiled('project/project.js');
/** @type {typeof import('../src/app/planning.js')} */
const { planSelection } = await compiled('app/planning.js');
/** @type {typeof import('../src/app/selection.js')} */
const { selectUnits } = await compiled('app/selection.js');
/** @type {typeof import('../src/app/session.js')} */
const { Session } = await compiled('app/session.js');
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
/** @param {number} value */
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

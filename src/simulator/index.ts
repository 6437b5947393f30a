// The door of simulator: whole clusters of fleet in one process, on a clock that runs as fast as the work goes.

export type { ScenarioReport, SimulationReport } from './model.ts';
export { type EtcdRunOptions, runOnEtcd } from './on-etcd.ts';
export { type RunOptions, runInMemory } from './run.ts';
export { isScenario, type ScenarioName, scenarios } from './scenarios.ts';

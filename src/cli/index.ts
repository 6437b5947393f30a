// The door of cli: what all our commands look and behave like.

export { cliErrors } from './errors.ts';
export { type Progress, progress } from './progress.ts';
export { describeError, styled } from './report.ts';
export { nearest } from './suggest.ts';
export { renderTable, type TableOptions } from './table.ts';

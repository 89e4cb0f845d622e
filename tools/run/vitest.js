/**
 * Runs suites in one worker thread that can be ended, and gathers what each check did.
 *
 * An exercise may never return (an endless loop). vitest then hears nothing more from its worker, not even of the checks
 * before; so the kit reports on a BroadcastChannel, and when no sign of life comes, the thread is ended and the rest runs on.
 *
 * @typedef {import('./events.js').CheckFailure} CheckFailure
 * @typedef {{ name: string, failure?: CheckFailure }} CheckResult
 * @typedef {Map<string, Map<string, CheckResult[]>>} Results module (with its query) → exercise → its checks
 * @typedef {{ checks: Results, tests: { name: string, error?: string }[], errors: string[] }} Outcome
 * `tests`: those that are no exercises, such as the tools' own; `errors`: of a file as a whole, or outside of any check
 */
import { randomUUID } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import { createVitest, ThreadsPoolWorker } from 'vitest/node';
import { root } from './catalogue.js';
import { variantsPlugin } from './variants.js';

/** How long the worker may give no sign of life. */
const SILENCE_MS = 5_000;

/**
 * @param {string[]} modules absolute paths, with a query for a variant
 * @param {object} options
 * @param {import('./catalogue.js').Day[]} options.days
 * @param {Map<string, import('./variants.js').Variant>} [options.variants]
 * @param {string[]} [options.only] exercises to run; all of them by default
 * @param {number} [options.shuffle] a seed: run the checks in random order
 * @param {(line: string) => void} [options.log] what the code under test prints
 * @returns {Promise<Outcome>}
 */
export async function runSuites(modules, { days, variants = new Map(), only = [], shuffle, log = () => {} }) {
  const channelName = `course-${randomUUID()}`;
  /** @type {Outcome} */
  const outcome = { checks: new Map(), tests: [], errors: [] };
  /** @type {string[]} */
  const skip = [];
  /** @type {Set<string>} */
  const finished = new Set();
  let left = modules;

  while (left.length > 0) {
    /** @type {import('vitest/node').PoolWorker[]} */
    const workers = [];
    const createPoolWorker = (/** @type {import('vitest/node').PoolOptions} */ options) => {
      const worker = Object.assign(new ThreadsPoolWorker(options), { name: 'killable' });
      workers.push(worker);
      return worker;
    };
    const errorsBefore = outcome.errors.length;
    const vitest = await createVitest(
      'test',
      {
        config: false,
        root,
        watch: false,
        isolate: false,
        maxWorkers: 1,
        fileParallelism: false,
        reporters: [reporter(outcome, finished, log)],
        pool: { name: 'killable', createPoolWorker },
        sequence: shuffle === undefined ? {} : { shuffle: { tests: true, files: true }, seed: shuffle },
        provide: { course: { channel: channelName, only, skip } },
        hookTimeout: 60_000,
        testTimeout: 60_000,
      },
      { plugins: [variantsPlugin(() => variants, days)], cacheDir: '.course/vite', logLevel: 'silent' },
    );
    const project = vitest.getRootProject();
    const { current, hung } = listen(channelName, outcome.checks, skip);
    const run = vitest.runTestSpecifications(left.map((module) => project.createSpecification(module, undefined, 'killable')));
    run.catch(() => {});
    const stuck = await Promise.race([run.then(() => false), hung.then(() => true)]);
    if (!stuck) {
      current.stop();
      await vitest.close();
      break;
    }
    current.stop();
    const { check } = current;
    if (!check) {
      outcome.errors.push('The worker gave no sign of life outside of any check.');
      left = [];
    } else {
      record(outcome.checks, check, {
        kind: 'hang',
        exercise: check.exercise,
        stack: '',
        message: `It never came back from "${check.check}": the run was ended after ${SILENCE_MS / 1000} seconds. An endless loop stops the whole process, all its connections with it.`,
      });
      skip.push(`${check.module} ${check.exercise}`); // its other checks would likely hang as well
      left = left.filter((module) => !finished.has(module));
    }
    for (const worker of workers) await worker.stop();
    await run.catch(() => {});
    outcome.errors.length = errorsBefore; // that the thread is gone
    void vitest.close().catch(() => {});
  }
  process.exitCode = undefined; // vitest sets it; the commands decide
  return outcome;
}

/**
 * Hears the kit's reports.
 *
 * @param {string} channelName
 * @param {Results} results
 * @param {string[]} skip takes up what is done
 */
function listen(channelName, results, skip) {
  const channel = new BroadcastChannel(channelName);
  /** @type {{ check: { module: string, exercise: string, check: string } | undefined, stop: () => void }} */
  const current = { check: undefined, stop: () => {} };
  let lastSign = Infinity;
  const hung = new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    const timer = setInterval(() => {
      if (performance.now() - lastSign < SILENCE_MS) return;
      resolve();
    }, 250);
    current.stop = () => {
      clearInterval(timer);
      channel.close();
    };
  });
  channel.onmessage = (message) => {
    const event = /** @type {import('./events.js').CheckEvent} */ (/** @type {any} */ (message).data);
    lastSign = performance.now();
    if (event.type === 'start') current.check = event;
    if (event.type !== 'end') return;
    current.check = undefined;
    record(results, event, event.failure);
    skip.push(`${event.module} ${event.exercise} ${event.check}`);
  };
  return { current, hung };
}

/**
 * @param {Results} results
 * @param {{ module: string, exercise: string, check: string }} check
 * @param {CheckFailure | undefined} failure
 */
function record(results, { module, exercise, check }, failure) {
  const ofModule = results.get(module) ?? new Map();
  results.set(module, ofModule);
  ofModule.set(exercise, [...(ofModule.get(exercise) ?? []), { name: check, failure }]);
}

/**
 * What the kit does not report: plain tests, files that cannot be loaded, errors outside of any test, prints.
 *
 * @param {Outcome} outcome
 * @param {Set<string>} finished
 * @param {(line: string) => void} log
 * @returns {import('vitest/node').Reporter}
 */
function reporter(outcome, finished, log) {
  return {
    onTestModuleEnd(module) {
      finished.add(module.moduleId);
      for (const error of module.errors()) outcome.errors.push(`${module.relativeModuleId}: ${stripVTControlCharacters(error.message)}`);
    },
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      if (test.module.moduleId.match(/\/(exercise|bonus)\.test\.ts/) || state === 'skipped') return;
      outcome.tests.push({ name: `${test.module.relativeModuleId} > ${test.fullName}`, error: state === 'failed' ? (errors?.[0]?.stack ?? errors?.[0]?.message ?? 'failed') : undefined });
    },
    onTestRunEnd(_modules, errors) {
      for (const error of errors) outcome.errors.push(error.message);
    },
    onUserConsoleLog(entry) {
      log(entry.content.replace(/\n$/, ''));
    },
  };
}

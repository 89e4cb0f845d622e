/**
 * Runs suites in one worker thread that can be ended, and collects the result of each check.
 *
 * An exercise may never return (an endless loop). vitest then gets nothing more from its worker, not even about the
 * checks before. So the kit reports on a BroadcastChannel. If no sign of life comes, the thread is ended, and the rest runs in another.
 *
 * @typedef {import('./events.js').CheckFailure} CheckFailure
 * @typedef {{ name: string, failure?: CheckFailure, missing?: string }} CheckResult
 * `missing`: what it needs and this machine doesn't have; it did not run
 * @typedef {Map<string, Map<string, CheckResult[]>>} Results module (with its query) → exercise → its checks
 * @typedef {{ checks: Results, tests: { name: string, error?: string }[], errors: string[], notes: Set<string> }} Outcome
 * `tests`: those that are not exercises, such as the tools' own; `errors`: of a file as a whole, or outside of any check; `notes`: what a suite says about itself
 */
import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { BaseSequencer, createVitest, ThreadsPoolWorker } from 'vitest/node';
import { root } from './catalogue.js';
import { isDebugged } from './debugged.js';
import { missingImport } from './missing.js';
import { variantsPlugin } from './variants.js';

/** How long the worker may give no sign of life. Counted in ticks, so a laptop that sleeps, or is busy, doesn't use it up. */
const SILENCE_MS = 4_000;
/** The same while no exercise runs. It is longer, because a test of the tools may wait for a command. */
const LONG_SILENCE_MS = 30_000;
const TICK_MS = 250;

/**
 * @param {string[]} modules absolute paths, with a query for a variant
 * @param {object} options
 * @param {import('./catalogue.js').Day[]} options.days
 * @param {Map<string, import('./variants.js').Variant>} [options.variants]
 * @param {string[]} [options.only] exercises to run; all of them by default
 * @param {number} [options.shuffle] a seed: run the checks in random order
 * @param {(text: string, exercise?: string, check?: string) => void} [options.log] what the code under test prints, and where
 * @param {(event: import('./events.js').CheckEvent) => void} [options.onEvent] called with all that the kit reports, as it comes
 * @param {boolean} [options.bail] after a check has failed, skip the others of its suite
 * @param {() => void} [options.onModule] called when a suite or a file of tests has ended
 * @param {string} [options.cacheDir] a folder of its own, for each of two runs at the same time
 * @returns {Promise<Outcome>}
 */
export async function runSuites(
  modules,
  {
    days,
    variants = new Map(),
    only = [],
    shuffle,
    log = () => {},
    onModule = () => {},
    onEvent = () => {},
    bail = false,
    cacheDir = '.course/vite',
  },
) {
  const channelName = `course-${randomUUID()}`;
  /** @type {Outcome} */
  const outcome = { checks: new Map(), tests: [], errors: [], notes: new Set() };
  /** @type {string[]} what doesn't need to run again after a check has ended the worker: `module exercise`, `module exercise check` */
  const skip = [];
  let left = modules;

  while (left.length > 0) {
    /** @type {Round} */
    const round = { finished: new Set(), checks: [], missing: [], tests: [], moduleErrors: [], errors: [] };
    /** @type {import('vitest/node').PoolWorker[]} */
    const workers = [];
    const createPoolWorker = (/** @type {import('vitest/node').PoolOptions} */ options) => {
      const worker = new KillableWorker(options);
      workers.push(worker);
      return worker;
    };
    const vitest = await createVitest(
      'test',
      {
        config: false,
        root,
        watch: false,
        isolate: false,
        maxWorkers: 1,
        fileParallelism: false,
        reporters: [reporter(round, log, onModule)],
        pool: { name: 'killable', createPoolWorker },
        sequence:
          shuffle === undefined ? { sequencer: AsGiven } : { shuffle: { tests: true, files: true }, seed: shuffle },
        provide: { course: { channel: channelName, only, skip, bail, isDebugged: isDebugged() } },
        hookTimeout: isDebugged() ? 0 : 60_000,
        testTimeout: isDebugged() ? 0 : 60_000,
      },
      { plugins: [variantsPlugin(() => variants, days)], cacheDir, logLevel: 'silent' },
    );
    const project = vitest.getRootProject();
    const { current, hung } = listen(channelName, outcome, skip, onEvent);
    const run = vitest.runTestSpecifications(
      left.map((module) => project.createSpecification(module, undefined, 'killable')),
    );
    run.catch(() => {});
    const stuck = await Promise.race([run.then(() => false), hung.then(() => true)]);
    current.stop();
    const { check } = current;
    for (const one of round.missing) record(outcome.checks, one, undefined, one.missing);

    if (stuck) {
      for (const worker of workers) await worker.stop();
      await run.catch(() => {});
      void vitest.close().catch(() => {});
    } else {
      await vitest.close();
    }
    if (!stuck && !check) {
      for (const { module, exercise, check: name, failure } of round.checks)
        record(outcome.checks, { module, exercise, check: name }, failure);
      outcome.tests.push(...round.tests);
      outcome.errors.push(...round.moduleErrors.map(({ text }) => text), ...round.errors);
      break;
    }

    // The worker is gone. Finished checks count, the one that was running has failed, and the rest runs in another worker.
    const message = stuck
      ? `Your code didn't return within ${SILENCE_MS / 1000} seconds, so the check was stopped. Is there an endless loop? It would stop the whole server, with every connection.`
      : 'Your code ended the whole process, with every connection: it left Node, or it ran out of memory.';
    if (check) {
      record(outcome.checks, check, { kind: 'hang', exercise: check.exercise, stack: '', message, hint: 0 });
      skip.push(`${check.module} ${check.exercise}`); // its other checks would probably end in the same way
    }
    const { finished } = round;
    outcome.tests.push(...round.tests.filter(({ module }) => stuck && finished.has(module)));
    outcome.errors.push(
      ...round.moduleErrors.filter(({ module }) => stuck && finished.has(module)).map(({ text }) => text),
    );
    if (stuck) left = left.filter((module) => !finished.has(module));
    if (check) continue;
    outcome.errors.push(
      `Outside of any exercise, something ran for ${LONG_SILENCE_MS / 1000} seconds and was stopped. It is in one of: ${left.map((module) => relative(root, module)).join(', ')}`,
    );
    left = [];
  }
  process.exitCode = undefined; // vitest sets it; the commands decide
  return outcome;
}

/** Keeps the order: suites first, so that the kit's signs of life come from the start. vitest would begin with what failed last time. */
class AsGiven extends BaseSequencer {
  /** @override @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    return files;
  }
}

/** A thread that dies emits both 'error' and 'exit'. vitest listens once, so the second event would end this process. */
class KillableWorker extends ThreadsPoolWorker {
  /** @override */
  name = 'killable';

  /** @override @param {string} event @param {(arg: any) => void} callback */
  on(event, callback) {
    super.on(event, event === 'error' ? () => {} : callback);
  }
}

/**
 * Listens to the kit's reports.
 *
 * @param {string} channelName
 * @param {Outcome} outcome
 * @param {string[]} skip gets an entry for each check that is done
 * @param {(event: import('./events.js').CheckEvent) => void} onEvent
 */
function listen(channelName, { checks: results, notes }, skip, onEvent) {
  const channel = new BroadcastChannel(channelName);
  /** @type {{ check: { module: string, exercise: string, check: string } | undefined, stop: () => void }} */
  const current = { check: undefined, stop: () => {} };
  let silence = -Infinity; // the first sign starts the count
  const hung = new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
    const timer = setInterval(() => {
      silence = isDebugged() ? 0 : silence + TICK_MS;
      if (silence >= (current.check ? SILENCE_MS : LONG_SILENCE_MS)) resolve();
    }, TICK_MS);
    current.stop = () => {
      clearInterval(timer);
      channel.close();
    };
  });
  channel.onmessage = (message) => {
    const event = /** @type {import('./events.js').CheckEvent} */ (/** @type {any} */ (message).data);
    silence = 0;
    onEvent(event);
    if (event.type === 'start') current.check = event;
    if (event.type === 'note') notes.add(event.line);
    if (event.type === 'late') record(results, event, event.failure);
    if (event.type !== 'end') return;
    current.check = undefined;
    record(results, event, event.failure);
    skip.push(`${event.module} ${event.exercise} ${event.check}`);
  };
  return { current, hung };
}

/**
 * Records the result of a check. Its first failure is kept.
 *
 * @param {Results} results
 * @param {{ module: string, exercise: string, check: string }} check
 * @param {CheckFailure | undefined} failure
 * @param {string} [missing]
 */
function record(results, { module, exercise, check }, failure, missing) {
  const ofModule = results.get(module) ?? new Map();
  results.set(module, ofModule);
  const checks = ofModule.get(exercise) ?? [];
  ofModule.set(exercise, checks);
  const known = checks.find((/** @type {CheckResult} */ { name }) => name === check);
  if (known) known.failure ??= failure;
  else checks.push({ name: check, failure, missing });
}

/**
 * One run of one worker, as vitest reports it.
 *
 * @typedef {object} Round
 * @property {Set<string>} finished modules
 * @property {{ module: string, exercise: string, check: string, failure?: CheckFailure }[]} checks
 * @property {{ module: string, exercise: string, check: string, missing: string }[]} missing checks that did not run, because something is missing here
 * @property {{ module: string, name: string, error?: string }[]} tests
 * @property {{ module: string, text: string }[]} moduleErrors
 * @property {string[]} errors outside of any test
 */

/**
 * Collects what the kit doesn't report: plain tests, files that can't be loaded, errors outside of any test, prints. It also collects the
 * checks once more, so that one whose report is lost doesn't count as passed.
 *
 * @param {Round} round
 * @param {(text: string, exercise?: string, check?: string) => void} log
 * @param {() => void} onModule
 * @returns {import('vitest/node').Reporter}
 */
function reporter(round, log, onModule) {
  /** @type {import('vitest/node').Vitest | undefined} */
  let vitest;
  return {
    onInit(running) {
      vitest = running;
    },
    onTestModuleEnd(module) {
      round.finished.add(module.moduleId);
      onModule();
      for (const error of module.errors())
        round.moduleErrors.push({ module: module.moduleId, text: `${module.relativeModuleId}: ${words(error)}` });
    },
    onTestCaseResult(test) {
      const result = test.result();
      const { state, errors } = result;
      const module = test.module.moduleId;
      const exercise = exerciseOf(test);
      if (state === 'skipped') {
        if (result.note !== undefined) round.missing.push({ module, exercise, check: test.name, missing: result.note });
        return;
      }
      const error = state === 'failed' ? (errors?.[0] ? words(errors[0]) : 'failed') : undefined;
      if (!/\/day\d-[^/]+\/tests\/[^/]+\.test\.ts/.test(module))
        return void round.tests.push({ module, name: `${test.module.relativeModuleId} > ${test.fullName}`, error });
      const failure =
        error === undefined ? undefined : { kind: /** @type {const} */ ('fail'), exercise, stack: '', message: error };
      round.checks.push({ module, exercise, check: test.name, failure });
    },
    onTestRunEnd(_modules, errors) {
      for (const error of errors) round.errors.push(words(error));
    },
    onUserConsoleLog(entry) {
      const task = entry.taskId ? vitest?.state.getReportedEntityById(entry.taskId) : undefined;
      const test = task?.type === 'test' ? task : undefined;
      const exercise = test && exerciseOf(test);
      log(entry.content.replace(/\n$/, ''), exercise, test?.name);
    },
  };
}

/** @param {import('vitest/node').TestCase} test @returns {string} such as `1.2`; empty for a test that is in no exercise */
const exerciseOf = (test) => (test.parent.type === 'suite' ? test.parent.name.split(' ')[0] : '');

/** What went wrong, and the first place outside of node_modules. @param {import('vitest').TestError | import('vitest/node').SerializedError} error */
function words(error) {
  const missing = missingImport(error);
  if (missing) return missing;
  const place = error.stacks?.find(({ file }) => !file.includes('node_modules'));
  const name = error.name && !/^(Assertion)?Error$/.test(error.name) ? `${error.name}: ` : '';
  return (
    name +
    stripVTControlCharacters(error.message) +
    (place ? `\n    ${relative(root, place.file)}, line ${place.line}` : '')
  );
}

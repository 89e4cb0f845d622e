/** A debugger stops the code while somebody looks at it. That must not count as an endless loop. */
import inspector from 'node:inspector';

/**
 * @param {object} [process_]
 * @param {string} [process_.url] of the inspector
 * @param {string[]} [process_.execArgv]
 * @param {string} [process_.options] NODE_OPTIONS
 * @returns {boolean} whether a debugger may be attached to this process
 */
export const isDebugged = ({
  url = inspector.url(),
  execArgv = process.execArgv,
  options = process.env.NODE_OPTIONS ?? '',
} = {}) => url !== undefined || /(^|\s)--inspect/.test([...execArgv, options].join(' '));

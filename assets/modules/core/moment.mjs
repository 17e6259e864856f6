// Which state a frame is of, as the server finds it: a version, or a step that is shown again.
/** @param {FrameHeader} header */
export const stateOf = ({ recalled, run, step, version }) => (recalled || version < 0 ? { run, step } : { version });

// A trainer's versions count upwards; a state that is shown again has one of its own, below 0.
/** Whether what is of a version is not yet what is on screen. @param {number} version @param {number | undefined} shown */
export const isBehind = (version, shown = version) => (version < 0 || shown < 0 ? version !== shown : version < shown);

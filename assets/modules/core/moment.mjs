// Which state a frame is of, as the server finds it: a version, or a step that is shown again.
/** @param {FrameHeader} header */
export const stateOf = ({ recalled, run, step, version }) => (recalled || version < 0 ? { run, step } : { version });

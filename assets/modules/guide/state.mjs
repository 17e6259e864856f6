// How far one is with which question: a state machine without page or server, so that it can be
// tested by itself. A question's stages: "predict" (covered, unless it was bared) → "see" → "answer".
/** @type {Guide} */
export const CLOSED = { question: null, stage: "list", veiled: null, linked: false, bare: [], reached: {} };
// veiled: the question whose experiment is covered; it stays so while the list is looked at
// linked: a link brought settings of its own, which stay on screen
// bare: questions looked at without a prediction · reached: question -> stage, in this visit

/**
 * Whether one has gone on without a prediction; `progress` is "open", "predicted" or "explained".
 * @param {Guide} guide @param {string} progress
 */
export const isPassed = ({ stage }, progress) => progress === "open" && (stage === "see" || stage === "answer");

/** @type {Record<string, Stage>} */
const STAGES = { open: "predict", predicted: "see", explained: "answer" };

/**
 * The state after an event, and whether the question's own experiment is to be opened.
 * Events: {type: "open", question, progress, here, own}: `here` says that its link or the menu has
 * opened it, `own` that this is its own experiment. {type: "close", here}: here, another preset
 * has been opened. {type: "predict" | "bare" | "pass", own}: what is on screen then is the
 * question's own experiment, or the link's. {type: "answer"}, {type: "see"}, {type: "again"}, {type: "restart"}.
 * @param {Guide} state @param {GuideEvent} event @returns {{ state: Guide, opens: boolean }}
 */
export function moved(state, event) {
  switch (event.type) {
    case "open": {
      const stage = state.reached[event.question] ?? STAGES[event.progress];
      const linked = Boolean(event.here && !event.own);
      const veiled = stage === "predict" && !state.bare.includes(event.question) ? event.question : null;
      return { state: { ...state, question: event.question, stage, veiled, linked }, opens: !event.here };
    }
    case "close":
      return { state: { ...state, question: null, stage: "list", veiled: event.here ? null : state.veiled }, opens: false };
    case "predict":
    case "pass":
      return { state: at(state, "see"), opens: !event.own && !state.linked };
    case "bare":
      return { state: { ...state, veiled: null, bare: [...state.bare, ...(state.veiled === null ? [] : [state.veiled])] }, opens: !event.own && !state.linked };
    case "see":
    case "answer":
      return { state: at(state, event.type), opens: false };
    case "again":
      return { state: anew(state), opens: true };
    case "restart":
      return { state: { ...state, linked: false }, opens: true };
    default:
      throw new Error(`no event of the guide: ${/** @type {{ type: string }} */ (event).type}`);
  }
}

/** @param {Guide} state @param {Stage} stage @returns {Guide} */
const at = (state, stage) => ({ ...state, stage, veiled: null, reached: { ...state.reached, [String(state.question)]: stage } });

/** As if the question had never been open. @param {Guide} state @returns {Guide} */
function anew(state) {
  const { [String(state.question)]: _, ...reached } = state.reached;
  return { ...state, stage: "predict", veiled: state.question, linked: false, reached, bare: state.bare.filter((q) => q !== state.question) };
}

/**
 * The next move of a lecture: predict → see → answer → next question. `has` tells {questions (names
 * in order), ready (a whole prediction is typed), answers (they may be shown)}. null: there is none.
 * @param {Guide} guide @param {{ questions: string[], ready: boolean, answers: boolean }} has @returns {Turn | null}
 */
export function forward({ question, stage }, { questions, ready, answers }) {
  if (stage === "predict") return ready ? "predict" : "pass";
  if (stage === "see" && answers) return "answer";
  return question === null ? { open: questions[0] } : opened(questions[questions.indexOf(question) + 1]);
}

/**
 * And back: answer → see → predict, where one had gone on without predicting → previous question.
 * @param {Guide} state @param {{ questions: string[], progress: string, answers: boolean }} has @returns {Turn | null}
 */
export function backward(state, { questions, progress, answers }) {
  if (state.question === null) return null;
  if (state.stage === "answer" && answers) return "see";
  if (isPassed(state, progress)) return "again";
  return opened(questions[questions.indexOf(state.question) - 1]);
}

/** @param {string | undefined} question @returns {Opening | null} */
const opened = (question) => (question ? { open: question } : null);

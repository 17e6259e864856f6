// What comes over the socket: docs/stream.md in types, as far as the pages use it.

/** The settings of an experiment, by the names of the table in app/settings/controls.py. */
interface Settings {
  task: "classes" | "regression";
  dataset: string;
  classes: number;
  data_seed: number;
  width: number;
  depth: number;
  hidden: string;
  activation: string;
  weight_variance: number;
  speed: string;
  compare?: string;
  [name: string]: string | number | undefined;
}

/** What is looked at. */
interface View {
  layer: number;
  mode: string;
  window: Bounds;
  pixels: number;
  lines: boolean;
  points: string;
  unit: Unit | null;
}

type Status = "paused" | "training" | "diverged" | "failed";
type Readouts = Record<string, string>; // id of an element -> what it says
type Texts = Record<string, string>; // the same, beside a chart

/** What is wrong with a setting, or with a message. */
interface Problem {
  field: string;
  message: string;
  messages?: Said;
}

interface Table {
  head: string[];
  rows: string[][];
  marked: [row: number, column: number][];
}

/** The answer to an intent, as to a welcome: settings and what they come to. */
interface Accepted {
  settings: Settings;
  revision: number;
  mark: string;
  readouts: Readouts;
}

interface Welcome extends Accepted {
  session: string;
  server: string;
  opened: boolean; // whether it is a network from a file
  jobs: string[]; // the kinds of which it has one
  view: View;
  looks: { lang?: string; lecture?: string; theme?: Theme; which?: Which; tab?: string; side?: string; precision?: string; histogram?: string; loss_x?: string; loss_y?: string };
  controls: string[] | null;
  hide: string[];
  step: number;
  stop_at: number | null;
  line: Ends | null;
  sheet: string | null;
  problems: Problem[];
  note: string;
  resumed: boolean;
  before: Run | null;
  fresh: boolean;
}

/** An earlier run of this tab that can be continued. */
interface Run {
  session: string;
  step: number;
}

/** A moment of a run: its branch and a step. */
interface Moment {
  run: number;
  step: number;
}

interface Job {
  kind: string;
  status: "running" | "finished" | "cancelled" | "failed";
  done: number;
  total: number;
  share: number;
  text: string;
}

interface Inspection {
  at: Point | null;
  which: Which;
  point: string;
  outline: number[]; // segments: x, y, x, y
  polygons: number[][]; // corners: x, y
  corners: number[];
  blocks: { title: string; signs?: string; rows: [string, string][] }[];
}

interface LineAnswer {
  p: Point; // its ends, as they were asked for
  q: Point;
  points: number[]; // x, y
  text: string;
  other?: { points: number[]; text: string }; // of the second network
}

interface Pair {
  at: Point;
  members: PairMember[];
  line: [number, number, number] | null;
  edge: number[];
  table: string[][];
  text: string;
}

interface PairMember {
  corners: number[];
  centre: Point;
  radiusSquared: number;
}

/** The network from a file that is shown; without a name there is none. */
interface Opened {
  name: string;
  said?: string;
  why?: string;
  plane?: string;
  inputs?: number;
  points?: boolean;
  ownData?: boolean;
  trainable?: boolean;
  graph?: boolean;
  window?: Bounds;
  refit?: boolean; // whether the window is to be this one
  anew?: boolean; // whether it is another network than before
}

interface Timeline {
  run: number;
  last: number;
  step: number;
  recalled: boolean;
  asked: boolean;
  now: Moment;
  branches: { run: number; last: number; name: string }[];
  marks: { kind: string; step: number; text: string }[];
  kept: string;
  waits: boolean;
  stop: number | null;
  paired: boolean;
  alone: boolean;
  replaying: number | null;
}

interface UnitAnswer {
  which: Which;
  layer: number;
  unit: number;
  sizes: number[]; // of its network, as that is drawn
  title: string;
  text: string;
  bias: string;
  weights: string[];
  out: number[];
  holding: "free" | "frozen" | "off";
  hidden: boolean;
  fold: number[]; // segments: x, y, x, y
}

/** What was measured on a question's own experiment, and what is right of the prediction. */
interface SheetAnswer {
  question: string;
  parts: { seen: Said | null; right: boolean | null; comment: string }[];
  answer: string;
  explanation: string;
}

/** The same measure on what is on screen. */
interface SheetNow {
  question: string;
  version: number;
  which: Which; // of two networks
  window: Bounds;
  step: number;
  own: boolean;
  named: Said;
  seen: Record<string, Said> | null;
  of_settings: string[];
  measuring: boolean;
}

interface SweepMessage {
  number: number;
  task: string;
  form: Record<string, string>;
  columns: number;
  rows: number;
  axes: { name: string; labels: string[] }[];
  settings: Record<string, string | number>;
  view: View;
  points: { changes: Record<string, string | number>; diverged: string; share: string }[];
  after: string;
  caption: string;
  key: { label: string; colour: string; shape: string }[];
  notes: string[];
  figures: { start: Record<string, Figure>; end?: Record<string, Figure> };
}

interface Room {
  code: string; // "": there is none, and `why`
  why: string;
  token: string;
  link: string;
  address: string;
  command: string;
  reachable: boolean;
  qr: { side: number; path: string } | null;
  put: [question: string, stage: string] | null;
}

/** The votes on a question: how many of each option, or between two numbers. */
interface Votes {
  question: string;
  stage: string;
  count: number;
  from: number; // votes from which they are shown
  parts: { name: string; bars: VoteBar[] }[];
}

/** How many voted so. What for is said with the answer: an option, or ("") numbers from `low` to `high`. */
type VoteBar = { count: number } & ({ option?: undefined; right?: undefined } | { option: string; low: number; high: number; right: boolean });

/** What is put to a room; null: nothing. */
type HallQuestion = { question: null; covered: boolean; number?: undefined; stage?: undefined } | HallVote;

interface HallVote {
  question: string;
  covered: boolean;
  number: number;
  stage: string;
  title: Said;
  ask: Said;
  parts: HallPart[];
}

/** A choice if it has `options`, else a number. */
interface HallPart {
  name: string;
  asked: Said;
  options?: Record<string, Said>;
}

/** Every text message that a page hears, by its type. */
interface Messages {
  "batch": { run: number; step: number; points: Point[][]; text: string };
  "change": { stretch: boolean; figure: Figure; step: number; caption: string };
  "clock": { sent: number; server: number };
  "counts": { figure: Figure; caption: string; step: number };
  "deleted": object;
  "draws": { text: string };
  "following": { admission: string };
  "full": { limit: number; why: string };
  "hall": { followers: number; votes: Votes | null };
  "hall-copy": { session: string; shown: Record<string, string> };
  "hall-draw": { draw: { sample: string; number: number; seed: number; squares: (number | null)[] } | null };
  "hall-points": { points: Point[]; labels: number[]; shares: number[] | null };
  "hall-question": HallQuestion;
  "hall-sample": { figure: Figure | null; draws: number | null };
  "hall-voted": { number: number };
  "hands": { undo: string; redo: string; edited: string[]; byHand: boolean };
  "inspection": Inspection;
  "job": Job;
  "line": LineAnswer;
  "looking": { look: number; view: View; readouts: Readouts };
  "mine": { code: string };
  "no-room": { why: string };
  "opened": Opened;
  "pair": Pair;
  "panel": { figures: Record<string, Figure>; texts: Texts; tables: Record<string, Table>; steps: Record<string, number>; counted: number; points?: Figure; second_points?: Figure };
  "problem": Problem;
  "room": Room;
  "room-code": { code: string };
  "room-handed": { session: string | null };
  "room-taken": { session: string; token: string; shown: Record<string, string> };
  "settings": Accepted;
  "sheet": SheetAnswer;
  "sheet-now": SheetNow;
  "storing": { problem: string };
  "sweep": SweepMessage;
  "sweep-of": { text: string };
  "sweep-plan": { text: string; problems: Problem[] };
  "timeline": Timeline;
  "unit": UnitAnswer;
  "welcome": Welcome;
}

/** Any of them, with its type. */
type Message = { [K in keyof Messages]: { type: K } & Messages[K] }[keyof Messages];

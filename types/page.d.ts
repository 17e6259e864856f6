// What the page's scripts share and pass to each other. What comes from the server is in stream.d.ts.

/** A point of the picture, in data units; or a place in pixels. */
type Point = [x: number, y: number];

/** A part of the plane: what the picture shows. */
type Bounds = [x0: number, x1: number, y0: number, y1: number];

/** A stretch from one point to another. */
type Ends = [x0: number, y0: number, x1: number, y1: number];

/** A unit: its layer and its number, both from 1. */
type Unit = [layer: number, unit: number];

type Which = "a" | "b";
type Theme = "light" | "dark";
type Language = "en" | "de";
type Said = Record<string, string>; // a text in each language
type Values = Record<string, string | number>; // what stands for the {names} of a text

/** Where data lie in the plot area, in CSS pixels, and the area's place in its graph. */
interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
  x(value: number): number;
  y(value: number): number;
  toX(pixel: number): number;
  toY(pixel: number): number;
}

/** What strokes are written to: a canvas, or an SVG (core/svg.mjs). */
type Pen = Pick<CanvasRenderingContext2D, "lineWidth" | "strokeStyle" | "setLineDash" | "beginPath" | "moveTo" | "lineTo" | "stroke">;

/** What draws over the picture; `which` network's. */
interface Overlay {
  isShown(): unknown;
  draw(context: CanvasRenderingContext2D, area: Area, ink: string, halo: string, which: Which): void;
}

/** A drawing to be saved. */
interface Drawing {
  svg: string;
  width: number;
  height: number;
  name: string;
}

/** A control of the table in app/settings/controls.py. */
interface Control {
  name: string;
  id: string;
  kind: string;
  group: string;
  choices: string[];
  real: boolean; // its box has a decimal sign
  brings: [by: string, needed: string] | null; // what takes effect along with it
}

/** What a mode shows: `Mode` in model/view.py. */
interface Mode {
  name: string;
  palette: string;
  of_layer: boolean;
  joint: boolean;
  graded: boolean;
  task: "" | "classes" | "regression";
}

/** A question of the sheet: app/features/sheet/dialogue.py, public_table. */
interface Question {
  name: string;
  parts: Part[];
  explanations: string[];
  controls: string[];
  tries: Try[];
  settings: Record<string, unknown>;
  named: Said;
  link: string;
  step: number;
  sizes: number[];
  activation: string;
}

/** What is asked: a choice if it has `options`, else a number. */
type Part = { name: string; ofSettings?: boolean } & ({ options: string[] } | NumberPart);

interface NumberPart {
  options?: undefined;
  low: number;
  high: number;
  whole: boolean;
}

interface Try {
  name: string;
  settings: Record<string, string | number>;
  perInput: number | null;
}

/** What the page finds in #cellscope-data: app/server/create_app.py, _index; a small page has less of it. */
interface PageData {
  palettes: Record<string, Record<string, string[]>>;
  modes: Record<string, Mode>;
  controls: Control[];
  start: Settings;
  languages: Language[];
  questions: Question[];
  answers: "shown" | "after-prediction" | "hidden";
  stores: boolean;
  links: Record<string, string>;
  farthest: number;
  texts: Record<string, Record<string, string>>;
  properties: Record<string, Record<string, object>>;
  markers: string[]; // of the hall's page
}

/** What the scripts share: core/state.mjs, where each is explained. */
interface State {
  session: string | null;
  connected: boolean;
  accepted: Settings;
  mark: string;
  pictured: string;
  view: View;
  language: string;
  theme: Theme;
  fold: { controls: string[] | null; hide: string[] };
  lecture: boolean;
  side: string;
  precision: string;
  open: string[];
  histogram: string;
  loss_x: string;
  loss_y: string;
  tab: string;
  which: Which;
  status: Status;
  step: number;
  stop: number | null;
  line: Ends | null;
  recalled: boolean;
  edited: boolean;
  reproducible: boolean;
  layers: number;
  opened: Opened | null;
  sheet: string | null;
  preset: string;
  guided: boolean;
  covered: boolean;
  presents: boolean;
}

/** The settings as their controls hold them, by name. */
type Plain = Record<string, string>;

/** An intent that opens an experiment. */
interface Whole {
  changed: string;
  settings: object;
  [more: string]: unknown;
}

/** The server's answer to an intent (app/session/intents.py). */
interface Outcome {
  order?: number;
  late?: boolean;
  lost?: boolean;
  lang?: string;
  readouts?: Readouts;
  accepted?: Settings;
  revision: number;
  mark: string;
  problems: Problem[];
  view?: Partial<View>;
  tab?: string;
}

type Stage = "list" | "predict" | "see" | "answer";

/** How far one is with which question: guide/state.mjs. */
interface Guide {
  question: string | null;
  stage: Stage;
  veiled: string | null; // the question whose experiment is covered; it stays so while the list is looked at
  linked: boolean; // a link brought settings of its own, which stay on screen
  bare: string[]; // questions looked at without a prediction
  reached: Record<string, Stage>; // by question, in this visit
}

/**
 * What happens in the guide. `here`: its link or the menu has opened it, or another preset was opened; `own`: what is on
 * screen is the question's own experiment, or the link's.
 */
type GuideEvent =
  | { type: "open"; question: string; progress: string; here?: boolean; own?: boolean }
  | { type: "close"; here?: boolean }
  | { type: "predict" | "bare" | "pass"; own: boolean }
  | { type: "answer" | "see" | "again" | "restart"; own?: boolean };

/** A turn of a lecture: an event of that type, or another question. */
type Turn = "predict" | "pass" | "answer" | "see" | "again" | Opening;
interface Opening {
  open: string;
}

/** What is kept of a question in this browser: guide/progress.mjs. */
interface Kept {
  prediction?: (string | number)[];
  at?: string;
  own?: Measured;
  observations?: Observation[];
  why?: string | null;
  words?: string;
  done?: boolean;
  pictures?: Pictures;
  changed?: string;
}

/** What was measured, and the link that opens just that. */
interface Measured {
  link: string;
  step: number | null;
  seen: Record<string, Said | null> | null; // part, or "screen" -> its text
  named: Said | null;
}

interface Observation extends Measured {
  at: string | null;
  lacks?: boolean; // no link holds all of it
  pictures?: Pictures;
}

interface Pictures {
  picture?: string; // data addresses
  chart?: string;
}

/** Finds an element of the page. */
interface Find {
  <I extends keyof Elements>(id: I): Elements[I];
  <I extends keyof MadeElements>(id: I): MadeElements[I];
  (id: string): HTMLElement;
}

/** Elements that are more than an HTMLElement, by their ids; tests/page holds it to the page. */
interface Elements {
  "average-draws": HTMLInputElement;
  "back-to-hall": HTMLAnchorElement;
  "code-dialog": HTMLDialogElement;
  "edited": HTMLDetailsElement;
  "export": HTMLDetailsElement;
  "hall-branch": HTMLButtonElement;
  "hall-canvas": HTMLCanvasElement;
  "hall-code": HTMLInputElement;
  "hall-follow": HTMLButtonElement;
  "hall-less": HTMLButtonElement;
  "hall-more": HTMLButtonElement;
  "keys": HTMLDialogElement;
  "lab-code": HTMLInputElement;
  "lab-token": HTMLInputElement;
  "layer-details": HTMLDetailsElement;
  "network-canvas": HTMLCanvasElement;
  "points": HTMLDetailsElement;
  "recording-bar": HTMLProgressElement;
  "room": HTMLDialogElement;
  "room-link": HTMLAnchorElement;
  "ruler": HTMLButtonElement;
  "sweep-second-axis": HTMLSelectElement;
  "sweep-start": HTMLButtonElement;
  "then-now": HTMLButtonElement;
  "theory-dialog": HTMLDialogElement;
  "time-more": HTMLDetailsElement;
}

/** Of those that the scripts make. */
interface MadeElements {
  "draw-redo": HTMLButtonElement;
  "draw-undo": HTMLButtonElement;
  "own-standardise": HTMLInputElement;
  "plane-numbers": HTMLInputElement;
  "power": HTMLCanvasElement;
}

/** What `make` gives an element: properties of its own, attributes with a dash. */
type Props = Record<string, unknown>;
